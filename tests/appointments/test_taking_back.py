"""A visit's day goes back where life does: who came after all, who is not here, who waits again, what is reopened."""

from datetime import timedelta
from itertools import pairwise

import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment


@pytest.fixture
def step(browser, stored):
    """step("cole", reference, "scheduled", "checked_in"): what the doctor's or the desk's button does."""

    def press(who, reference, seen, to):
        path = "/agenda" if who == "cole" else "/clinic/appointments"
        return browser(who).post(f"{path}/{reference}/status", {"seen": seen, "to": to})

    return press


@pytest.fixture
def status(app):
    def read(reference):
        with app.app_context():
            return db.session.scalar(db.select(Appointment.status).filter_by(reference=reference))

    return read


def through(step, who, reference, *statuses):
    for seen, to in pairwise(statuses):
        assert step(who, reference, seen, to).status == 303, (seen, to)


def test_who_was_missed_and_came_after_all_is_checked_in_the_same_day_only(visit, step, status, later):
    reference = visit("ada", "cole", "09:30")
    through(step, "dot", reference, "scheduled", "no_show")
    later(days=1)
    assert (step("dot", reference, "no_show", "checked_in").status, status(reference)) == (409, "no_show")
    later(hours=2)
    through(step, "dot", reference, "no_show", "checked_in")


def test_what_somebody_held_until_now_keeps_nobody_out_who_came_after_all(visit, step, status):
    reference = visit("ada", "cole", "09:30")
    through(step, "dot", reference, "scheduled", "no_show")
    visit("ben", "cole", "09:30", status="held", held_until=NOW)
    through(step, "dot", reference, "no_show", "checked_in")


@pytest.mark.parametrize(("before", "other"), [("scheduled", "confirmed"), ("confirmed", "scheduled")])
def test_who_is_not_here_is_again_what_they_were(visit, step, status, before, other):
    reference = visit("ada", "cole", "10:00", status=before)
    through(step, "dot", reference, before, "checked_in")
    assert step("dot", reference, "checked_in", other).status == 409
    through(step, "dot", reference, "checked_in", before)


def test_who_was_missed_and_then_checked_in_by_mistake_is_expected_again(visit, step):
    reference = visit("ada", "cole", "09:30")
    through(step, "dot", reference, "scheduled", "no_show", "checked_in", "confirmed", "no_show")


def test_an_interrupted_visit_waits_again(visit, step):
    reference = visit("ada", "cole", "09:30")
    through(step, "cole", reference, "scheduled", "checked_in", "in_progress", "checked_in", "in_progress", "completed")


def test_a_completed_visit_is_reopened_by_its_doctor_until_midnight(visit, step, status, later):
    reference = visit("ada", "cole", "09:30")
    through(step, "cole", reference, "scheduled", "checked_in", "in_progress", "completed", "in_progress", "completed")
    assert step("dot", reference, "completed", "in_progress").status == 409
    midnight = NOW.replace(hour=0, minute=0) + timedelta(days=1)
    later(seconds=(midnight - NOW).total_seconds())
    page = step("cole", reference, "completed", "in_progress")
    assert (page.status, status(reference)) == (409, "completed")
    assert "until midnight" in page.text
    later(seconds=(midnight - NOW).total_seconds() - 1)
    through(step, "cole", reference, "completed", "in_progress")


def test_a_time_that_was_given_away_cannot_be_taken_back(visit, step, status, browser):
    reference = visit("ada", "cole", "09:30")
    through(step, "cole", reference, "scheduled", "no_show")
    visit("ben", "cole", "09:30")
    page = step("cole", reference, "no_show", "checked_in")
    assert (page.status, status(reference)) == (409, "no_show")
    assert "given to somebody else" in page.text


def test_a_patient_who_is_elsewhere_by_then_cannot_be_taken_back(visit, step, status):
    reference = visit("ada", "cole", "09:30")
    through(step, "cole", reference, "scheduled", "no_show")
    visit("ada", "dean", "09:30")
    assert (step("cole", reference, "no_show", "checked_in").status, status(reference)) == (409, "no_show")


def test_whoever_presses_second_reads_how_the_visit_is_now(visit, step, browser):
    reference = visit("ada", "cole", "09:30")
    through(step, "dot", reference, "scheduled", "checked_in")
    assert "It is now: Waiting" in step("cole", reference, "scheduled", "confirmed").text


def test_a_visit_is_not_moved_by_a_step_alone(visit, step, status):
    reference = visit("ada", "cole", "10:00")
    assert (step("dot", reference, "scheduled", "rescheduled").status, status(reference)) == (409, "scheduled")


def test_the_ways_back_are_buttons_in_the_menu(browser, visit, step):
    reference = visit("ada", "cole", "09:30")
    through(step, "cole", reference, "scheduled", "checked_in", "in_progress", "completed")
    page = browser("cole").get("/agenda")
    assert "Reopen" in text_of(page.by_id(f"menu-{reference}"))
