"""Who may read a patient's record, and why. Whoever may not finds nobody (NoResultFound)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, exists, false, func, literal, or_, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from healthbook.db import db
from healthbook.models import (
    BOOKED,
    Appointment,
    Doctor,
    EmergencyAccess,
    Guardian,
    Patient,
    Role,
    Status,
    User,
    Why,
)
from healthbook.patients.queries.guardianship import awaits_review, in_force

COUNTS = (*BOOKED, Status.COMPLETED)


class Reader(NamedTuple):
    """Somebody who may read a patient's record, why, and with what reason (an emergency's)."""

    person: User
    patient: Patient
    why: Why
    reason: str | None = None

    @property
    def sees_private(self) -> bool:
        """What is marked private is between the patient and their doctors."""
        return self.why != Why.GUARDIAN


def reader(person: User, patient_id: int, now: datetime, *also: ExecutableOption) -> Reader:
    """The person as a reader of this patient's record, for the best reason they have.

    `also` are options for more of the patient in the same statement.
    """
    reasons = Patient.user_id == person.id, guarded_by(person, now), *as_doctor(person, now)
    statement = select(Patient, *reasons).where(Patient.id == patient_id).options(joinedload(Patient.user), *also)
    patient, own, guarded, treated, emergency = db.session.execute(statement).one()
    if own:
        return Reader(person, patient, Why.SELF)
    if treated:
        return Reader(person, patient, Why.TREATING)
    if guarded:
        return Reader(person, patient, Why.GUARDIAN)
    if emergency is not None:
        return Reader(person, patient, Why.EMERGENCY, emergency)
    raise NoResultFound


def readable(person: User, now: datetime) -> ColumnElement[bool]:
    """Of a query that has Patient in it: those whose record the person may read."""
    treated, emergency = as_doctor(person, now)
    return or_(Patient.user_id == person.id, guarded_by(person, now), treated, emergency.is_not(None))


def read_among(person: User, patient_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of these patients (ids) whose record the person may read."""
    among = select(Patient.id).where(Patient.id.in_(set(patient_ids)), readable(person, now))
    return set(db.session.scalars(among))


def as_doctor(person: User, now: datetime) -> tuple[ColumnElement[bool], ColumnElement[str | None]]:
    """Whether they treat the patient, and the reason of an emergency access."""
    if person.doctor is None or Role.DOCTOR not in person.roles:
        return false(), literal(None, Text)
    return treated_by(person.doctor, now), emergency_of(person.doctor, now)


def treated_by(doctor: Doctor, now: datetime) -> ColumnElement[bool]:
    """A visit of theirs is booked, waiting, under way or completed, and somebody else than the doctor made it.

    From `treating_months` back to `treating_days_ahead` ahead, as the clinic has set them.
    """
    start = func.lower(Appointment.during)
    return exists().where(
        Appointment.patient_id == Patient.id,
        Appointment.doctor_id == doctor.id,
        Appointment.status.in_(COUNTS),
        Appointment.booked_by_id.is_distinct_from(doctor.user_id),
        start > now - func.make_interval(0, doctor.clinic.treating_months),
        start < now + func.make_interval(0, 0, 0, doctor.clinic.treating_days_ahead),
    )


def guarded_by(person: User, now: datetime) -> ColumnElement[bool]:
    """The person is a guardian who may see the record, today."""
    theirs = Guardian.patient_id == Patient.id, *holds(person, now)
    return exists().where(*theirs, Guardian.may_see_record, ~awaits_review(now))


def sees_record(person: User, patient_id: int, now: datetime) -> bool:
    """Whether the person sees this patient's record as a guardian."""
    return bool(db.session.scalar(select(guarded_by(person, now)).where(Patient.id == patient_id)))


def holds(person: User, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The person's guardianships that are in force on this day of the clinic's calendar, confirmed or not."""
    return Guardian.user_id == person.id, *in_force(now)


def emergency_of(doctor: Doctor, now: datetime) -> ColumnElement[str | None]:
    """The reason of an emergency access of the doctor that has not ended."""
    return (
        select(EmergencyAccess.reason)
        .where(
            EmergencyAccess.doctor_id == doctor.id,
            EmergencyAccess.patient_id == Patient.id,
            EmergencyAccess.starts_at <= now,
            EmergencyAccess.ends_at > now,
        )
        .order_by(EmergencyAccess.id.desc())
        .limit(1)
        .correlate(Patient)
        .scalar_subquery()
    )
