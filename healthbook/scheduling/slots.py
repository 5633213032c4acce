"""Free times: arithmetic on epoch seconds, from working hours and taken time to the starts that may be booked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, pairwise
from math import ceil, floor
from typing import NamedTuple

from healthbook.scheduling.spans import Span, gaps, merge
from healthbook.scheduling.wall_clock import DAY, MIDNIGHT, Hours, instant, local, not_skipped, occurs

Period = tuple[datetime, datetime]

WITHOUT_A_BREAK = 7 * DAY
LOOK_BACK = 9


class Override(NamedTuple):
    """One window of a date that replaces its weekly hours; without times the date is closed."""

    on_date: date
    start: time | None = None
    end: time | None = None
    opens_at: time | None = None


class Visit(NamedTuple):
    """What a time is sought for: lengths in minutes, notice and horizon counted from now.

    With `kept_too`, times that are kept for the day itself are free before they open.
    """

    minutes: int
    buffer_before: int = 0
    buffer_after: int = 0
    lead: timedelta = timedelta(0)
    horizon: timedelta = timedelta(days=366)
    kept_too: bool = False


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
    runs = ranges(calendar, visit, first, last, now)
    return [datetime.fromtimestamp(at, UTC) for at in chain.from_iterable(runs)]


def ranges(calendar: Calendar, visit: Visit, first: date, last: date, now: datetime) -> Iterator[range]:
    """The same starts in epoch seconds, as runs of steps; a run may be empty."""
    days, start, end = _sought(calendar.zone, visit, first, last, now)
    taken = merge(chain(_taken(calendar, visit), () if visit.kept_too else _kept(calendar, days, now)))
    step = 60 * (calendar.step_minutes or visit.minutes)
    for anchor, until in _sessions(calendar, visit, days):
        for low, high in gaps(max(anchor, start), min(until, end), taken):
            yield range(low + (anchor - low) % step, high, step)


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
        date.fromordinal(not_skipped(zone, days.stop)),
        datetime.fromtimestamp(start - 60 * visit.buffer_before, UTC),
        datetime.fromtimestamp(end + 60 * (visit.minutes + visit.buffer_after), UTC),
    )


def working(calendar: Calendar, first: date, last: date) -> list[Span]:
    """When there is work on or around these dates, whatever takes it up."""
    return _working(calendar, range(first.toordinal(), last.toordinal() + 1))


def closing(calendar: Calendar, day: int) -> int:
    """When the last hours of a date are over; of a date without any, its midnight."""
    return max((end for _, end in _windows(calendar, day)), default=instant(calendar.zone, day + 1, MIDNIGHT))


def openings(calendar: Calendar, day: int) -> list[int]:
    """When the times of a date that are kept for the day itself can be booked, in order."""
    clocks = {opens_at for _, _, opens_at in _rules(calendar, day) if opens_at is not None}
    return sorted(instant(calendar.zone, day, opens_at) for opens_at in clocks)


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
    after = not_skipped(calendar.zone, days.stop)
    return merge(window for day in range(first, after + 1) for window in _windows(calendar, day))


def _kept(calendar: Calendar, days: range, now: datetime) -> Iterator[Span]:
    """The starts that wait for the hour at which their window opens, where no other window has them too."""
    rules: tuple[Hours | Override, ...] = (*calendar.hours, *calendar.overrides)
    if all(rule.opens_at is None for rule in rules):
        return
    windows = [window for day in range(days.start - 1, days.stop) for window in _openings(calendar, day)]
    open_now = merge(span for span, opens in windows if opens <= now.timestamp())
    for span in merge(span for span, opens in windows if opens > now.timestamp()):
        yield from gaps(*span, open_now)


def _openings(calendar: Calendar, day: int) -> list[tuple[Span, int]]:
    """The windows of a date, each with the instant at which it opens, or 0 where it always is."""
    clocks = (opens_at for _, _, opens_at in _rules(calendar, day))
    opening = (instant(calendar.zone, day, at) if at is not None else 0 for at in clocks)
    return list(zip(_windows(calendar, day), opening, strict=True))


def _windows(calendar: Calendar, day: int) -> list[Span]:
    return [
        (instant(calendar.zone, day, start), instant(calendar.zone, day + (end <= start), end))
        for start, end, _ in _rules(calendar, day)
    ]


def _rules(calendar: Calendar, day: int) -> list[tuple[time, time, time | None]]:
    """From when to when there is work on a date, by its overrides or else its weekly hours, and when it opens."""
    on_date = date.fromordinal(day)
    own = [override for override in calendar.overrides if override.on_date == on_date]
    return [
        (rule.start, rule.end, rule.opens_at)
        for rule in own or (hours for hours in calendar.hours if occurs(hours, day))
        if rule.start is not None and rule.end is not None
    ]


def _continues(calendar: Calendar, day: int) -> bool:
    """Whether work of the day before touches the day's own, or the day itself when it has none."""
    since = min((start for start, _ in _windows(calendar, day)), default=instant(calendar.zone, day, MIDNIGHT))
    return any(end >= since for _, end in _windows(calendar, day - 1))


def _taken(calendar: Calendar, visit: Visit) -> Iterator[Span]:
    """The starts at which the visit or its buffers would meet busy time, or the visit itself time off."""
    length, before, after = 60 * visit.minutes, 60 * visit.buffer_before, 60 * visit.buffer_after
    for periods, ahead, behind in ((calendar.busy, length + after, before), (calendar.time_off, length, 0)):
        for start, end in periods:
            since, until = floor(start.timestamp()), ceil(end.timestamp())
            if since < until:
                yield since - ahead + 1, until + behind
