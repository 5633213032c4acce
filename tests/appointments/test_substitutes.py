"""Which times stand in for a visit, and to whom each is offered: reckoned without a database."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from healthbook.appointments.substitutes import Kind, Need, Substitutes, Taken, nearest
from healthbook.scheduling.slots import Calendar, Visit
from healthbook.scheduling.wall_clock import Hours

ILL, WELL, OTHER = 1, 2, 3
DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


def at(clock, day=DAY):
    wall = time.fromisoformat(clock)
    return int(datetime(day.year, day.month, day.day, wall.hour, wall.minute, tzinfo=UTC).timestamp())


def shown(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %H:%M")


def working(start, end, weekdays=range(1, 6), **given):
    hours = tuple(Hours(day, time.fromisoformat(start), time.fromisoformat(end)) for day in weekdays)
    return Calendar("Europe/London", hours, **given)


def need(visit_id, clock, patient_id=None, day=DAY):
    return Need(visit_id, patient_id or visit_id, ILL, at(clock, day))


def substitutes(calendars, needs, share=100, minutes=30, taken=None, busy=None, now=NOW, days=10, before=0, after=0):
    kind = Kind(SimpleNamespace(id=7), Visit(minutes, before, after))
    return Substitutes(
        calendars=calendars,
        kinds={(each.visit_id, doctor_id): kind for each in needs for doctor_id in calendars},
        dates=(now.date(), now.date() + timedelta(days)),
        now=now,
        share=share,
        taken=defaultdict(list, taken or {}),
        busy=defaultdict(list, busy or {}),
    )


def away_until_friday():
    return (datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC))


def allotted(found):
    return {visit_id: (time.doctor_id, shown(time.at)) for visit_id, time in found.items()}


def test_the_nearest_come_first_and_of_two_as_near_the_earlier():
    assert list(nearest([10, 20, 30, 50], 30)) == [30, 20, 10, 50]
    assert list(nearest([10, 20], 15)) == [10, 20]
    assert list(nearest([], 15)) == []


def test_the_same_doctor_comes_later_and_a_colleague_at_the_same_hour():
    calendars = {ILL: working("09:00", "12:00", time_off=(away_until_friday(),)), WELL: working("09:00", "12:00")}
    one = need(1, "10:00")
    near = substitutes(calendars, [one]).near(one)
    assert [(time.doctor_id, shown(time.at)) for time, _ in zip(near, range(3), strict=False)] == [
        (WELL, "24 10:00"),
        (WELL, "24 09:30"),
        (WELL, "24 10:30"),
    ]


def test_when_the_same_doctor_is_free_again_is_always_among_the_few_that_are_shown():
    calendars = {ILL: working("09:00", "12:00", time_off=(away_until_friday(),)), WELL: working("09:00", "12:00")}
    one = need(1, "10:00")
    times = [(time.doctor_id, shown(time.at)) for time in substitutes(calendars, [one]).shown(one)]
    assert times == [(WELL, "24 10:00"), (WELL, "24 09:30"), (ILL, "27 09:00")]


def test_a_colleague_is_of_use_only_sooner_than_the_doctor_is_back():
    calendars = {ILL: working("09:00", "12:00", time_off=(away_until_friday(),)), WELL: working("14:00", "15:00")}
    one = need(1, "10:00")
    times = [(time.doctor_id, shown(time.at)) for time in substitutes(calendars, [one]).near(one)]
    assert times[:2] == [(WELL, "24 14:00"), (WELL, "24 14:30")]
    assert {time for time in times if time[0] == ILL} == {(ILL, "27 09:00"), (ILL, "27 09:30")}
    assert max(times) == (WELL, "26 14:30")


def test_the_same_doctor_is_never_offered_earlier():
    afternoon = (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 18, tzinfo=UTC))
    one = need(1, "11:00")
    near = substitutes({ILL: working("08:00", "12:00", time_off=(afternoon,))}, [one]).near(one)
    assert shown(next(near).at) == "25 08:00"


def test_two_visits_never_get_the_same_time():
    needs = [need(1, "10:00"), need(2, "10:00"), need(3, "10:30")]
    found = allotted(substitutes({WELL: working("09:00", "12:00")}, needs).allot(needs))
    assert found == {1: (WELL, "24 10:00"), 2: (WELL, "24 09:30"), 3: (WELL, "24 10:30")}


def test_buffers_of_offers_keep_clear_of_each_other():
    needs = [need(1, "10:00"), need(2, "10:00")]
    found = allotted(substitutes({WELL: working("09:00", "12:00")}, needs, after=10).allot(needs))
    assert found == {1: (WELL, "24 10:00"), 2: (WELL, "24 09:00")}


@pytest.mark.parametrize(("share", "offered"), [(100, 4), (99, 3), (50, 2), (49, 1), (25, 1), (24, 0), (1, 0)])
def test_never_more_than_the_share_of_a_colleagues_times_of_a_day(share, offered):
    needs = [need(each, "10:00") for each in range(1, 6)]
    found = substitutes({WELL: working("10:00", "12:00", weekdays=[2])}, needs, share, days=5).allot(needs)
    assert len(found) == offered


def test_offers_that_stand_count_in_the_share():
    needs, before = [need(1, "10:00"), need(2, "10:00")], {WELL: [Taken(at("10:00"), at("10:30"))]}
    calendars = {WELL: working("10:00", "12:00", weekdays=[2])}
    found = substitutes(calendars, needs, 50, taken=before, days=5).allot(needs)
    assert allotted(found) == {1: (WELL, "24 10:30")}


def test_a_time_that_takes_more_than_one_away_counts_so():
    """Steps of ten minutes: half an hour in the middle takes five starts of thirteen, and two such are beyond half."""
    needs = [need(1, "11:00"), need(2, "11:00")]
    calendars = {WELL: working("10:00", "12:30", weekdays=[2], step_minutes=10)}
    reckoned = substitutes(calendars, needs, 40, days=5)
    assert len(reckoned.diary(WELL, next(iter(reckoned.kinds.values()))).starts) == 13
    found = reckoned.allot(needs)
    assert allotted(found) == {1: (WELL, "24 11:00")}


def test_each_day_and_each_colleague_has_a_share_of_its_own():
    needs = [need(each, "10:00") for each in range(1, 9)]
    calendars = {WELL: working("10:00", "11:00", [2, 3]), OTHER: working("10:00", "11:00", [2])}
    found = allotted(substitutes(calendars, needs, 50, days=5).allot(needs))
    assert sorted(found.values()) == [(WELL, "24 10:00"), (WELL, "25 10:00"), (OTHER, "24 10:00")]


def test_the_doctors_own_times_know_no_share():
    needs = [need(each, "10:00") for each in range(1, 4)]
    ill = working("10:00", "11:00", time_off=(away_until_friday(),))
    found = allotted(substitutes({ILL: ill}, needs, 1).allot(needs))
    assert found == {1: (ILL, "27 10:00"), 2: (ILL, "27 10:30"), 3: (ILL, "30 10:00")}


def test_a_patient_is_not_offered_what_meets_another_visit_of_theirs():
    one, other = need(1, "10:00", patient_id=5), need(2, "11:00", patient_id=5)
    busy = {5: [Taken(at("10:00"), at("10:30"), 1), Taken(at("11:00"), at("11:30"), 2)]}
    found = allotted(substitutes({WELL: working("09:30", "12:00")}, [one, other], busy=busy).allot([one, other]))
    assert found == {1: (WELL, "24 10:00"), 2: (WELL, "24 11:00")}
    busy[5].append(Taken(at("10:00"), at("10:30"), 9))
    found = allotted(substitutes({WELL: working("09:30", "12:00")}, [one], busy=busy).allot([one]))
    assert found == {1: (WELL, "24 09:30")}


def test_a_time_that_overlaps_the_visit_itself_is_free_and_another_visits_is_not():
    off = (datetime(2026, 11, 24, 10, tzinfo=UTC), datetime(2026, 11, 24, 10, 20, tzinfo=UTC))
    ill = working("09:00", "12:00", time_off=(off,), step_minutes=10)
    one, other = need(1, "10:00"), need(2, "10:30")
    taken = {ILL: [Taken(at("10:00"), at("10:30"), 1)]}
    assert allotted(substitutes({ILL: ill}, [one], taken=taken).allot([one])) == {1: (ILL, "24 10:20")}
    taken = {ILL: [Taken(at("10:00"), at("10:30"), 1), Taken(at("10:30"), at("11:00"), 2)]}
    found = allotted(substitutes({ILL: ill}, [one, other], taken=taken).allot([one]))
    assert found == {1: (ILL, "24 11:00")}


def test_the_night_on_which_the_clocks_go_back_is_one_day():
    """25 October 2026 in London: 01:00 to 02:00 comes twice, so a night of three hours has four."""
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    needs = [need(each, "01:00", day=date(2026, 10, 25)) for each in range(1, 9)]
    night = {WELL: working("00:00", "03:00", weekdays=[7])}
    reckoned = substitutes(night, needs, 50, now=before, days=3)
    found = reckoned.allot(needs)
    starts = reckoned.diary(WELL, next(iter(reckoned.kinds.values()))).starts
    assert (len(starts), len(found)) == (8, 4)
    assert len({time.at for time in found.values()}) == 4


def test_without_any_time_nobody_is_offered_one():
    needs = [need(1, "10:00")]
    assert substitutes({}, needs).allot(needs) == {}
    assert substitutes({ILL: working("09:00", "12:00", weekdays=[])}, needs).allot(needs) == {}


def test_a_hundred_visits_and_ten_busy_colleagues_are_quickly_reckoned():
    needs = [need(each, "10:00") for each in range(1, 101)]
    calendars = {doctor_id: working("09:00", "17:00") for doctor_id in range(2, 12)}
    began = datetime.now(UTC)
    found = substitutes(calendars, needs, 10, days=40).allot(needs)
    assert len(found) == 100
    assert (datetime.now(UTC) - began).total_seconds() < 5
