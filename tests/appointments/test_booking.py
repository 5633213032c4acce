"""Booking what is held: with a reason, once, also when the hold has run out."""

from datetime import timedelta

import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Clinic, Doctor, Patient, VisitType

TEN = NOW.replace(hour=10, minute=0)
WHY = "A mole on my shoulder has changed"


@pytest.fixture
def book(held_page):
    """book("ada", "cole", "10:00"): she holds it and books it, and this is the answer."""

    def hold_and_book(*chosen, reason=WHY, htmx=False):
        page = held_page(*chosen)
        return page.form(action=page.path).submit(reason=reason, htmx=htmx)

    return hold_and_book


def form_of(page):
    return page.form(id="book")


def steps(app):
    """Of all visits: from, to and by whom."""
    with app.app_context():
        rows = db.session.execute(
            db.text("SELECT old_status, new_status, changed_by_id FROM appointment_history ORDER BY id")
        )
        return [tuple(row) for row in rows]


def user_of(app, patient_id):
    with app.app_context():
        return db.session.get(Patient, patient_id).user_id


def test_a_held_time_is_booked_with_a_reason(cast, book, stored):
    page = book("ada", "cole", "10:00")
    ((reference,),) = stored("reference")
    assert (page.status, page.location) == (303, f"/appointments/{reference}?new=1")
    assert stored() == [(cast.ada, cast.cole, TEN, "scheduled")]
    assert stored("held_until") == [(None,)]
    shown = page.follow()
    assert "You are booked in" in shown.text
    assert "We are sending the day and the place to ada@test.example" in shown.text
    assert WHY in shown.text


def test_htmx_is_sent_on_to_the_visit(book):
    page = book("ada", "cole", "10:00", htmx=True)
    assert (page.status, page.headers["HX-Redirect"].startswith("/appointments/")) == (204, True)


def test_the_reason_is_nowhere_in_the_database_in_plain_text(app, book):
    book("ada", "cole", "10:00")
    with app.app_context():
        whole = db.session.scalar(db.text("SELECT appointment::text FROM appointment"))
        sealed = db.session.scalar(db.select(Appointment.reason_sealed))
    assert "mole" not in whole
    assert b"mole" not in sealed


def test_a_clinic_that_confirms_at_once_does_so(app, cast, book, change, stored):
    change(Clinic, cast.clinic, confirms_at_once=True)
    book("ada", "cole", "10:00")
    assert stored()[0][3] == "confirmed"
    assert steps(app) == [("held", "confirmed", user_of(app, cast.ada))]


def test_a_booking_writes_one_step_with_its_author_and_queues_one_event(app, cast, held_page, jobs):
    page = held_page("ada", "cole", "10:00")
    assert steps(app) == []
    assert jobs("appointment_changed") == []
    form_of(page).submit(reason=WHY)
    assert steps(app) == [("held", "scheduled", user_of(app, cast.ada))]
    ((args, _),) = jobs("appointment_changed")
    with app.app_context():
        assert args == {"history_id": db.session.scalar(db.text("SELECT id FROM appointment_history"))}


def test_whom_it_concerns_hears_of_it_after_the_commit(real, heard):
    with real.app.app_context():
        person = db.session.get(Patient, real.ada).user_id
    page = real.browser("ada").get(f"/doctors/{real.cole}/slots")
    held = page.form(action=f"/doctors/{real.cole}/holds").submit(start=TEN.isoformat()).follow()
    heard()
    reference = held.path.removeprefix("/holds/")
    form_of(held).submit(reason="")
    assert heard() == []
    form_of(held).submit(reason=WHY)
    topics = {f"doctor-{real.cole}", f"agenda-{real.cole}", f"appointment-{reference}", f"me-{person}", "clinic"}
    assert set(heard()) == topics


