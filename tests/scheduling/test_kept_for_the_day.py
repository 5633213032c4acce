"""Times that are kept for the day itself: found online only from a set hour of the same day on."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from healthbook.scheduling import days, slots
from healthbook.scheduling.slots import Calendar, Override, Visit
from healthbook.scheduling.wall_clock import Hours

MONDAY = date(2027, 1, 4)
TUESDAY = MONDAY + timedelta(days=1)
HOUR = Visit(60)
A_MOMENT = timedelta(microseconds=1)


def every_day(start, end, opens_at=None):
    return tuple(Hours(weekday, start, end, opens_at=opens_at) for weekday in range(1, 8))


KEPT = Calendar("UTC", (*every_day(time(9), time(11), time(8)), *every_day(time(14), time(16))))
"""From nine to eleven only for the day itself, from eight on; the afternoon for everybody."""
MORNING = Calendar("UTC", every_day(time(9), time(11), time(8)))


def at(hour, minute=0, day=MONDAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def clocks(calendar, now, visit=HOUR, day=MONDAY):
    zone = ZoneInfo(calendar.zone)
    return [f"{start.astimezone(zone):%H:%M}" for start in slots.free(calendar, visit, day, day, now)]


def test_they_are_free_from_the_moment_at_which_they_open():
    assert clocks(KEPT, at(8) - A_MOMENT) == ["14:00", "15:00"]
    assert clocks(KEPT, at(8)) == ["09:00", "10:00", "14:00", "15:00"]


def test_those_of_another_day_stay_closed():
    assert clocks(KEPT, at(8), day=TUESDAY) == ["14:00", "15:00"]


def test_what_is_not_open_cannot_be_booked():
    assert not slots.is_free(KEPT, HOUR, at(9), at(7, 59))
    assert slots.is_free(KEPT, HOUR, at(9), at(8))
    assert not slots.is_free(KEPT, HOUR, at(9, day=TUESDAY), at(8))


def test_for_the_staff_they_are_free_always():
    assert clocks(KEPT, at(7), HOUR._replace(kept_too=True)) == ["09:00", "10:00", "14:00", "15:00"]


def test_they_do_not_move_the_times_around_them():
    """A visit that begins before kept hours may run into them, and steps count from where work begins."""
    touching = Calendar("UTC", (*every_day(time(9), time(10, 30)), *every_day(time(10, 30), time(12), time(8))))
    assert clocks(touching, at(7)) == ["09:00", "10:00"]
    assert clocks(touching, at(8)) == ["09:00", "10:00", "11:00"]
    kept_first = Calendar("UTC", (*every_day(time(9, 30), time(10), time(8)), *every_day(time(10), time(12))))
    assert clocks(kept_first, at(7)) == ["10:30"]


def test_what_other_hours_offer_too_is_not_kept():
    overlapping = replace(KEPT, hours=(*KEPT.hours, *every_day(time(10), time(11))))
    assert clocks(overlapping, at(7)) == ["10:00", "14:00", "15:00"]


def test_hours_over_midnight_open_on_the_day_on_which_they_begin():
    night = Calendar("UTC", every_day(time(22), time(2), time(20)))
    assert clocks(night, at(19), day=TUESDAY) == []
    assert clocks(night, at(20), day=TUESDAY) == ["00:00", "01:00"]
    assert clocks(night, at(20, day=TUESDAY), day=TUESDAY) == ["22:00", "23:00"]


def test_an_override_may_be_kept_too():
    kept = replace(KEPT, overrides=(Override(MONDAY, time(12), time(14), time(11)),))
    assert clocks(kept, at(10, 59)) == []
    assert clocks(kept, at(11)) == ["12:00", "13:00"]


@pytest.mark.parametrize(
    ("day", "opens_at", "opens"),
    [
        # 01:30 does not exist: it opens where the gap ends. Where it comes twice, it opens the first time.
        (date(2027, 3, 28), time(1, 30), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        (date(2026, 10, 25), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        # Eight o'clock is eight o'clock on the wall, whatever happened to the clock in the night.
        (date(2027, 3, 28), time(8), datetime(2027, 3, 28, 7, tzinfo=UTC)),
        (date(2026, 10, 25), time(8), datetime(2026, 10, 25, 8, tzinfo=UTC)),
    ],
)
def test_on_the_day_of_a_clock_change_they_open_by_the_clock_on_the_wall(day, opens_at, opens):
    london = Calendar("Europe/London", every_day(time(9), time(11), opens_at))
    assert clocks(london, opens - A_MOMENT, day=day) == []
    assert clocks(london, opens, day=day) == ["09:00", "10:00"]
    assert days.opening(london, HOUR, day, opens - timedelta(days=1)) == opens


def test_midnight_is_an_hour_at_which_they_may_open():
    assert clocks(Calendar("UTC", every_day(time(9), time(11), time(0))), at(23, day=MONDAY - timedelta(days=1))) == []
    assert clocks(Calendar("UTC", every_day(time(9), time(11), time(0))), at(0)) == ["09:00", "10:00"]


def test_when_they_open_is_known_before():
    assert days.opening(MORNING, HOUR, MONDAY, at(7)) == at(8)
    assert days.opening(MORNING, HOUR, TUESDAY, at(7)) == at(8, day=TUESDAY)
    night = Calendar("UTC", every_day(time(22), time(2), time(20)))
    assert days.opening(night, HOUR, TUESDAY, at(19)) == at(20)


def test_nothing_more_opens_where_it_is_open_already_or_taken_or_too_late():
    assert days.opening(MORNING, HOUR, MONDAY, at(8)) is None
    booked = replace(KEPT, busy=((at(9), at(11)), (at(14), at(15, 30))))
    assert days.opening(replace(KEPT, busy=((at(9), at(16)),)), HOUR, MONDAY, at(7)) is None
    assert days.opening(booked, HOUR, MONDAY, at(7)) is None
    # It opens after the times themselves have passed.
    late = Calendar("UTC", every_day(time(9), time(11), time(12)))
    assert days.opening(late, HOUR, MONDAY, at(7)) is None


def test_of_several_that_open_the_first_with_a_free_time_counts():
    twice = Calendar("UTC", (*every_day(time(9), time(10), time(7)), *every_day(time(14), time(15), time(12))))
    assert days.opening(twice, HOUR, MONDAY, at(6)) == at(7)
    assert days.opening(replace(twice, busy=((at(9), at(10)),)), HOUR, MONDAY, at(6)) == at(12)
