"""Free times, by hand: one law of the reckoning a test."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from healthbook.scheduling import slots
from healthbook.scheduling.slots import Calendar, Override, Visit
from healthbook.scheduling.wall_clock import Hours

MONDAY = date(2027, 1, 4)
LONG_BEFORE = datetime(2026, 12, 1, tzinfo=UTC)
MORNINGS = Calendar("UTC", hours=tuple(Hours(weekday, time(9), time(12)) for weekday in range(1, 8)))
ROUND_THE_CLOCK = Calendar("UTC", hours=tuple(Hours(weekday, time(0), time(0)) for weekday in range(1, 8)))
HOUR = Visit(60)


def on_monday(hour, minute=0, second=0):
    return datetime(2027, 1, 4, hour, minute, second, tzinfo=UTC)


def clocks(calendar, visit=HOUR, day=MONDAY, now=LONG_BEFORE):
    zone = ZoneInfo(calendar.zone)
    return [f"{start.astimezone(zone):%H:%M}" for start in slots.free(calendar, visit, day, day, now)]


def test_starts_are_a_visit_apart_unless_the_doctor_chose_a_step():
    assert clocks(MORNINGS) == ["09:00", "10:00", "11:00"]
    assert clocks(replace(MORNINGS, step_minutes=30)) == ["09:00", "09:30", "10:00", "10:30", "11:00"]


def test_a_start_that_is_now_can_still_be_booked_and_one_a_moment_ago_cannot():
    a_moment_later = on_monday(10) + timedelta(microseconds=1)
    assert clocks(MORNINGS, now=on_monday(10)) == ["10:00", "11:00"]
    assert clocks(MORNINGS, now=a_moment_later) == ["11:00"]


def test_notice_and_horizon_both_include_their_edge():
    notice, horizon = Visit(60, lead=timedelta(hours=2)), Visit(60, horizon=timedelta(hours=2))
    assert clocks(MORNINGS, notice, now=on_monday(8)) == ["10:00", "11:00"]
    assert clocks(MORNINGS, notice, now=on_monday(8, second=1)) == ["11:00"]
    assert clocks(MORNINGS, horizon, now=on_monday(8)) == ["09:00", "10:00"]
    assert clocks(MORNINGS, horizon, now=on_monday(7, 59)) == ["09:00"]


def test_notice_is_elapsed_time_even_for_a_now_in_a_zone_with_a_clock_change():
    london = replace(MORNINGS, zone="Europe/London")
    now = datetime(2026, 3, 28, 9, tzinfo=ZoneInfo("Europe/London"))
    assert clocks(london, Visit(60, lead=timedelta(hours=24)), date(2026, 3, 29), now) == ["10:00", "11:00"]


def test_a_neighbours_buffer_and_ones_own_add_up():
    padded = (on_monday(9), on_monday(10, 15))
    taken = replace(MORNINGS, busy=(padded,), step_minutes=15)
    assert clocks(taken, Visit(60))[0] == "10:15"
    assert clocks(taken, Visit(60, buffer_before=10))[0] == "10:30"
    later = replace(MORNINGS, busy=((on_monday(11), on_monday(12)),), step_minutes=15)
    assert clocks(later, Visit(60))[-1] == "10:00"
    assert clocks(later, Visit(60, buffer_after=15))[-1] == "09:45"
    assert clocks(later, Visit(60, buffer_after=16))[-1] == "09:30"


def test_buffers_may_lie_outside_working_hours_and_in_time_off():
    wide = Visit(60, buffer_before=45, buffer_after=45)
    assert clocks(MORNINGS, wide) == ["09:00", "10:00", "11:00"]
    assert clocks(replace(MORNINGS, time_off=((on_monday(11), on_monday(12)),)), wide) == ["09:00", "10:00"]


def test_time_off_beats_an_override_and_an_override_the_weekly_hours():
    afternoon = replace(MORNINGS, overrides=(Override(MONDAY, time(14), time(16)),))
    assert clocks(afternoon) == ["14:00", "15:00"]
    assert clocks(replace(afternoon, time_off=((on_monday(15, 59), on_monday(18)),))) == ["14:00"]
    assert clocks(replace(MORNINGS, overrides=(Override(MONDAY),))) == []
    assert clocks(afternoon, day=MONDAY + timedelta(days=1)) == ["09:00", "10:00", "11:00"]


def test_an_empty_period_takes_no_time():
    nothing = ((on_monday(9, 30), on_monday(9, 30)),)
    assert clocks(replace(MORNINGS, busy=nothing, time_off=nothing)) == ["09:00", "10:00", "11:00"]


def test_busy_time_that_begins_and_ends_in_the_repeated_hour_takes_it():
    london = ZoneInfo("Europe/London")
    first, second = (datetime(2026, 10, 25, 1, 30, tzinfo=london, fold=fold) for fold in (0, 1))
    sunday = Calendar("Europe/London", hours=(Hours(7, time(0), time(4)),), busy=((first, second),), step_minutes=30)
    found = clocks(sunday, Visit(30), date(2026, 10, 25), datetime(2026, 10, 1, tzinfo=UTC))
    assert found[:5] == ["00:00", "00:30", "01:00", "01:30", "02:00"]


def test_work_that_touches_over_midnight_is_one_session():
    evening_and_night = (Hours(1, time(20), time(0)), Hours(2, time(0), time(4)))
    calendar = Calendar("UTC", hours=evening_and_night)
    assert clocks(calendar, Visit(90)) == ["20:00", "21:30", "23:00"]
    assert clocks(calendar, Visit(90), MONDAY + timedelta(days=1)) == ["00:30", "02:00"]


def test_work_without_a_break_is_counted_from_each_midnight():
    """Four days after an override that closed a date, the steps still count from the day after it."""
    assert clocks(ROUND_THE_CLOCK, Visit(35))[:2] == ["00:00", "00:35"]
    a_break = replace(ROUND_THE_CLOCK, overrides=(Override(MONDAY - timedelta(days=5)),))
    assert clocks(a_break, Visit(35))[:2] == ["00:15", "00:50"]


def test_a_date_that_a_zone_skipped_does_not_end_a_session():
    """Samoa went from Thursday 29 to Saturday 31 December 2011; whoever worked on that Thursday worked on."""
    closed = tuple(Override(date(2011, 12, day)) for day in (28, 30))
    samoa = replace(ROUND_THE_CLOCK, zone="Pacific/Apia", overrides=closed)
    midnight = datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert clocks(samoa, Visit(50), date(2011, 12, 31), midnight)[:2] == ["00:10", "01:00"]
    assert clocks(samoa, Visit(50), date(2011, 12, 31), midnight - timedelta(days=9))[:2] == ["00:10", "01:00"]


def test_a_visit_may_run_over_midnight_into_the_next_days_hours():
    assert clocks(ROUND_THE_CLOCK, Visit(120))[-1] == "22:00"
    assert clocks(replace(ROUND_THE_CLOCK, step_minutes=60), Visit(120))[-1] == "23:00"


def test_asked_again_under_the_lock_the_answer_is_the_same_for_any_zone_of_the_start():
    in_paris = on_monday(10).astimezone(ZoneInfo("Europe/Paris"))
    assert slots.is_free(MORNINGS, HOUR, in_paris, LONG_BEFORE)
    for off_grid in (on_monday(10, 7), on_monday(10, 0, 30), on_monday(10).replace(microsecond=1), on_monday(12)):
        assert not slots.is_free(MORNINGS, HOUR, off_grid, LONG_BEFORE)
    taken = replace(MORNINGS, busy=((on_monday(10, 59), on_monday(12)),))
    assert not slots.is_free(taken, HOUR, in_paris, LONG_BEFORE)


def test_both_passes_of_a_repeated_hour_can_be_booked():
    sunday = Calendar("Europe/London", hours=(Hours(7, time(0), time(4)),))
    for fold in (0, 1):
        start = datetime(2026, 10, 25, 1, tzinfo=ZoneInfo("Europe/London"), fold=fold)
        now = start - timedelta(minutes=30)
        assert slots.is_free(sunday, HOUR, start, now)


@pytest.mark.parametrize("offset", [-12, 0, 14])
def test_a_start_at_either_end_of_time_is_refused_and_breaks_nothing(offset):
    for extreme in (datetime.min, datetime.max):
        start = extreme.replace(tzinfo=ZoneInfo("UTC") if not offset else datetime_zone(offset))
        assert not slots.is_free(MORNINGS, HOUR, start, LONG_BEFORE)


def datetime_zone(hours):
    return ZoneInfo(f"Etc/GMT{-hours:+d}")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Etc/GMT+12"])
def test_dates_at_either_end_of_time_are_cut_to_notice_and_horizon(zone):
    mornings = replace(MORNINGS, zone=zone)
    ahead = Visit(60, horizon=timedelta(days=2))
    assert len(slots.free(mornings, ahead, date.min, date.max, LONG_BEFORE)) == 6
    assert slots.free(mornings, ahead, date.max, date.max, LONG_BEFORE) == []
    assert slots.free(mornings, ahead, date.min, date.min, LONG_BEFORE) == []
    for day in (date.min, date.max):
        nothing = slots.reach(zone, ahead, day, day, LONG_BEFORE)
        assert nothing.end - nothing.start <= timedelta(hours=1)


def test_what_must_be_looked_up_covers_the_visit_with_its_buffers_and_ten_days_before():
    asked = Visit(60, buffer_before=10, buffer_after=20)
    assert slots.reach("Europe/Paris", asked, MONDAY, MONDAY, LONG_BEFORE) == slots.Reach(
        first=MONDAY - timedelta(days=10),
        last=MONDAY + timedelta(days=1),
        start=datetime(2027, 1, 3, 22, 50, tzinfo=UTC),
        end=datetime(2027, 1, 5, 0, 20, tzinfo=UTC),
    )


def test_a_busy_moment_takes_the_whole_second():
    moment = (on_monday(10, 59, 59).replace(microsecond=999_999), on_monday(11).replace(microsecond=1))
    taken = replace(MORNINGS, busy=(moment,))
    assert clocks(taken) == ["09:00"]


def test_a_calendar_without_hours_has_no_free_times():
    assert slots.free(Calendar("UTC"), HOUR, MONDAY, MONDAY, LONG_BEFORE) == []


def test_a_visit_may_last_into_the_day_after_one_that_the_clock_skipped():
    """Samoa had no Friday 30 December 2011: Thursday's night goes on on Saturday."""
    always = tuple(Hours(weekday, time(0), time(0)) for weekday in range(1, 8))
    calendar, visit, now = Calendar("Pacific/Apia", always), Visit(50), datetime(2011, 12, 1, tzinfo=UTC)
    thursday = date(2011, 12, 29)
    alone = slots.free(calendar, visit, thursday, thursday, now)
    among = slots.free(calendar, visit, thursday, thursday + timedelta(days=9), now)
    assert alone == [start for start in among if start.astimezone(ZoneInfo("Pacific/Apia")).date() == thursday]
    assert alone[-1] + timedelta(minutes=50) > datetime(2011, 12, 30, 10, tzinfo=UTC)
