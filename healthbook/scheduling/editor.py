"""The lines of the week's editor as people write them, and what its buttons do to them before anything is saved."""

import re
from typing import NamedTuple

from healthbook.scheduling import terms
from healthbook.scheduling.plan import WEEKS, Window

ACT = re.compile(r"(add|remove|weeks|same)-([0-9]{1,3})(?:-([1-7]))?")
MOST = 120


class Line(NamedTuple):
    """One window as it was typed, right or wrong."""

    week: int
    weekday: int
    start: str = ""
    end: str = ""
    opens: str = ""

    @property
    def place(self) -> str:
        return f"{self.week}-{self.weekday}"


class Sheet(NamedTuple):
    """All lines of so many weeks. `fresh` is the index of a line that was just added."""

    weeks: int
    lines: list[Line]
    fresh: int | None = None


def line(window: Window) -> Line:
    opens = terms.clock(window.opens_at) if window.opens_at is not None else ""
    return Line(window.week, window.weekday, terms.clock(window.start), terms.clock(window.end, end=True), opens)


def edited(act: str, sheet: Sheet) -> Sheet | None:
    """The lines after a button was pressed; None where it is no button of the editor."""
    if not (found := ACT.fullmatch(act)):
        return None
    name, number, weekday = found[1], int(found[2]), int(found[3] or 0)
    if name == "add" and weekday and number < sheet.weeks and len(sheet.lines) < MOST:
        return Sheet(sheet.weeks, [*sheet.lines, Line(number, weekday)], len(sheet.lines))
    if name == "remove":
        return sheet._replace(lines=sheet.lines[:number] + sheet.lines[number + 1 :])
    if name == "weeks" and number in WEEKS:
        return repeated(sheet, number)
    if name == "same" and 0 < number < sheet.weeks:
        others = [line for line in sheet.lines if line.week != number]
        return sheet._replace(lines=others + [line._replace(week=number) for line in others if line.week == 0])
    return sheet


def repeated(sheet: Sheet, weeks: int) -> Sheet:
    """As many weeks as wanted: those that were there, again and again."""
    lines = [
        line._replace(week=week) for week in range(weeks) for line in sheet.lines if line.week == week % sheet.weeks
    ]
    return Sheet(weeks, lines)
