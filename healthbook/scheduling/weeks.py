"""The editor's weeks beside each other, day by day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from healthbook.models import DoctorAvailability
from healthbook.scheduling.picker import WEEK, monday
from healthbook.scheduling.plan import Window, letter_of
from healthbook.scheduling.words import WEEKDAYS


class Line(NamedTuple):
    """One window of the form, and the row that keeps it already, if there is one."""

    number: int
    form: Any
    row: DoctorAvailability | None


class Day(NamedTuple):
    name: object
    number: int
    lines: list[Line]


class Column(NamedTuple):
    """A week of the plan; `mondays` are the next two with which it begins."""

    number: int
    mondays: list[date]
    days: list[Day]

    @property
    def letter(self) -> str:
        return "ABCDEFGHIJKL"[self.number]


def columns(forms: Iterable[Any], weeks: int, since: date, rows: Mapping[Window, DoctorAvailability]) -> list[Column]:
    """So many weeks; `forms` are the windows in the order in which they are numbered."""
    lines = [Line(number, form, rows.get(form.window)) for number, form in enumerate(forms)]

    def day(week: int, number: int, name: object) -> Day:
        return Day(name, number, [line for line in lines if line.form.where == (week, number)])

    return [
        Column(week, mondays(since, weeks, week), [day(week, n, name) for n, name in enumerate(WEEKDAYS.values(), 1)])
        for week in range(weeks)
    ]


def mondays(since: date, weeks: int, week: int) -> list[date]:
    later = (monday(since) + n * WEEK for n in range(2 * weeks))
    return [day for day in later if letter_of(day, weeks) == week]
