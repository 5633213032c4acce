"""What to choose from with one doctor."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from healthbook.models import Doctor, VisitType
from healthbook.scheduling import slots, terms
from healthbook.scheduling.days import Outlook, first_free, opening, outlook
from healthbook.scheduling.offers import ANYBODY, Moving, Offer, Picker, Who
from healthbook.scheduling.picker import DAY, FIVE_WEEKS, WEEK, Month, Slot, Week, days, monday, sunday
from healthbook.scheduling.queries.free import calendar, nearest, working
from healthbook.scheduling.queries.visit_types import offered


class Wanted(NamedTuple):
    """The week that a date is in, five weeks from a date, a day of them; nothing at all: the first with a free time."""

    week: date | None = None
    since: date | None = None
    day: date | None = None


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

    def within(self, day: date) -> date:
        return min(max(day, self.today), self.end)

    def first_free(self, known: slots.Calendar, first: date, last: date) -> datetime | None:
        at = first_free(known, self.visit, first, last, self.now)
        return at and at.astimezone(self.zone)

    def free(self, known: slots.Calendar, first: date, last: date) -> list[datetime]:
        return [at.astimezone(self.zone) for at in slots.free(known, self.visit, first, last, self.now)]

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


def picker(
    doctor: Doctor,
    visit_type_id: int | None,
    now: datetime,
    week: date | None = None,
    shown: str | None = None,
    lost: datetime | None = None,
    who: Who = ANYBODY,
    wanted: Wanted | None = None,
    moving: Moving | None = None,
) -> Picker:
    """What `who` can choose from, in the `week` that a date is in or as `wanted`.

    A date out of reach is moved into it, and an unknown visit type is the doctor's first. `shown` is what the page
    shows already, `lost` a time that somebody wanted and did not get. A visit that is `moving` keeps its type.
    """
    offer, wanted = offered(doctor, visit_type_id, who.new, who.desk), wanted or Wanted(week)
    if moving:
        offer = Offer([moving.kind] if moving.kind else [], moving.kind)
    if offer.kind is None or not doctor.bookable:
        return Picker(doctor, who, offer, moving=moving)
    ignoring = (moving.appointment_id,) if moving else ()
    look = looking(doctor, offer.kind, now, shown or "", ignoring, who.desk)
    near = tuple(map(Slot, nearest(doctor, offer.kind, lost, now, ignoring, desk=who.desk))) if lost else ()
    if wanted.since or wanted.day:
        return Picker(doctor, who, offer, month=month(look, wanted, shown is None), nearest=near, moving=moving)
    lost_on = lost and lost.astimezone(doctor.clinic.zone).date()
    return Picker(doctor, who, offer, week=week_of(look, wanted.week or lost_on), nearest=near, moving=moving)


def looking(
    doctor: Doctor, kind: VisitType, now: datetime, shown: str, ignoring: tuple[int, ...], desk: bool = False
) -> Look:
    visit, zone = terms.visit(doctor, kind, desk), doctor.clinic.zone
    today, end = now.astimezone(zone).date(), (now + visit.horizon).astimezone(zone).date()
    return Look(doctor, visit, now, working(doctor, visit, now), today, end, shown, ignoring)


def week_of(look: Look, wanted: date | None) -> Week:
    day = look.within(wanted or look.today)
    known, next_free = look.calendar(monday(day), sunday(day)), None
    if not look.first_free(known, monday(day), sunday(day)):
        known = look.calendar(monday(day), look.end)
        next_free = look.first_free(known, day, look.end)
    opens = look.opens(known) if monday(day) <= look.today else None
    if next_free and not wanted:
        day, next_free = next_free.date(), None
    first, last = monday(day), sunday(day)
    seen = look.outlook(known, max(first, look.today), last)
    return Week(
        look.zone,
        first,
        days(seen, look.today, look.zone, look.free(known, first, last), look.shown),
        earlier=first - WEEK if first > look.today else None,
        later=first + WEEK if first + WEEK <= look.end else None,
        next_free=next_free,
        opens=opens,
    )


def month(look: Look, wanted: Wanted, arrived: bool) -> Month:
    """With the times of the day that is wanted, or else of the first that has one."""
    first = monday(since(look, wanted))
    last = first + FIVE_WEEKS - DAY
    known = look.calendar(first, last)
    seen = look.outlook(known, first, last)
    on_date = look.within(wanted.day) if wanted.day else next((each.date for each in seen if each.free), None)
    chosen = [each for each in seen if each.date == on_date]
    times = look.free(known, on_date, on_date) if on_date else []
    return Month(
        look.zone,
        first,
        days(seen, look.today, look.zone),
        earlier=max(first - FIVE_WEEKS, monday(look.today)) if first > look.today else None,
        later=first + FIVE_WEEKS if first + FIVE_WEEKS <= look.end else None,
        next_free=None if times else look.first_free_after(known, on_date or last, last),
        opens=look.opens(known) if first <= look.today else None,
        day=next(iter(days(chosen, look.today, look.zone, times, look.shown)), None),
        arrived=arrived and wanted.day is not None,
    )


def since(look: Look, wanted: Wanted) -> date:
    """Where five weeks begin: as wanted or today, unless the day that is wanted would not be among them."""
    day = look.within(wanted.day) if wanted.day else None
    for start in (look.within(wanted.since or look.today), look.today):
        if day is None or monday(start) <= day < monday(start) + FIVE_WEEKS:
            return start
    return day or look.today
