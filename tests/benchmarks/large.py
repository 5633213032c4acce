"""What is asked of a clinic of ten thousand doctors: times of one, the soonest of many, a hold, a booking, pages."""

import gc
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from random import Random
from statistics import median

from bulk import FULL, NOW, PATIENTS, SPECIALIZATIONS
from reports import report, report_load, statements, timed
from sqlalchemy import text

from healthbook import clock
from healthbook.appointments.queries.holds import holding
from healthbook.appointments.rules import booking, holds
from healthbook.db import db
from healthbook.doctors.queries import approved
from healthbook.models import Patient
from healthbook.scheduling.parts import Part
from healthbook.scheduling.queries.candidates import Criteria
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.pickers import picker
from healthbook.scheduling.queries.soonest import Search, soonest
from healthbook.scheduling.queries.visit_types import visit_type

TODAY, A_DAY = NOW.date(), timedelta(days=1)
SATURDAY = TODAY + (5 - TODAY.weekday()) % 7 * A_DAY
MOST_TIMES_SLOWER, PAGE_MS = 1.3, 25
CASES = 60
# As people.sql has it: each so many-th doctor.
TAKES_NO_NEW_PATIENTS = 7
# Milliseconds and statements.
BUDGETS = {
    "a day of one doctor": (3, 5),
    "a week of one doctor": (None, 5),
    "a month of one doctor": (6, 5),
    "the first free time of a doctor whose next 20 days are full": (None, 5),
    "the soonest 20 of 500 doctors": (15, 11),
    "the soonest 20 of 10,000 doctors": (25, 11),
    "the soonest 20 of 10,000 doctors, bounds three days stale": (60, 11),
    "the soonest 20 of 10,000 doctors in the afternoon": (None, 11),
    "the soonest 20 of 10,000 doctors from a Saturday on": (None, 11),
    "page: a week of one doctor": (PAGE_MS, None),
    "page: five weeks of one doctor": (PAGE_MS, None),
    "page: a day of one doctor": (PAGE_MS, None),
    "page: the soonest of 500 doctors": (PAGE_MS, 11),
    "page: the soonest of 10,000 doctors": (PAGE_MS, 11),
}


def measure(apps):
    """`apps` are on the same clinic with more and more visits, by how many there are."""
    found = {}
    for number, app in apps.items():
        report_load(f"before {number:,} visits")
        found[number] = answered(app)
        for name, (milliseconds, sent) in found[number].items():
            budget, most = BUDGETS.get(name, (None, None))
            report(f"{name}, {number:,} visits", milliseconds, "ms", budget)
            report(f"{name}, {number:,} visits", sent, "statements", most)
    fewest, most = min(found), max(found)
    for name in found[most] if most > fewest else ():
        times = found[most][name][0] / found[fewest][name][0]
        report(f"{name}, {most:,} to {fewest:,} visits", times, "times as long", MOST_TIMES_SLOWER)


