"""A form that was open while somebody signed in or out elsewhere in the browser: its token is of no use any more."""

import pytest
from factories import PASSWORD
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment

OURS = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/appointments/page?of=ours"}
REASON = 'A cough, "bad" <b>at night</b>\nsince May'


@pytest.fixture
def old_form(browser, cast):
    """Ben signs in while the page of a hold of his is open from before: where its form goes, and what it sends."""
    ben = browser("ben")
    times = ben.get(f"/doctors/{cast.cole}/slots")
    page = times.form(action=f"/doctors/{cast.cole}/holds").submit(start=times.starts[0]).follow()
    ben.post("/sign-in", {"email": "ben@test.example", "password": PASSWORD})
    form = page.form(id="book")
    return ben, form.action, form.fields | {"reason": REASON}


def visits(app):
    with app.app_context():
        return [(row.status, row.reason) for row in db.session.scalars(db.select(Appointment))]


def test_the_page_says_what_happened_and_sends_what_was_typed_with_one_press(app, old_form):
    ben, path, fields = old_form
    page = ben.post(path, fields, headers=OURS)
    assert (page.status, page.h1) == (400, "Please send that again")
    assert (
        "This page was open before you signed in as Ben Byrne. Nothing was changed. What you wrote is kept."
        in page.text
    )
    assert page.by_id("back").get("href") == "/appointments/page?of=ours"
    assert visits(app) == [("held", None)]
    done = page.form(id="again").submit()
    assert (done.status, visits(app)) == (303, [("scheduled", REASON)])


def test_htmx_is_told_so_beside_the_form_and_given_the_token_for_it(app, old_form):
    ben, path, fields = old_form
    part = ben.post(path, fields, htmx=True, headers=OURS)
    assert (part.status, part.has("h1")) == (400, False)
    assert "What you wrote is still here: please send it again." in part.text
    token = part.find("div", class_="toast").get("data-token")
    assert ben.post(path, fields | {"csrf_token": token}, htmx=True).status == 204
    assert visits(app) == [("scheduled", REASON)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "none", "Referer": "https://evil.example/holds"}, 400),
        ({"Origin": "https://evil.example", "Referer": "http://localhost.evil.example/"}, 403),
        ({"Origin": "null", "Referer": "http://localhost//evil.example"}, 403),
    ],
    ids=str,
)
def test_what_another_site_may_have_sent_is_not_offered_again(old_form, headers, status):
    ben, path, fields = old_form
    page = ben.post(path, fields, headers=headers)
    assert page.status == status
    assert not page.has("form", id="again")
    assert not page.has("a", id="back")
    assert "A cough" not in page.body
    assert "evil" not in page.body


def test_a_browser_that_says_only_its_origin_is_believed(old_form):
    ben, path, fields = old_form
    assert ben.post(path, fields, headers={"Origin": "http://localhost"}).has("form", id="again")


def test_a_password_and_the_old_token_are_not_repeated(browser):
    sent = {"csrf_token": "old", "email": "ada@test.example", "password": PASSWORD, "next": "/appointments"}
    page = browser().post("/sign-in", sent, headers=OURS)
    assert page.status == 400
    assert "This page was open before you signed out, or for too long." in page.text
    assert PASSWORD not in page.body
    fields = page.form(id="again").fields
    assert (fields["email"], fields["next"]) == ("ada@test.example", "/appointments")
    assert fields.keys() == {"csrf_token", "email", "next"}


def test_who_is_signed_out_by_now_signs_in_first(browser, old_form):
    ben, path, fields = old_form
    ben.post("/sign-out")
    page = ben.post(path, fields, headers=OURS)
    assert (page.status, page.has("form", id="again")) == (400, False)
    assert page.by_id("sign-in").get("href") == "/sign-in?next=/appointments/page?of%3Dours"
    part = ben.post(path, fields, htmx=True, headers=OURS)
    assert "What you wrote is still here: sign in, then send it again." in part.text
    assert text_of(part.find("a", target="_blank")) == "Sign in in a new tab"


def test_who_signs_in_gets_another_secret_for_their_forms(browser):
    guest = browser()
    before = guest.token()
    guest.post("/sign-in", {"email": "ada@test.example", "password": PASSWORD})
    assert guest.post("/sign-out", {"csrf_token": before}).status == 400
