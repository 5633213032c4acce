"""The doctor's own notes of a visit."""

import pytest
from page import text_of

from healthbook.appointments.forms import LONGEST_NOTES, NOTES_BODY
from healthbook.db import db
from healthbook.models import Appointment

NOTES = "NOTES-5517 rest and fluids"


@pytest.fixture
def open_visit(browser, visit):
    """The page of Ada's visit, as Cole opened it."""
    reference = visit("ada", "cole", "09:30", reason="A cough", notes="Step-free room")
    return browser("cole").get(f"/agenda/{reference}")


def form(page):
    return page.form(id="notes")


def kept(app):
    with app.app_context():
        found = db.session.scalar(db.select(Appointment))
        return found.doctor_notes, found.version


def test_the_page_says_who_came_and_why_and_what_the_desk_wrote(open_visit):
    page = open_visit
    assert (page.status, page.h1) == (200, "Ada Byrne")
    assert page.title == "Ada Byrne, Tuesday 24 November – Test Clinic"
    words = [text_of(found) for found in page.find_all("dd")]
    assert words[:2] == ["A cough", "Step-free room"]
    assert "Only you read these. The patient and the desk do not." in page.text
    assert page.by_id("to-day").get("href") == "/agenda?day=2026-11-24"


def test_notes_are_kept_sealed_and_stand_there_the_next_time(app, open_visit):
    done = form(open_visit).submit(doctor_notes=NOTES)
    assert (done.status, done.location) == (303, f"{open_visit.path}?saved=1")
    assert kept(app) == (NOTES, 2)
    page = done.follow()
    assert form(page).fields["doctor_notes"].strip() == NOTES
    assert text_of(page.find("span", class_="saved")) == "Saved"
    assert not open_visit.has("span", class_="saved")
    with app.app_context():
        assert "NOTES" not in db.session.scalar(db.text("SELECT appointment::text FROM appointment"))


def test_htmx_gets_the_form_as_it_is_now_and_may_go_on(app, open_visit):
    part = form(open_visit).submit(doctor_notes=NOTES, htmx=True)
    assert (part.status, part.has("h1")) == (200, False)
    assert text_of(part.find("span", class_="saved")) == "Saved"
    again = form(part).submit(doctor_notes=NOTES + "!", htmx=True)
    assert again.status == 200
    assert kept(app) == (NOTES + "!", 3)


@pytest.mark.parametrize("htmx", [False, True])
def test_who_writes_over_newer_notes_is_shown_both(app, open_visit, browser, htmx):
    other = browser("cole").get(open_visit.path)
    form(other).submit(doctor_notes="Newer words")
    late = form(open_visit).submit(doctor_notes=NOTES, htmx=htmx)
    assert late.status == 409
    assert "These notes were changed elsewhere." in text_of(late.by_id("refusal"))
    assert text_of(late.by_id("saved-now")) == "Newer words"
    assert form(late).fields["doctor_notes"].strip() == NOTES
    assert kept(app) == ("Newer words", 2)
    assert form(late).submit(doctor_notes="Both").status == 303
    assert kept(app) == ("Both", 3)


def test_notes_may_be_emptied(app, open_visit):
    form(open_visit).submit(doctor_notes=NOTES)
    page = open_visit.browser.get(open_visit.path)
    form(page).submit(doctor_notes="")
    assert kept(app) == ("", 3)


def test_too_much_is_refused_and_kept_in_the_form(app, open_visit):
    long = "x" * 20_001
    page = form(open_visit).submit(doctor_notes=long)
    assert page.status == 422
    assert "At most 20,000 letters." in text_of(page.by_id("errors"))
    assert form(page).fields["doctor_notes"].strip() == long
    assert kept(app) == (None, 1)


def test_the_longest_notes_may_be_in_any_script(app, open_visit):
    longest = "\N{STETHOSCOPE}" * LONGEST_NOTES
    assert form(open_visit).submit(doctor_notes=longest).status == 303
    assert kept(app) == (longest, 2)


def test_only_notes_may_be_that_long(open_visit):
    cole, words = open_visit.browser, "x" * (NOTES_BODY - 2000)
    assert cole.post(f"{open_visit.path}/status", {"seen": "scheduled", "to": words}).status == 413
    assert form(open_visit).submit(doctor_notes=words).status == 422
    assert form(open_visit).submit(doctor_notes=words + "x" * 2000).status == 413


def test_a_version_that_is_none_is_refused(app, open_visit):
    for version in (None, "", "x", "0", "-1", "99999999999"):
        page = form(open_visit).submit(doctor_notes=NOTES, version=version)
        assert page.status == 422, version
    assert kept(app) == (None, 1)


def test_a_step_meanwhile_is_no_conflict(app, open_visit):
    open_visit.browser.post(f"{open_visit.path}/status", {"seen": "scheduled", "to": "checked_in"})
    assert form(open_visit).submit(doctor_notes=NOTES).status == 303
    assert kept(app) == (NOTES, 2)


def test_only_the_doctor_of_the_visit_writes_or_reads_them(app, open_visit, browser):
    form(open_visit).submit(doctor_notes=NOTES)
    reference = open_visit.path.rsplit("/", 1)[1]
    for name in ("ada", "ben", "dean", "dot", "mo"):
        who = browser(name)
        assert who.post(f"{open_visit.path}/notes", {"doctor_notes": "x", "version": "2"}).status in (403, 404)
        for path in (open_visit.path, f"/appointments/{reference}", "/appointments", "/agenda", "/clinic/appointments"):
            assert NOTES not in who.get(path).body
    assert kept(app) == (NOTES, 2)


def test_the_open_page_learns_of_a_step_without_touching_what_is_written(open_visit, browser):
    cole = open_visit.browser
    part = cole.get(open_visit.path, htmx=True)
    assert part.has("form", id="notes") is False
    same = {"HX-PTag": part.headers["HX-PTag"]}
    assert cole.get(open_visit.path, htmx=True, headers=same).status == 304
    browser("dot").post(
        f"/clinic/appointments/{open_visit.path.rsplit('/', 1)[1]}/status", {"seen": "scheduled", "to": "confirmed"}
    )
    changed = cole.get(open_visit.path, htmx=True, headers=same)
    assert (changed.status, "Confirmed by Dot Marsh" in changed.text) == (200, True)
