"""A week of free times as people see it, with those that went away while somebody looked."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from healthbook import clock as clocks
from healthbook.models import Doctor, VisitType
from healthbook.scheduling import shown

WEEK = timedelta(days=7)


class Slot(NamedTuple):
    """A time on the clinic's wall clock, free or no longer so."""

    at: datetime
    free: bool = True

    @property
    def minute(self) -> int:
        """Since the epoch: what tells times apart, since datetimes of one zone compare by a clock that may repeat."""
        return int(self.at.timestamp()) // 60

    @property
    def clock(self) -> str:
        return self.at.strftime("%H:%M")

    @property
    def twice(self) -> bool:
        """Whether the clock shows this time twice on its day, so that it needs the name of its zone beside it."""
        return clocks.twice(self.at)


class Day(NamedTuple):
    """`shift` is how far the clocks go forward on that day, or back where it is below zero."""

    date: date
    slots: list[Slot]
    shift: timedelta
    today: bool


class Week(NamedTuple):
    """From a Monday, without days that are over. `earlier` and `later` are Mondays, `next_free` is after this week."""

    zone: ZoneInfo
    monday: date
    days: list[Day]
    earlier: date | None
    later: date | None
    next_free: datetime | None

    @property
    def begins(self) -> datetime:
        return datetime(self.monday.year, self.monday.month, self.monday.day, tzinfo=self.zone)

    @property
    def free(self) -> bool:
        return any(slot.free for day in self.days for slot in day.slots)

    @property
    def shown(self) -> str:
        return shown.write([slot.minute for day in self.days for slot in day.slots])


class Picker(NamedTuple):
    """`week` is None where nothing can be booked at all; `nearest` are times in the place of one that is gone."""

    doctor: Doctor
    visit_type: VisitType | None
    visit_types: list[VisitType]
    week: Week | None = None
    nearest: tuple[Slot, ...] = ()


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def sunday(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def week_of(day: date, today: date, end: date, zone: ZoneInfo, free: list[datetime], was_shown: str) -> Week:
    """The week that a day is in, between today and the horizon's end. Of `free` it takes its own times."""
    first, last = monday(day), sunday(day)
    return Week(
        zone,
        first,
        days(max(first, today), last, today, zone, free, was_shown),
        earlier=first - WEEK if first > today else None,
        later=first + WEEK if first + WEEK <= end else None,
        next_free=next((at for at in free[:1] if at.date() > last), None),
    )


def days(first: date, last: date, today: date, zone: ZoneInfo, free: Iterable[datetime], was_shown: str) -> list[Day]:
    """The dates from `first` to `last`, each with its free times in order and what was shown there before."""
    slots = {slot.minute: slot for slot in map(Slot, free)}
    for gone in shown.read(was_shown):
        slots.setdefault(gone, Slot(datetime.fromtimestamp(gone * 60, zone), free=False))
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    by_date: dict[date, list[Slot]] = {on_date: [] for on_date in dates}
    for _, slot in sorted(slots.items()):
        if slot.at.date() in by_date:
            by_date[slot.at.date()].append(slot)
    return [Day(on_date, by_date[on_date], shift(on_date, zone), on_date == today) for on_date in dates]


def shift(on_date: date, zone: ZoneInfo) -> timedelta:
    """How far the clocks of a zone move between this midnight and the next."""
    midnights = (datetime(at.year, at.month, at.day, tzinfo=zone) for at in (on_date, on_date + timedelta(days=1)))
    before, after = (midnight.utcoffset() or timedelta() for midnight in midnights)
    return after - before