@pytest.mark.parametrize("htmx", [False, True])
def test_a_reason_is_needed_and_what_was_written_is_kept(held_page, unchanged, htmx):
    page = held_page("ada", "cole", "10:00")
    long = "itch " * 600
    for reason, words in (
        (None, "Say in a few words why you come."),
        ("", "Say in a few words why you come."),
        (" \n\t", "Say in a few words why you come."),
        (long, "Please use fewer words: at most 2,000 letters."),
    ):
        with unchanged():
            again = form_of(page).submit(reason=reason, htmx=htmx)
        assert again.status == 422
        (link,) = again.by_id("errors").iter("a")
        assert (text_of(link), link.get("href")) == (words, "#reason")
        box = again.by_id("reason")
        assert (box.get("aria-invalid"), "reason-err" in box.get("aria-describedby")) == ("true", True)
        assert ("".join(box.itertext()).strip() == long.strip()) == (reason == long)
        assert again.has("h1") != htmx
    assert form_of(again).submit(reason="x" * 2000).status == 303


def test_a_field_of_a_megabyte_is_too_much(held_page, unchanged):
    page = held_page("ada", "cole", "10:00")
    with unchanged():
        assert form_of(page).submit(reason="x" * 1_000_000).status == 413


def test_what_else_a_form_carries_changes_nothing(cast, held_page, stored):
    page = held_page("ada", "cole", "10:00")
    extra = {"status": "completed", "fee": "0", "doctor_notes": "x", "booked_by_id": "1"}
    form_of(page).submit(reason=WHY, **extra)
    ((patient, status, fee, notes),) = stored("patient_id", "status", "fee", "doctor_notes_sealed")
    assert (patient, status, fee, notes) == (cast.ada, "scheduled", 85, None)


def test_the_same_form_sent_twice_leads_to_the_same_visit(app, held_page, stored, jobs):
    page = held_page("ada", "cole", "10:00")
    first, second = (form_of(page).submit(reason=words) for words in (WHY, "Something else"))
    assert first.location == second.location
    assert len(stored()) == len(steps(app)) == len(jobs("appointment_changed")) == 1
    assert WHY in second.follow().text


def test_a_visit_that_was_cancelled_is_not_booked_again_by_an_old_form(held_page, stored, browser):
    page = held_page("ada", "cole", "10:00")
    booked = form_of(page).submit(reason=WHY)
    path = booked.location.removesuffix("?new=1") + "/cancellation"
    browser("ada").post(path, {"reason": "other"})
    again = form_of(page).submit(reason=WHY)
    assert again.location == booked.location
    assert [row[3] for row in stored()] == ["cancelled"]
    assert "You are booked in" not in again.follow().text


def test_a_hold_that_has_run_out_still_books_while_the_time_is_free(cast, held_page, stored, later):
    page = held_page("ada", "cole", "10:00")
    later(minutes=6)
    assert form_of(page).submit(reason=WHY).status == 303
    assert stored() == [(cast.ada, cast.cole, TEN, "scheduled")]


def test_who_comes_too_late_is_offered_the_nearest_times(hold, held_page, unchanged, later):
    page = held_page("ada", "cole", "11:00")
    later(minutes=6)
    hold("ben", "cole", "11:00")
    for htmx in (False, True):
        with unchanged():
            late = form_of(page).submit(reason=WHY, htmx=htmx)
        assert late.status == 409
        assert "That time has gone. Nothing has been booked for you." in text_of(late.by_id("refusal"))
        assert len(list(late.by_id("refusal").iter("button"))) == 4
        assert late.has("h1") != htmx


def test_nobody_books_what_has_begun_while_the_hold_ran_out(held_page, unchanged, later):
    page = held_page("ada", "cole", "10:00")
    later(minutes=20)
    with unchanged():
        assert form_of(page).submit(reason=WHY).status == 409


def test_an_unexpired_hold_is_a_promise_also_when_the_hours_change(app, cast, held_page, stored):
    page = held_page("ada", "cole", "10:00")
    with app.app_context():
        db.session.execute(db.text("DELETE FROM doctor_availability"))
        db.session.commit()
    assert form_of(page).submit(reason=WHY).status == 303
    assert stored()[0][3] == "scheduled"


