"""A held time goes from one of a family to another."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from healthbook.appointments.rules.holds import end_holds, holds_of, lock_all, of_these
from healthbook.appointments.rules.wanted import no_visit_then
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.models import Appointment, Doctor, Patient, Status, User
from healthbook.patients.rules.family import insist


def give(person: User, held: Appointment, patient: Patient, now: datetime) -> Appointment:
    """The held time is this patient's from now on, and stays held as long as it was; what else they held is let go.

    What was booked meanwhile stays as it is. Raises Refused when the patient has another visit then or is the doctor,
    NotTheirs when the person may not book for them, NoResultFound when the hold ran out and was swept away.
    """
    if held.patient_id == patient.id:
        return held
    again, doctor = select(Appointment).where(Appointment.id == held.id), held.doctor
    lock_all(person, patient, doctor, [held, *holds_of(patient.id, person.id)])
    insist(person, patient, now)
    held = db.session.execute(again).scalar_one()
    if held.status != Status.HELD:
        return held
    fits(person, patient, doctor, held)
    end_holds(of_these(patient.id, person.id), doctor, now, keeping=held.id)
    held.patient_id, held.booked_by_id = patient.id, person.id
    db.session.flush()
    db.session.expire(held, ["patient"])
    return held


def fits(person: User, patient: Patient, doctor: Doctor, held: Appointment) -> None:
    if patient.user_id == doctor.user_id:
        raise Refused(_("You cannot book a visit with yourself."))
    no_visit_then(person, patient, held.during)
