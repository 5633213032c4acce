"""Who is free soonest: whom a search finds, in which order, and that it is exact however much it leaves unlooked at."""

from datetime import UTC, date, datetime, time, timedelta

import factories
import pytest
from factories import NOW
from scheduling.plain_search import plain_search
from scheduling.plans import as_of_thousands, plan_of
from sqlalchemy.dialects.postgresql import Range

from healthbook.db import db
from healthbook.models import Doctor, Patient, TimeOff, Weekday
from healthbook.scheduling.parts import Part
from healthbook.scheduling.queries import candidates
from healthbook.scheduling.queries import soonest as queries
from healthbook.scheduling.queries.candidates import Criteria
from healthbook.scheduling.queries.soonest import Search

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def session(app, cast):
    with app.app_context():
        yield db.session


@pytest.fixture
def ada(session, cast):
    return session.get(Patient, cast.ada)


@pytest.fixture
def clinic(session, cast):
    """Of the cast only Cole and Dean can be booked: both are away until they are wanted."""
    for name in ("cole", "dean"):
        session.get(Doctor, getattr(cast, name)).is_available = False
    return session.get(Doctor, cast.cole).clinic


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def away(doctor, until):
    """Free from `until` on, and not before."""
    db.session.add(
        TimeOff(clinic_id=doctor.clinic_id, doctor_id=doctor.id, during=Range(NOW - timedelta(days=9), until))
    )
    db.session.flush()
    return doctor


def bounded(doctor, bound):
    doctor.next_free_at = bound
    db.session.flush()
    return doctor


@pytest.fixture(params=["nearest", "rival"])
def first(request, clinic, monkeypatch):
    """first(): who is free soonest, found among the nearest, or as a rival of somebody who only seemed nearer."""
    if request.param == "rival":
        monkeypatch.setattr(queries, "NEAR", 1)
        bounded(away(factories.doctor(clinic), at(WEDNESDAY, 16)), NOW - timedelta(days=9))
    return lambda **criteria: find(most=1, **criteria)[0]


def find(most=20, after=None, now=NOW, **criteria):
    return queries.soonest(Search(Criteria(**criteria), now, most, after))


def ids(found):
    return [each.place[1] for each in found]


def test_doctors_come_in_the_order_of_their_first_free_time(clinic):
    later = away(factories.doctor(clinic), at(WEDNESDAY, 12))
    sooner = away(factories.doctor(clinic), at(WEDNESDAY, 10))
    now = factories.doctor(clinic)
    found = find()
    assert ids(found) == [now.id, sooner.id, later.id]
    assert [each.at for each in found] == [at(NOW, 10), at(WEDNESDAY, 10), at(WEDNESDAY, 12)]


def test_doctors_who_are_free_at_the_same_time_come_in_one_order(clinic):
    doctors = [factories.doctor(clinic) for _ in range(5)]
    assert ids(find()) == [doctor.id for doctor in doctors]
    assert ids(find(most=2)) == [doctor.id for doctor in doctors[:2]]


@pytest.mark.parametrize(
    "closed", ["pending", "suspended", "unavailable", "left", "no visit types", "by the desk only"]
)
def test_who_cannot_be_booked_is_not_found(clinic, first, closed):
    doctor, open_one = factories.doctor(clinic), factories.doctor(clinic)
    if closed in ("pending", "suspended"):
        doctor.status = closed
    doctor.is_available = closed != "unavailable"
    doctor.user.is_active = closed != "left"
    for kind in doctor.visit_types:
        kind.retired_at = NOW if closed == "no visit types" else None
        kind.bookable_online = closed != "by the desk only"
    db.session.flush()
    assert first().place[1] == open_one.id
    assert doctor.id not in ids(find())


def test_who_has_no_free_time_is_not_found(clinic):
    factories.doctor(clinic, hours=False)
    away(factories.doctor(clinic), at(date(2027, 12, 1), 9))
    assert find() == []


def test_nobody_is_found_where_there_is_nobody(clinic):
    assert find() == []


def test_a_search_is_narrowed_by_what_is_asked_for(clinic):
    skin = factories.specialization("Skin")
    zoe = factories.doctor(clinic, skin, name="Zoë Żak", languages=["English", "Polish"], video_visits=True)
    old = factories.doctor(clinic, skin, name="Ian Old", accepts_new_patients=False)
    plain = factories.doctor(clinic, name="Ivy Plain")
    assert ids(find(specialization_id=skin.id)) == [zoe.id, old.id]
    assert ids(find(words="zak zoe")) == ids(find(language="Polish")) == ids(find(video=True)) == [zoe.id]
    assert ids(find(new=True)) == [zoe.id, plain.id]
    assert ids(find(words="skin")) == [zoe.id, old.id]
    assert ids(find(words="100%")) == []


