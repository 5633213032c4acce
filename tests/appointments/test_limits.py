"""How much patients book by themselves: so many visits ahead, and not after cancelling late again and again."""

import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Clinic

WHY = "A cough"


@pytest.fixture
def two_ahead(cast, change, visit):
    change(Clinic, cast.clinic, max_open_bookings=2)
    return [visit("ada", "cole", "10:00", days=days) for days in (1, 2)]


def test_who_has_enough_visits_ahead_holds_no_more(two_ahead, hold, unchanged):
    with unchanged():
        page = hold("ada", "cole", "11:00", days=1)
    assert (page.status, "2 visits ahead" in text_of(page.by_id("refusal"))) == (409, True)


def test_a_visit_that_was_booked_meanwhile_counts_when_the_hold_is_booked(cast, change, held_page, visit, unchanged):
    change(Clinic, cast.clinic, max_open_bookings=1)
    page = held_page("ada", "cole", "11:00", days=1)
    visit("ada", "dean", "14:00", days=1)
    with unchanged():
        assert page.form(id="book").submit(reason=WHY).status == 409


def test_cancelled_and_past_visits_do_not_count(cast, change, visit, hold):
    change(Clinic, cast.clinic, max_open_bookings=1)
    visit("ada", "cole", "10:00", days=1, status="cancelled")
    visit("ada", "cole", "09:00")
    assert hold("ada", "cole", "11:00", days=1).status == 303


def test_another_patients_visits_do_not_count(two_ahead, hold):
    assert hold("ben", "cole", "11:00", days=1).status == 303


def test_moving_and_the_desk_are_not_limited(browser, cast, two_ahead, change, later):
    change(Clinic, cast.clinic, max_open_bookings=1)
    page = browser("ada").get(f"/appointments/{two_ahead[0]}/rescheduling?week=2026-11-25")
    chosen = browser("ada").post(f"/appointments/{two_ahead[0]}/rescheduling", {"start": page.starts[-1]})
    assert chosen.status == 303


def cancel(browser, reference):
    page = browser("ada").get(f"/appointments/{reference}/cancellation")
    return page, page.form(id="cancellation").submit(reason="other")


def late(app):
    with app.app_context():
        return db.session.scalars(db.select(Appointment.cancelled_late).order_by(Appointment.id)).all()


def test_a_late_cancellation_says_so_before_and_is_counted(app, browser, visit):
    early, tonight = visit("ada", "cole", "16:00", days=2), visit("ada", "cole", "16:00")
    pages = [cancel(browser, reference)[0] for reference in (early, tonight)]
    assert ["counts as late" in page.text for page in pages] == [False, True]
    assert late(app) == [False, True]


def test_the_desk_and_the_doctor_cancel_nothing_late(app, browser, visit):
    for who in ("dot", "cole"):
        reference = visit("ada", "cole", "16:00" if who == "dot" else "17:00")
        page = browser(who).get(f"/appointments/{reference}/cancellation")
        assert page.form(id="cancellation").submit(reason="doctor_away").status == 303
    assert late(app) == [False, False]


def test_who_cancelled_late_too_often_is_asked_to_call_for_thirty_days(cast, browser, change, visit, hold, later):
    change(Clinic, cast.clinic, max_late_cancels=1)
    for clock_time in ("16:00", "17:00"):
        assert hold("ada", "cole", "11:00", days=1).status == 303
        cancel(browser, visit("ada", "cole", clock_time))
    page = hold("ada", "cole", "12:00", days=1)
    assert (page.status, "Please call us" in text_of(page.by_id("refusal"))) == (409, True)
    later(days=31)
    assert hold("ada", "cole", "12:00", days=34).status == 303
