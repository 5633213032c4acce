"""Every case of slot_cases.json, or of the file that SLOT_CASES names, against the reckoning of free times.

What a case asks for and the product does not have is put into what it has: see `Case`.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from healthbook.scheduling import slots
from healthbook.scheduling.slots import Calendar, Override, Visit
from healthbook.scheduling.wall_clock import MIDNIGHT, Hours, instant, minutes, overlap, parse_time, wrong_way_round

FILE = json.loads(Path(os.environ.get("SLOT_CASES") or Path(__file__).with_name("slot_cases.json")).read_text("utf-8"))
TAKES_NO_TIME = {"cancelled", "entered-in-error", "declined"}
OURS = {"merge_touching": True, "gap": "clip", "repeated": "first", "reversed": "overnight"}
ONE_MINUTE, ONE_DAY = timedelta(minutes=1), timedelta(days=1)
BEGINNING, END = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


class Case:
    def __init__(self, case):
        self.case, self.zone = case, case["tz"]
        self.now = datetime.fromisoformat(case["now"])
        self.first = date.fromisoformat(case["ask"]["from"])
        self.last = date.fromisoformat(case["ask"].get("to", case["ask"]["from"]))
        self.on_grid = case["align"]["mode"] == "grid"
        self.calendar = self.with_bookings(self.hours_and_time_off())
        self.visit = self.sought()

    def hours_and_time_off(self):
        case = self.case
        return Calendar(
            self.zone,
            hours=tuple(weekly(rule, day) for rule in case["rules"] for day in rule["days"]),
            overrides=tuple(window for override in case["overrides"] for window in dated(override)),
            time_off=(*(self.time_off(off) for off in case["time_off"]), *self.outside_the_clip()),
            step_minutes=1 if self.on_grid else case["step"],
        )

    def time_off(self, off):
        if "from_date" in off:
            until = date.fromisoformat(off.get("to_date", off["from_date"])) + ONE_DAY
            return self.at(off["from_date"], "00:00"), self.at(until.isoformat(), "00:00")
        return tuple(self.at(*off[end][:16].split("T")) for end in ("from", "to"))

    def at(self, day, clock):
        wall = parse_time(clock, end=True)
        ordinal = date.fromisoformat(day).toordinal() + (clock == "24:00")
        return datetime.fromtimestamp(instant(self.zone, ordinal, wall), UTC)

    def outside_the_clip(self):
        clip = {end: datetime.fromisoformat(at) for end, at in (self.case.get("clip") or {}).items()}
        return ((BEGINNING, clip.get("from", BEGINNING)), (clip.get("to", END), END))

    def with_bookings(self, calendar):
        bookings = [padded(booking) for booking in self.case["bookings"] if self.blocks(booking)]
        closed = self.closed_minutes(calendar) if self.case.get("buffers_inside_hours") else ()
        return replace(calendar, busy=(*full(bookings, self.case["capacity"]), *closed))

    def blocks(self, booking):
        held = "expires" not in booking or datetime.fromisoformat(booking["expires"]) > self.now
        return held and booking.get("status") not in TAKES_NO_TIME

    def closed_minutes(self, calendar):
        """Buffers may lie outside hours; where a case forbids it, closed minutes count as booked."""
        days, long_before = (self.first - ONE_DAY, self.last + ONE_DAY), datetime.combine(self.first, MIDNIGHT, UTC)
        worked = slots.free(replace(calendar, step_minutes=1), Visit(1), *days, long_before - 3 * ONE_DAY)
        return [(before + ONE_MINUTE, after) for before, after in pairwise([BEGINNING, *worked, END])]

    def sought(self):
        ahead = self.case.get("max_ahead_min")
        return Visit(
            self.case["duration"],
            self.case["buffer_before"],
            self.case["buffer_after"],
            timedelta(minutes=self.case["lead_min"]),
            400 * 366 * ONE_DAY if ahead is None else timedelta(minutes=ahead),
        )

    def starts(self):
        """The viewer's dates are the clinic's in the product; the days around them hold those of any other zone."""
        viewer = ZoneInfo(self.case["ask"].get("tz", self.zone))
        around = 0 * ONE_DAY if viewer.key == self.zone else 2 * ONE_DAY
        found = slots.free(self.calendar, self.visit, self.first - around, self.last + around, self.now)
        seen = [start for start in found if self.first <= start.astimezone(viewer).date() <= self.last]
        return [start for start in seen if not self.on_grid or self.is_on_grid(start)]

    def is_on_grid(self, start):
        """Visits step from the start of work; on a grid, every minute is tried and the grid's are kept."""
        wall, grid = start.astimezone(ZoneInfo(self.zone)), self.case["align"]
        return (wall.hour * 60 + wall.minute) % grid["every"] == grid.get("offset", 0)