def test_the_visit_is_the_first_that_may_be_booked(clinic, first):
    doctor = factories.doctor(clinic)
    known = doctor.visit_types[0]
    known.new_patients = False
    factories.visit_type(doctor, position=-1, bookable_online=False)
    factories.visit_type(doctor, position=2)
    anybody, _ = factories.visit_type(doctor, minutes=60, position=3), factories.visit_type(doctor, position=1)
    # Moved there, the database keeps it behind the later one that shares its position.
    anybody.position = 1
    db.session.flush()
    assert booked(first(new=False)) == (doctor.id, known.id, 30)
    assert booked(first()) == booked(first(new=True)) == (doctor.id, anybody.id, 60)
    doctor.accepts_new_patients = False
    assert booked(first()) == (doctor.id, known.id, 30)
    assert doctor.id not in ids(find(new=True))


def booked(found):
    """With whom, which visit type, and its minutes."""
    return found.place[1], found.candidate.visit_type_id, found.candidate.sought.visit.minutes


@pytest.mark.parametrize(("part", "hour"), [(Part.MORNING, 10), (Part.AFTERNOON, 12), (Part.EVENING, 17)])
def test_a_part_of_the_day_is_by_the_clock_on_the_wall(clinic, part, hour):
    doctor = factories.doctor(clinic, hours=False)
    factories.hours(doctor, "tuesday", datetime(1, 1, 1, 8).time(), datetime(1, 1, 1, 20).time())
    assert [each.at for each in find(part=part)] == [at(NOW, hour)]
    clinic.time_zone = "Asia/Kathmandu"
    found = find(part=part)[0].at.astimezone(clinic.zone)
    assert found.hour == {Part.MORNING: 8, Part.AFTERNOON: 15, Part.EVENING: 17}[part]


def test_a_search_from_a_date_begins_there(clinic):
    doctor = factories.doctor(clinic)
    assert [each.at for each in find(since=WEDNESDAY)] == [at(WEDNESDAY, 9)]
    assert [each.at for each in find(since=date(2020, 1, 1))] == [at(NOW, 10)]
    for never in (date(2028, 2, 29), date(9999, 12, 31)):
        assert find(since=never) == []
    assert doctor.bookable


def test_a_held_time_is_found_once_the_hold_has_run_out(clinic, ada):
    doctor = factories.doctor(clinic)
    factories.appointment(ada, doctor, at(NOW, 10), status="held", held_until=NOW + timedelta(minutes=5))
    assert find()[0].at == at(NOW, 10, 30)
    assert find(now=NOW + timedelta(minutes=5))[0].at == at(NOW, 10)


