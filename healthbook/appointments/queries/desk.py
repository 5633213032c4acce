"""What the desk holds, and what it must know of a patient and of a doctor's day to book."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import aliased

from healthbook.appointments.queries.affected import unread
from healthbook.appointments.queries.visits import one
from healthbook.db import db
from healthbook.models import BOOKED, Appointment, Doctor, Patient, Status, User
from healthbook.models.statuses import sql_list
from healthbook.scheduling.queries.calendar_rows import LONGEST_BLOCK

MOST = 50


class Unfinished(NamedTuple):
    """A time that the desk holds, and the name of who does."""

    visit: Appointment
    by: str


def at_desk(reference: str) -> Appointment:
    """What was held at the desk, or what became of it once it was booked. Raises NoResultFound."""
    return one(unread().where(Appointment.at_desk), reference)


def held_for(patient_id: int) -> list[Appointment]:
    """All that the desk holds for a patient and nobody has swept."""
    theirs = Appointment.patient_id == patient_id, Appointment.at_desk, Appointment.status == Status.HELD
    held = select(Appointment).where(*theirs).order_by(Appointment.id)
    return list(db.session.scalars(held, execution_options={"populate_existing": True}))


def unfinished(now: datetime, patient_id: int | None = None) -> list[Unfinished]:
    """What waits at the desk to be booked, whoever began it, what ends first first; of one patient, if one is given."""
    clerk = aliased(User)
    held = text("appointment.status = 'held'"), Appointment.at_desk, Appointment.held_until > now
    statement = (
        unread().add_columns(clerk.first_name, clerk.last_name).join(clerk, Appointment.booked_by_id == clerk.id)
    )
    if patient_id:
        statement = statement.where(Appointment.patient_id == patient_id)
    rows = db.session.execute(statement.where(*held).order_by(Appointment.held_until, Appointment.id).limit(MOST))
    return [Unfinished(visit, f"{first} {last}") for visit, first, last in rows]


def ahead(patient: Patient, now: datetime) -> list[Appointment]:
    """The patient's visits that are not over, soonest first."""
    booked = Appointment.patient_id == patient.id, Appointment.status.in_(BOOKED), func.upper(Appointment.during) > now
    return list(db.session.scalars(unread().where(*booked).order_by(func.lower(Appointment.during)).limit(MOST)))


def visits_then(doctor: Doctor, start: datetime, end: datetime) -> list[Appointment]:
    """Booked visits with a doctor that with their buffers meet a stretch of time, in order."""
    meets = (
        Appointment.doctor_id == doctor.id,
        text(f"appointment.status IN {sql_list(BOOKED)}"),
        func.lower(Appointment.blocked).between(start - LONGEST_BLOCK, end),
        Appointment.blocked.overlaps(Range(start, end)),
    )
    return list(db.session.scalars(unread().where(*meets).order_by(func.lower(Appointment.during), Appointment.id)))


def asked_before(key: UUID) -> Appointment | None:
    """What came of a form that was sent with this key."""
    return db.session.scalar(unread().where(Appointment.request_key == key))