def weekly(rule, day):
    validity = (date.fromisoformat(rule[end]) if end in rule else None for end in ("valid_from", "valid_to"))
    return Hours(day, *window(rule["start"], rule["end"]), *validity, rule.get("every_weeks", 1))


def dated(override):
    on_date = date.fromisoformat(override["date"])
    return [Override(on_date, *window(*times)) for times in override.get("windows") or ()] or [Override(on_date)]


def window(start, end):
    return parse_time(start), parse_time(end, end=True)


def padded(booking):
    before, after = (timedelta(minutes=booking.get(side, 0)) for side in ("before", "after"))
    return datetime.fromisoformat(booking["start"]) - before, datetime.fromisoformat(booking["end"]) + after


def full(bookings, capacity):
    """A doctor sees one patient at a time; where a case allows more, busy is where as many are booked."""
    edges = sorted({edge for booking in bookings for edge in booking})
    return [
        (low, high)
        for low, high in pairwise(edges)
        if sum(start <= low and high <= end for start, end in bookings) >= capacity
    ]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in FILE["cases"]])
def test_the_free_times_of_a_case_are_those_it_expects(case):
    assert case.get("policy", {}).items() <= OURS.items(), "this case wants a choice that healthbook has not made"
    asked, expect = Case(case), case["expect"]
    starts = [start.strftime("%Y-%m-%dT%H:%M:%SZ") for start in asked.starts()]
    found = {"starts": starts, "count": len(starts), "first": starts[:1], "last": starts[-1:]}
    found["local"] = [start.astimezone(ZoneInfo(case["tz"])).strftime("%Y-%m-%d %H:%M%z") for start in asked.starts()]
    for what in expect.keys() & found.keys():
        assert found[what] == ([expect[what]] if what in ("first", "last") else expect[what])
    assert set(expect.get("has", ())) <= set(starts)
    assert not set(expect.get("hasnt", ())) & set(starts)
    assert all(slots.is_free(asked.calendar, asked.visit, start, asked.now) for start in asked.starts())
    assert expect.keys() <= found.keys() | {"has", "hasnt"}


@pytest.mark.parametrize("check", [pytest.param(check, id=check["id"]) for check in FILE["rule_checks"]])
def test_the_weekly_hours_of_a_case_are_judged_as_it_expects(check):
    rows = [Hours(int(day), *window(start, end)) for day, start, end in check["rules"]]
    if "merged" in check:
        spans = [tuple(parse_time(at).hour * 60 + parse_time(at).minute for at in row[1:]) for row in check["rules"]]
        clocks = [[f"{at // 60:02}:{at % 60:02}" for at in span] for span in slots.merge(spans)]
        assert clocks == check["merged"]
    if "valid" in check:
        long_enough = all(minutes(row) >= check["duration"] for row in rows)
        clash = any(overlap(*pair) for pair in combinations(rows, 2)) or any(map(wrong_way_round, rows))
        assert (long_enough and not clash) == check["valid"]


@pytest.mark.parametrize(("text", "expected"), FILE["time_parse_checks"])
def test_a_time_of_day_of_a_case_is_read_as_it_expects(text, expected):
    if expected is None:
        with pytest.raises(ValueError, match="not a time of day"):
            parse_time(text, end=True)
    elif "only as an end" in expected:
        assert parse_time(text, end=True) == MIDNIGHT
        with pytest.raises(ValueError, match="not a time of day"):
            parse_time(text)
    else:
        assert parse_time(text).strftime("%H:%M") == expected
