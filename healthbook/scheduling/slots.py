"""Free times: arithmetic on epoch seconds, from working hours and taken time to the starts that may be booked."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, pairwise
from math import ceil, floor
from typing import NamedTuple

from healthbook.scheduling.wall_clock import DAY, MIDNIGHT, Hours, instant, local, occurs

Span = tuple[int, int]
Period = tuple[datetime, datetime]

WITHOUT_A_BREAK = 7 * DAY
LOOK_BACK = 9


class Override(NamedTuple):
    """One window of a date that replaces its weekly hours; without times the date is closed."""

    on_date: date
    start: time | None = None
    end: time | None = None


class Visit(NamedTuple):
    """What a time is sought for: lengths in minutes, notice and horizon counted from now."""

    minutes: int
    buffer_before: int = 0
    buffer_after: int = 0
    lead: timedelta = timedelta(0)
    horizon: timedelta = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A doctor's time: wall-clock rules in a zone, and aware half-open periods.

    `busy` is blocked time, buffers included. Starts are `step_minutes` apart, by default the visit's length.
    """

    zone: str
    hours: tuple[Hours, ...] = ()
    overrides: tuple[Override, ...] = ()
    busy: tuple[Period, ...] = ()
    time_off: tuple[Period, ...] = ()
    step_minutes: int | None = None


class Reach(NamedTuple):
    """What an answer can depend on: overrides of dates (inclusive), busy time and time off inside a period."""

    first: date
    last: date
    start: datetime
    end: datetime


def free(calendar: Calendar, visit: Visit, first: date, last: date, now: datetime) -> list[datetime]:
    """The starts, in UTC and in order, that fall on the dates `first` to `last` of the calendar's zone."""
    days, start, end = _sought(calendar.zone, visit, first, last, now)
    taken = _taken(calendar, visit)
    step = 60 * (calendar.step_minutes or visit.minutes)
    return [
        datetime.fromtimestamp(at, UTC)
        for anchor, until in _sessions(calendar, visit, days)
        for low, high in _gaps(max(anchor, start), min(until, end), taken)
        for at in range(low + (anchor - low) % step, high, step)
    ]


def is_free(calendar: Calendar, visit: Visit, start: datetime, now: datetime) -> bool:
    """Whether `free` has this start: asked again under the lock."""
    if not 0 <= start.timestamp() - now.timestamp() <= visit.horizon.total_seconds():
        return False
    day = local(calendar.zone, floor(start.timestamp())).date()
    return start.astimezone(UTC) in free(calendar, visit, day, day, now)


def reach(zone: str, visit: Visit, first: date, last: date, now: datetime) -> Reach:
    """What must be looked up before `free` is asked for these dates."""
    days, start, end = _sought(zone, visit, first, last, now)
    return Reach(
        date.fromordinal(days.start - 1 - LOOK_BACK),
        date.fromordinal(days.stop),
        datetime.fromtimestamp(start - 60 * visit.buffer_before, UTC),
        datetime.fromtimestamp(end + 60 * (visit.minutes + visit.buffer_after), UTC),
    )


def merge(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, with those that overlap or touch made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        elif start < end:
            merged.append((start, end))
    return merged


def _sought(zone: str, visit: Visit, first: date, last: date, now: datetime) -> tuple[range, int, int]:
    """The days asked for that notice and horizon leave, and the instants between which a start may lie."""
    moment = now.timestamp()
    earliest, latest = ceil(moment + visit.lead.total_seconds()), floor(moment + visit.horizon.total_seconds())
    today = local(zone, earliest).toordinal()
    days = range(max(first.toordinal(), today), min(last.toordinal(), local(zone, latest).toordinal()) + 1)
    if not days:
        return range(today, today), earliest, earliest
    start, end = instant(zone, days.start, MIDNIGHT), instant(zone, days.stop, MIDNIGHT)
    return days, max(earliest, start), min(latest + 1, end)


def _sessions(calendar: Calendar, visit: Visit, days: range) -> Iterator[Span]:
    """From where steps are counted, and before which a start leaves room for the visit.

    Work that has gone on for a week without a break is counted anew from each midnight: it may have no beginning.
    """
    for start, end in _working(calendar, days):
        renewing = days if end - start > WITHOUT_A_BREAK else ()
        midnights = (instant(calendar.zone, day, MIDNIGHT) for day in renewing)
        anew = (at for at in midnights if start + WITHOUT_A_BREAK <= at < end)
        for anchor, until in pairwise([start, *anew, end]):
            yield anchor, min(until, end - 60 * visit.minutes + 1)


def _working(calendar: Calendar, days: range) -> list[Span]:
    """Working time of the days, with all that touches it before and on the day after."""
    first = days.start - 1
    limit = first - LOOK_BACK
    while first > limit and _continues(calendar, first):
        first -= 1
    return merge(window for day in range(first, days.stop + 1) for window in _windows(calendar, day))


def _windows(calendar: Calendar, day: int) -> list[Span]:
    on_date = date.fromordinal(day)
    own = [override for override in calendar.overrides if override.on_date == on_date]
    return [
        (
            instant(calendar.zone, day, window.start),
            instant(calendar.zone, day + (window.end <= window.start), window.end),
        )
        for window in own or (hours for hours in calendar.hours if occurs(hours, day))
        if window.start is not None and window.end is not None
    ]


def _continues(calendar: Calendar, day: int) -> bool:
    """Whether work of the day before touches the day's own, or the day itself when it has none."""
    own = (start for start, _ in _windows(calendar, day))
    since = min(own, default=instant(calendar.zone, day, MIDNIGHT))
    return any(end >= since for _, end in _windows(calendar, day - 1))


def _taken(calendar: Calendar, visit: Visit) -> list[Span]:
    """The starts at which the visit or its buffers would meet busy time, or the visit itself time off."""
    length, before, after = 60 * visit.minutes, 60 * visit.buffer_before, 60 * visit.buffer_after
    busy = ((start - after, end + before) for start, end in _seconds(calendar.busy))
    return merge((start - length + 1, end) for start, end in chain(busy, _seconds(calendar.time_off)))


def _seconds(periods: Iterable[Period]) -> Iterator[Span]:
    spans = ((floor(start.timestamp()), ceil(end.timestamp())) for start, end in periods)
    return ((start, end) for start, end in spans if start < end)


def _gaps(start: int, end: int, taken: list[Span]) -> Iterator[Span]:
    """What ordered spans leave of the stretch from `start` to `end`."""
    for low, high in taken[max(0, bisect_left(taken, (start, start)) - 1) :]:
        if low >= end:
            break
        if low > start:
            yield start, low
        start = max(start, high)
    if start < end:
        yield start, end