@pytest.mark.parametrize("columns", [{"is_available": False}, {"status": "suspended"}])
def test_a_doctor_who_stopped_meanwhile_is_not_booked(cast, held_page, change, unchanged, columns):
    page = held_page("ada", "cole", "10:00")
    change(Doctor, cast.cole, **columns)
    with unchanged():
        answer = form_of(page).submit(reason=WHY)
    assert answer.status == 409
    assert "takes no bookings here at the moment" in answer.text


def test_a_late_booking_of_what_is_offered_no_longer_is_refused(app, cast, held_page, unchanged, later):
    page = held_page("ada", "cole", "10:00")
    with app.app_context():
        db.session.delete(db.session.scalar(db.select(VisitType).where(VisitType.doctor_id == cast.cole)))
        db.session.commit()
    assert page.browser.get(page.path).status == 200
    later(minutes=6)
    with unchanged():
        assert form_of(page).submit(reason=WHY).status == 409


@pytest.fixture
def swept(held_page, hold, later, browser):
    """The page of Ada's hold at Cole's at 11:00, whose row is gone: Ben's choice swept it, and he let his go."""
    page = held_page("ada", "cole", "11:00")
    later(minutes=6)
    bens = hold("ben", "cole", "11:00").location
    browser("ben").post(f"{bens}/release")
    return page


def test_a_swept_hold_is_booked_all_the_same_and_only_once(app, cast, swept, stored):
    first, second = (form_of(swept).submit(reason=WHY) for _ in range(2))
    assert (first.status, first.location) == (303, second.location)
    assert stored() == [(cast.ada, cast.cole, TEN + timedelta(hours=1), "scheduled")]
    assert len(steps(app)) == 1
    assert WHY in second.follow().text


def test_a_swept_hold_without_a_reason_is_held_again_and_asks_for_it(swept, stored, later):
    page = form_of(swept).submit(reason="")
    assert page.status == 422
    assert page.by_id("errors") is not None
    assert stored()[0][3] == "held"
    assert form_of(page).submit(reason=WHY).status == 303
    assert [row[3] for row in stored()] == ["scheduled"]


def test_a_swept_hold_whose_time_was_taken_is_refused(hold, swept, unchanged):
    hold("ben", "cole", "11:00")
    with unchanged():
        page = form_of(swept).submit(reason=WHY)
    assert (page.status, len(page.starts) > 4) == (409, True)


def test_a_swept_hold_without_its_time_is_over(swept, unchanged):
    for left_out in ("start", "visit_type", "doctor"):
        with unchanged():
            assert form_of(swept).submit(reason=WHY, **{left_out: None}).status == 410
            assert form_of(swept).submit(reason=WHY, **{left_out: "99999999999"}).status == 410


def test_another_person_s_form_books_nothing(held_page, browser, unchanged, later):
    page, ben = held_page("ada", "cole", "10:00"), browser("ben")
    theirs = {name: value for name, value in form_of(page).fields.items() if name != "csrf_token"} | {"reason": WHY}
    with unchanged():
        assert ben.post(page.path, theirs).status == 404
        later(minutes=6)
        assert ben.post(page.path, theirs).status == 404


def test_nobody_has_two_visits_at_once(held_page, visit, unchanged):
    page = held_page("ada", "cole", "10:00")
    visit("ada", "dean", "10:15")
    with unchanged():
        answer = form_of(page).submit(reason=WHY)
    assert answer.status == 409
    assert "You have a visit at that time already." in text_of(answer.by_id("refusal"))
    assert list(answer.by_id("refusal").iter("button")) == []


def test_what_a_person_writes_is_shown_as_they_wrote_it(book):
    evil = "<img src=x onerror=alert(1)> {{ 7 * 7 }} </textarea> \"' \u202e"
    page = book("ada", "cole", "10:00", reason=evil).follow()
    assert not page.find_all("img")
    assert evil.split(" \u202e")[0] in page.text


def test_a_nul_is_refused(held_page, unchanged):
    page = held_page("ada", "cole", "10:00")
    with unchanged():
        assert form_of(page).submit(reason="a\0b").status == 400
