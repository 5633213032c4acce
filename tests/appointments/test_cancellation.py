"""Cancelling: with a reason from the short list, and optional words for the doctor alone."""

import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, Clinic, Doctor, Patient

WORDS = "WORDS-2206 for my doctor"


@pytest.fixture
def ask(browser, visit):
    """ask("ada", "10:00", days=1): the page on which she cancels such a visit with Cole."""

    def asked(person, clock_time, days=0, **given):
        reference = visit("ada", "cole", clock_time, days, **given)
        return browser(person).get(f"/appointments/{reference}/cancellation")

    return asked


def cancel(page, **given):
    return page.form(id="cancellation").submit(**given)


def reasons(page):
    return {found.get("value") for found in page.find_all("input", name="reason")}


def last_step(app):
    with app.app_context():
        step = db.session.scalar(db.select(AppointmentHistory).order_by(AppointmentHistory.id.desc()).limit(1))
        return step.old_status, step.new_status, step.changed_by_id, step.change_reason


def test_a_patient_cancels_with_a_reason_from_the_short_list(app, cast, ask, stored):
    page = ask("ada", "10:00", days=1)
    assert (page.status, page.h1) == (200, "Cancel this appointment?")
    assert reasons(page) == {"cannot_come", "feels_better", "found_another", "booked_by_mistake", "other"}
    assert "less than" not in page.text
    done = cancel(page, reason="feels_better")
    assert (done.status, done.location) == (303, page.path.removesuffix("/cancellation"))
    assert stored("status") == [("cancelled",)]
    with app.app_context():
        person = db.session.get(Patient, cast.ada).user_id
    assert last_step(app) == ("scheduled", "cancelled", person, "feels_better")
    assert "Cancelled: No longer needed by you" in text_of(done.follow().by_id("history"))


def test_desk_and_doctor_cancel_with_a_list_of_their_own(app, cast, ask, stored):
    with app.app_context():
        people = {"cole": db.session.get(Doctor, cast.cole).user_id, "dot": cast.dot, "mo": cast.mo}
    for days, (name, person) in enumerate(people.items(), start=1):
        page = ask(name, "10:00", days=days, status="confirmed")
        assert reasons(page) == {"doctor_away", "clinic_closed", "patient_asked", "other"}
        assert cancel(page, reason="doctor_away").status == 303
        assert last_step(app) == ("confirmed", "cancelled", person, "doctor_away")
    assert set(stored("status")) == {("cancelled",)}


@pytest.mark.parametrize("htmx", [False, True])
def test_a_reason_is_needed_and_only_one_of_the_list_will_do(ask, unchanged, htmx):
    page = ask("ada", "10:00", days=1)
    for reason in (None, "", "doctor_away", "x"):
        with unchanged():
            again = cancel(page, reason=reason, remark=WORDS, htmx=htmx)
        assert again.status == 422, reason
        (link,) = again.by_id("errors").iter("a")
        assert link.get("href") == "#reason-0"
        assert again.by_id("reason-0") is not None
        assert "".join(again.by_id("remark").itertext()).strip() == WORDS
        assert again.has("h1") != htmx


def test_too_many_words_are_refused(ask, unchanged):
    page = ask("ada", "10:00", days=1)
    with unchanged():
        assert cancel(page, reason="other", remark="x" * 3000).status == 422


def test_the_words_are_sealed_and_read_by_the_doctor_and_their_author_alone(app, ask, browser):
    page = ask("ada", "10:00", days=1)
    path = cancel(page, reason="other", remark=f" {WORDS}\n").location
    with app.app_context():
        assert WORDS.encode() not in db.session.scalars(db.select(AppointmentHistory.remark_sealed)).all()[-1]
        assert "WORDS" not in str(
            db.session.execute(db.text("SELECT appointment_history::text FROM appointment_history")).all()
        )
    for name, reads in (("ada", True), ("cole", True), ("dot", False), ("mo", False)):
        assert (WORDS in browser(name).get(path).body) == reads, name
    assert f"“{WORDS}”" in browser("cole").get(path.replace("appointments", "agenda")).text


@pytest.mark.parametrize(
    ("who", "readers", "told"),
    [
        ("ada", {"ada", "cole"}, None),
        ("dot", {"dot", "mo", "cole"}, {"ada", "dot", "mo", "cole"}),
        ("cole", {"cole"}, {"ada", "cole"}),
    ],
)
def test_words_are_read_by_whom_the_page_says_and_nobody_else(ask, browser, who, readers, told):
    """The patient's are for the doctor, the staff's for the staff; what the patient is told is apart."""
    page = ask(who, "10:00", days=1)
    words = {"told": "TOLD-77 We call you"} if told else {}
    path = cancel(page, reason="other", remark=WORDS, **words).location
    pages = {name: browser(name).get(path).body for name in ("ada", "cole", "dot", "mo")}
    assert {name for name, body in pages.items() if WORDS in body} == readers
    assert {name for name, body in pages.items() if "TOLD-77" in body} == (told or set())
    assert page.has("textarea", id="told") == bool(told)


