"""Booked visits that a doctor's time has no room for: in time off, in a closing, or outside the hours."""

from datetime import date, time, timedelta

import factories
import pytest
from factories import NOW

from healthbook import clock
from healthbook.db import db
from healthbook.models import Doctor, DoctorAvailability, Patient
from healthbook.scheduling.queries.outside import Why, expected, outside

MONDAY = NOW.replace(hour=0, minute=0) + timedelta(days=6)


@pytest.fixture
def doctor(app, cast):
    """Dr Cole, who works from 09:00 to 17:00 on weekdays, in an open context."""
    with app.app_context():
        yield db.session.get(Doctor, cast.cole)


@pytest.fixture
def visit(doctor, cast):
    """visit(9.5, days=1): a visit at half past nine, the day after Monday; its id."""

    def book(hour, days=0, **given):
        start = MONDAY + timedelta(days=days, hours=hour)
        return factories.appointment(db.session.get(Patient, cast.ada), doctor, start, **given).id

    return book


def found(doctor, *days):
    return outside(doctor, clock.now(), *days)


@pytest.mark.parametrize(
    ("hour", "given", "why"),
    [
        (9, {}, None),
        (16.5, {}, None),
        (8.75, {}, Why.OUTSIDE),
        (16.75, {}, Why.OUTSIDE),
        (20, {}, Why.OUTSIDE),
        (20, {"overbooked": True}, None),
        (20, {"status": "confirmed"}, Why.OUTSIDE),
        (20, {"status": "cancelled"}, None),
        (20, {"status": "in_progress"}, None),
        (20, {"status": "held", "held_until": NOW + timedelta(days=30)}, None),
    ],
)
def test_what_lies_outside_the_hours(doctor, visit, hour, given, why):
    id = visit(hour, **given)
    assert found(doctor) == ({id: why} if why else {})


def test_a_visit_over_two_hours_that_touch_is_inside(doctor, visit):
    factories.hours(doctor, "monday", time(17), time(18))
    visit(16.75)
    assert found(doctor) == {}


def test_a_night_is_inside_also_after_midnight(doctor, visit):
    factories.hours(doctor, "saturday", time(22), time(2))
    visit(23.75, days=5)
    visit(0.5, days=6)
    after = visit(1.75, days=13)
    assert found(doctor) == {after: Why.OUTSIDE}


@pytest.mark.parametrize(
    ("start", "end", "whole_clinic", "why"),
    [
        (9.75, 11, False, Why.AWAY),
        (10.25, 10.5, False, Why.AWAY),
        (10.25, 10.5, True, Why.CLOSED),
        (8, 10, False, None),
        (10.5, 12, True, None),
    ],
)
def test_time_off_and_closings_that_meet_a_visit(doctor, visit, start, end, whole_clinic, why):
    id = visit(10)
    at, until = (MONDAY + timedelta(hours=hour) for hour in (start, end))
    factories.time_off(doctor.clinic, at, until, doctor_id=None if whole_clinic else doctor.id)
    assert found(doctor) == ({id: why} if why else {})


def test_an_overbooked_visit_in_time_off_has_lost_its_time_too(doctor, visit):
    id = visit(20, overbooked=True)
    factories.time_off(doctor.clinic, MONDAY, MONDAY + timedelta(days=1), doctor_id=doctor.id)
    assert found(doctor) == {id: Why.AWAY}


def test_another_doctors_time_off_is_in_nobodys_way(doctor, visit, cast):
    visit(10)
    factories.time_off(doctor.clinic, MONDAY, MONDAY + timedelta(days=1), doctor_id=cast.dean)
    assert found(doctor) == {}


@pytest.mark.parametrize(
    ("hours", "inside"), [((time(9), time(10)), False), ((time(9), time(12)), True), (None, False)]
)
def test_a_date_that_differs_decides_for_its_day(doctor, visit, hours, inside):
    id, other = visit(10), visit(10, days=1)
    factories.override(doctor, "2026-11-30", *(hours or ()))
    assert found(doctor) == ({} if inside else {id: Why.OUTSIDE})
    assert other


def test_hours_that_end_leave_what_comes_after_outside(doctor, visit):
    ids = [visit(10, days=7 * week) for week in range(4)]
    for row in db.session.scalars(db.select(DoctorAvailability).filter_by(doctor_id=doctor.id)):
        row.valid_to = date(2026, 12, 10)
    assert found(doctor) == dict.fromkeys(ids[2:], Why.OUTSIDE)


def test_only_what_is_still_to_come_counts(doctor, visit, monkeypatch):
    id = visit(20)
    monkeypatch.setattr(clock, "now", lambda: MONDAY + timedelta(hours=20.25))
    assert list(found(doctor)) == [id]
    monkeypatch.setattr(clock, "now", lambda: MONDAY + timedelta(hours=20.5))
    assert found(doctor) == {}


def test_days_narrow_it_down(doctor, visit):
    ids = [visit(20, days=days) for days in range(4)]
    tuesday, wednesday = date(2026, 12, 1), date(2026, 12, 2)
    assert list(found(doctor, tuesday, wednesday)) == ids[1:3]
    assert list(found(doctor, wednesday)) == ids[2:]
    assert list(found(doctor, None, tuesday)) == ids[:2]


def test_far_ahead_counts_too(doctor, visit):
    id = visit(20, days=7 * 100)
    visit(10, days=7 * 100)
    assert found(doctor) == {id: Why.OUTSIDE}


def test_across_a_change_of_the_clocks_the_wall_clock_decides(doctor, visit):
    days = 7 * 26
    inside, outside_too = visit(8, days=days), visit(16, days=days)
    assert list(found(doctor)) == [outside_too]
    assert inside


def test_all_that_is_expected_in_order(doctor, visit):
    ids = [visit(11), visit(10), visit(9, days=1)]
    visit(9, status="completed", days=2)
    assert [row.id for row in expected(doctor, clock.now())] == [ids[1], ids[0], ids[2]]


def test_the_same_statements_for_many_visits_as_for_few(doctor, visit, statements):
    counts = []
    assert doctor.clinic
    for number in (2, 30):
        for n in range(number):
            visit(8, days=7 + n + number)
        db.session.flush()
        with statements() as seen:
            found(doctor)
        counts.append(len(seen))
    assert counts == [3, 3]
