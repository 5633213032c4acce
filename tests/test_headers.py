"""What every answer says about itself, whatever it answers."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import factories
import pytest
from browsers import Browser
from factories import NOW

from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db
from healthbook.models import Doctor, Patient

EXACT = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
        "require-trusted-types-for 'script'; trusted-types htmx"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ANSWERS = {
    "page": (200, lambda person: person.get("/appointments")),
    "part": (200, lambda person: person.get("/appointments", htmx=True)),
    "not for this person": (403, lambda person: person.get("/agenda")),
    "missing": (404, lambda person: person.get("/no/such/page")),
    "wrong method": (405, lambda person: person.open("PUT", "/appointments")),
    "nothing": (405, lambda person: person.open("DELETE", "/doctors")),
    "too long": (413, lambda person: person.post("/register", {"email": "x" * 70_000})),
    "without a token": (400, lambda person: person.open("POST", "/sign-out")),
    "NUL": (400, lambda person: person.get("/doctors?q=%00")),
    "redirect": (303, lambda person: person.get("/sign-in")),
    "redirect for htmx": (204, lambda person: person.get("/sign-in", htmx=True)),
    "style": (200, lambda person: person.get("/static/healthbook.css")),
    "no such file": (404, lambda person: person.get("/static/none.css")),
    "machine": (200, lambda person: person.get("/healthz")),
    "refused stream": (403, lambda person: person.get("/events?t=clinic")),
    "options": (200, lambda person: person.open("OPTIONS", "/doctors")),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_closes_what_we_do_not_use(browser, answer):
    status, ask = ANSWERS[answer]
    page = ask(browser("ada"))
    assert page.status == status
    assert {name: page.headers.getlist(name) for name in EXACT} == {name: [value] for name, value in EXACT.items()}
    assert "Strict-Transport-Security" not in page.headers


@pytest.mark.parametrize("answer", sorted(set(ANSWERS) - {"style"}))
def test_nothing_of_anybody_is_stored(browser, answer):
    _, ask = ANSWERS[answer]
    assert ask(browser("ada")).headers.getlist("Cache-Control") == ["no-store"]


def test_a_file_named_by_its_content_is_kept_and_another_is_asked_for_again(browser):
    guest = browser()
    page = guest.get("/sign-in")
    style = page.find("link", rel="stylesheet").get("href")
    assert "immutable" in guest.get(style).headers["Cache-Control"]
    assert "immutable" in guest.open("HEAD", "/static/fonts/figtree-latin.woff2").headers["Cache-Control"]
    plain = guest.get("/static/healthbook.css")
    assert plain.headers["Cache-Control"] == "no-cache"
    again = guest.get("/static/healthbook.css", headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status, again.headers["Cache-Control"]) == (304, "no-cache")
    assert guest.get("/static/none.css?v=1").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/doctors", "/appointments", "/no/such/page", "/sign-in", "/agenda"])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_page_and_its_part_are_not_taken_for_each_other(browser, path, htmx):
    vary = browser("ada").get(path, htmx=htmx).headers["Vary"]
    assert {"HX-Request", "HX-Request-Type"} <= set(vary.split(", "))


def cookies(page):
    return {cookie.split("=")[0]: cookie.split("; ")[1:] for cookie in page.headers.getlist("Set-Cookie")}


def test_scripts_and_other_sites_do_not_get_the_cookie(browser):
    page = browser().get("/sign-in")
    assert set(cookies(page)["session"]) == {"HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.fixture
def secure(app, server, tmp_path):
    """A guest at an installation that people reach by https."""
    config = Config(tmp_path, "s", "00" * 32, server.url("plain"), "https://clinic.example", testing=True)
    made = create_app(config)
    yield Browser(made)
    with made.app_context():
        db.engine.dispose()


def test_with_https_the_cookie_is_bound_to_the_host_and_http_is_over(secure):
    page = secure.open("GET", "/sign-in", base_url="https://clinic.example")
    assert list(cookies(page)) == ["__Host-session"]
    assert set(cookies(page)["__Host-session"]) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_an_answer_that_comes_late_does_not_undo_what_another_tab_was_told_meanwhile(browser):
    ada = browser()
    ada.get("/sign-in").form(action="/sign-in").submit(email="ada@test.example", password=factories.PASSWORD)
    # Its first page puts the token of its forms there.
    ada.get("/appointments")
    assert not cookies(ada.get("/appointments"))
    assert not cookies(ada.get("/doctors", htmx=True))


def test_the_cookie_of_who_has_signed_in_outlives_the_session_by_half_a_day(browser):
    guest = browser()
    page = guest.get("/sign-in").form(action="/sign-in").submit(email="ada@test.example", password=factories.PASSWORD)
    assert page.status == 303
    flags = cookies(page)["session"]
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} < set(flags)
    # The session ends by the database, and the token of its forms later: what is sent too late leads to sign-in.
    (expires,) = (flag.removeprefix("Expires=") for flag in flags if flag.startswith("Expires="))
    hours = (parsedate_to_datetime(expires) - datetime.now(UTC)) / timedelta(hours=1)
    assert 23 < hours < 25


@pytest.fixture
def visit(app, cast):
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        made = factories.appointment(ada, cole, NOW.replace(hour=14, minute=0), reason="A marked cough")
        db.session.commit()
        return made.reference


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("who", [None, "ben", "dean", "dot", "pat"])
@pytest.mark.parametrize(
    "path", ["/appointments/{}", "/appointments/{}/notes", "/holds/{}", "/agenda", "/clinic/doctors"]
)
def test_a_refused_answer_carries_nothing_of_what_was_refused(browser, visit, who, path, htmx):
    page = browser(who).get(path.format(visit), htmx=htmx)
    if page.status == 200:
        assert "cough" not in page.body
        return
    assert page.status in (303, 401, 403, 404)
    for word in ("Ada", "cough", "14:00", "ada@test"):
        assert word not in page.body


def test_a_strangers_visit_and_a_missing_one_look_the_same(browser, visit):
    ben = browser("ben")
    ben.token()
    theirs, none = ben.get(f"/appointments/{visit}"), ben.get("/appointments/ZZZZZZZZ")
    assert (theirs.status, theirs.text, theirs.title) == (none.status, none.text, none.title)
    assert sorted(theirs.headers.keys()) == sorted(none.headers.keys())
