"""Which free times could stand in for visits whose doctor is away, and which of them each patient is offered.

Instants are epoch seconds. Nothing here asks the database.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from heapq import merge
from itertools import chain, islice
from typing import NamedTuple

from healthbook.models import VisitType
from healthbook.scheduling import slots
from healthbook.scheduling.wall_clock import local

LATER, SHOWN = 2, 3


class Need(NamedTuple):
    """A visit that should have another time. `own` is its doctor's id."""

    visit_id: int
    patient_id: int
    own: int
    start: int


class Taken(NamedTuple):
    """A stretch that is taken up, with its buffers; by which visit, in whose own way it is not."""

    start: int
    end: int
    visit_id: int = 0


class Kind(NamedTuple):
    """What a visit would be with a doctor, and what that means to the reckoning."""

    row: VisitType
    visit: slots.Visit

    def blocked(self, at: int) -> tuple[int, int]:
        visit = self.visit
        return at - 60 * visit.buffer_before, at + 60 * (visit.minutes + visit.buffer_after)


class Time(NamedTuple):
    """A free time with a doctor."""

    doctor_id: int
    at: int
    kind: Kind

    @property
    def starts(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


class Diary(NamedTuple):
    """A doctor's free times for one kind of visit, were no offer made: in order, with their days, and by day."""

    starts: list[int]
    days: dict[int, int]
    by_day: dict[int, list[int]]


@dataclass
class Substitutes:
    """`kinds` are by visit and doctor, `taken` by doctor, `busy` by patient; of offers that stand both know already.

    Of a colleague's times of a day offers take at most `share` percent.
    """

    calendars: Mapping[int, slots.Calendar]
    kinds: Mapping[tuple[int, int], Kind]
    dates: tuple[date, date]
    now: datetime
    share: int
    taken: dict[int, list[Taken]]
    busy: dict[int, list[Taken]]
    diaries: dict[tuple[int, int], Diary] = field(default_factory=dict)
    room: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def near(self, need: Need) -> Iterator[Time]:
        """The same doctor's next times after the visit, and colleagues' sooner than those, the nearest first."""
        later = list(islice(self.later(need), LATER))
        until = later[0].at if later else None
        colleagues = (self.around(need, id, until) for id in self.calendars if id != need.own)
        return merge(later, *colleagues, key=lambda time: (abs(time.at - need.start), time.doctor_id != need.own))

    def shown(self, need: Need) -> list[Time]:
        """A few of the nearest, and among them when the same doctor is free next."""
        found, own = list(islice(self.near(need), SHOWN)), next(self.later(need), None)
        return found if own is None or own in found else [*found[: SHOWN - 1], own]

    def later(self, need: Need) -> Iterator[Time]:
        kind = self.kinds.get((need.visit_id, need.own))
        if kind and need.own in self.calendars:
            starts = self.diary(need.own, kind).starts
            times = (Time(need.own, at, kind) for at in starts[bisect_right(starts, need.start) :])
            yield from (time for time in times if self.fits(need, time))

    def around(self, need: Need, doctor_id: int, until: int | None) -> Iterator[Time]:
        kind = self.kinds.get((need.visit_id, doctor_id))
        for at in nearest(self.diary(doctor_id, kind).starts, need.start) if kind else ():
            time = Time(doctor_id, at, kind)
            if (until is None or at < until) and self.fits(need, time):
                yield time

    def fits(self, need: Need, time: Time) -> bool:
        """Whether neither an offer, nor another visit of the patient, is in the way."""
        stretch, length = time.kind.blocked(time.at), 60 * time.kind.visit.minutes
        others = self.taken[time.doctor_id]
        return free_of(others, *stretch, need.visit_id) and free_of(
            self.busy[need.patient_id], time.at, time.at + length, need.visit_id
        )

    def is_away(self, doctor_id: int, start: datetime, end: datetime) -> bool:
        """Whether a doctor can see nobody then, who could once."""
        calendar = self.calendars.get(doctor_id)
        return calendar is None or any(since < end and start < until for since, until in calendar.time_off)

    def diary(self, doctor_id: int, kind: Kind) -> Diary:
        key = doctor_id, kind.row.id
        if key not in self.diaries:
            calendar, by_day = self.calendars[doctor_id], defaultdict(list)
            starts = list(chain.from_iterable(slots.ranges(calendar, kind.visit, *self.dates, self.now)))
            days = {at: local(calendar.zone, at).toordinal() for at in starts}
            for at, day in days.items():
                by_day[day].append(at)
            self.diaries[key] = Diary(starts, days, by_day)
        return self.diaries[key]

    def allot(self, needs: Iterable[Need]) -> dict[int, Time]:
        """One time for each visit, by its id, as far as there are any; no two get the same."""
        found = {}
        for need in needs:
            time = next(
                (time for time in self.near(need) if time.doctor_id == need.own or self.leaves_enough(time)), None
            )
            if time:
                found[need.visit_id] = time
                self.take(need, time)
        return found

    def leaves_enough(self, time: Time) -> bool:
        """Whether offers, with this one, would take no more than their share of the doctor's times of that day."""
        diary = self.diary(time.doctor_id, time.kind)
        day = diary.days[time.at]
        key = time.doctor_id, time.kind.row.id, day
        if key not in self.room:
            starts = diary.by_day[day]
            self.room[key] = len(starts) * self.share // 100 - (len(starts) - len(self.left(time, starts)))
        if self.room[key] < 1:
            return False
        left = self.left(time, diary.by_day[day])
        start, end = time.kind.blocked(time.at)
        return sum(not free_of([Taken(start, end)], *time.kind.blocked(at)) for at in left) <= self.room[key]

    def left(self, time: Time, starts: Collection[int]) -> list[int]:
        return [at for at in starts if free_of(self.taken[time.doctor_id], *time.kind.blocked(at))]

    def take(self, need: Need, time: Time) -> None:
        self.taken[time.doctor_id].append(Taken(*time.kind.blocked(time.at)))
        self.busy[need.patient_id].append(Taken(time.at, time.at + 60 * time.kind.visit.minutes))
        for key in [key for key in self.room if key[0] == time.doctor_id]:
            del self.room[key]


def free_of(taken: Iterable[Taken], start: int, end: int, visit_id: int = -1) -> bool:
    """Whether none of these, but for the visit's own, meets the stretch."""
    return all(each.end <= start or end <= each.start or each.visit_id == visit_id for each in taken)


def nearest(starts: list[int], wanted: int) -> Iterator[int]:
    """Of times in order the nearest first, and of two as near the earlier."""
    after = bisect_left(starts, wanted)
    before = after - 1
    while before >= 0 or after < len(starts):
        if after == len(starts) or (before >= 0 and wanted - starts[before] <= starts[after] - wanted):
            yield starts[before]
            before -= 1
        else:
            yield starts[after]
            after += 1
