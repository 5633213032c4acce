"""Holding a free time and letting it go. The database forbids two at once; the locks keep the losers quick.

A patient holds one time, and so does a person, for whomever they book.
"""

import secrets
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import BindParameter, ColumnElement, Integer, bindparam, select, text
from sqlalchemy.dialects.postgresql import Range

from healthbook import jobs
from healthbook.appointments.queries import holds as queries
from healthbook.appointments.queries.offers import is_offer
from healthbook.appointments.rules.ending import end_holds
from healthbook.appointments.rules.locks import lock, losing_is_told
from healthbook.appointments.rules.wanted import end_of, offered, quick_look
from healthbook.db import db
from healthbook.errors import Busy
from healthbook.live import announce
from healthbook.models import Appointment, Doctor, Patient, Status, User, VisitType
from healthbook.models.appointments import CROCKFORD
from healthbook.patients.rules.family import insist


def hold(
    person: User, patient: Patient, doctor: Doctor, start: datetime, visit_type_id: int, now: datetime
) -> Appointment:
    """Keep a free time for a patient for the clinic's minutes; whatever else they or the person held is let go.

    Holding the same time again gives the same hold. Raises SlotTaken, Refused when the patient has another visit
    then, NotTheirs when the person may no longer book for them, or Busy when they chose twice at once.
    """
    whose, wanted = (patient.id, person.id), (patient.id, doctor.id, visit_type_id, start)
    quick_look(person, patient, doctor, start, visit_type_id, now)
    held = holds_of(*whose)
    if same := same_hold(held, wanted, now):
        return same
    held = lock_all(person, patient, doctor, held)
    queries.both_again(*wanted[:2])
    insist(person, patient, now)
    if same := same_hold(held, wanted, now):
        return same
    kind = offered(person, patient, doctor, start, visit_type_id, now, held)
    end_holds(of_these(*whose), doctor, now)
    return keep(new_hold(person, patient, doctor, start, kind, now))


def lock_all(person: User, patient: Patient, doctor: Doctor, held: list[Appointment]) -> list[Appointment]:
    """Lock the doctors and patients of all that changes, and the person, who holds one time only.

    What the patient and the person hold, read again. Raises Busy when there is more than was locked.
    """
    own, whose = person.patient or patient, (patient.id, person.id)
    doctors = {doctor.id, *(each.doctor_id for each in held)}
    patients = {patient.id, own.id, *(each.patient_id for each in held)}
    lock(doctors, patients)
    held = holds_of(*whose)
    if any(each.doctor_id not in doctors or each.patient_id not in patients for each in held):
        raise Busy(_("You chose two times at once. Please choose again."))
    return held


def keep(held: Appointment) -> Appointment:
    with losing_is_told():
        db.session.add(held)
        db.session.flush()
    announce(f"doctor-{held.doctor_id}")
    # Nothing happens by itself when a hold runs out: a job tells the others.
    jobs.tell("hold_ended", at=held.held_until, doctor_id=held.doctor_id)
    return held


def new_hold(
    person: User, patient: Patient, doctor: Doctor, start: datetime, visit_type: VisitType, now: datetime
) -> Appointment:
    """The row: length, buffers, fee and zone are copied, so that changing a visit type changes nothing booked."""
    end = end_of(start, visit_type)
    before, after = timedelta(minutes=visit_type.buffer_before), timedelta(minutes=visit_type.buffer_after)
    return Appointment(
        patient_id=patient.id,
        doctor_id=doctor.id,
        visit_type_id=visit_type.id,
        appointment_type=visit_type.appointment_type,
        status=Status.HELD,
        held_until=now + timedelta(minutes=doctor.clinic.hold_minutes),
        during=Range(start, end),
        blocked=Range(start - before, end + after),
        time_zone=doctor.clinic.time_zone,
        fee=visit_type.fee,
        booked_by_id=person.id,
        reference="".join(secrets.choice(CROCKFORD) for place in range(8)),
    )


def of_these(patient_id: int | BindParameter[int], user_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """What a patient holds or held, and what a person does for whomever. In the words of the partial index.

    What the desk holds is in nobody's way, and an offer is not theirs before they accept it.
    """
    by_them = (Appointment.booked_by_id == user_id) & text("appointment.status = 'held'")
    return ((Appointment.patient_id == patient_id) | by_them) & ~Appointment.at_desk & ~is_offer()


# Made once: it is asked twice of everybody who chooses a time.
HELD = (
    select(Appointment)
    .where(of_these(bindparam("patient", type_=Integer), bindparam("person", type_=Integer)))
    .where(Appointment.status == Status.HELD)
    .order_by(Appointment.id)
)


def holds_of(patient_id: int, user_id: int) -> list[Appointment]:
    """All of these that nobody has swept: one, but for what two browsers do at once."""
    asked, anew = {"patient": patient_id, "person": user_id}, {"populate_existing": True}
    return list(db.session.scalars(HELD, asked, execution_options=anew))


def same_hold(held: list[Appointment], wanted: tuple[int, int, int, datetime], now: datetime) -> Appointment | None:
    """The one that still holds the wanted time: patient, doctor, visit type and start."""
    for hold in held:
        if lasts(hold, now) and (hold.patient_id, hold.doctor_id, hold.visit_type_id, hold.during.lower) == wanted:
            return hold
    return None


def lasts(hold: Appointment, now: datetime) -> bool:
    """A hold that ends now is over."""
    return hold.held_until is not None and hold.held_until > now
