"""A look at a doctor's time for one visit."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from healthbook.models import Doctor, VisitType
from healthbook.scheduling import slots, terms
from healthbook.scheduling.days import Outlook, first_free, opening, outlook
from healthbook.scheduling.picker import DAY, WEEK
from healthbook.scheduling.queries.free import calendar, working


class Look(NamedTuple):
    """What a look at a doctor's time for one visit needs again and again; `end` is the last date within reach."""

    doctor: Doctor
    visit: slots.Visit
    now: datetime
    work: slots.Calendar
    today: date
    end: date
    shown: str
    ignoring: tuple[int, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return self.doctor.clinic.zone

    def calendar(self, first: date, last: date) -> slots.Calendar:
        return calendar(self.doctor, self.visit, first, last, self.now, self.ignoring, self.work)

    def around(self, lost: datetime) -> slots.Calendar:
        """The week in which somebody did not get a time, and the days around it."""
        return self.calendar(self.day_of(lost) - WEEK, self.day_of(lost) + WEEK)

    def nearest(self, lost: datetime, known: slots.Calendar, count: int = 4) -> list[datetime]:
        """The free times nearest to one that is gone, in order; `known` is what is known around it."""
        times = self.free(known, self.day_of(lost) - WEEK, self.day_of(lost) + WEEK)
        if len(times) < count:
            times = self.free(self.calendar(self.today, self.end), self.today, self.end)
        near = sorted(times, key=lambda at: abs(at.timestamp() - lost.timestamp()))
        return sorted(near[:count], key=datetime.timestamp)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def within(self, day: date) -> date:
        return min(max(day, self.today), self.end)

    def first_free(self, known: slots.Calendar, first: date, last: date) -> datetime | None:
        at = first_free(known, self.visit, first, last, self.now)
        return at and at.astimezone(self.zone)

    def free(self, known: slots.Calendar, first: date, last: date) -> list[datetime]:
        zone = self.zone
        return [at.astimezone(zone) for at in slots.free(known, self.visit, first, last, self.now)]

    def first_free_after(self, known: slots.Calendar, day: date, last: date) -> datetime | None:
        """Of `known` until `last`, and then as far as anything can be booked."""
        found = self.first_free(known, day + DAY, last)
        if found or last >= self.end:
            return found
        return self.first_free(self.calendar(last + DAY, self.end), last + DAY, self.end)

    def opens(self, known: slots.Calendar) -> datetime | None:
        """When more times of today open, where today looks full."""
        if self.first_free(known, self.today, self.today):
            return None
        at = opening(known, self.visit, self.today, self.now)
        return at and at.astimezone(self.zone)

    def outlook(self, known: slots.Calendar, first: date, last: date) -> list[Outlook]:
        return outlook(known, self.visit, first, last, self.now)


def looking(
    doctor: Doctor, kind: VisitType, now: datetime, shown: str, ignoring: tuple[int, ...], desk: bool = False
) -> Look:
    visit, zone = terms.visit(doctor, kind, desk), doctor.clinic.zone
    today, end = now.astimezone(zone).date(), (now + visit.horizon).astimezone(zone).date()
    return Look(doctor, visit, now, working(doctor, visit, now), today, end, shown, ignoring)
