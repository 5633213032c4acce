"""Free times by the day agree with the free times themselves."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from scheduling.test_slots_properties import DAY, situations

from healthbook.scheduling import days, slots
from healthbook.scheduling.slots import Calendar, Override, Visit
from healthbook.scheduling.wall_clock import Hours

LONG_BEFORE = datetime(2026, 12, 1, tzinfo=UTC)
MONDAY = date(2027, 1, 4)
SUNDAY = MONDAY + timedelta(days=6)
WEEKDAYS = Calendar("UTC", tuple(Hours(weekday, time(9), time(12)) for weekday in range(1, 6)))


def at(day, hour):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@settings(max_examples=100, deadline=None)
@given(situations())
def test_as_many_are_counted_on_each_day_as_are_free_on_it(situation):
    first, last = situation.first - DAY, situation.last + DAY
    zone = ZoneInfo(situation.calendar.zone)
    free = [start.astimezone(zone).date() for start in slots.free(*situation[1:3], first, last, situation.now)]
    counted = days.counts(*situation[1:3], first, last, situation.now)
    assert list(counted) == [first + n * DAY for n in range((last - first).days + 1)]
    assert {day: n for day, n in counted.items() if n} == {day: free.count(day) for day in set(free)}


@settings(max_examples=50, deadline=None)
@given(situations())
def test_the_first_free_time_is_the_first_of_the_free_times(situation):
    free = slots.free(*situation[1:])
    assert days.first_free(*situation[1:]) == (free[0] if free else None)


def test_a_run_over_midnight_is_counted_on_both_days():
    night = Calendar("UTC", (Hours(1, time(22), time(3)),), step_minutes=20)
    counted = days.counts(night, Visit(60), MONDAY, MONDAY + timedelta(days=2), LONG_BEFORE)
    assert list(counted.values()) == [6, 7, 0]


@pytest.mark.parametrize(("day", "n"), [(date(2027, 3, 28), 46), (date(2026, 10, 25), 50), (date(2027, 1, 3), 48)])
def test_the_day_of_a_clock_change_has_as_many_times_as_it_has_hours(day, n):
    always = Calendar("Europe/London", tuple(Hours(weekday, time(0), time(0)) for weekday in range(1, 8)))
    assert days.counts(always, Visit(30), day, day, datetime(2026, 10, 1, tzinfo=UTC))[day] == n


def test_a_day_that_is_booked_up_is_worked_and_one_without_hours_is_not():
    full = replace(WEEKDAYS, busy=((at(MONDAY, 0), at(MONDAY, 23)),))
    assert days.counts(full, Visit(60), MONDAY, SUNDAY, LONG_BEFORE)[MONDAY] == 0
    assert days.worked(full, Visit(60), MONDAY, SUNDAY, LONG_BEFORE) == {MONDAY + timedelta(days=n) for n in range(5)}


def test_a_day_off_is_not_worked_and_one_whose_times_are_kept_is():
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    overrides = (Override(tuesday), Override(wednesday, time(9), time(10), time(8)))
    calendar = replace(WEEKDAYS, overrides=overrides, time_off=((at(MONDAY, 0), at(MONDAY, 23)),))
    assert days.worked(calendar, Visit(60), MONDAY, wednesday, LONG_BEFORE) == {wednesday}
