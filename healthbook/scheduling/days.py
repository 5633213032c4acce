"""Free times by the day: how many there are, or why there are none."""

from bisect import bisect_left, bisect_right
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from math import floor
from typing import NamedTuple

from healthbook.scheduling import slots
from healthbook.scheduling.slots import Calendar, Visit
from healthbook.scheduling.wall_clock import MIDNIGHT, instant, local


class State(StrEnum):
    """Of a day: KEPT has times that open on the day itself, OUT_OF_REACH is over or further than can be booked."""

    FREE = "free"
    KEPT = "kept"
    FULL = "full"
    CLOSED = "closed"
    OUT_OF_REACH = "out_of_reach"


class Outlook(NamedTuple):
    """What is free on a date; `opens` is when more of it opens where it looks full, in UTC."""

    date: date
    state: State
    free: int = 0
    opens: datetime | None = None


def outlook(calendar: Calendar, visit: Visit, first: date, last: date, now: datetime) -> list[Outlook]:
    """Day by day from `first` to `last`."""
    moment = floor(now.timestamp())
    today = local(calendar.zone, moment).date()
    end = local(calendar.zone, moment + int(visit.horizon.total_seconds())).date()
    free, work = counts(calendar, visit, first, last, now), worked(calendar, visit, first, last, now)

    def on(day: date) -> Outlook:
        if free[day]:
            return Outlook(day, State.FREE, free[day])
        if not today <= day <= end:
            return Outlook(day, State.OUT_OF_REACH)
        opens = opening(calendar, visit, day, now) if day in work else None
        return Outlook(day, State.KEPT if opens else State.FULL if day in work else State.CLOSED, opens=opens)

    return [on(day) for day in free]


def counts(calendar: Calendar, visit: Visit, first: date, last: date, now: datetime) -> dict[date, int]:
    """How many times are free on each of the dates, without a datetime for any of them."""
    days = range(first.toordinal(), last.toordinal() + 1)
    midnights = [instant(calendar.zone, day, MIDNIGHT) for day in (*days, days.stop)]
    found = [0] * len(days)
    for run in slots.ranges(calendar, visit, first, last, now):
        at = 0
        while at < len(run):
            day = bisect_right(midnights, run[at]) - 1
            until = bisect_left(run, midnights[day + 1])
            found[day] += until - at
            at = until
    return dict(zip(map(date.fromordinal, days), found, strict=True))


def worked(calendar: Calendar, visit: Visit, first: date, last: date, now: datetime) -> set[date]:
    """The dates on which there would be times for this visit, had nobody booked any or come too late to."""
    empty, any_time = replace(calendar, busy=()), visit._replace(lead=timedelta(0), kept_too=True)
    return {day for day, n in counts(empty, any_time, first, last, now).items() if n}


def first_free(calendar: Calendar, visit: Visit, first: date, last: date, now: datetime) -> datetime | None:
    """The first free time of these dates, in UTC."""
    at = next(chain.from_iterable(slots.ranges(calendar, visit, first, last, now)), None)
    return None if at is None else datetime.fromtimestamp(at, UTC)


def opening(calendar: Calendar, visit: Visit, on_date: date, now: datetime) -> datetime | None:
    """Of a date without a free time: when some that are kept for it open, as far as nobody has booked them yet."""
    day = on_date.toordinal()
    # What runs over midnight opened, or opens, on the day before.
    opens = (at for kept in (day - 1, day) for at in slots.openings(calendar, kept) if at > now.timestamp())
    moments = (datetime.fromtimestamp(at, UTC) for at in opens)
    return next((at for at in moments if any(slots.ranges(calendar, visit, on_date, on_date, at))), None)
