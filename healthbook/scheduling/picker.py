"""Free times as people see them, a week or a day of five weeks, with those that went away while somebody looked."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from healthbook import clock as clocks
from healthbook.scheduling import shown
from healthbook.scheduling.days import Outlook, State
from healthbook.scheduling.parts import Part, part_of

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
FIVE_WEEKS = 5 * WEEK


class Slot(NamedTuple):
    """A time on the clinic's wall clock, free or no longer so."""

    at: datetime
    free: bool = True

    @property
    def minute(self) -> int:
        """Since the epoch: what tells times apart, since datetimes of one zone compare by a clock that may repeat."""
        return int(self.at.timestamp()) // 60

    @property
    def start(self) -> str:
        """As a form sends it: its wall clock and offset, in ISO 8601."""
        return self.at.isoformat()

    @property
    def clock(self) -> str:
        return self.start[11:16]

    @property
    def twice(self) -> bool:
        """Whether the clock shows this time twice on its day, so that it needs the name of its zone beside it."""
        return clocks.twice(self.at)


class Day(NamedTuple):
    """`shift` is how far the clocks go forward on that day, or back where it is below zero.

    `opens` is when more of its times open, on the clinic's wall clock, where none is free.
    """

    date: date
    today: bool
    state: State
    count: int
    shift: timedelta
    opens: datetime | None
    slots: list[Slot]

    @property
    def parts(self) -> list[tuple[Part, list[Slot]]]:
        return [(part, [slot for slot in self.slots if part_of(slot.at) == part]) for part in Part]

    @property
    def free(self) -> bool:
        return any(slot.free for slot in self.slots)


class Week(NamedTuple):
    """From a Monday, without days that are over. `earlier` and `later` are Mondays, `next_free` is after this week.

    `opens` is when more times of today open, where today looks full.
    """

    zone: ZoneInfo
    monday: date
    days: list[Day]
    earlier: date | None
    later: date | None
    next_free: datetime | None
    opens: datetime | None

    @property
    def free(self) -> bool:
        return any(day.free for day in self.days)

    @property
    def shown(self) -> str:
        return shown.write([slot.minute for day in self.days for slot in day.slots])


class Month(NamedTuple):
    """Five weeks from a Monday, of which only `day` has its times; the other days only how many they are.

    `next_free` is after that day, or where there is none after the five weeks. `ends` is the last day that can be
    booked yet, where later ones are among these. Who has just `arrived` by choosing the day is led to its times.
    """

    zone: ZoneInfo
    monday: date
    days: list[Day]
    earlier: date | None
    later: date | None
    next_free: datetime | None
    opens: datetime | None
    day: Day | None
    ends: date | None
    arrived: bool = False

    @property
    def weeks(self) -> list[list[Day]]:
        return [self.days[n : n + 7] for n in range(0, len(self.days), 7)]

    @property
    def shown(self) -> str:
        return shown.write([slot.minute for slot in self.day.slots] if self.day else [])


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def sunday(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def days(
    outlook: Iterable[Outlook], today: date, zone: ZoneInfo, free: Iterable[datetime] = (), was_shown: str = ""
) -> list[Day]:
    """The dates, each with its own of the free times in order and with what was shown there before."""
    slots = {slot.minute: slot for slot in map(Slot, free)}
    for gone in shown.read(was_shown):
        slots.setdefault(gone, Slot(datetime.fromtimestamp(gone * 60, zone), free=False))
    by_date: dict[date, list[Slot]] = {}
    for _, slot in sorted(slots.items()):
        by_date.setdefault(slot.at.date(), []).append(slot)
    return [
        Day(
            each.date,
            each.date == today,
            each.state,
            each.free,
            shift(each.date, zone),
            each.opens and each.opens.astimezone(zone),
            by_date.get(each.date, []),
        )
        for each in outlook
    ]


def shift(on_date: date, zone: ZoneInfo) -> timedelta:
    """How far the clocks of a zone move between this midnight and the next."""
    midnights = (datetime(at.year, at.month, at.day, tzinfo=zone) for at in (on_date, on_date + timedelta(days=1)))
    before, after = (midnight.utcoffset() or timedelta() for midnight in midnights)
    return after - before
