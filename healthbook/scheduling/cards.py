"""Doctors found by a search, each with their first times; and in a few letters, what a page shows of them."""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import groupby, islice
from typing import NamedTuple

from healthbook.models import Doctor, VisitType
from healthbook.scheduling import shown
from healthbook.scheduling.picker import Slot

MOST_DAYS, MOST_TIMES = 5, 4
LONGEST = 1500
PATTERN = re.compile(r"([1-9][0-9]{0,8}-[0-9.*]+(_(?!\Z)|\Z))*", re.ASCII)


class Card(NamedTuple):
    """`first` is the first free time that is wanted, which a card that has been shown for long may not show."""

    doctor: Doctor
    visit_type: VisitType
    slots: tuple[Slot, ...]
    today: date
    first: datetime | None

    @property
    def days(self) -> list[tuple[date, list[Slot]]]:
        return [(day, list(slots)) for day, slots in groupby(self.slots, lambda slot: slot.at.date())]

    @property
    def minutes(self) -> list[int]:
        return [slot.minute for slot in self.slots]

    @property
    def drawn(self) -> tuple[int, int, datetime | None, list[tuple[int, bool]]]:
        """What tells whether it looks the same."""
        return self.doctor.id, self.visit_type.id, self.first, [(slot.minute, slot.free) for slot in self.slots]


def first_times(times: Iterable[datetime]) -> list[datetime]:
    """A few times of each of the first days that have any."""
    days = groupby(times, datetime.date)
    return [at for _, of_day in islice(days, MOST_DAYS) for at in islice(of_day, MOST_TIMES)]


def fresh(doctor: Doctor, visit_type: VisitType, times: Iterable[datetime], now: datetime) -> Card:
    """The first of the times, which are on the clinic's wall clock and in order."""
    slots = tuple(Slot(at) for at in first_times(times))
    first = slots[0].at if slots else None
    return Card(doctor, visit_type, slots, now.astimezone(doctor.clinic.zone).date(), first)


def again(
    doctor: Doctor,
    visit_type: VisitType,
    minutes: Iterable[int],
    free: Collection[int],
    first: datetime | None,
    now: datetime,
) -> Card:
    """The same times as a page shows already, free or no longer so, by their minutes since the epoch."""
    zone = doctor.clinic.zone
    slots = tuple(Slot(datetime.fromtimestamp(minute * 60, zone), minute in free) for minute in minutes)
    return Card(doctor, visit_type, slots, now.astimezone(zone).date(), first)


def write(cards: Iterable[Card]) -> str:
    """7-29933760.15*7_9-29933775: doctors and minutes since the epoch, in the order of the page."""
    return "_".join(f"{card.doctor.id}-{shown.write(card.minutes)}" for card in cards)


def read(text: str) -> dict[int, list[int]]:
    """What was written. It comes back from a browser: what cannot be is nothing."""
    if len(text) > LONGEST or not PATTERN.fullmatch(text):
        return {}
    parts = (part.split("-") for part in text.split("_") if part)
    return {int(doctor): minutes for doctor, written in parts if (minutes := shown.read(written))}
