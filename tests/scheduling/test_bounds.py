"""The lower bound of a doctor's first free time: it never lies, whatever happens, and a job keeps it near the truth."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import factories
import pytest
from factories import NOW
from scheduling.plain_search import plain_search
from scheduling.random_clinic import FREEING, TAKING, Clinic
from sqlalchemy.dialects.postgresql import Range

from healthbook import clock, jobs
from healthbook.db import db
from healthbook.models import Doctor, DoctorStatus, Patient, TimeOff
from healthbook.scheduling import tasks
from healthbook.scheduling.parts import Part
from healthbook.scheduling.queries import bounds, soonest
from healthbook.scheduling.queries.candidates import Criteria
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.visit_types import visit_types
from healthbook.scheduling.rules import bounds as rules

WEDNESDAY = date(2026, 11, 25)


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.fixture
def cole(app, cast):
    with app.app_context():
        yield db.session.get(Doctor, cast.cole)


@pytest.fixture
def ada(cole, cast):
    return db.session.get(Patient, cast.ada)


def bound_of(doctor, now=NOW):
    return bounds.bounds([doctor.id], now)[doctor.id]


def test_a_bound_is_the_first_free_time(cole, ada):
    factories.appointment(ada, cole, at(NOW, 10))
    assert bound_of(cole) == at(NOW, 10, 30)


def test_what_comes_to_be_free_by_itself_is_free_already(cole, ada):
    cole.clinic.lead_minutes = 600
    factories.appointment(ada, cole, at(NOW, 10), status="held", held_until=NOW + timedelta(minutes=5))
    for row in cole.availability:
        row.opens_at = time(23)
    assert bound_of(cole) == at(NOW, 10)


def test_the_shortest_visit_decides_and_only_those_that_can_be_booked_online(cole):
    busy = Range(NOW, at(NOW, 16, 30))
    db.session.add(TimeOff(clinic_id=cole.clinic_id, doctor_id=cole.id, during=busy))
    cole.visit_types[0].minutes, cole.slot_step_minutes = 60, 15
    assert bound_of(cole) == at(WEDNESDAY, 9)
    factories.visit_type(cole, minutes=10, bookable_online=False)
    factories.visit_type(cole, minutes=10, retired_at=NOW)
    assert bound_of(cole) == at(WEDNESDAY, 9)
    factories.visit_type(cole, minutes=15)
    assert bound_of(cole) == at(NOW, 16, 30)


def test_without_a_free_time_the_bound_is_the_horizon(cole):
    for row in cole.availability:
        row.is_available = False
    assert bound_of(cole) == NOW + timedelta(days=60)


def test_whoever_can_be_booked_for_nothing_has_none(cole):
    cole.visit_types[0].retired_at = NOW
    assert bounds.bounds([cole.id], NOW) == bounds.bounds([], NOW) == {}


@pytest.fixture
def crowd(cole):
    """Five doctors whose first free time is on Wednesday, and whose bounds are old."""
    doctors = [factories.doctor(cole.clinic, next_free_at=NOW - timedelta(days=n)) for n in range(5)]
    busy = Range(NOW - timedelta(days=9), at(WEDNESDAY, 9))
    db.session.add_all(TimeOff(clinic_id=cole.clinic_id, doctor_id=doctor.id, during=busy) for doctor in doctors)
    db.session.commit()
    return doctors


def kept(doctors):
    return [db.session.scalar(db.select(Doctor.next_free_at).where(Doctor.id == doctor.id)) for doctor in doctors]


def test_the_job_raises_every_bound_in_batches(crowd, monkeypatch, statements):
    monkeypatch.setattr(rules, "BATCH", 2)
    tasks.raise_all()
    assert set(kept(crowd)) == {at(WEDNESDAY, 9)}
    monkeypatch.setattr(rules, "BATCH", 1000)
    with statements() as seen:
        tasks.raise_all()
    assert len([one for one in seen if one.startswith("UPDATE doctor")]) <= 1


def test_what_is_far_off_can_wait_for_the_night(crowd):
    crowd[0].next_free_at = NOW + timedelta(hours=12)
    crowd[1].next_free_at = NOW + timedelta(hours=36)
    db.session.commit()
    tasks.raise_what_is_near()
    assert kept(crowd)[:2] == [at(WEDNESDAY, 9), NOW + timedelta(hours=36)]


def test_a_bound_that_is_too_late_is_put_right(crowd):
    crowd[0].next_free_at = NOW + timedelta(days=30)
    db.session.commit()
    tasks.raise_all()
    assert kept(crowd)[0] == at(WEDNESDAY, 9)


def test_raising_is_no_change_of_the_doctor(crowd):
    before = crowd[0].updated_at
    tasks.raise_all()
    db.session.refresh(crowd[0])
    assert crowd[0].updated_at == before


def test_both_jobs_run_by_the_clock():
    periodic = jobs.queue.periodic_registry.periodic_tasks.values()
    crons = {one.task.name.rpartition(".")[2]: one.cron for one in periodic}
    assert crons.items() >= {"raise_what_is_near": "*/10 * * * *", "raise_all": "17 3 * * *"}.items()


def test_the_worker_runs_them_in_a_context_of_their_own(committed, monkeypatch):
    monkeypatch.setattr(jobs, "worker_app", committed.app)
    with committed.app.app_context():
        cole = db.session.get(Doctor, committed.cole)
        cole.next_free_at = clock.now() - timedelta(days=9)
        db.session.commit()
    jobs.queue.tasks["healthbook.scheduling.tasks.raise_all"](timestamp=0)
    with committed.app.app_context():
        assert db.session.get(Doctor, committed.cole).next_free_at > clock.now() - timedelta(minutes=1)


def test_whoever_is_being_booked_or_freed_is_left_alone(committed):
    """The job would have read before the cancellation was committed, and hidden the time that it frees."""
    with committed.app.app_context():
        db.session.execute(db.update(Doctor).values(next_free_at=NOW - timedelta(days=9)))
        db.session.commit()
        with db.engine.connect() as other, other.begin():
            other.execute(db.select(Doctor.id).where(Doctor.id == committed.cole).with_for_update(key_share=True))
            tasks.raise_all()
        assert db.session.get(Doctor, committed.cole).next_free_at == NOW - timedelta(days=9)
        assert db.session.get(Doctor, committed.dean).next_free_at > NOW - timedelta(days=9)


@pytest.fixture
def clinic(cole, monkeypatch):
    """clinic(seed): a small random one, much of whose time is taken. Nobody else can be booked."""

    def made(seed):
        db.session.execute(db.update(Doctor).values(status=DoctorStatus.SUSPENDED))
        one = Clinic(seed)
        monkeypatch.setattr(clock, "now", lambda: one.now)
        for _ in range(12):
            one.do(one.rng.choice(TAKING))
        return one

    return made


def too_late(clinic):
    """Doctors whose bound is later than it may be at most."""
    most = bounds.bounds([doctor.id for doctor in clinic.doctors], clinic.now)
    return {
        doctor.id: (doctor.next_free_at, most[doctor.id])
        for doctor in clinic.doctors
        if doctor.id in most and doctor.next_free_at > most[doctor.id]
    }


@pytest.mark.parametrize("act", FREEING)
def test_whatever_makes_a_time_free_lowers_the_bound(clinic, act):
    one = clinic(7)
    for _ in range(12):
        one.do("raised")
        one.do(act)
        assert not too_late(one)
        one.do(one.rng.choice(TAKING))
        one.do("a_while")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_bound_that_may_be_no_later_is_not_passed_by_time(clinic, seed):
    """Holds run out, notice shrinks, kept times open and the horizon moves on, while nobody does anything."""
    one = clinic(seed)
    one.do("raised")
    for hours in range(0, 14 * 24, 7):
        later = one.now + timedelta(hours=hours)
        for doctor in one.doctors:
            for kind in visit_types(doctor):
                times = free(doctor, kind, date.min, date.max, later)
                assert not times or times[0] >= doctor.next_free_at


def compared(one, steps, monkeypatch):
    """Every search that is made between random acts finds what a look at everybody's every time finds."""
    monkeypatch.setattr(soonest, "NEAR", 2)
    monkeypatch.setattr(soonest, "OTHERS", (1, 100))
    monkeypatch.setattr(soonest, "RIVALS", (1, 2, 100))
    rng = Random(one.rng.random())
    for _ in range(steps):
        act = rng.choice((*TAKING, *FREEING, "raised", "raised", "a_while"))
        one.do(act)
        new, part = rng.choice([None, None, True, False]), rng.choice([None, None, *Part])
        since = rng.choice([None, None, one.day])
        criteria, most = Criteria(new=new, part=part, since=since), rng.randint(1, 5)
        found = [each.place for each in soonest.soonest(soonest.Search(criteria, one.now, most))]
        everybody = plain_search(criteria, one.now)
        assert found == everybody[:most], act
        if found:
            after = soonest.soonest(soonest.Search(criteria, one.now, most, found[-1]))
            assert [each.place for each in after] == everybody[most : 2 * most], act


@pytest.mark.parametrize("seed", [3, 4])
def test_the_search_is_exact_whatever_happens(clinic, monkeypatch, seed):
    compared(clinic(seed), 40, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_the_search_stays_exact_whatever_happens_for_long(clinic, monkeypatch, seed):
    compared(clinic(seed), 250, monkeypatch)
