"""Weekly hours and wall-clock times, by hand and against plain enumeration."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthbook.scheduling.wall_clock import (
    Hours,
    instant,
    minutes,
    occurs,
    overlap,
    parse_time,
    skipped,
    wrong_way_round,
)

MONDAY, TUESDAY, SUNDAY = 1, 2, 7


def at(zone, day, wall):
    return datetime.fromtimestamp(instant(zone, date.fromisoformat(day).toordinal(), wall), UTC).isoformat(" ")[:16]


@pytest.mark.parametrize(
    ("zone", "day", "wall", "expected"),
    [
        ("Europe/London", "2026-03-29", time(1), "2026-03-29 01:00"),
        ("Europe/London", "2026-03-29", time(1, 30), "2026-03-29 01:00"),
        ("Europe/London", "2026-03-29", time(2), "2026-03-29 01:00"),
        ("Australia/Lord_Howe", "2026-10-04", time(2, 29), "2026-10-03 15:30"),
        ("Africa/Cairo", "2026-04-24", time(0), "2026-04-23 22:00"),
        ("Asia/Kathmandu", "1986-01-01", time(0, 10), "1985-12-31 18:30"),
    ],
)
def test_a_time_that_the_clock_skips_is_the_end_of_the_gap(zone, day, wall, expected):
    assert at(zone, day, wall) == expected


@pytest.mark.parametrize(
    ("zone", "day", "wall", "expected"),
    [
        ("Europe/London", "2026-10-25", time(1, 30), "2026-10-25 00:30"),
        ("America/New_York", "2026-11-01", time(1, 59), "2026-11-01 05:59"),
        ("Australia/Lord_Howe", "2026-04-05", time(1, 30), "2026-04-04 14:30"),
        ("Africa/Cairo", "2026-10-29", time(23, 30), "2026-10-29 20:30"),
        ("Europe/London", "2026-10-25", time(1, 30, fold=1), "2026-10-25 00:30"),
    ],
)
def test_a_time_that_the_clock_shows_twice_is_the_first(zone, day, wall, expected):
    assert at(zone, day, wall) == expected


def test_a_date_that_a_zone_skipped_has_no_length():
    skipped = {at("Pacific/Apia", "2011-12-30", wall) for wall in (time(0), time(9), time(23, 59))}
    assert skipped == {at("Pacific/Apia", "2011-12-31", time(0))} == {"2011-12-30 10:00"}


def test_every_other_week_counts_from_the_week_in_which_the_hours_begin():
    fortnightly = Hours(MONDAY, time(9), time(12), valid_from=date(2027, 1, 6), every_weeks=2)
    begun = [day for day in range(1, 32) if occurs(fortnightly, date(2027, 1, day).toordinal())]
    assert begun == [18]


def test_both_validity_dates_count():
    hours = Hours(MONDAY, time(9), time(12), date(2027, 1, 4), date(2027, 1, 18))
    assert [day for day in range(1, 32) if occurs(hours, date(2027, 1, day).toordinal())] == [4, 11, 18]


def test_weeks_a_and_b_do_not_overlap_but_weekly_hours_overlap_both():
    week_a, week_b = (Hours(MONDAY, time(9), time(12), valid_from=date(2027, 1, day), every_weeks=2) for day in (4, 11))
    assert not overlap(week_a, week_b)
    assert overlap(week_a, Hours(MONDAY, time(11), time(13)))
    assert overlap(week_b, week_b._replace(valid_from=date(2027, 1, 18), every_weeks=3))


def test_hours_over_midnight_overlap_the_next_morning_even_from_sunday_to_monday():
    night = Hours(SUNDAY, time(22), time(2), valid_to=date(2027, 1, 3))
    assert overlap(night, Hours(MONDAY, time(1), time(5), valid_from=date(2027, 1, 4)))
    assert not overlap(night, Hours(MONDAY, time(1), time(5), valid_from=date(2027, 1, 5)))
    assert not overlap(night, Hours(MONDAY, time(2), time(5)))


def test_new_hours_from_a_date_do_not_overlap_the_old_ones_that_end_the_day_before():
    old = Hours(TUESDAY, time(9), time(17), valid_to=date(2027, 2, 1))
    assert not overlap(old, Hours(TUESDAY, time(8), time(12), valid_from=date(2027, 2, 2)))
    assert overlap(old, Hours(TUESDAY, time(8), time(12), valid_from=date(2027, 1, 26)))


def test_every_third_and_every_fourth_week_meet_after_two_months():
    third = Hours(MONDAY, time(9), time(12), valid_from=date(2027, 1, 4), every_weeks=3)
    fourth = Hours(MONDAY, time(9), time(12), valid_from=date(2027, 1, 11), every_weeks=4)
    assert overlap(third, fourth)
    assert not overlap(third, fourth._replace(valid_to=date(2027, 3, 7)))


def test_hours_at_both_ends_of_time_can_be_compared():
    ends = Hours(MONDAY, time(9), time(12), valid_from=date.max, every_weeks=4)
    assert not overlap(ends, Hours(MONDAY, time(9), time(12), valid_to=date.min))


@pytest.mark.parametrize(
    ("start", "end", "length", "slip"),
    [
        (time(9), time(17), 480, False),
        (time(17), time(9), 960, True),
        (time(9), time(9), 1440, True),
        (time(18), time(8), 840, False),
        (time(0), time(0), 1440, False),
        (time(8), time(0), 960, False),
    ],
)
def test_a_night_of_more_than_fourteen_hours_looks_like_a_slip(start, end, length, slip):
    hours = Hours(MONDAY, start, end)
    assert (minutes(hours), wrong_way_round(hours)) == (length, slip)


@pytest.mark.parametrize(
    "text", ["٠٩:٠٠", "٠٩:00", "09:60", "24:01", "9", "09:00:00", "13:00 pm", "0:30 am", "", "09:00 x", "-1:00"]
)
def test_what_is_not_a_time_of_day_is_refused(text):
    with pytest.raises(ValueError, match="not a time of day"):
        parse_time(text, end=True)


@given(st.times())
def test_a_time_of_day_is_read_as_it_was_written(wall):
    to_the_minute = wall.replace(second=0, microsecond=0)
    assert parse_time(wall.strftime("%H:%M")) == to_the_minute == parse_time(f" {wall.strftime('%I:%M %p')} ")


@given(st.text())
def test_any_other_text_is_read_or_refused(text):
    try:
        read = parse_time(text, end=True)
    except ValueError:
        return
    assert text.isascii() or text.strip().isascii()
    assert read.second == 0


hours_of_a_week_or_so = st.builds(
    Hours,
    st.sampled_from([MONDAY, TUESDAY, SUNDAY]),
    *[st.sampled_from([time(0), time(1), time(9), time(12), time(22)])] * 2,
    *[st.none() | st.dates(date(2027, 1, 1), date(2027, 4, 30))] * 2,
    st.integers(1, 4),
)


@given(hours_of_a_week_or_so, hours_of_a_week_or_so)
def test_hours_overlap_exactly_when_they_do_on_some_date(one, other):
    """Both start late in 2026 at the earliest, so that a year shows every meeting of their weeks."""
    one, other = (hours._replace(valid_from=hours.valid_from or date(2026, 12, 7)) for hours in (one, other))
    meet = any(a < d and c < b for a, b in occurrences(one) for c, d in occurrences(other))
    assert overlap(one, other) == overlap(other, one) == meet


def occurrences(hours):
    monday = hours.valid_from - timedelta(days=hours.valid_from.weekday())
    for weeks in range(0, 40, hours.every_weeks):
        day = monday + timedelta(weeks=weeks, days=hours.weekday - 1)
        if hours.valid_from <= day <= (hours.valid_to or date.max):
            over_midnight = timedelta(days=hours.end <= hours.start)
            yield datetime.combine(day, hours.start), datetime.combine(day, hours.end) + over_midnight


@pytest.mark.parametrize(
    ("zone", "day", "wall", "later"),
    [
        ("Europe/London", "2027-03-28", time(0, 59), None),
        ("Europe/London", "2027-03-28", time(1), time(2)),
        ("Europe/London", "2027-03-28", time(1, 59), time(2)),
        ("Europe/London", "2027-03-28", time(2), None),
        ("Europe/London", "2026-10-25", time(1, 30), None),
        ("America/New_York", "2027-03-14", time(2, 30), time(3)),
        ("Australia/Lord_Howe", "2026-10-04", time(2, 15), time(2, 30)),
        ("Africa/Cairo", "2026-04-24", time(0), time(1)),
        ("Asia/Kathmandu", "2026-04-24", time(2), None),
    ],
)
def test_a_time_that_a_day_does_not_have_and_when_the_clock_goes_on(zone, day, wall, later):
    assert skipped(zone, date.fromisoformat(day).toordinal(), wall) == later
