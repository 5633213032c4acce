"""The desk holds times and books for anybody: as far as the clinic lets it ignore what is asked of people online.

It may hold several times at once, and what it holds ends nobody else's hold.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import false, select
from sqlalchemy.dialects.postgresql import Range

from healthbook.appointments.queries import desk as queries
from healthbook.appointments.queries.holds import is_taken, visit_then
from healthbook.appointments.rules import holds
from healthbook.appointments.rules.ending import end_holds
from healthbook.appointments.rules.locks import lock, losing_is_told, second_visit
from healthbook.appointments.rules.offers import for_patient
from healthbook.appointments.rules.visits import step
from healthbook.appointments.rules.wanted import end_of
from healthbook.db import db
from healthbook.errors import Refused, SlotTaken
from healthbook.live import announce
from healthbook.models import Appointment, Doctor, Patient, Status, User, VisitType
from healthbook.scheduling.queries.free import is_free


def hold(
    person: User, patient: Patient, doctor: Doctor, start: datetime, visit_type_id: int, now: datetime
) -> Appointment:
    """Keep a free time for a patient for the desk's minutes. Holding it again gives the same hold.

    Raises SlotTaken, or Refused when the patient has another visit then or is no longer one.
    """
    wanted = (patient.id, doctor.id, visit_type_id, start)
    if same := holds.same_hold(queries.held_for(patient.id), wanted, now):
        return same
    # A look before the lock: most who come too late need not wait for it.
    end = end_of(start, offered(patient, doctor, start, visit_type_id, now))
    lock([doctor.id], [patient.id])
    insist(patient)
    if same := holds.same_hold(queries.held_for(patient.id), wanted, now):
        return same
    if is_taken(doctor.id, start, end, now):
        raise gone()
    end_holds(false(), doctor, now)
    kind = offered(patient, doctor, start, visit_type_id, now)
    held = holds.new_hold(person, patient, doctor, start, kind, now)
    held.at_desk, held.held_until = True, now + timedelta(minutes=doctor.clinic.desk_hold_minutes)
    announce("clinic")
    return holds.keep(held)


def book(person: User, held: Appointment, notes: str | None, now: datetime) -> Appointment:
    """Make what the desk holds the patient's visit; `notes` are for whoever works here.

    A hold that has run out still books while the time is free. Booking twice changes nothing. Raises SlotTaken, Refused
    when the patient has another visit then, or NoResultFound when the hold ran out and was swept away.
    """
    again, patient_id = select(Appointment).where(Appointment.id == held.id), held.patient_id
    lock([held.doctor_id], [patient_id])
    held = db.session.execute(again).scalar_one()
    if held.status != Status.HELD:
        return held
    insist(held.patient)
    if not (holds.lasts(held, now) and held.doctor.bookable):
        offered(held.patient, held.doctor, held.starts_at.astimezone(UTC), held.visit_type_id, now, [held.id])
    held.notes, held.booked_by_id = notes, person.id
    return booked(person, held, now)


def booked(person: User, held: Appointment, now: datetime) -> Appointment:
    status = Status.CONFIRMED if held.doctor.clinic.confirms_at_once else Status.SCHEDULED
    with losing_is_told(another=True):
        step(person, held, Status.HELD, status, now)
    return held


def offered(
    patient: Patient,
    doctor: Doctor,
    start: datetime,
    visit_type_id: int | None,
    now: datetime,
    ignoring: Collection[int] = (),
) -> VisitType:
    """What the time is offered for at the desk. Raises SlotTaken when it is not free, Refused when it is not for them.

    `ignoring` are the ids of holds that are not in the way.
    """
    kind = fitting(patient, doctor, start, visit_type_id)
    if kind is None or not is_free(doctor, kind, start, now, ignoring, desk=True):
        raise gone()
    return kind


def fitting(patient: Patient, doctor: Doctor, start: datetime, visit_type_id: int | None) -> VisitType | None:
    """The visit type, or None for what the desk cannot book here, whether or not the time is free."""
    if patient.user_id == doctor.user_id:
        raise Refused(_("Nobody can have a visit with themself."))
    kind = for_patient(patient, doctor, visit_type_id, desk=True)
    if kind and visit_then(patient, Range(start, end_of(start, kind))) is not None:
        raise second_visit(another=True)
    return kind


def insist(patient: Patient) -> None:
    """Asked once the patient is locked: whoever has closed their account meanwhile is nobody's patient."""
    if not patient.user.is_active:
        raise Refused(_("This person has closed their account. Nothing was booked."))


def gone() -> SlotTaken:
    return SlotTaken(_("That time has gone. Nothing has been booked."))