def test_a_cancelled_time_is_free_at_once(cast, ask, hold):
    page = ask("ada", "10:00")
    assert hold("ben", "cole", "10:00").status == 409
    cancel(page, reason="other")
    assert hold("ben", "cole", "10:00").status == 303
    assert hold("ada", "dean", "10:00").status == 303


def test_a_cancelled_time_lowers_the_bound_of_the_doctor_s_first_free_time(app, cast, ask, change, now):
    page = ask("ada", "10:00", days=3)
    change(Doctor, cast.cole, next_free_at=now.replace(month=12))
    cancel(page, reason="other")
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at <= now.replace(day=27, hour=10, minute=0)


def test_one_event_is_queued_and_whom_it_concerns_hears_of_it(real, heard):
    with real.app.app_context():
        person = db.session.get(Patient, real.ada).user_id
    ada = real.browser("ada")
    page = ada.get(f"/doctors/{real.cole}/slots")
    held = page.form(action=f"/doctors/{real.cole}/holds").submit(start=page.starts[-1]).follow()
    booked = held.form(id="book").submit(reason="A cough")
    heard()
    cancel(ada.get(booked.location.replace("?new=1", "/cancellation")), reason="other")
    reference = held.path.removeprefix("/holds/")
    topics = {f"doctor-{real.cole}", f"agenda-{real.cole}", f"appointment-{reference}", f"me-{person}", "clinic"}
    assert set(heard()) == topics
    with real.app.app_context():
        queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'appointment_changed:%'"
        assert db.session.scalar(db.text(queued)) == 2


def test_cancelling_twice_is_no_error_and_changes_nothing_more(ask, unchanged):
    page = ask("ada", "10:00", days=1)
    first = cancel(page, reason="other")
    with unchanged():
        for reason in ("other", ""):
            second = cancel(page, reason=reason)
            assert (second.status, second.location) == (303, first.location)
        assert page.browser.get(page.path).location == first.location


def test_what_the_doctor_cancelled_a_moment_before_is_no_error_either(ask, browser, stored):
    page = ask("ada", "10:00", days=1)
    browser("dot").post(page.path, {"reason": "doctor_away"})
    assert cancel(page, reason="other").status == 303
    assert stored("status") == [("cancelled",)]


def test_a_visit_that_has_begun_is_not_cancelled_by_its_patient(ask, unchanged, later, stored, browser):
    page = ask("ada", "10:00")
    later(minutes=19)
    with unchanged():
        late = cancel(page, reason="other")
    assert late.status == 409
    assert "This visit has begun. Please call us." in text_of(late.by_id("refusal"))
    assert not late.has("button", id="cancel-it")
    assert "It can no longer be cancelled here. Please call us: 0117 496 0100" in page.browser.get(page.path).text
    assert cancel(browser("dot").get(page.path), reason="patient_asked").status == 303


def test_a_minute_before_it_begins_it_may_be_cancelled(ask, later):
    page = ask("ada", "10:00")
    later(minutes=18, seconds=59)
    assert cancel(page, reason="cannot_come").status == 303


@pytest.mark.parametrize("status", ["in_progress", "completed", "no_show", "rescheduled"])
def test_what_is_under_way_or_over_is_not_cancelled_by_anybody(browser, visit, unchanged, status):
    path = f"/appointments/{visit('ada', 'cole', '09:00', status=status)}/cancellation"
    for name in ("ada", "cole", "dot"):
        who = browser(name)
        page = who.get(path)
        assert (page.status, page.has("button", id="cancel-it")) == (200, False)
        with unchanged():
            assert who.post(path, {"reason": "other"}).status == 409


def test_who_cancels_late_is_asked_to_do_so_all_the_same(cast, ask, change):
    change(Clinic, cast.clinic, cancel_hours=12)
    assert "This is less than 12 hours before. Please cancel all the same" in ask("ada", "16:00").text
    assert "This is less than" not in ask("ada", "10:00", days=1).text
    assert "This is less than" not in ask("dot", "15:00").text


def test_another_person_s_visit_is_not_there(visit, browser, unchanged):
    path = f"/appointments/{visit('ada', 'cole', '10:00', days=1)}/cancellation"
    for name in ("ben", "dean"):
        who = browser(name)
        with unchanged():
            assert who.get(path).status == 404
            assert who.post(path, {"reason": "other"}).status == 404


def test_a_hold_is_not_cancelled_but_let_go(visit, browser, unchanged):
    path = f"/appointments/{visit('ada', 'cole', '10:00', status='held')}/cancellation"
    with unchanged():
        assert browser("ada").post(path, {"reason": "other"}).status == 404


def test_the_short_list_is_what_everyone_on_the_visit_reads(ask, browser):
    path = cancel(ask("cole", "10:00", days=1), reason="doctor_away").location
    for name in ("ada", "dot"):
        assert "Cancelled: The doctor is away by Dr Maria Cole" in text_of(browser(name).get(path).by_id("history"))


def test_nothing_else_that_a_form_carries_is_taken(app, ask):
    page = ask("ada", "10:00", days=1)
    cancel(page, reason="other", new_status="completed", changed_by_id="1", status="no_show", notes="x")
    with app.app_context():
        found = db.session.scalar(db.select(Appointment))
        assert (found.status, found.notes, found.history[0].new_status) == ("cancelled", None, "cancelled")
