"""Times that a person holds, and what may be in the way of booking them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import Range

from healthbook.appointments.queries.offers import is_offer
from healthbook.appointments.queries.visits import of_family, one, theirs, with_people
from healthbook.db import db
from healthbook.models import BOOKED, TAKES_UP_TIME, Appointment, Doctor, Patient, Status, User
from healthbook.models.statuses import sql_list
from healthbook.scheduling.queries.calendars import LONGEST_BLOCK


def held_by(person: User, reference: str, now: datetime) -> Appointment:
    """What the person holds, for themself or another, or what became of it once it was booked."""
    return one(with_people().where(theirs(person, now), ~at_desk(), ~is_offer()), reference)


def at_desk() -> ColumnElement[bool]:
    """What the desk holds is the desk's to book, though it is for this patient."""
    return Appointment.at_desk & (Appointment.status == Status.HELD)


def is_known(reference: str) -> bool:
    """Whether the reference is anybody's."""
    return bool(db.session.scalar(select(exists().where(Appointment.reference == reference))))


def bookable(doctor_id: int) -> Doctor | None:
    """The doctor, if new visits may be booked with them."""
    doctor = db.session.get(Doctor, doctor_id)
    return doctor if doctor and doctor.bookable else None


def booked_at(person: User, patient: Patient, doctor: Doctor, start: datetime, now: datetime) -> Appointment | None:
    """The patient's visit with this doctor that begins then, if it is booked and the person may know of it."""
    return db.session.scalar(
        with_people().where(
            theirs(person, now),
            Appointment.patient_id == patient.id,
            Appointment.doctor_id == doctor.id,
            Appointment.status.in_(BOOKED),
            func.lower(Appointment.during) == start,
        )
    )


def visit_then(patient: Patient, during: Range[datetime], ignoring: int = 0) -> bool | None:
    """Whether what the patient has booked in this stretch, anywhere, is private; None where they have nothing.

    `ignoring` is the id of a visit that is not in the way.
    """
    # In the words of the exclusion constraint, or its index cannot serve.
    booked = text(f"appointment.status IN {sql_list(BOOKED)}")
    theirs, then = Appointment.patient_id == patient.id, Appointment.during.overlaps(during)
    others = Appointment.id != ignoring
    return db.session.scalar(select(func.bool_and(Appointment.private)).where(theirs, then, booked, others))


def is_taken(
    doctor_id: int, start: datetime, end: datetime, now: datetime, by_others_than: int, ignoring: Collection[int] = ()
) -> bool:
    """Whether somebody other than this patient has some of a doctor's time between these, held or booked.

    `ignoring` are the ids of appointments that are not in the way.
    """
    theirs = exists().where(
        Appointment.doctor_id == doctor_id,
        text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
        func.lower(Appointment.blocked).between(start - LONGEST_BLOCK, end),
        Appointment.blocked.overlaps(Range(start, end)),
        Appointment.patient_id != by_others_than,
        Appointment.id.not_in(ignoring) if ignoring else true(),
        or_(Appointment.held_until.is_(None), Appointment.held_until > now),
    )
    return bool(db.session.scalar(select(theirs)))


def holding(person: User, now: datetime, patient_id: int | None = None) -> Appointment | None:
    """The time that waits to be booked by this person, for whomever or for one patient."""
    waits = (Appointment.status == Status.HELD) & (Appointment.held_until > now) & ~Appointment.at_desk & ~is_offer()
    return db.session.scalars(with_people().where(of_family(person, now, patient_id), waits).limit(1)).first()
