"""Appointments as people may see them. Whoever has no business with one finds none (NoResultFound)."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from healthbook.db import db
from healthbook.models import (
    BOOKED,
    Appointment,
    AppointmentHistory,
    Doctor,
    Patient,
    Role,
    Status,
    User,
)

PAGE = 20
WHICH = ("upcoming", "past", "cancelled")


def with_people() -> Select[tuple[Appointment]]:
    return (
        select(Appointment)
        .join(Appointment.patient)
        .join(Appointment.doctor)
        .options(
            contains_eager(Appointment.patient).joinedload(Patient.user),
            contains_eager(Appointment.doctor).options(
                joinedload(Doctor.user), joinedload(Doctor.specialization), joinedload(Doctor.clinic)
            ),
            joinedload(Appointment.visit_type),
        )
    )


def one(statement: Select[tuple[Appointment]], reference: str) -> Appointment:
    return db.session.execute(statement.where(Appointment.reference == reference)).scalar_one()


def own(person: User) -> ColumnElement[bool]:
    """The person is the patient."""
    return Patient.user_id == person.id


def held_by(person: User, reference: str) -> Appointment:
    """The person's hold, or what became of it once it was booked."""
    return one(with_people().where(own(person)), reference)


def booked_at(person: User, doctor: Doctor, start: datetime) -> Appointment | None:
    """The person's visit with this doctor that begins then, if it is booked."""
    return db.session.scalar(
        with_people().where(
            own(person),
            Appointment.doctor_id == doctor.id,
            Appointment.status.in_(BOOKED),
            db.func.lower(Appointment.during) == start,
        )
    )


def for_patient(person: User, reference: str) -> Appointment:
    return one(with_people().where(own(person), Appointment.status != Status.HELD), reference)


def for_doctor(person: User, reference: str) -> Appointment:
    """A visit with this doctor."""
    return one(with_people().where(Doctor.user_id == person.id, Appointment.status != Status.HELD), reference)


def for_staff(reference: str) -> Appointment:
    """Any visit, without what is clinical in it: reading that raises."""
    return one(with_people().options(*unread()).where(Appointment.status != Status.HELD), reference)


def unread() -> list:
    """Loader options for pages of the desk: the sealed columns stay in the database."""
    sealed = (Appointment.reason_sealed, Appointment.doctor_notes_sealed, Appointment.prescription_sealed)
    return [defer(column, raiseload=True) for column in sealed]


def appointment_for(person: User, reference: str) -> Appointment:
    """A visit as its patient, its doctor, or the clinic's staff may open it."""
    if person.roles & {Role.DESK, Role.ADMIN} and not is_own(person, reference):
        return for_staff(reference)
    concerned = or_(own(person), Doctor.user_id == person.id)
    return one(with_people().where(concerned, Appointment.status != Status.HELD), reference)


def is_own(person: User, reference: str) -> bool:
    """Whether somebody of the staff is the patient here."""
    visit = select(Appointment.id).join(Appointment.patient).where(own(person), Appointment.reference == reference)
    return person.patient is not None and db.session.scalar(visit) is not None


def sees_reason(person: User, appointment: Appointment) -> bool:
    """Why somebody comes is between them and their doctor."""
    return person.id in (appointment.patient.user_id, appointment.doctor.user_id)


def history(appointment: Appointment) -> list[AppointmentHistory]:
    """The steps of a visit, newest first, with who made them."""
    steps = select(AppointmentHistory).where(AppointmentHistory.appointment_id == appointment.id)
    loaded = steps.options(joinedload(AppointmentHistory.changed_by), defer(AppointmentHistory.remark_sealed))
    return list(db.session.scalars(loaded.order_by(AppointmentHistory.id.desc())))


class Listed(NamedTuple):
    """One page of a list, and whether there is more."""

    appointments: list[Appointment]
    number: int
    more: bool


def mine(person: User, which: str, now: datetime, number: int = 1) -> Listed:
    """The person's visits: upcoming (soonest first), past or cancelled (latest first)."""
    gone = Appointment.status.in_((Status.CANCELLED, Status.RESCHEDULED))
    ended = db.func.upper(Appointment.during) <= now
    wanted = {
        "upcoming": Appointment.status.in_(BOOKED) & ~ended,
        "past": ~gone & (Appointment.status != Status.HELD) & (ended | ~Appointment.status.in_(BOOKED)),
        "cancelled": gone,
    }[which]
    start = db.func.lower(Appointment.during)
    statement = with_people().where(own(person), wanted).order_by(start if which == "upcoming" else start.desc())
    found = list(db.session.scalars(statement.offset((number - 1) * PAGE).limit(PAGE + 1)))
    return Listed(found[:PAGE], number, len(found) > PAGE)


def day_of(doctor: Doctor, day: date) -> list[Appointment]:
    """The visits that begin on a day of the clinic's calendar, in order; not what is only held or moved away."""
    return list(
        db.session.scalars(
            with_people()
            .where(
                Appointment.doctor_id == doctor.id,
                Appointment.appointment_date == day,
                # The generated date decides; the range lets the index find the day.
                db.func.lower(Appointment.during) >= day - timedelta(days=1),
                db.func.lower(Appointment.during) < day + timedelta(days=2),
                Appointment.status.not_in((Status.HELD, Status.RESCHEDULED)),
            )
            .order_by(db.func.lower(Appointment.during))
        )
    )
