"""What to choose from with one doctor."""

from datetime import date, datetime
from typing import NamedTuple

from healthbook.models import Doctor
from healthbook.scheduling import slots
from healthbook.scheduling.offers import ANYBODY, Moving, Offer, Picker, Who
from healthbook.scheduling.picker import DAY, FIVE_WEEKS, WEEK, Month, Slot, Week, days, monday, sunday
from healthbook.scheduling.queries.look import Look, looking
from healthbook.scheduling.queries.visit_types import offered


class Wanted(NamedTuple):
    """The week that a date is in, five weeks from a date, a day of them; nothing at all: the first with a free time."""

    week: date | None = None
    since: date | None = None
    day: date | None = None


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
    known = look.around(lost) if lost else None
    near = tuple(map(Slot, look.nearest(lost, known))) if lost and known else ()
    if wanted.since or wanted.day:
        return Picker(doctor, who, offer, month=month(look, wanted, shown is None), nearest=near, moving=moving)
    lost_on = look.day_of(lost) if lost else None
    shows = week_of(look, wanted.week or lost_on, known if wanted.week in (None, lost_on) else None)
    return Picker(doctor, who, offer, week=shows, nearest=near, moving=moving)


def week_of(look: Look, wanted: date | None, known: slots.Calendar | None = None) -> Week:
    """`known` is what was looked up around the wanted date already."""
    day, next_free = look.within(wanted or look.today), None
    if known is None or day != wanted:
        known = look.calendar(monday(day), sunday(day))
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
        ends=look.end if look.end < last else None,
        arrived=arrived and wanted.day is not None,
    )


def since(look: Look, wanted: Wanted) -> date:
    """Where five weeks begin: as wanted or today, unless the day that is wanted would not be among them."""
    day = look.within(wanted.day) if wanted.day else None
    for start in (look.within(wanted.since or look.today), look.today):
        if day is None or monday(start) <= day < monday(start) + FIVE_WEEKS:
            return start
    return day or look.today
