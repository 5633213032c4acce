"""What becomes of the rows of weekly hours when a plan takes the place of what was."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from healthbook.models import DoctorAvailability
from healthbook.scheduling import terms
from healthbook.scheduling.plan import A_DAY, Pattern, Plan, Window, begins, letter_of, pattern
from healthbook.scheduling.wall_clock import Hours


class Addition(NamedTuple):
    """A pattern to be kept from one day to another. `row` is the one that it is the rest of, with its author."""

    pattern: Pattern
    first: date
    last: date | None
    row: DoctorAvailability | None = None

    @property
    def hours(self) -> Hours:
        pattern = self.pattern
        times = pattern.start, pattern.end, self.first, self.last, pattern.every_weeks, pattern.opens_at
        return Hours(pattern.weekday, *times)


@dataclass
class Changes:
    """What becomes of rows: some end on a day, some go, and others are added."""

    ended: list[tuple[DoctorAvailability, date]] = field(default_factory=list)
    removed: list[DoctorAvailability] = field(default_factory=list)
    added: list[Addition] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ended or self.removed or self.added)

    def left(self, rows: Iterable[DoctorAvailability]) -> list[tuple[DoctorAvailability, Hours]]:
        """The rows that are kept, as long as they hold from now on."""
        ends, gone = {row.id: last for row, last in self.ended}, {row.id for row in self.removed}
        kept = [(row, terms.hours(row)) for row in rows if row.id not in gone]
        return [(row, hours._replace(valid_to=ends.get(row.id, hours.valid_to))) for row, hours in kept]


def changes(rows: Iterable[DoctorAvailability], plan: Plan) -> Changes:
    """What makes rows hold a plan and nothing else on its days, and leaves all other days as they are."""
    found, standing = Changes(), set()
    for row in rows:
        if not touches(row, plan):
            continue
        own = pattern(row)
        if own in plan.patterns and holds_throughout(row, own, plan):
            standing.add(own)
            continue
        if row.valid_from and row.valid_from >= plan.first:
            found.removed.append(row)
        else:
            found.ended.append((row, plan.first - A_DAY))
        if plan.last and (row.valid_to is None or row.valid_to > plan.last):
            found.added.extend(additions(own, plan.last + A_DAY, row.valid_to, row))
    for own in sorted(plan.patterns - standing, key=str):
        found.added.extend(additions(own, plan.first, plan.last))
    return found


def touches(row: DoctorAvailability, plan: Plan) -> bool:
    begun = plan.last is None or row.valid_from is None or row.valid_from <= plan.last
    return row.is_available and begun and (row.valid_to is None or row.valid_to >= plan.first)


def rows_of(rows: Iterable[DoctorAvailability], plan: Plan, weeks: int) -> dict[Window, DoctorAvailability]:
    """The row that keeps each window of a plan, drawn as so many weeks."""
    found = {}
    for row in rows:
        own = pattern(row)
        if touches(row, plan) and weeks % own.every_weeks == 0:
            times = own.weekday, own.start, own.end, own.opens_at
            found.update({Window(week, *times): row for week in range(own.week, weeks, own.every_weeks)})
    return found


def holds_throughout(row: DoctorAvailability, own: Pattern, plan: Plan) -> bool:
    begun = row.valid_from is None or row.valid_from <= begins(own, plan.first)
    return begun and (row.valid_to is None or (plan.last is not None and row.valid_to >= plan.last))


def additions(
    own: Pattern, first: date, last: date | None, row: DoctorAvailability | None = None
) -> Iterator[Addition]:
    """One, or none where no date of the pattern is among these days. It begins in a week of its own letter."""
    there = begins(own, first)
    in_week = letter_of(first, own.every_weeks) == own.week
    if last is None or there <= last:
        yield Addition(own, first if in_week else there - (own.weekday - 1) * A_DAY, last, row)
