"""Closing a patient's account: visits to come are cancelled, and what is not the clinical record goes."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete

from healthbook import jobs
from healthbook.appointments.queries.closing import to_come, under_way
from healthbook.appointments.rules.holds import of_these
from healthbook.appointments.rules.locks import lock
from healthbook.appointments.rules.visits import Why, change
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.live import announce
from healthbook.models import Appointment, ChangeReason, Patient, Status, UserType
from healthbook.patients.rules.closing import forget, guardianships, sealed_address


def close(patient: Patient, now: datetime) -> None:
    """All at once, and the last letter goes to the address that is gone by then. Raises Refused for whoever works here,
    and while a visit is under way.
    """
    person = patient.user
    if person.user_type != UserType.PATIENT:
        raise Refused(_("You work here, so the clinic closes your account. Please ask an admin."))
    doctors = {visit.doctor_id for visit in to_come(patient, now)}
    lock(doctors, {patient.id, *(one.patient_id for one in guardianships(patient))})
    if under_way(patient, now):
        raise Refused(_("You have a visit just now. Please close your account when it is over."))
    for visit in to_come(patient, now):
        change(person, visit, visit.status, Status.CANCELLED, now, Why(ChangeReason.OTHER))
    let_go(patient)
    address = sealed_address(person) if person.email else None
    forget(patient, now)
    if address:
        jobs.tell("account_closed", user_id=person.id, address=address)


def let_go(patient: Patient) -> None:
    """Whatever time is held for them, or by them for others."""
    theirs = of_these(patient.id, patient.user_id) | (Appointment.patient_id == patient.id)
    held = delete(Appointment).where(theirs, Appointment.status == Status.HELD)
    for doctor_id in set(db.session.scalars(held.returning(Appointment.doctor_id))):
        announce(f"doctor-{doctor_id}")
