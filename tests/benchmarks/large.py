"""What is asked of a clinic of ten thousand doctors: times of one, the soonest of many, a hold, a booking, pages."""

import gc
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from random import Random

from bulk import FULL, NOW, PATIENTS, SPECIALIZATIONS
from flask import current_app
from reports import report, report_machine, timed
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
CASES, STALE_DAYS = 60, 3
# As people.sql has it: each so many-th doctor.
TAKES_NO_NEW_PATIENTS = 7
# How far these have to look depends on how full the days ahead are, which is not the same in both clinics.
NOT_FLAT = {
    "the soonest 20 of 10,000 doctors in the afternoon",
    "the soonest 20 of 10,000 doctors from a Saturday on",
}
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
    """`apps` are on the same clinic with more and more visits, by how many there are. They take turns at each question:
    what else keeps the machine busy meets all of them."""
    report_machine("before the large clinic")
    some = Random(5).sample(range(1, FULL.start), CASES)
    with at_the_moment(), ExitStack() as stack:
        clinics = {number: stack.enter_context(inside(app)) for number, app in apps.items()}

        def compare(name, act, cases):
            compared(name, {number: [partial(ask, act, case) for case in cases] for number, ask in clinics.items()})

        for number, ask in clinics.items():
            ask(as_it_was_made, number)
            # In memory, as all day long: the first question would else measure how a server begins.
            for id in some:
                ask(times, id, TODAY, TODAY + 30 * A_DAY)
        for name, (act, cases) in questions(some).items():
            compare(name, act, cases)
        held_and_booked(clinics, some)
        for ask in clinics.values():
            ask(set_bounds, -STALE_DAYS)
        compare("the soonest 20 of 10,000 doctors, bounds three days stale", search, [Criteria()] * (CASES // 3))
        for number, ask in clinics.items():
            ask(as_it_was_made, number)
    report_machine("after the large clinic")


def compared(name, calls):
    budget, most_statements = BUDGETS.get(name, (None, None))
    found = timed(calls)
    for number, (milliseconds, sent) in found.items():
        report(f"{name}, {number:,} visits", milliseconds, "ms", budget)
        report(f"{name}, {number:,} visits", sent, "statements", most_statements)
    fewest, most = min(found), max(found)
    if most > fewest:
        times = found[most][0] / found[fewest][0]
        most_times = None if name in NOT_FLAT else MOST_TIMES_SLOWER
        report(f"{name}, {most:,} to {fewest:,} visits", times, "times as long", most_times)


def questions(some):
    """What is asked, by name: how, and of what."""
    monday = TODAY + timedelta(days=6)
    one = [f"/doctors/{id}/slots" for id in some]
    of_each_specialization = range(1, SPECIALIZATIONS + 1)
    return {
        "a day of one doctor": (lambda id: times(id, TODAY + A_DAY, TODAY + A_DAY), some),
        "a week of one doctor": (lambda id: times(id, TODAY, TODAY + 6 * A_DAY), some),
        "a month of one doctor": (lambda id: times(id, TODAY, TODAY + 30 * A_DAY), some),
        "the first free time of a doctor whose next 20 days are full": (first_free, [*FULL] * 6),
        "the soonest 20 of 500 doctors": (search, [Criteria(n) for n in of_each_specialization] * 3),
        "the soonest 20 of 10,000 doctors": (search, [Criteria()] * CASES),
        "the soonest 20 of 10,000 doctors in the afternoon": (search, [Criteria(part=Part.AFTERNOON)] * 20),
        "the soonest 20 of 10,000 doctors from a Saturday on": (search, [Criteria(since=SATURDAY)] * 20),
        "page: a week of one doctor": (get, [f"{path}?week={monday}" for path in one]),
        "page: five weeks of one doctor": (get, [f"{path}?from={TODAY}" for path in one]),
        "page: a day of one doctor": (get, [f"{path}?day={monday}" for path in one]),
        "page: the soonest of 500 doctors": (get, [f"/search?specialization={n}" for n in of_each_specialization] * 3),
        "page: the soonest of 10,000 doctors": (get, ["/search"] * CASES),
    }


@contextmanager
def at_the_moment():
    """The data lie around a moment that has passed long ago, or is yet to come."""
    real, clock.now = clock.now, lambda: NOW
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        clock.now = real


@contextmanager
def inside(app):
    """Calls whatever is given inside an application that stays open, beside others."""
    context, opened = copy_context(), app.app_context()
    context.run(opened.push)
    try:
        yield context.run
    finally:
        context.run(opened.pop)


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


def as_it_was_made(number):
    """Take back what this run, or one that was cut short, has changed: so many visits are left."""
    db.session.remove()
    for table, column in (("appointment_history", "appointment_id"), ("appointment", "id")):
        db.session.execute(text(f"DELETE FROM {table} WHERE {column} > :number"), {"number": number})
    db.session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    db.session.commit()
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


def held_and_booked(clinics, doctor_ids):
    """Each by another patient at another doctor, committed."""
    holds = {number: [partial(ask, hold, case) for case in ask(chosen, doctor_ids)] for number, ask in clinics.items()}
    compared("a hold", holds)
    patients = range(PATIENTS // 2, PATIENTS // 2 + len(holds[min(holds)]))
    compared("a booking", {number: [partial(ask, book, id) for id in patients] for number, ask in clinics.items()})


def chosen(doctor_ids):
    """A patient, a doctor and a free time of theirs, for each who takes new patients."""
    open_to_all = (id for id in doctor_ids if id % TAKES_NO_NEW_PATIENTS)
    return [
        (patient, id, times(id, TODAY, TODAY + 30 * A_DAY)[-1]) for patient, id in enumerate(open_to_all, PATIENTS // 2)
    ]


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


def get(path):
    with current_app.test_client().get(path) as response:
        assert response.status_code == 200, path
