"""What the database leaves out of a search by itself: never somebody who has a start in time."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import factories
import pytest
from factories import NOW
from sqlalchemy import literal, select

from healthbook.db import db
from healthbook.models import AvailabilityOverride, Clinic, Doctor, Weekday
from healthbook.scheduling.parts import Part, part_of
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.possible import Window, at_work, may_start, not_taken_throughout, works_in

MINUTES, DOCTORS, PLACES = 30, 25, 12
CLOCKS_GO_ON, CLOCKS_GO_BACK = datetime(2027, 3, 27, 20, 17, tzinfo=UTC), datetime(2027, 10, 30, 21, 5, tzinfo=UTC)


def somebody(rng, clinic, now):
    """Odd hours on most days: touching ones, over midnight, round the clock; now and then a date that differs."""
    made = factories.doctor(clinic, hours=False, slot_step_minutes=rng.choice([None, 10, 20, 25, 45, 50]))
    begin, end, late = time(rng.randint(6, 11), rng.choice([0, 5, 20, 40])), time(13, rng.choice([0, 10])), time(18, 5)
    for weekday in rng.sample(list(Weekday), 6):
        kind = rng.random()
        windows = [(begin, end), (end, late)] if kind < 0.5 else [(time(22, 15), time(2))] if kind < 0.8 else []
        for window in windows or [(time(), time())]:
            factories.hours(made, weekday, *window)
    if rng.random() < 0.3:
        on_date = now.date() + timedelta(days=rng.randint(-2, 2))
        given = {"on_date": on_date, "start_time": time(9, 35), "end_time": time()}
        db.session.add(AvailabilityOverride(doctor_id=made.id, **given))
    return made


@pytest.mark.parametrize("now", [NOW, NOW.replace(hour=23, minute=50), CLOCKS_GO_ON, CLOCKS_GO_BACK])
@pytest.mark.parametrize("days", [None, 0, 1, 3])
@pytest.mark.parametrize("part", [None, *Part])
@pytest.mark.parametrize("seed", range(2))
def test_nobody_is_left_out_who_has_a_start_before_a_place(app, cast, now, days, part, seed):
    """From now, or from the beginning of a date that is so many days ahead."""
    rng, since = Random(seed), None if days is None else now.date() + timedelta(days=days)
    with app.app_context():
        clinic = db.session.get(Clinic, cast.clinic)
        clinic.time_zone = rng.choice(["Europe/London", "Pacific/Auckland", "America/Los_Angeles"])
        doctors = [somebody(rng, clinic, now) for _ in range(DOCTORS)]
        db.session.flush()
        times = {each.id: free(each, each.visit_types[0], since or date.min, date.max, now) for each in doctors}
        sought = {id: [at for at in found if part in (None, part_of(at))] for id, found in times.items()}
        first = {id: found[0] for id, found in sought.items() if found}
        for _ in range(PLACES):
            place = rng.choice(sorted(first.values())[: DOCTORS // 2]), rng.choice(list(first))
            asked = select(Doctor.id).join(Doctor.clinic)
            about = {clinic.time_zone}, Window(now, since, part)
            said = at_work(*about, place), may_start(Doctor, about[0], literal(MINUTES), about[1], place)
            assert {id for id, at in first.items() if (at, id) < place} <= set(db.session.scalars(asked.where(*said)))


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("now", [NOW, CLOCKS_GO_ON, CLOCKS_GO_BACK])
@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_left_out_who_works_in_a_part_of_the_day(app, cast, monkeypatch, part, now, seed):
    monkeypatch.setattr("healthbook.clock.now", lambda: now)
    rng = Random(seed)
    with app.app_context():
        clinic = db.session.get(Clinic, cast.clinic)
        doctors = [somebody(rng, clinic, now) for _ in range(DOCTORS)]
        db.session.flush()
        times = {each.id: free(each, each.visit_types[0], date.min, date.max, now) for each in doctors}
        works = {id for id, found in times.items() if any(part_of(at) == part for at in found)}
        assert works <= set(db.session.scalars(select(Doctor.id).where(works_in(part))))


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [
        (time(9), time(12), [Part.MORNING]),
        (time(9), time(12, 5), [Part.MORNING, Part.AFTERNOON]),
        (time(12), time(17), [Part.AFTERNOON]),
        (time(18), time(), [Part.EVENING]),
        (time(20), time(6), [Part.MORNING, Part.EVENING]),
        (time(13), time(13), list(Part)),
    ],
)
@pytest.mark.parametrize("weekly", [True, False])
def test_who_never_works_in_a_part_of_the_day_is_left_out(app, cast, start, end, parts, weekly):
    with app.app_context():
        made = factories.doctor(db.session.get(Clinic, cast.clinic), hours=False)
        if weekly:
            factories.hours(made, "monday", start, end)
        else:
            dated = {"on_date": NOW.date(), "start_time": start, "end_time": end}
            db.session.add(AvailabilityOverride(doctor_id=made.id, **dated))
        db.session.flush()
        own = select(Doctor.id).where(Doctor.id == made.id)
        assert [part for part in Part if db.session.scalars(own.where(works_in(part))).first()] == parts


@pytest.mark.parametrize(
    ("zone", "now", "part", "opens"),
    [
        ("Europe/London", "2027-03-02T09:41Z", Part.MORNING, "2027-03-02T09:41Z"),
        ("Europe/London", "2027-03-02T09:41Z", Part.AFTERNOON, "2027-03-02T12:00Z"),
        ("Europe/London", "2027-03-02T12:00Z", Part.MORNING, "2027-03-03T00:00Z"),
        ("Europe/London", "2027-03-02T23:59Z", Part.EVENING, "2027-03-02T23:59Z"),
        # Summer time begins that night, and in Cairo the day itself begins an hour late.
        ("Europe/London", "2027-03-27T18:00Z", Part.AFTERNOON, "2027-03-28T11:00Z"),
        ("Africa/Cairo", "2027-04-29T12:00Z", Part.MORNING, "2027-04-29T22:00Z"),
        # The 30th was left out there.
        ("Pacific/Apia", "2011-12-30T08:00Z", Part.AFTERNOON, "2011-12-30T22:00Z"),
    ],
)
def test_a_part_of_the_day_opens_where_it_first_is(zone, now, part, opens):
    assert Window(datetime.fromisoformat(now), part=part).opens(zone) == datetime.fromisoformat(opens)


def test_where_the_part_has_not_begun_before_a_place_is_nobody(app, cast):
    """A place of another zone, where it is afternoon already."""
    morning = NOW.replace(hour=19)
    with app.app_context():
        db.session.get(Clinic, cast.clinic).time_zone = "Pacific/Honolulu"
        db.session.flush()
        asked = select(Doctor.id).join(Doctor.clinic)
        for part, found in ((Part.MORNING, True), (Part.AFTERNOON, False)):
            said = at_work({"Pacific/Honolulu"}, Window(morning, part=part), (morning + timedelta(hours=1), 0))
            assert bool(db.session.scalars(asked.where(said)).all()) == found


def test_a_visit_later_in_a_part_that_has_begun_hides_nobody(app, cast):
    """In Kiritimati, where it is 23:41, the morning begins with that visit."""
    with app.app_context():
        made = factories.doctor(db.session.get(Clinic, cast.clinic))
        factories.appointment(factories.patient(), made, NOW.replace(hour=10, minute=0), 120)
        said = not_taken_throughout(Doctor, literal(15), Window(NOW, part=Part.MORNING), NOW.replace(hour=11))
        assert made.id in set(db.session.scalars(select(Doctor.id).where(said)))


def test_whose_hours_begin_later_is_left_out(app, cast):
    """By ids, where they begin at the same instant."""
    with app.app_context():
        made = factories.doctor(db.session.get(Clinic, cast.clinic), hours=False)
        for weekday in Weekday:
            factories.hours(made, weekday, time(9), time(13))
        db.session.flush()
        tomorrow = NOW.date() + timedelta(days=1)
        nine = datetime.combine(tomorrow, time(9), UTC)
        for place, found in (
            ((nine, made.id), False),
            ((nine, made.id + 1), True),
            ((nine.replace(minute=1), 0), True),
        ):
            said = at_work({"Europe/London"}, Window(NOW, tomorrow), place)
            asked = select(Doctor.id).join(Doctor.clinic).where(Doctor.id == made.id, said)
            assert bool(db.session.scalars(asked).all()) == found


@pytest.mark.parametrize(
    ("hours", "step", "dated", "now"),
    [
        # Without a break for more than a week: counted anew from each midnight.
        ((time(6, 10), time(6, 10)), 45, None, NOW.replace(hour=10, minute=25)),
        ((time(14), time(17)), 30, (time(9, 35), time(12)), NOW.replace(hour=10, minute=1)),
        # 22:20, 23:05, 23:50, 00:35, and then 02:20: the clock has gone on.
        ((time(22, 20), time(6)), 45, None, datetime(2027, 3, 28, 1, 16, tzinfo=UTC)),
    ],
    ids=["round the clock", "a date that differs", "the clock goes on"],
)
def test_a_step_that_no_weekly_hours_have_on_an_ordinary_day_is_not_left_out(app, cast, hours, step, dated, now):
    with app.app_context():
        clinic = db.session.get(Clinic, cast.clinic)
        made = factories.doctor(clinic, hours=False, slot_step_minutes=step)
        for weekday in Weekday:
            factories.hours(made, weekday, *hours)
        if dated:
            given = {"on_date": now.date(), "start_time": dated[0], "end_time": dated[1]}
            db.session.add(AvailabilityOverride(doctor_id=made.id, **given))
        db.session.flush()
        first = free(made, made.visit_types[0], date.min, date.max, now)[0]
        assert first - now < timedelta(minutes=15)
        said = may_start(Doctor, {clinic.time_zone}, literal(MINUTES), Window(now), (first, made.id + 1))
        assert made.id in set(db.session.scalars(select(Doctor.id).join(Doctor.clinic).where(said)))


def test_whose_steps_begin_later_is_left_out(app, cast):
    """On the half hour both of them; at ten minutes past, nobody."""
    with app.app_context():
        place = NOW.replace(minute=29), 0
        said = may_start(Doctor, {"Europe/London"}, literal(MINUTES), Window(NOW.replace(minute=1)), place)
        assert list(db.session.scalars(select(Doctor.id).join(Doctor.clinic).where(said))) == []
        at = NOW.replace(minute=30)
        said = may_start(Doctor, {"Europe/London"}, literal(MINUTES), Window(NOW.replace(minute=1)), (at, cast.dean))
        found = select(Doctor.id).join(Doctor.clinic).where(said)
        assert cast.dean not in set(db.session.scalars(found))
        assert cast.cole in set(db.session.scalars(found))