def answered(app):
    """Milliseconds and statements of each question."""
    with at_the_moment(app):
        some = Random(5).sample(range(1, FULL.start), CASES)
        of_each_specialization = [Criteria(n) for n in range(1, SPECIALIZATIONS + 1)]
        found = {
            "a day of one doctor": timed(lambda id: times(id, TODAY + A_DAY, TODAY + A_DAY), some),
            "a week of one doctor": timed(lambda id: times(id, TODAY, TODAY + 6 * A_DAY), some),
            "a month of one doctor": timed(lambda id: times(id, TODAY, TODAY + 30 * A_DAY), some),
            "the first free time of a doctor whose next 20 days are full": timed(first_free, FULL, 6),
            "the soonest 20 of 500 doctors": timed(search, of_each_specialization, 3),
            "the soonest 20 of 10,000 doctors": timed(search, [Criteria()] * CASES),
            "the soonest 20 of 10,000 doctors in the afternoon": timed(search, [Criteria(part=Part.AFTERNOON)] * 20),
            "the soonest 20 of 10,000 doctors from a Saturday on": timed(search, [Criteria(since=SATURDAY)] * 20),
        }
        with stale():
            name = "the soonest 20 of 10,000 doctors, bounds three days stale"
            found[name] = timed(search, [Criteria()] * (CASES // 3))
        return found | held_and_booked(some) | pages(app.test_client(), some)


@contextmanager
def at_the_moment(app):
    """The data lie around a moment that has passed long ago, or is yet to come."""
    real, clock.now = clock.now, lambda: NOW
    with app.app_context():
        set_bounds(0)
        gc.collect()
        gc.freeze()
        yield
        db.session.remove()
    clock.now = real


def times(doctor_id, first, last):
    db.session.remove()
    doctor = approved(doctor_id)
    return free(doctor, visit_type(doctor, None), first, last, NOW)


def first_free(doctor_id):
    db.session.remove()
    return picker(approved(doctor_id), None, NOW)


def search(criteria):
    db.session.remove()
    found = soonest(Search(criteria, NOW, 20))
    assert len(found) == 20
    return found


@contextmanager
def stale():
    """As three days without the job that raises the bounds leave them: everybody is booked three days further."""
    set_bounds(-3)
    yield
    set_bounds(0)


def set_bounds(days):
    """So many days from where they may be at most."""
    move = text(
        "UPDATE doctor SET next_free_at = fresh.next_free_at + make_interval(days => (:days)::int)"
        " FROM fresh WHERE fresh.id = doctor.id"
    )
    db.session.execute(move, {"days": days})
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE doctor"))


def held_and_booked(doctor_ids):
    """Each by another patient at another doctor, committed; it is undone at the end."""
    last = db.session.scalar(text("SELECT max(id) FROM appointment"))
    patients, open_to_all = count(PATIENTS // 2), [id for id in doctor_ids if id % TAKES_NO_NEW_PATIENTS]
    chosen = [(next(patients), id, times(id, TODAY, TODAY + 30 * A_DAY)[-1]) for id in open_to_all]
    found = {"a hold": each_once(hold, chosen), "a booking": each_once(book, [patient for patient, *_ in chosen])}
    for table, column in (("appointment_history", "appointment_id"), ("appointment", "id")):
        db.session.execute(text(f"DELETE FROM {table} WHERE {column} > :last"), {"last": last})
    db.session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    db.session.commit()
    return found


def each_once(act, cases):
    seconds = []
    for case in cases:
        with statements() as seen:
            began = time.perf_counter()
            act(case)
            seconds.append(time.perf_counter() - began)
    return median(seconds) * 1000, len(seen)


def hold(chosen):
    patient_id, doctor_id, start = chosen
    db.session.remove()
    patient, doctor = db.session.get(Patient, patient_id), approved(doctor_id)
    holds.hold(patient.user, patient, doctor, start, visit_type(doctor, None).id, NOW)
    db.session.commit()


def book(patient_id):
    db.session.remove()
    person = db.session.get(Patient, patient_id).user
    booking.book(person, holding(person, NOW), "A cough", NOW)
    db.session.commit()


def pages(client, some):
    def get(path):
        with client.get(path) as response:
            assert response.status_code == 200, path

    monday = TODAY + timedelta(days=6)
    one = [f"/doctors/{id}/slots" for id in some]
    return {
        "page: a week of one doctor": timed(get, [f"{path}?week={monday}" for path in one]),
        "page: five weeks of one doctor": timed(get, [f"{path}?from={TODAY}" for path in one]),
        "page: a day of one doctor": timed(get, [f"{path}?day={monday}" for path in one]),
        "page: the soonest of 500 doctors": timed(get, [f"/search?specialization={n}" for n in range(1, 21)], 3),
        "page: the soonest of 10,000 doctors": timed(get, ["/search"] * CASES),
    }
