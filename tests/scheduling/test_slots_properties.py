"""The reckoning of free times against a walker that looks at every minute."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scheduling.minute_walker import A_DAY, DAY, MINUTE, walk

from healthbook.scheduling import slots
from healthbook.scheduling.slots import Calendar, Override, Visit
from healthbook.scheduling.wall_clock import Hours

SKIPPED_OR_SHOWN_TWICE = [
    *[("Europe/London", date(2026, *day), 1) for day in ((3, 29), (10, 25))],
    *[("America/New_York", date(2026, 3, 8), 2), ("America/New_York", date(2026, 11, 1), 1)],
    *[("Australia/Lord_Howe", date(2026, 10, 4), 2), ("Australia/Lord_Howe", date(2026, 4, 5), 1)],
    *[("Africa/Cairo", date(2026, 4, 24), 0), ("Africa/Cairo", date(2026, 10, 29), 23)],
    *[("Pacific/Apia", date(*day), 3) for day in ((2011, 12, 30), (2020, 9, 27), (2021, 4, 4))],
    ("Asia/Kathmandu", date(1986, 1, 1), 0),
]
ORDINARY = [
    *[("Europe/London", date(2026, 6, 10), 9), ("America/New_York", date(2026, 7, 1), 9)],
    *[("Australia/Lord_Howe", date(2026, 1, 14), 9), ("Africa/Cairo", date(2026, 6, 17), 9)],
    *[("Pacific/Apia", date(2026, 8, 20), 9), ("Asia/Kathmandu", date(2026, 5, 5), 9)],
]


class Situation(NamedTuple):
    base: date
    calendar: Calendar
    visit: Visit
    first: date
    last: date
    now: datetime

    def asked(self):
        return self.visit, self.first, self.last, self.now


round_the_clock = st.just((time(0), time(0)))
lengths = st.sampled_from([30, 5, 15, 20, 45, 50, 60, 90, 240])


def clocks(hour):
    """Often in the hour in which the clock changes."""
    return st.builds(time, st.sampled_from([hour, hour, 0, 4, 9, 17, 22]), st.sampled_from([0, 15, 30, 45]))


def windows(hour):
    return st.tuples(clocks(hour), clocks(hour)) | round_the_clock


def openings(hour):
    """Mostly none: such hours are not kept for the day itself."""
    return st.none() | st.none() | clocks(hour)


def dates(base, low, high):
    return st.integers(low, high).map(lambda shift: base + shift * DAY)


@st.composite
def weekly_hours(draw, base, hour):
    weekdays = draw(st.just(range(1, 8)) | dates(base, -1, 1).map(lambda day: [day.isoweekday()]))
    validity = st.tuples(dates(base, -30, 0), st.none() | dates(base, 0, 30), st.integers(1, 4))
    window, valid, opens_at = draw(windows(hour)), draw(st.just(()) | validity), draw(openings(hour))
    return [Hours(weekday, *window, *valid, opens_at=opens_at) for weekday in weekdays]


@st.composite
def periods(draw, base):
    start = datetime.combine(base, time(0), UTC) + draw(st.integers(-300, 600)) * 5 * MINUTE
    return start, start + draw(st.integers(0, 60)) * 5 * MINUTE


@st.composite
def situations(draw):
    zone, base, hour = draw(st.sampled_from(SKIPPED_OR_SHOWN_TWICE + ORDINARY))
    times = windows(hour) | st.just((None, None))
    dated = st.tuples(dates(base, -9, 2), times, openings(hour))
    override = dated.map(lambda drawn: Override(drawn[0], *drawn[1], drawn[2]))
    calendar = Calendar(
        zone,
        tuple(row for rows in draw(st.lists(weekly_hours(base, hour), min_size=1, max_size=3)) for row in rows),
        tuple(draw(st.lists(override, max_size=2))),
        tuple(draw(st.lists(periods(base), max_size=3))),
        tuple(draw(st.lists(periods(base), max_size=2))),
        draw(st.none() | st.sampled_from([5, 10, 25, 30, 40, 60])),
    )
    buffers = st.sampled_from([0, 0, 5, 15, 120])
    lead, horizon = draw(st.sampled_from([0, 90, 1440])) * MINUTE, draw(st.sampled_from([90, 60, 3])) * DAY
    visit = Visit(draw(lengths), draw(buffers), draw(buffers), lead, horizon, draw(st.booleans()))
    first = draw(dates(base, -1, 1))
    before = draw(
        st.sampled_from([30 * DAY, 14 * DAY, 2 * DAY]) | st.integers(-A_DAY, 2 * A_DAY).map(lambda at: at * MINUTE)
    )
    now = datetime.combine(base, time(0), UTC) - before + timedelta(seconds=draw(st.sampled_from([0, 0, 1, 59])))
    return Situation(base, calendar, visit, first, min(first + draw(st.integers(0, 2)) * DAY, base + 2 * DAY), now)


def free(situation, **changes):
    return slots.free(replace(situation.calendar, **changes), *situation.asked())


@settings(max_examples=150, deadline=None)
@given(situations())
def test_free_times_are_those_that_a_minute_by_minute_walker_finds(situation):
    assert free(situation) == walk(*situation)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(situations())
def test_free_times_are_those_that_a_patient_walker_finds(situation):
    assert free(situation) == walk(*situation)


def same_by_day_and_by_month(situation):
    days = [situation.first + shift * DAY for shift in range((situation.last - situation.first).days + 1)]
    by_day = [start for day in days for start in free(situation._replace(first=day, last=day))]
    around = free(situation._replace(first=situation.first - 40 * DAY, last=situation.last + 40 * DAY))
    zone = ZoneInfo(situation.calendar.zone)
    assert free(situation) == by_day == [start for start in around if start.astimezone(zone).date() in days]


@settings(max_examples=50, deadline=None)
@given(situations())
def test_the_answer_never_depends_on_the_range_asked_for(situation):
    same_by_day_and_by_month(situation)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(situations())
def test_the_answer_never_depends_on_any_range_asked_for(situation):
    same_by_day_and_by_month(situation)


@settings(max_examples=50, deadline=None)
@given(situations())
def test_nothing_out_of_reach_changes_the_answer(situation):
    reach = slots.reach(situation.calendar.zone, *situation.asked())
    within = {
        name: tuple(span for span in getattr(situation.calendar, name) if span[0] < reach.end and reach.start < span[1])
        for name in ("busy", "time_off")
    }
    overrides = (window for window in situation.calendar.overrides if reach.first <= window.on_date <= reach.last)
    assert free(situation, overrides=tuple(overrides), **within) == free(situation)


@settings(max_examples=50, deadline=None)
@given(situations(), st.integers(0, 3 * A_DAY))
def test_what_is_shown_is_what_may_be_booked(situation, minute):
    around = free(situation._replace(first=situation.first - 3 * DAY, last=situation.last + 3 * DAY))
    someday = datetime.combine(situation.first, time(0), UTC) + minute * MINUTE
    for start in [someday, *around[:3]]:
        assert slots.is_free(situation.calendar, situation.visit, start, situation.now) == (start in around)
