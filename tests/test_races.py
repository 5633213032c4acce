"""Races between real processes against a real server. More of them: RACE_ROUNDS=200, or make races."""

import os
from collections import Counter
from datetime import timedelta

import aftermath
import factories
import pytest
from crowd import Ill, Time, gathered
from crowd import crowd as crowd_of
from races import race, swapped

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Clinic, Doctor, Patient, Status, User
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.visit_types import visit_type

CLIENTS, PATIENTS, ATTEMPTS = 32, 24, 960
ROUNDS = int(os.environ.get("RACE_ROUNDS", "6"))


@pytest.fixture
def crowd(committed):
    """The e-mail addresses of as many patients as there are clients."""
    with committed.app.app_context():
        emails = [factories.patient().user.email for n in range(CLIENTS)]
        db.session.commit()
    return emails


def free_starts(doctor_id, count):
    """The doctor's first visit type, and free times in the coming weeks."""
    doctor = db.session.get(Doctor, doctor_id)
    kind, now = visit_type(doctor, None), clock.now()
    today = now.astimezone(doctor.clinic.zone).date()
    times = free(doctor, kind, today, today.replace(year=today.year + 1), now)
    return kind.id, [at.isoformat() for at in times[:count]]


def choices(*doctor_ids, count=30):
    """Few times of each doctor, so that many want the same."""
    for doctor_id in doctor_ids:
        kind, starts = free_starts(doctor_id, count)
        yield from ((doctor_id, kind, at) for at in starts)


def away(committed, emails):
    """A third doctor, who is ill from next week on, when each of the patients has a visit with them."""
    theirs = db.select(Patient).join(Patient.user).where(User.email.in_(emails)).order_by(Patient.id)
    first = (clock.now() + timedelta(days=7)).replace(hour=9, minute=0, second=0, microsecond=0)
    place = db.session.get(Clinic, committed.clinic)
    # No cancellation is late, or soon nobody could book any more.
    place.cancel_hours = 0
    doctor, visits = factories.ill_doctor(place, db.session.scalars(theirs).all(), first)
    db.session.commit()
    return Ill(doctor.id, visits)


def let_go(app):
    with app.app_context():
        held = db.session.scalars(db.select(Appointment.doctor_id).where(Appointment.status == Status.HELD)).all()
        db.session.execute(db.delete(Appointment))
        db.session.commit()
    return len(held)


def test_one_of_many_gets_the_time_and_the_others_are_told_at_once(site, committed, crowd):
    with committed.app.app_context():
        kind, (start,) = free_starts(committed.cole, 1)
    kept = []
    outcome = race(site, crowd, committed.cole, kind, [start] * ROUNDS, lambda: kept.append(let_go(committed.app)))
    print(f"{ROUNDS} rounds of {CLIENTS}: {outcome.statuses}, p99 {outcome.percentile(0.99) * 1000:.0f} ms")
    assert outcome.statuses == {303: ROUNDS, 409: ROUNDS * (CLIENTS - 1)}
    assert outcome.winners == [1] * ROUNDS
    assert kept == [1] * ROUNDS
    assert "40P01" not in site.log


def test_two_patients_who_swap_their_times_do_not_wait_for_each_other_for_ever(site, committed):
    """Each holds a time at one doctor and wants one at the other's, again and again."""
    with committed.app.app_context():
        cole, (cole_start,) = free_starts(committed.cole, 1)
        dean, (dean_start,) = free_starts(committed.dean, 1)
    there = (committed.cole, cole, cole_start)
    other = (committed.dean, dean, dean_start)
    statuses = swapped(site, {"ada@test.example": (there, other), "ben@test.example": (other, there)}, rounds=40)
    assert set(statuses) <= {303, 409, 429}
    assert statuses.count(303) >= 40
    assert "40P01" not in site.log


def test_a_crowd_that_holds_books_moves_and_answers_offers_leaves_everything_in_order(site, committed, crowd):
    emails = crowd[:PATIENTS]
    with committed.app.app_context():
        times = [Time(doctor, kind, at) for doctor, kind, at in choices(committed.cole, committed.dean)]
        ill, before = away(committed, emails), aftermath.deadlocks()
    people = gathered(site, emails, "dot@test.example", ill, CLIENTS)
    answers = crowd_of(site, people, times, ill, ATTEMPTS)
    counted = Counter((each.act, each.status) for each in answers)
    print(dict(counted))
    assert {status for _, status in counted} <= {200, 303, 404, 409, 429}
    assert all(counted[act, 303] for act in ("hold", "book", "move", "cancel", "let go", "offer", "accept", "decline"))
    assert all(counted[act, 409] for act in ("hold", "move"))
    with committed.app.app_context():
        assert (aftermath.overlaps_of_doctors(), aftermath.overlaps_of_patients()) == (0, 0)
        assert aftermath.lost(answers) == []
        assert aftermath.wrongly_noted() == []
        assert aftermath.moved_apart() == []
        assert aftermath.not_to_be_had(committed.cole) == aftermath.not_to_be_had(committed.dean) == []
        assert aftermath.deadlocks() == before
    assert "40P01" not in site.log
