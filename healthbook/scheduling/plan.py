"""Weekly hours as people plan them: weeks beside each other that hold from a day on."""

from collections.abc import Collection, Iterable
from datetime import date, time, timedelta
from math import lcm
from typing import NamedTuple

from healthbook.models import DoctorAvailability, Weekday

A_DAY = timedelta(days=1)
WEEKS = (1, 2, 3, 4)


class Window(NamedTuple):
    """Hours of a weekday (1 is Monday) in one of a plan's weeks (0 is week A)."""

    week: int
    weekday: int
    start: time
    end: time
    opens_at: time | None = None


class Pattern(NamedTuple):
    """What a row says about weeks, whatever days it holds: `week` counts among `every_weeks` from the year 1 on."""

    weekday: int
    start: time
    end: time
    opens_at: time | None
    every_weeks: int = 1
    week: int = 0


class Plan(NamedTuple):
    """What holds from one day to another (inclusive), or for good. Weeks have their letters from the calendar."""

    first: date
    last: date | None
    patterns: frozenset[Pattern]

    @property
    def weeks(self) -> int:
        return lcm(*(pattern.every_weeks for pattern in self.patterns))

    @property
    def windows(self) -> list[Window]:
        windows = (
            Window(week, pattern.weekday, pattern.start, pattern.end, pattern.opens_at)
            for pattern in self.patterns
            for week in range(pattern.week, self.weeks, pattern.every_weeks)
        )
        return sorted(windows, key=lambda window: window[:4])


def letter_of(day: date, weeks: int) -> int:
    """Which of so many weeks beside each other a day is in; the same for every doctor and for ever."""
    return (day.toordinal() - 1) // 7 % weeks


def pattern(row: DoctorAvailability) -> Pattern:
    weekday, week = Weekday(row.day_of_week).number, letter_of(row.valid_from or date.min, row.every_weeks)
    return Pattern(weekday, row.start_time, row.end_time, row.opens_at, row.every_weeks, week)


def keeps(pattern: Pattern, window: Window) -> bool:
    """Whether a pattern stands for a window, among others perhaps."""
    return pattern[:4] == window[1:] and window.week % pattern.every_weeks == pattern.week


def patterns(weeks: int, windows: Iterable[Window]) -> frozenset[Pattern]:
    """As few as hold the windows: what is the same each week becomes one."""
    found: set[Pattern] = set()
    in_weeks: dict[tuple, set[int]] = {}
    for week, *times in windows:
        in_weeks.setdefault(tuple(times), set()).add(week)
    for times, left in in_weeks.items():
        for every in (every for every in WEEKS if weeks % every == 0):
            for week in range(every):
                if left.issuperset(range(week, weeks, every)):
                    left -= set(range(week, weeks, every))
                    found.add(Pattern(*times, every, week))
    return frozenset(found)


def plans(rows: Iterable[DoctorAvailability], today: date) -> list[Plan]:
    """What holds now and what will, each until the next. What ended before today is not among them."""
    kept = [row for row in rows if row.is_available and (row.valid_to is None or row.valid_to >= today)]
    days = {today, *(row.valid_from for row in kept if row.valid_from and row.valid_from > today)}
    days |= {row.valid_to + A_DAY for row in kept if row.valid_to}
    found: list[Plan] = []
    for day in sorted(days):
        holds = frozenset(pattern(row) for row in kept if (row.valid_from or date.min) <= day <= (row.valid_to or day))
        if found and continues(found[-1], holds, day):
            found[-1] = found[-1]._replace(patterns=holds)
        else:
            found[-1:] = [*(before._replace(last=day - A_DAY) for before in found[-1:]), Plan(day, None, holds)]
    return joined(found)


def joined(found: Iterable[Plan]) -> list[Plan]:
    """Without the seams between plans that are the same."""
    kept: list[Plan] = []
    for plan in found:
        if kept and kept[-1].patterns == plan.patterns:
            kept[-1] = kept[-1]._replace(last=plan.last)
        else:
            kept.append(plan)
    return kept


def continues(before: Plan, holds: frozenset[Pattern], day: date) -> bool:
    """Whether what holds from a day on is what held before: what is new in it would not have begun yet."""
    return before.patterns <= holds and all(begins(new, before.first) >= day for new in holds - before.patterns)


def plan_on(rows: Iterable[DoctorAvailability], today: date, day: date) -> Plan:
    """What holds from a day on, today or later, until something else does."""
    found = [plan for plan in plans(rows, today) if plan.first <= max(day, today)][-1]
    return found._replace(first=day)


def postponed(rows: Collection[DoctorAvailability], today: date, begun: date, plan: Plan) -> Plan | None:
    """What holds meanwhile where a plan that would have begun on a day to come begins later, and is else the same."""
    if not today < begun < plan.first:
        return None
    held = plan_on(rows, today, begun)
    if held.patterns != plan.patterns or (held.last and held.last < plan.first):
        return None
    return Plan(begun, plan.first - A_DAY, plan_on(rows, today, begun - A_DAY).patterns)


def begins(pattern: Pattern, day: date) -> date:
    """The first date of a pattern that is not before a day."""
    for later in range(7 * pattern.every_weeks):
        there = day + later * A_DAY
        if there.isoweekday() == pattern.weekday and letter_of(there, pattern.every_weeks) == pattern.week:
            return there
    raise ValueError(pattern)
