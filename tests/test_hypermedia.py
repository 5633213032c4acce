"""Page or part, the way on, and the answer to a refresh that found nothing new."""

import pytest
from browsers import HTMX
from flask import Response

from healthbook import hypermedia

PAGE, PART = "errors/error.html", "errors/_error.html"
RESTORES = {"HX-Request": "true", "HX-Request-Type": "full"}
VARY = "HX-Request, HX-Request-Type, HX-PTag"


@pytest.fixture
def answered(app, cast):
    """answered(make, **headers): what a view that ends with make() answers to a request with these headers."""

    def ask(make, headers=None) -> Response:
        with app.test_request_context("/doctors", headers=headers):
            return make()

    return ask


def show(**given):
    return hypermedia.show(PAGE, PART, **({"code": 404, "words": "Only these words"} | given))


@pytest.mark.parametrize(
    ("headers", "whole"),
    [
        *(({}, True), (HTMX, False), (RESTORES, True), ({"HX-Request": "true"}, True)),
        *(({"HX-Request": "false"}, True), ({"HX-Request-Type": "partial"}, True)),
    ],
    ids=["browser", "htmx", "history", "unsaid", "no htmx", "half"],
)
def test_htmx_gets_the_part_and_everybody_else_the_page(answered, headers, whole):
    answer = answered(show, headers)
    text = answer.get_data(as_text=True)
    assert ("<!doctype html>" in text) is whole
    assert "Only these words" in text
    assert answer.headers["Vary"] == VARY


def test_page_and_part_have_the_status_that_was_meant(answered):
    for headers in ({}, HTMX):
        assert answered(lambda: show(status=422), headers).status_code == 422


def test_an_unchanged_part_is_not_sent_again(answered):
    first = answered(lambda: show(tag=(1, "a")), HTMX)
    assert first.status_code == 200
    again = answered(lambda: show(tag=(1, "a")), HTMX | {"HX-PTag": first.headers["HX-PTag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert (again.headers["HX-PTag"], again.headers["Vary"]) == (first.headers["HX-PTag"], VARY)


def test_a_changed_part_is_sent_with_its_new_tag(answered):
    first = answered(lambda: show(tag=(1, "a")), HTMX).headers["HX-PTag"]
    changed = answered(lambda: show(tag=(1, "b")), HTMX | {"HX-PTag": first})
    assert changed.status_code == 200
    assert changed.headers["HX-PTag"] != first


def test_a_tag_says_nothing_of_what_it_stands_for(answered):
    tag = answered(lambda: show(tag="Ada"), HTMX).headers["HX-PTag"]
    assert len(tag) == 16
    int(tag, 16)


def test_a_page_is_sent_whole_whatever_tag_the_browser_has(answered):
    tag = answered(lambda: show(tag=1), HTMX).headers["HX-PTag"]
    for headers in ({}, RESTORES):
        answer = answered(lambda: show(tag=1), headers | {"HX-PTag": tag})
        assert (answer.status_code, answer.headers["HX-PTag"]) == (200, tag)


def test_a_refusal_is_never_taken_for_unchanged(answered):
    tag = answered(lambda: show(tag=1), HTMX).headers["HX-PTag"]
    assert answered(lambda: show(tag=1, status=409), HTMX | {"HX-PTag": tag}).status_code == 409


def test_without_a_tag_every_answer_is_whole(answered):
    answer = answered(show, HTMX | {"HX-PTag": "None"})
    assert answer.status_code == 200
    assert "HX-PTag" not in answer.headers


ONWARD = {
    "go": (lambda: hypermedia.go("/holds/4F7KM2QA"), 303, 204),
    "sign_in": (lambda: hypermedia.sign_in("/holds/4F7KM2QA"), 303, 401),
}


@pytest.mark.parametrize("name", ONWARD)
def test_a_browser_is_sent_on_by_a_redirect_and_htmx_by_its_own_header(answered, name):
    send, plain, htmx = ONWARD[name]
    answer = answered(send)
    assert (answer.status_code, answer.headers["Vary"]) == (plain, VARY)
    assert "4F7KM2QA" in answer.headers["Location"]
    assert "HX-Redirect" not in answer.headers
    for headers in (HTMX, RESTORES):
        answer = answered(send, headers)
        assert (answer.status_code, answer.get_data()) == (htmx, b"")
        assert "4F7KM2QA" in answer.headers["HX-Redirect"]
        assert "Location" not in answer.headers
        assert answer.headers["Vary"] == VARY


def test_sign_in_leads_back_to_where_one_was_going(answered):
    assert answered(lambda: hypermedia.sign_in("/agenda?day=2026-11-24")).location == (
        "/sign-in?next=/agenda?day%3D2026-11-24"
    )
    assert answered(lambda: hypermedia.sign_in(None)).location == "/sign-in"


def test_an_action_that_stays_answers_htmx_with_the_part_and_others_with_the_page_it_was_on(answered):
    def act():
        return hypermedia.done("/agenda", PART, code=404, words="As it is now")

    part = answered(act, HTMX)
    assert part.status_code == 200
    assert "As it is now" in part.get_data(as_text=True)
    back = answered(act)
    assert (back.status_code, back.location) == (303, "/agenda")
    assert part.headers["Vary"] == back.headers["Vary"] == VARY


@pytest.mark.parametrize("path", ["/doctors", "/doctors?q=cole"])
def test_going_back_in_the_browser_gets_a_whole_page(browser, path):
    page = browser().get(path, headers=RESTORES)
    assert page.has("html")
    assert page.h1
