"""A doctor's day as it is drawn: visits, what is free between them, and where now is."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from healthbook.models import Appointment, Status

STEP = timedelta(minutes=5)


class Gap(NamedTuple):
    """A stretch in which nobody comes though the doctor works."""

    start: datetime
    end: datetime


class Line(NamedTuple):
    """A visit, or what is free until an instant, or, with neither, the present."""

    at: datetime
    visit: Appointment | None = None
    until: datetime | None = None


def gaps(starts: Iterable[datetime], least: timedelta) -> list[Gap]:
    """The stretches in which something of the least length could begin at these starts, STEP apart and in UTC."""
    found: list[Gap] = []
    for start in starts:
        if found and start <= found[-1].end - least + STEP:
            found[-1] = Gap(found[-1].start, start + least)
        else:
            found.append(Gap(start, start + least))
    return found


def lines(visits: list[Appointment], free: list[Gap], now: datetime | None) -> list[Line]:
    """In the order of the clock. `now` is None on another day; what begins now has begun."""
    drawn = [Line(visit.starts_at, visit=visit) for visit in visits]
    drawn += [Line(gap.start, until=gap.end) for gap in free]
    drawn.sort(key=lambda line: line.at.timestamp())
    if now is None or not visits:
        return drawn
    begun = sum(line.at.timestamp() <= now.timestamp() for line in drawn)
    return [*drawn[:begun], Line(now), *drawn[begun:]]


def next_up(visits: list[Appointment], now: datetime) -> Appointment | None:
    """Whom the doctor sees, or else who waits longest, or else who comes next."""
    for status in (Status.IN_PROGRESS, Status.CHECKED_IN):
        for visit in visits:
            if visit.status == status:
                return visit
    for visit in visits:
        over = visit.starts_at.astimezone(UTC) + timedelta(minutes=visit.minutes) <= now
        if visit.status in (Status.SCHEDULED, Status.CONFIRMED) and not over:
            return visit
    return None


def age(born: date | None, on: date) -> int | None:
    """Whole years."""
    return None if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))
