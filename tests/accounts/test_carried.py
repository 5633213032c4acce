"""Words that were sent after the session had ended are carried through the sign-in, for whoever wrote them."""

from datetime import timedelta

import factories
import pytest
from factories import NOW, PASSWORD
from page import text_of

from healthbook import clock
from healthbook.accounts import carried
from healthbook.accounts.carried import Carried
from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient, UserSession

WORDS = "Plaques on both elbows, 4 % of body surface.\r\n\r\nPlan: é ✓ <b>"


@pytest.fixture
def reference(app, cast):
    with app.app_context():
        who, whom = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        made = factories.appointment(who, whom, NOW, status="in_progress").reference
        db.session.commit()
        return made


@pytest.fixture
def notes(browser, reference):
    """The form of the notes, as Doctor Cole has it open."""
    return browser("cole").get(f"/agenda/{reference}").form(id="notes")


def end_sessions(app):
    with app.app_context():
        db.session.execute(db.delete(UserSession))
        db.session.commit()


def forget_cookies(form):
    form.page.browser.client.delete_cookie("session")


def kept(app):
    with app.app_context():
        return db.session.scalar(db.select(Appointment)).doctor_notes


def signed_in(page, email="cole@test.example"):
    return page.form(id="sign-in").submit(email=email, password=PASSWORD)


@pytest.mark.parametrize("lost", [end_sessions, None, forget_cookies])
def test_what_was_written_is_in_its_form_again_after_the_sign_in(app, notes, lost, monkeypatch):
    """The session is over, the browser forgot all, or it was signed out elsewhere: nothing is lost."""
    if lost is end_sessions:
        end_sessions(app)
    elif lost:
        lost(notes)
    else:
        notes.page.browser.post("/sign-out")
    page = notes.submit(doctor_notes=WORDS)
    assert page.status == 401
    assert "What you wrote is not lost" in text_of(page.by_id("not-lost"))
    assert "Plaques" not in page.body
    back = signed_in(page)
    assert (back.status, back.h1) == (200, "This is not saved yet")
    again = back.form(id="unsaved")
    assert (again.action, again.fields["doctor_notes"].strip()) == (notes.action, WORDS.replace("\r\n", "\n"))
    assert "Dr" not in back.title
    done = again.submit(doctor_notes=WORDS)
    assert done.status == 303
    assert kept(app) == WORDS


def test_a_wrong_password_loses_nothing_either(app, notes):
    end_sessions(app)
    page = notes.submit(doctor_notes=WORDS)
    wrong = page.form(id="sign-in").submit(email="cole@test.example", password="not this one")
    assert wrong.status == 422
    assert signed_in(wrong).form(id="unsaved").fields["doctor_notes"].strip().startswith("Plaques")


def test_somebody_else_who_signs_in_there_never_sees_it(app, notes):
    end_sessions(app)
    page = notes.submit(doctor_notes=WORDS)
    other = signed_in(page, "dean@test.example")
    assert (other.status, other.location) == (303, "/")
    assert "Plaques" not in other.body


def test_whoever_has_signed_in_anew_in_another_window_gets_it_back_at_once(app, notes):
    who = notes.page.browser
    who.post("/sign-out")
    who.as_person("cole@test.example")
    page = notes.submit(doctor_notes=WORDS)
    assert (page.status, page.h1) == (200, "This is not saved yet")
    assert page.form(id="unsaved").submit(doctor_notes=WORDS).status == 303
    assert kept(app) == WORDS


def test_whoever_has_signed_in_as_somebody_else_does_not(app, notes):
    who = notes.page.browser
    who.post("/sign-out")
    who.as_person("dean@test.example")
    page = notes.submit(doctor_notes=WORDS)
    assert page.status == 400
    assert "Plaques" not in page.body
    assert kept(app) is None


def test_newer_words_are_not_written_over_by_what_was_carried(app, browser, reference, notes):
    end_sessions(app)
    page = notes.submit(doctor_notes=WORDS)
    browser("cole").get(f"/agenda/{reference}").form(id="notes").submit(doctor_notes="Newer")
    back = signed_in(page).form(id="unsaved").submit(doctor_notes=WORDS)
    assert back.status == 409
    assert text_of(back.by_id("saved-now")) == "Newer"
    assert back.form(id="notes").fields["doctor_notes"].strip().startswith("Plaques")


