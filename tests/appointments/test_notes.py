"""The doctor's own notes of a visit."""

from base64 import b64decode

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.appointments.forms import LONGEST_NOTES, NOTES_BODY
from healthbook.db import db
from healthbook.models import Appointment, MedicalRecord

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
    assert "Yours alone until you sign them into the record. The patient and the desk do not read them." in page.text
    assert page.by_id("to-day").get("href") == "/agenda?day=2026-11-24"


def test_the_short_of_the_chart_is_fetched_beside_the_notes(cast, open_visit):
    region = open_visit.by_id("aside")
    assert (region.get("hx-get"), region.get("hx-trigger")) == (f"/patients/{cast.ada}/beside", "load")
    assert open_visit.by_id("chart").get("href") == f"/patients/{cast.ada}"
    part = open_visit.browser.get(region.get("hx-get"), htmx=True)
    assert part.by_id("aside").get("class") == "card vitals stays noprint"


def test_whose_chart_is_closed_has_no_way_to_it(browser, visit):
    reference = visit("ada", "cole", "09:30", status="cancelled")
    page = browser("cole").get(f"/agenda/{reference}")
    assert (page.status, page.has("a", id="chart"), page.has("section", id="aside")) == (200, False, False)


def test_notes_are_kept_sealed_and_stand_there_the_next_time(app, open_visit):
    done = form(open_visit).submit(doctor_notes=NOTES)
    assert (done.status, done.location) == (303, f"{open_visit.path}?saved=1")
    assert kept(app) == (NOTES, 2)
    page = done.follow()
    assert form(page).fields["doctor_notes"].strip() == NOTES
    assert text_of(page.by_id("saved")) == "Saved 09:41"
    assert text_of(open_visit.by_id("saved")) == ""
    with app.app_context():
        assert "NOTES" not in db.session.scalar(db.text("SELECT appointment::text FROM appointment"))


def test_htmx_gets_no_more_than_when_it_was_saved_and_as_which_version_and_may_go_on(app, open_visit):
    part = form(open_visit).submit(doctor_notes=NOTES, htmx=True)
    assert (part.status, part.text) == (200, "Saved 09:41")
    assert NOTES not in part.body
    version = part.find("input", name="version").get("value")
    again = form(open_visit).submit(doctor_notes=NOTES + "!", version=version, htmx=True)
    assert again.status == 200
    assert kept(app) == (NOTES + "!", 3)


def test_the_form_saves_by_itself_and_says_where_its_answers_go(cast, open_visit):
    element = open_visit.by_id("notes")
    assert element.get("hx-trigger") == "submit, hb:save"
    assert (element.get("hx-target"), element.get("hx-sync")) == ("#saved", "this:drop")
    assert element.get("hx-status:409") == element.get("hx-status:422") == "target:#notes swap:outerHTML"
    assert any("notes.js" in (script.get("src") or "") for script in open_visit.find_all("script"))


def test_what_the_browser_keeps_is_sealed_with_a_key_of_the_person_s_own(app, open_visit, browser, visit):
    keys = {open_visit.by_id("notes").get("data-key")}
    assert len(b64decode(*keys)) == 32
    keys.add(browser("cole").get(open_visit.path).by_id("notes").get("data-key"))
    assert len(keys) == 1
    keys.add(browser("dean").get(f"/agenda/{visit('ben', 'dean', '09:30')}").by_id("notes").get("data-key"))
    assert len(keys) == 2
    assert not [key for key in keys if key in browser("cole").get("/agenda").body]


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


def test_the_same_words_once_more_are_no_conflict_though_the_page_is_older(app, open_visit):
    for _ in range(2):
        assert form(open_visit).submit(doctor_notes=NOTES).status == 303
    assert kept(app) == (NOTES, 2)


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
    """What the doctor notes for themself is no field of the patient's page, nor of anybody else's (AZ12, AZ13)."""
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


def test_notes_as_long_as_they_may_be_arrive_in_any_script(app, open_visit):
    """Twenty thousand letters of four bytes each are not too much for the form (UP6)."""
    words = "\U0001f9ec" * 20_000
    fields = form(open_visit).fields | {"doctor_notes": words}
    page = open_visit.browser.open("POST", f"{open_visit.path}/notes", data=fields, content_type="multipart/form-data")
    assert page.status == 303
    assert kept(app) == (words, 2)


@pytest.fixture
def recorded(app, cast, open_visit):
    """The visit has its record."""
    with app.app_context():
        visit = db.session.scalar(db.select(Appointment))
        visit.doctor_notes = "Rest"
        about = {"patient_id": cast.ada, "doctor_id": cast.cole, "appointment_id": visit.id, "signed_at": NOW}
        made = MedicalRecord(record_type="diagnosis", title="A cough", record_date=NOW, **about)
        db.session.add(made)
        db.session.commit()
        return made.id


def test_what_is_signed_is_read_and_no_longer_written(app, open_visit, recorded):
    page = open_visit.browser.get(open_visit.path)
    assert not page.has("form", id="notes")
    assert "Rest" in text_of(page.by_id("notes"))
    assert page.by_id("record").get("href") == f"/records/{recorded}"


@pytest.mark.parametrize("htmx", [False, True])
def test_words_that_come_after_the_signing_are_refused_and_given_back(app, open_visit, recorded, htmx):
    late = form(open_visit).submit(doctor_notes=NOTES, htmx=htmx)
    assert late.status == 409
    assert "These notes are signed into the record." in text_of(late.by_id("refusal"))
    assert (text_of(late.by_id("saved-now")), form(late).fields["doctor_notes"].strip()) == ("Rest", NOTES)
    assert kept(app) == ("Rest", 1)


@pytest.mark.parametrize("status", ["scheduled", "confirmed", "checked_in", "in_progress", "completed", "no_show"])
def test_they_are_signed_once_the_patient_is_there(browser, visit, status):
    page = browser("cole").get(f"/agenda/{visit('ada', 'cole', '09:30', status=status)}")
    assert page.has("button", id="sign") == (status in ("checked_in", "in_progress", "completed"))


@pytest.mark.parametrize("htmx", [False, True])
def test_to_sign_them_they_are_saved_and_looked_at_once_more(app, open_visit, htmx):
    done = form(open_visit).submit(doctor_notes=NOTES, do="sign", htmx=htmx)
    assert done.status == (204 if htmx else 303)
    assert done.location == open_visit.path.replace("agenda", "appointments") + "/record"
    assert kept(app) == (NOTES, 2)


def test_the_page_costs_the_same_however_much_has_happened(app, cast, open_visit, statements):
    counted = []
    for steps in (0, 30):
        with app.app_context():
            found = db.session.scalar(db.select(Appointment))
            for _ in range(steps):
                factories.step(found, "scheduled", cast.dot, remark="She called")
            db.session.commit()
        open_visit.browser.get(open_visit.path)
        with statements() as seen:
            open_visit.browser.get(open_visit.path)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 9, counted
