"""Who may read a patient's record, and why. Whoever may not finds nobody (NoResultFound)."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from healthbook.db import NOW, Moment, db
from healthbook.models import (
    BOOKED,
    Appointment,
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


class Asker(NamedTuple):
    """What of a person decides whose records they read; no `doctor_id` for whoever works as none."""

    person_id: int | SQLColumnExpression[int]
    doctor_id: int | SQLColumnExpression[int] | None = None
    treating_months: int | SQLColumnExpression[int] = 0
    treating_days_ahead: int | SQLColumnExpression[int] = 0


def asker(person: User) -> Asker:
    doctor = person.doctor
    if doctor is None or Role.DOCTOR not in person.roles:
        return Asker(person.id)
    return Asker(person.id, doctor.id, doctor.clinic.treating_months, doctor.clinic.treating_days_ahead)


def reasons(who: Asker, now: Moment) -> tuple[ColumnElement, ...]:
    """For a query that has Patient in it: theirs, looked after, treated; and the reason of an emergency access."""
    own, guarded = Patient.user_id == who.person_id, guarded_by(who.person_id, now)
    if who.doctor_id is None:
        return own, guarded, false(), literal(None, Text)
    return own, guarded, treated_by(who, now), emergency_of(who.doctor_id, now)


@cache
def with_reasons(doctor: bool) -> Select:
    """A patient by `patient_id`, with every reason to read their record that an Asker has, `now`."""
    binds = {name: bindparam(name, type_=Integer) for name in (Asker._fields if doctor else ("person_id",))}
    return (
        select(Patient, *reasons(Asker(**binds), NOW))
        .where(Patient.id == bindparam("patient_id"))
        .options(joinedload(Patient.user))
    )


def reader(person: User, patient_id: int, now: datetime, *also: ExecutableOption) -> Reader:
    """The person as a reader of this patient's record, for the best reason they have.

    `also` are options for more of the patient in the same statement.
    """
    who = asker(person)
    asked = with_reasons(who.doctor_id is not None).options(*also)
    given = who._asdict() | {"patient_id": patient_id, "now": now}
    patient, own, guarded, treated, emergency = db.session.execute(asked, given).one()
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
    own, guarded, treated, emergency = reasons(asker(person), now)
    return or_(own, guarded, treated, emergency.is_not(None))


def read_among(person: User, patient_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of these patients (ids) whose record the person may read."""
    among = select(Patient.id).where(Patient.id.in_(set(patient_ids)), readable(person, now))
    return set(db.session.scalars(among))


def treated_by(who: Asker, now: Moment) -> ColumnElement[bool]:
    """A visit of theirs is booked, waiting, under way or completed, and somebody else than the doctor made it.

    From `treating_months` back to `treating_days_ahead` ahead, as the clinic has set them.
    """
    start = func.lower(Appointment.during)
    return exists().where(
        Appointment.patient_id == Patient.id,
        Appointment.doctor_id == who.doctor_id,
        Appointment.status.in_(COUNTS),
        Appointment.booked_by_id.is_distinct_from(who.person_id),
        start > now - func.make_interval(0, who.treating_months),
        start < now + func.make_interval(0, 0, 0, who.treating_days_ahead),
    )


def guarded_by(person_id: int | SQLColumnExpression[int], now: Moment) -> ColumnElement[bool]:
    """The person is a guardian who may see the record, today."""
    theirs = Guardian.patient_id == Patient.id, Guardian.user_id == person_id, *in_force(now)
    return exists().where(*theirs, Guardian.may_see_record, ~awaits_review(now))


def sees_record(person: User, patient_id: int, now: datetime) -> bool:
    """Whether the person sees this patient's record as a guardian."""
    return bool(db.session.scalar(select(guarded_by(person.id, now)).where(Patient.id == patient_id)))


def holds(person: User, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The person's guardianships that are in force on this day of the clinic's calendar, confirmed or not."""
    return Guardian.user_id == person.id, *in_force(now)


def emergency_of(doctor_id: int | SQLColumnExpression[int], now: Moment) -> ColumnElement[str | None]:
    """The reason of an emergency access of the doctor that has not ended."""
    return (
        select(EmergencyAccess.reason)
        .where(
            EmergencyAccess.doctor_id == doctor_id,
            EmergencyAccess.patient_id == Patient.id,
            EmergencyAccess.starts_at <= now,
            EmergencyAccess.ends_at > now,
        )
        .order_by(EmergencyAccess.id.desc())
        .limit(1)
        .correlate(Patient)
        .scalar_subquery()
    )