@pytest.mark.parametrize("letter", ["x", "\u4e2d", "\U0001f9ec"])
def test_the_longest_notes_are_carried(app, notes, letter):
    end_sessions(app)
    words = letter * 20_000
    client = notes.page.browser
    page = client.open(
        "POST", notes.action, data=notes.fields | {"doctor_notes": words}, content_type="multipart/form-data"
    )
    assert page.status == 401
    form = page.form(id="sign-in")
    assert form.element.get("enctype") == "multipart/form-data"
    sent = form.fields | {"email": "cole@test.example", "password": PASSWORD}
    back = client.open("POST", "/sign-in", data=sent, content_type="multipart/form-data")
    assert back.form(id="unsaved").fields["doctor_notes"].strip() == words


def test_htmx_is_sent_to_sign_in_and_back_to_the_page_on_the_screen(app, notes, reference):
    end_sessions(app)
    there = {"HX-Request": "true", "HX-Current-URL": f"http://localhost/agenda/{reference}?saved=1"}
    page = notes.page.browser.post(notes.action, notes.fields, headers=there)
    assert (page.status, page.location) == (401, f"/sign-in?next=/agenda/{reference}?saved%3D1")
    for elsewhere in ("http://evil.example//evil.example", "javascript:alert(1)", "x", ""):
        page = notes.page.browser.post(notes.action, notes.fields, headers=there | {"HX-Current-URL": elsewhere})
        assert "evil" not in page.location


def test_another_site_gets_nothing_carried(app, notes):
    end_sessions(app)
    client = notes.page.browser
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for token in (client.token(), "wrong"):
            fields = notes.fields | {"doctor_notes": WORDS, "csrf_token": token}
            page = client.post(notes.action, fields, headers=headers)
            assert page.status in (400, 403)
            assert not page.has("p", id="not-lost")


@pytest.mark.parametrize("writer", ["", "x", "0", "-1", "9" * 20, None])
def test_without_a_known_writer_there_is_only_the_sign_in(app, notes, writer):
    end_sessions(app)
    page = notes.submit(doctor_notes=WORDS, writer=writer)
    assert (page.status, page.location) == (303, "/sign-in")
    assert not page.has("p", id="not-lost")
    assert "Plaques" not in page.body


@pytest.mark.parametrize("text", ["", "x", "AAAA", "=" * 9, "\u00e9", "A" * 1000])
def test_what_we_never_sealed_carries_nothing(browser, text):
    page = (
        browser().get("/sign-in").form(id="sign-in").submit(email="ada@test.example", password=PASSWORD, carried=text)
    )
    assert (page.status, page.location) == (303, "/")


def test_it_opens_for_one_person_only(app):
    with app.app_context():
        found = Carried("/x", {"words": "a"})
        text = carried.sealed(1, found)
        assert carried.opened(1, text) == found
        assert carried.opened(2, text) is None
        assert carried.opened(1, text[:-4] + "AAAA") is None


def test_what_is_too_long_to_carry_is_none(app):
    with app.app_context():
        noise = "".join(chr(33 + n * n % 90) + str(n * 7919 % 1000003) for n in range(60_000))
        assert carried.sealed(1, Carried("/x", {"words": noise})) is None


def test_what_is_too_long_to_carry_is_said_to_be(app, notes, monkeypatch):
    end_sessions(app)
    monkeypatch.setattr(carried, "LONGEST", 50)
    page = notes.submit(doctor_notes=WORDS)
    assert page.status == 401
    assert "Go back and copy your words" in text_of(page.by_id("lost"))
    assert not page.has("p", id="not-lost")


def test_the_token_of_the_new_session_is_its_own(app, notes, monkeypatch):
    """The page after the sign-in is sent back with the new session's token, hours later too."""
    end_sessions(app)
    again = signed_in(notes.submit(doctor_notes=WORDS)).form(id="unsaved")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=3))
    assert again.submit().status == 303
