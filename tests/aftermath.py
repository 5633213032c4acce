"""What the database holds after a crowd has been at it."""

from collections import Counter, defaultdict

import factories

from healthbook import clock
from healthbook.appointments.rules.holds import hold
from healthbook.db import db
from healthbook.models import BOOKED, TAKES_UP_TIME, Appointment, AppointmentHistory, Doctor, Status
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.visit_types import visit_type

OVERLAPS = """
    SELECT count(*) FROM appointment one JOIN appointment other
    ON one.id < other.id AND one.{whose} = other.{whose} AND one.{stretch} && other.{stretch}
    WHERE one.status = ANY(:statuses) AND other.status = ANY(:statuses) AND NOT (one.overbooked OR other.overbooked)
"""


def overlaps_of_doctors():
    return overlaps("doctor_id", "blocked", TAKES_UP_TIME)


def overlaps_of_patients():
    return overlaps("patient_id", "during", BOOKED)


def overlaps(whose, stretch, statuses):
    query = db.text(OVERLAPS.format(whose=whose, stretch=stretch))
    return db.session.scalar(query, {"statuses": list(statuses)})


def deadlocks():
    return db.session.scalar(db.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


def lost(answers):
    """Bookings, moves and cancellations that were acknowledged, and are not in the database."""
    known = {row.reference: row for row in db.session.scalars(db.select(Appointment))}
    by_id = {row.id: row for row in known.values()}
    told, missing = [each for each in answers if each.status == 303], []
    for each in told:
        found = known.get(each.became if each.act in ("book", "move", "accept") else each.about)
        if each.act == "book":
            right = found and found.status != Status.HELD
        elif each.act in ("move", "accept"):
            right = found and found.moved_from_id and by_id[found.moved_from_id].reference == each.about
        elif each.act == "cancel":
            right = found and found.status == Status.CANCELLED
        else:
            continue
        if not right:
            missing.append(each)
    return missing


def wrongly_noted():
    """Visits that were moved, booked or cancelled without exactly one line of their history saying so."""
    noted = defaultdict(Counter)
    for row in db.session.scalars(db.select(AppointmentHistory)):
        noted[row.appointment_id][row.new_status] += 1
    wrong = []
    for visit in db.session.scalars(db.select(Appointment)):
        begun = 0 if visit.moved_from_id or visit.status == Status.HELD else 1
        expected = Counter({Status.SCHEDULED: begun})
        if visit.status in (Status.RESCHEDULED, Status.CANCELLED):
            expected[visit.status] += 1
        if +expected != noted[visit.id]:
            wrong.append((visit.reference, dict(noted[visit.id])))
    return wrong


def moved_apart():
    """Visits that were moved to more or fewer than one other."""
    after = Counter(
        db.session.scalars(db.select(Appointment.moved_from_id).where(Appointment.moved_from_id.is_not(None)))
    )
    moved = db.session.scalars(db.select(Appointment.id).where(Appointment.status == Status.RESCHEDULED))
    return [id for id in moved if after[id] != 1]


def not_to_be_had(doctor_id):
    """Free times, as pages show them, that somebody new does not get."""
    patient, refused = factories.patient(), []
    db.session.commit()
    doctor, now = db.session.get(Doctor, doctor_id), clock.now()
    kind = visit_type(doctor, None)
    today = now.astimezone(doctor.clinic.zone).date()
    for at in free(doctor, kind, today, today.replace(year=today.year + 1), now):
        try:
            hold(patient.user, patient, doctor, at, kind.id, clock.now())
        except Exception as failure:
            refused.append((at, failure))
        db.session.rollback()
    return refused
