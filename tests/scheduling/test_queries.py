"""What is looked up for the reckoning: whose time, of which day, and whether the indexes serve."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import factories
import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.models import AvailabilityOverride, Doctor, Patient, TimeOff, Weekday
from healthbook.scheduling.queries import free as queries
from healthbook.scheduling.queries.look import looking
from healthbook.scheduling.queries.visit_types import visit_type, visit_types

MONDAY = date(2026, 11, 30)
TUESDAY = MONDAY + timedelta(days=1)


def at(hour, minute=0, day=MONDAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.fixture
def cole(app, cast):
    """Dr Cole, with the session open: 09:00 to 17:00 from Monday to Friday, visits of half an hour."""
    with app.app_context():
        yield db.session.get(Doctor, cast.cole)


@pytest.fixture
def ada(cole, cast):
    return db.session.get(Patient, cast.ada)


def free(doctor, first=MONDAY, last=None, now=factories.NOW, **given):
    kind = visit_type(doctor, None)
    return queries.free(doctor, kind, first, last or first, now, **given)


def clock(times):
    return [found.strftime("%H:%M") for found in times]


def away(doctor, start, end, of_doctor=True, clinic_id=None):
    factories.added(
        TimeOff(
            clinic_id=clinic_id or doctor.clinic_id,
            doctor_id=doctor.id if of_doctor else None,
            during=Range(start, end),
        )
    )


def override(doctor, day, start=None, end=None):
    factories.added(AvailabilityOverride(doctor_id=doctor.id, on_date=day, start_time=start, end_time=end))


def test_a_day_is_offered_in_the_clinics_wall_clock_time(cole):
    times = free(cole)
    assert clock(times)[:3] == ["09:00", "09:30", "10:00"]
    assert clock(times)[-1] == "16:30"
    assert times[0].tzinfo == ZoneInfo("Europe/London")


@pytest.mark.parametrize("status", ["scheduled", "confirmed", "checked_in", "in_progress"])
def test_a_booked_time_is_not_free(cole, ada, status):
    factories.appointment(ada, cole, at(9), status=status)
    assert clock(free(cole))[:2] == ["09:30", "10:00"]


@pytest.mark.parametrize("status", ["cancelled", "no_show", "completed", "rescheduled"])
def test_a_time_that_is_given_back_is_free(cole, ada, status):
    factories.appointment(ada, cole, at(9), status=status)
    assert clock(free(cole))[0] == "09:00"


@pytest.mark.parametrize(("seconds", "first"), [(1, "09:30"), (0, "09:00"), (-1, "09:00")])
def test_a_hold_takes_up_time_until_the_moment_it_ends(cole, ada, seconds, first):
    until = factories.NOW + timedelta(seconds=seconds)
    factories.appointment(ada, cole, at(9), status="held", held_until=until)
    assert clock(free(cole))[0] == first


def test_an_overbooked_visit_takes_up_time_too(cole, ada):
    factories.appointment(ada, cole, at(9), overbooked=True)
    assert clock(free(cole))[0] == "09:30"


def test_another_doctors_visits_do_not_matter(cole, ada, cast):
    factories.appointment(ada, db.session.get(Doctor, cast.dean), at(9))
    assert clock(free(cole))[0] == "09:00"


def test_buffers_around_a_visit_are_kept_free(cole, ada):
    factories.appointment(ada, cole, at(10), blocked=Range(at(9, 45), at(10, 45)))
    assert clock(free(cole))[:3] == ["09:00", "11:00", "11:30"]


def test_what_began_the_evening_before_still_takes_up_the_morning(cole, ada):
    long = Range(at(23, day=MONDAY - timedelta(days=1)), at(11))
    factories.appointment(ada, cole, long.lower, during=long, blocked=long)
    assert clock(free(cole))[0] == "11:00"


def test_time_off_of_the_doctor_is_not_free(cole):
    away(cole, at(0), at(16))
    assert clock(free(cole)) == ["16:00", "16:30"]


def test_when_the_clinic_is_closed_nobody_is_free(cole):
    away(cole, at(9), at(16, 30), of_doctor=False)
    assert clock(free(cole)) == ["16:30"]


def test_time_off_of_somebody_else_does_not_matter(cole, cast):
    away(db.session.get(Doctor, cast.dean), at(0), at(23))
    away(cole, at(0), at(23), of_doctor=False, clinic_id=factories.clinic(name="Another").id)
    assert len(free(cole)) == 16


def test_an_override_replaces_the_hours_of_its_date(cole):
    override(cole, MONDAY, time(14), time(15))
    assert clock(free(cole)) == ["14:00", "14:30"]
    assert len(free(cole, TUESDAY)) == 16


def test_an_override_without_times_closes_its_date(cole):
    override(cole, MONDAY)
    assert free(cole) == []


def test_hours_that_are_switched_off_offer_nothing(cole):
    cole.availability[0].is_available = False
    db.session.flush()
    assert free(cole) == []
    assert len(free(cole, TUESDAY)) == 16


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # The clocks go back: the hour from 01:00 comes twice, and both are worked.
        (date(2026, 10, 25), ["23:00Z", "23:30Z", "00:00Z", "00:30Z", "01:00Z", "01:30Z", "02:00Z", "02:30Z"]),
        # The clocks go forward: there is no 01:30, and three hours are two.
        (date(2027, 3, 28), ["00:00Z", "00:30Z", "01:00Z", "01:30Z"]),
    ],
)
def test_the_night_of_a_clock_change_has_its_own_length(cole, cast, day, expected):
    factories.hours(cole, Weekday.SUNDAY, time(0), time(3))
    times = free(cole, day, now=datetime(day.year, day.month, 1, tzinfo=UTC))
    assert [found.astimezone(UTC).strftime("%H:%MZ") for found in times] == expected


def test_both_passes_of_a_repeated_hour_can_be_booked(cole):
    factories.hours(cole, Weekday.SUNDAY, time(0), time(3))
    kind, now = visit_type(cole, None), datetime(2026, 10, 1, tzinfo=UTC)
    for hour in (0, 1):
        start = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        assert start.astimezone(cole.clinic.zone).strftime("%H:%M") == "01:30"
        assert queries.is_free(cole, kind, start, now)
        assert queries.is_free(cole, kind, start.astimezone(cole.clinic.zone), now)


def test_notice_and_horizon_are_the_clinics_unless_the_visit_type_has_its_own(cole):
    today, kind = factories.NOW.date(), visit_type(cole, None)
    cole.clinic.lead_minutes, cole.clinic.horizon_days = 60, 7
    assert clock(free(cole, today))[0] == "11:00"
    assert free(cole, today, date(2027, 12, 31))[-1] == at(9, 30, today + timedelta(days=7))
    kind.lead_minutes, kind.horizon_days = 0, 8
    assert clock(free(cole, today))[0] == "10:00"
    assert free(cole, today, date(2027, 12, 31))[-1] == at(9, 30, today + timedelta(days=8))


def test_now_itself_can_still_be_booked(cole):
    assert clock(free(cole, now=at(9)))[0] == "09:00"
    assert clock(free(cole, now=at(9) + timedelta(seconds=1)))[0] == "09:30"


def test_the_doctors_step_decides_how_close_the_times_are(cole):
    cole.slot_step_minutes = 10
    assert clock(free(cole))[:3] == ["09:00", "09:10", "09:20"]


@pytest.mark.parametrize("closed", ["suspended", "unavailable", "inactive"])
def test_a_doctor_who_takes_no_bookings_has_no_free_times(cole, closed):
    if closed == "suspended":
        cole.status = "suspended"
    cole.is_available = closed != "unavailable"
    cole.user.is_active = closed != "inactive"
    assert free(cole) == []
    assert not queries.is_free(cole, visit_type(cole, None), at(9), factories.NOW)


def test_what_is_ignored_is_not_in_the_way(cole, ada):
    held = factories.appointment(ada, cole, at(9), status="held", held_until=at(9))
    kind = visit_type(cole, None)
    assert not queries.is_free(cole, kind, at(9), factories.NOW)
    assert queries.is_free(cole, kind, at(9), factories.NOW, ignoring=[held.id])
    assert clock(free(cole, ignoring=[held.id]))[0] == "09:00"


def test_a_time_is_free_exactly_when_it_is_offered(cole, ada):
    for hour in (9, 12, 15):
        factories.appointment(ada, cole, at(hour), minutes=20)
    kind, offered = visit_type(cole, None), {found.timestamp() for found in free(cole)}
    minutes = [at(8) + timedelta(minutes=n) for n in range(0, 600, 10)]
    assert offered
    assert {start.timestamp() for start in minutes if queries.is_free(cole, kind, start, factories.NOW)} == offered


@pytest.mark.parametrize(
    "start",
    [at(9, 7), at(9) + timedelta(seconds=30), at(18), at(9, day=date(2020, 1, 6)), at(9, day=date(2199, 12, 31))],
)
def test_a_start_that_was_never_offered_is_not_free(cole, start):
    assert not queries.is_free(cole, visit_type(cole, None), start, factories.NOW)


def nearest(doctor, lost, **given):
    look = looking(doctor, visit_type(doctor, None), factories.NOW, "", ())
    return look.nearest(lost, look.around(lost), **given)


def test_the_nearest_times_are_before_and_after_the_lost_one(cole, ada):
    for hour in (10, 11):
        factories.appointment(ada, cole, at(hour))
    near = nearest(cole, at(11))
    assert clock(near) == ["09:30", "10:30", "11:30", "12:00"]


def test_the_nearest_times_may_be_weeks_away(cole):
    away(cole, at(0) - timedelta(days=30), at(0) + timedelta(days=30))
    near = nearest(cole, at(11), count=2)
    assert [found.isoformat() for found in near] == ["2026-12-30T09:00:00+00:00", "2026-12-30T09:30:00+00:00"]


def test_visit_types_come_in_the_doctors_order_and_only_those_for_booking_online(cole):
    factories.visit_type(cole, name="Second", position=2)
    factories.visit_type(cole, name="First", position=1)
    factories.visit_type(cole, name="At the desk", position=3, bookable_online=False)
    db.session.refresh(cole)
    assert [kind.name for kind in visit_types(cole)] == ["New problem", "First", "Second"]
    assert visit_types(cole, online=False)[-1].name == "At the desk"


def test_a_visit_type_of_another_doctor_or_of_the_desk_is_not_found(cole, cast):
    others = factories.visit_type(db.session.get(Doctor, cast.dean))
    desk = factories.visit_type(cole, bookable_online=False)
    for missing in (others.id, desk.id, 2**31 - 1):
        with pytest.raises(NoResultFound):
            visit_type(cole, missing)


def test_free_times_take_one_statement_however_much_is_booked(cole, ada, statements):
    assert cole.bookable
    assert cole.clinic.zone
    assert visit_types(cole)
    with statements() as few:
        free(cole)
    for day in range(-20, 20):
        factories.appointment(ada, cole, at(9) + timedelta(days=day))
    with statements() as many:
        free(cole)
    assert len(few) == len(many) == 1
