"""Plans of weekly hours and the rows that keep them, tried on a calendar day by day."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthbook.models import DoctorAvailability, Weekday
from healthbook.scheduling import terms
from healthbook.scheduling.changes import changes, rows_of
from healthbook.scheduling.editor import Line, Sheet, edited
from healthbook.scheduling.plan import Plan, Window, letter_of, patterns, plan_on, plans
from healthbook.scheduling.wall_clock import occurs

TODAY = date(2026, 11, 24)
A_DAY = timedelta(days=1)
DAYS = [TODAY + n * A_DAY for n in range(-30, 150)]

TIMES = [(time(9), time(12), None), (time(13), time(17), None), (time(22), time(6), None), (time(9), time(12), time(8))]


def windows_of(weeks):
    one = st.builds(
        lambda week, weekday, times: Window(week, weekday, *times),
        st.integers(0, weeks - 1),
        st.integers(1, 7),
        st.sampled_from(TIMES),
    )
    return st.tuples(st.just(weeks), st.frozensets(one, max_size=8))


WISHES = st.sampled_from([1, 2, 3, 4]).flatmap(windows_of)


def row(number, addition):
    own, kept = addition.pattern, addition.row
    return DoctorAvailability(
        id=number,
        day_of_week=list(Weekday)[own.weekday - 1],
        start_time=own.start,
        end_time=own.end,
        opens_at=own.opens_at,
        every_weeks=own.every_weeks,
        valid_from=addition.first,
        valid_to=addition.last,
        is_available=True,
        created_by_id=kept.created_by_id if kept else number,
    )


def carried_out(rows, change):
    kept = [each for each in rows if each not in change.removed]
    for each, last in change.ended:
        each.valid_to = last
    return kept + [row(len(rows) + 100 + n, addition) for n, addition in enumerate(change.added)]


def on(rows, day):
    """The hours that begin on a day, by its rows."""
    hours = [terms.hours(each) for each in rows]
    return sorted((each.start, each.end, str(each.opens_at)) for each in hours if occurs(each, day.toordinal()))


def wished(weeks, windows, day):
    there = (window for window in windows if window.weekday == day.isoweekday())
    return sorted((w.start, w.end, str(w.opens_at)) for w in there if w.week == letter_of(day, weeks))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), WISHES), min_size=1, max_size=4))
def test_a_plan_holds_on_its_days_and_changes_no_other(wishes):
    rows = []
    for ahead, (weeks, windows) in wishes:
        first = TODAY + ahead * A_DAY
        last = plan_on(rows, TODAY, first).last
        plan = Plan(first, last, patterns(weeks, windows))
        before = {day: on(rows, day) for day in DAYS}
        rows = carried_out(rows, changes(rows, plan))
        for day in DAYS:
            inside = first <= day <= (last or day)
            assert on(rows, day) == (wished(weeks, windows, day) if inside else before[day]), day
        assert not changes(rows, plan), "doing it again changes nothing"
        assert all(each.valid_from <= (each.valid_to or each.valid_from) for each in rows)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), WISHES), min_size=1, max_size=3))
def test_what_is_shown_of_the_rows_is_what_they_hold(wishes):
    rows = []
    for ahead, (weeks, windows) in wishes:
        first = TODAY + ahead * A_DAY
        plan = Plan(first, plan_on(rows, TODAY, first).last, patterns(weeks, windows))
        rows = carried_out(rows, changes(rows, plan))
    shown = plans(rows, TODAY)
    assert [each.last and each.last + A_DAY for each in shown] == [*(each.first for each in shown[1:]), None]
    assert all(before.patterns != after.patterns for before, after in pairwise(shown))
    for plan in shown:
        for day in (day for day in DAYS if plan.first <= day <= (plan.last or day)):
            assert on(rows, day) == wished(plan.weeks, plan.windows, day), day


@given(WISHES)
def test_as_few_patterns_as_hold_the_windows(wish):
    weeks, windows = wish
    found = patterns(weeks, windows)
    shown = Plan(TODAY, None, found)
    again = {w._replace(week=week) for w in shown.windows for week in range(w.week, weeks, shown.weeks)}
    assert again == windows
    assert len(found) <= len(windows)


def test_the_letters_of_weeks_stay_with_the_calendar():
    assert [letter_of(date(2026, 11, day), 2) for day in (23, 24, 29, 30)] == [0, 0, 0, 1]
    assert {letter_of(TODAY + 7 * n * A_DAY, 4) % 2 == letter_of(TODAY + 7 * n * A_DAY, 2) for n in range(8)} == {True}


def test_a_row_is_found_at_each_of_its_windows():
    nine_to_twelve = time(9), time(12)
    windows = [Window(week, day, *nine_to_twelve) for week, day in ((0, 1), (1, 1), (1, 2))]
    every, second = carried_out([], changes([], Plan(TODAY, None, patterns(2, windows))))
    found = rows_of([every, second], Plan(TODAY, None, frozenset()), 2)
    assert {(window.week, window.weekday): each for window, each in found.items()} == {
        (0, 1): every,
        (1, 1): every,
        (1, 2): second,
    }
    assert not rows_of([second], Plan(TODAY, None, frozenset()), 3)


def test_the_rest_of_a_row_keeps_its_author():
    monday = Window(0, 1, time(9), time(12))
    rows = carried_out([], changes([], Plan(TODAY, None, patterns(1, [monday]))))
    until = TODAY + 30 * A_DAY
    after = carried_out(rows, changes(rows, Plan(TODAY + 10 * A_DAY, until, frozenset())))
    assert [each.created_by_id for each in after] == [rows[0].created_by_id] * 2
    assert after[1].valid_from == until + A_DAY


SHEET = Sheet(2, [Line(0, 1, "09:00", "12:00"), Line(1, 2, "late", "")])


@pytest.mark.parametrize(
    ("act", "weeks", "lines"),
    [
        ("add-1-7", 2, [*SHEET.lines, Line(1, 7)]),
        ("add-2-7", 2, SHEET.lines),
        ("remove-0", 2, SHEET.lines[1:]),
        ("remove-7", 2, SHEET.lines),
        ("weeks-1", 1, SHEET.lines[:1]),
        ("weeks-3", 3, [*SHEET.lines, Line(2, 1, "09:00", "12:00")]),
        ("weeks-4", 4, [*SHEET.lines, Line(2, 1, "09:00", "12:00"), Line(3, 2, "late", "")]),
        ("same-1", 2, [SHEET.lines[0], Line(1, 1, "09:00", "12:00")]),
        ("same-2", 2, SHEET.lines),
    ],
)
def test_the_buttons_of_the_editor(act, weeks, lines):
    sheet = edited(act, SHEET)
    assert (sheet.weeks, sheet.lines) == (weeks, lines)


@pytest.mark.parametrize("act", ["save", "show", "", "add", "add-x-1", "remove--1", "weeks-", "add-١-٢"])
def test_what_is_no_button_of_the_editor(act):
    assert edited(act, SHEET) is None


def test_lines_do_not_grow_without_end():
    full = Sheet(1, [Line(0, 1)] * 120)
    assert len(edited("add-0-1", full).lines) == 120
