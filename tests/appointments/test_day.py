"""The lines of a day, without a database."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from factories import NOW

from healthbook.appointments.day import Gap, Line, age, gaps, lines, next_up

TEN = timedelta(minutes=10)


def at(clock_time):
    hours, minutes = clock_time.split(":")
    return NOW.replace(hour=int(hours), minute=int(minutes))


def visit(clock_time, status="scheduled", minutes=30):
    start = at(clock_time)
    return SimpleNamespace(starts_at=start, minutes=minutes, status=status)


def starts(first, last):
    found, end = [at(first)], at(last)
    while found[-1] < end:
        found.append(found[-1] + timedelta(minutes=5))
    return found


def test_starts_in_a_row_are_one_gap_that_lasts_until_the_last_would_end():
    assert gaps(starts("10:00", "10:20"), TEN) == [Gap(at("10:00"), at("10:30"))]


def test_a_single_start_is_a_gap_and_a_break_makes_two():
    assert gaps([at("10:00"), *starts("11:00", "11:50")], TEN) == [
        Gap(at("10:00"), at("10:10")),
        Gap(at("11:00"), at("12:00")),
    ]
    assert gaps([], TEN) == []


def test_gaps_that_touch_but_do_not_join_are_two():
    assert gaps([at("10:00"), at("10:10")], TEN) == [Gap(at("10:00"), at("10:10")), Gap(at("10:10"), at("10:20"))]


def test_visits_and_gaps_stand_in_the_order_of_the_clock_with_now_between():
    early, late = visit("09:00"), visit("10:30")
    drawn = lines([early, late], [Gap(at("10:00"), at("10:30"))], NOW)
    assert drawn == [
        Line(at("09:00"), visit=early),
        Line(NOW),
        Line(at("10:00"), until=at("10:30")),
        Line(at("10:30"), visit=late),
    ]


def test_now_comes_after_what_begins_now_and_at_the_end_of_a_day_that_is_over():
    assert [line.visit for line in lines([visit("09:41")], [], NOW)][1] is None
    assert lines([visit("08:00"), visit("08:30")], [], NOW)[-1] == Line(NOW)


def test_on_the_night_of_a_clock_change_the_present_stands_among_instants_and_not_among_wall_clocks():
    zone = ZoneInfo("Europe/London")
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(zone) for hour in (0, 1))
    early, late = (SimpleNamespace(starts_at=start, minutes=30, status="scheduled") for start in (first, second))
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC).astimezone(zone)
    assert lines([early, late], [], between) == [Line(first, visit=early), Line(between), Line(second, visit=late)]


def test_another_day_has_no_now_and_an_empty_one_neither():
    assert [line.visit for line in lines([visit("09:00")], [], None)] != [None]
    assert len(lines([visit("09:00")], [], None)) == 1
    assert lines([], [], NOW) == []


def test_next_is_who_is_inside_then_who_waits_longest_then_who_comes():
    done, inside, waits, waits_too = (
        visit("08:00", "completed"),
        visit("09:00", "in_progress"),
        visit("09:30", "checked_in"),
        visit("10:00", "checked_in"),
    )
    gone, missed, comes = visit("08:30"), visit("09:00", "no_show"), visit("10:30", "confirmed")
    assert next_up([done, inside, waits, waits_too, comes], NOW) is inside
    assert next_up([done, waits, waits_too, comes], NOW) is waits
    assert next_up([done, gone, missed, comes], NOW) is comes
    assert next_up([done, gone, missed], NOW) is None


def test_age_grows_on_the_birthday():
    born = date(1980, 2, 29)
    assert [age(born, day) for day in (date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29))] == [45, 46, 48]
    assert age(None, date(2026, 1, 1)) is None
