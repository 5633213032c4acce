"""Booking what is held."""

from datetime import datetime

from sqlalchemy import select

from healthbook.appointments.rules import holds
from healthbook.appointments.rules.locks import lock, losing_is_told
from healthbook.appointments.rules.visits import step
from healthbook.db import db
from healthbook.models import Appointment, Status, User


def book(person: User, held: Appointment, reason: str, now: datetime) -> Appointment:
    """Make a held time the patient's visit. A hold that has run out still books while the time is free.

    Booking twice changes nothing. Raises SlotTaken, Refused when the patient has another visit then, or
    NoResultFound when the hold ran out and was swept away.
    """
    again = select(Appointment).where(Appointment.id == held.id)
    lock([held.doctor_id], [held.patient_id])
    held = db.session.execute(again).scalar_one()
    if held.status != Status.HELD:
        return held
    if not (holds.lasts(held, now) and held.doctor.bookable):
        holds.offered(held.patient, held.doctor, held.starts_at, held.visit_type_id, now)
    held.reason = reason
    booked = Status.CONFIRMED if held.doctor.clinic.confirms_at_once else Status.SCHEDULED
    with losing_is_told():
        step(person, held, Status.HELD, booked, now)
    return held