def test_the_next_page_goes_on_after_the_last_one(clinic):
    doctors = [away(factories.doctor(clinic), at(WEDNESDAY, 9 + n // 2)) for n in range(7)]
    pages, after = [], None
    while page := find(most=3, after=after):
        pages.append(ids(page))
        after = page[-1].place
    assert pages == [[doctor.id for doctor in doctors[n : n + 3]] for n in (0, 3, 6)]


def test_a_bound_that_is_too_early_changes_nothing(clinic):
    late = bounded(away(factories.doctor(clinic), at(WEDNESDAY, 12)), NOW - timedelta(days=3))
    soon = bounded(away(factories.doctor(clinic), at(WEDNESDAY, 10)), at(WEDNESDAY, 10))
    assert ids(find(most=1)) == [soon.id]
    assert ids(find()) == [soon.id, late.id]


def crowd(clinic, free_at, bounds):
    """Doctors with a first free time and a bound each."""
    return [bounded(away(factories.doctor(clinic), at), bound) for at, bound in zip(free_at, bounds, strict=True)]


@pytest.mark.parametrize("stale", [timedelta(0), timedelta(hours=3), timedelta(days=3)])
@pytest.mark.parametrize("most", [1, 3, 8])
@pytest.mark.parametrize("others", [(1, 100), (3, 100), (100,)])
@pytest.mark.parametrize("days", [None, 1, 2, 40])
def test_a_first_look_at_a_few_is_exact(clinic, monkeypatch, statements, stale, most, others, days):
    monkeypatch.setattr(queries, "NEAR", 3)
    monkeypatch.setattr(queries, "OTHERS", others)
    monkeypatch.setattr(queries, "RIVALS", (1, *others))
    since = None if days is None else NOW.date() + timedelta(days=days)
    free_at = [at(WEDNESDAY, 9 + n * 5 % 7) for n in range(8)]
    crowd(clinic, free_at, [free - stale * (n % 2) for n, free in enumerate(free_at)])
    for part in (None, *Part):
        with statements() as seen:
            found = find(most=most, since=since, part=part)
        assert [each.place for each in found] == plain_search(Criteria(since=since, part=part), NOW)[:most]
        assert len(seen) <= 9


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=8)])
@pytest.mark.parametrize("leads", [[33, 33, 33], [0, 48, 240], [240, 240, 0], [240, 240, 240]])
@pytest.mark.parametrize("most", [1, 2, 10])
def test_a_long_notice_is_no_obstacle(clinic, monkeypatch, most, leads, ahead):
    """Bounds are reckoned without it: whoever has a longer one is looked at for a time in which they cannot be free."""
    monkeypatch.setattr(queries, "NEAR", 2)
    for hours in leads:
        factories.doctor(clinic).visit_types[0].lead_minutes = 60 * hours
    db.session.flush()
    found = queries.soonest(Search(Criteria(), NOW, most, ahead=ahead))
    assert [each.place for each in found] == plain_search(Criteria(), NOW)[:most] != []


@pytest.mark.parametrize("far", [False, True])
def test_a_date_begins_in_each_zone_at_its_own_midnight(clinic, monkeypatch, far):
    monkeypatch.setattr(queries, "NEAR", 1)
    day = NOW.date() + timedelta(days=3)
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        doctor = factories.doctor(factories.clinic(time_zone=zone), hours=False)
        for weekday in Weekday:
            factories.hours(doctor, weekday, time(), time())
        bounded(doctor, NOW - timedelta(days=1 if (zone == "Pacific/Kiritimati") == far else 2))
    assert [each.place for each in find(most=1, since=day)] == plain_search(Criteria(since=day), NOW)[:1]


def test_whoever_is_free_long_after_the_first_look_is_found_too(clinic, monkeypatch):
    monkeypatch.setattr(queries, "NEAR", 2)
    days = [0, 3, 12, 30, 55]
    crowd(clinic, [at(WEDNESDAY + timedelta(days=day), 9) for day in days], [NOW] * 5)
    assert len(find(most=5)) == 5
    assert [each.place for each in find(most=4)] == plain_search(Criteria(), NOW)[:4]


def test_a_search_takes_few_statements_however_many_there_are(clinic, monkeypatch, statements):
    monkeypatch.setattr(queries, "NEAR", 2)
    counted = []
    for number in (1, 7):
        crowd(clinic, [at(WEDNESDAY + timedelta(days=n * 7), 9) for n in range(number)], [NOW] * number)
        with statements() as seen:
            find(most=20)
        counted.append(len(seen))
    assert max(counted) <= 6


def test_what_the_bounds_say_already_is_not_looked_at_twice(clinic, monkeypatch, statements):
    monkeypatch.setattr(queries, "NEAR", 2)
    free_at = [at(WEDNESDAY, hour) for hour in (9, 10, 11, 12)]
    crowd(clinic, free_at, free_at)
    with statements() as seen:
        assert [each.at for each in find(most=1)] == free_at[:1]
    assert len(seen) == 2


@pytest.mark.parametrize("beyond", [None, (NOW, 7)])
@pytest.mark.parametrize(
    ("criteria", "index"),
    [(Criteria(), "ix_doctor_next_free_at"), (Criteria(3), "ix_doctor_specialization_id_next_free_at")],
)
def test_the_index_of_the_bounds_brings_doctors_in_their_order(session, criteria, index, beyond):
    """The trap: with the status as a parameter the partial index cannot serve a plan that is kept."""
    as_of_thousands("doctor")
    statement = candidates.matching(criteria)
    if beyond:
        statement = statement.where(candidates.bound() > beyond)
    plan = plan_of(statement.order_by(Doctor.next_free_at, Doctor.id).limit(40))
    assert f"Index Scan using {index}" in plan
    assert "Sort Key: doctor" not in plan
