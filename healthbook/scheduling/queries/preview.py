"""The next four weeks of free times as patients will see them, with a change that nobody has saved."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from healthbook.models import Doctor, VisitType
from healthbook.scheduling import slots, terms
from healthbook.scheduling.days import Outlook, State, outlook
from healthbook.scheduling.picker import WEEK, monday, shift
from healthbook.scheduling.queries.free import calendar
from healthbook.scheduling.queries.visit_types import visit_types

WEEKS = 4
A_SECOND = timedelta(seconds=1)


class Day(NamedTuple):
    """The free times of a date as they will be, and as they are; `away` where time off leaves none.

    `opens`: when times that are kept for the day open. `shift` is that of the clocks.
    """

    date: date
    times: list[datetime]
    before: list[datetime]
    away: bool
    state: State
    opens: datetime | None
    shift: timedelta

    @property
    def changed(self) -> bool:
        return self.times != self.before


class Ahead(NamedTuple):
    """Weeks of seven days from a Monday on, for a visit type if there is one.

    Patients see none of it after `until`, nor at all unless `bookable`.
    """

    visit_type: VisitType | None
    weeks: list[list[Day]]
    until: date
    bookable: bool

    @property
    def changes(self) -> int:
        return sum(day.changed for week in self.weeks for day in week)


def ahead(doctor: Doctor, since: date, now: datetime, proposed: Callable[[slots.Calendar], slots.Calendar]) -> Ahead:
    """Four weeks from the one that a day is in, for the doctor's first visit type."""
    kinds, zone = visit_types(doctor), doctor.clinic.zone
    if not kinds:
        return Ahead(None, [], since, doctor.bookable)
    visit = terms.visit(doctor, kinds[0])
    until = (now + visit.horizon).astimezone(zone).date()
    first = monday(max(since, now.astimezone(zone).date()))
    last = first + WEEKS * WEEK - timedelta(days=1)
    # Also what is so far ahead that nobody can book it yet.
    visit = visit._replace(horizon=visit.horizon + max(last - until, timedelta(0)) + timedelta(days=1))
    known = calendar(doctor, visit, first, last, now)
    days = compared(known, proposed(known), visit, first, last, now)
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    return Ahead(kinds[0], weeks, until, doctor.bookable)


def compared(
    before: slots.Calendar, after: slots.Calendar, visit: slots.Visit, first: date, last: date, now: datetime
) -> list[Day]:
    zone = ZoneInfo(before.zone)
    was, will_be = (by_date(slots.free(known, visit, first, last, now), zone) for known in (before, after))
    off = [(start.astimezone(zone).date(), (end - A_SECOND).astimezone(zone).date()) for start, end in after.time_off]

    def day(of: Outlook) -> Day:
        times, opens = will_be[of.date], of.opens and of.opens.astimezone(zone)
        away = not times and any(start <= of.date <= end for start, end in off)
        return Day(of.date, times, was[of.date], away, of.state, opens, shift(of.date, zone))

    return [day(of) for of in outlook(after, visit, first, last, now)]


def by_date(times: list[datetime], zone: ZoneInfo) -> dict[date, list[datetime]]:
    found = defaultdict(list)
    for at in times:
        local = at.astimezone(zone)
        found[local.date()].append(local)
    return found
