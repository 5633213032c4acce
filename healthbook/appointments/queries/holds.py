"""Times that a person holds, and what may be in the way of booking them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Integer, bindparam, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import joinedload

from healthbook.appointments.queries.offers import is_offer
from healthbook.appointments.queries.visits import of_family, one, theirs, with_people
from healthbook.db import db, instant
from healthbook.models import BOOKED, TAKES_UP_TIME, Appointment, Doctor, Patient, Status, User
from healthbook.models.statuses import sql_list
from healthbook.scheduling.queries.calendar_rows import LONGEST_BLOCK


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


# Made once, as most of a refusal's time would go into making them.
VISIT_THEN = select(func.bool_and(Appointment.private)).where(
    Appointment.patient_id == bindparam("patient", type_=Integer),
    Appointment.during.overlaps(bindparam("during", type_=TSTZRANGE)),
    # In the words of the exclusion constraint, or its index cannot serve.
    text(f"appointment.status IN {sql_list(BOOKED)}"),
    Appointment.id != bindparam("ignoring", type_=Integer),
)
TAKEN = select(
    exists().where(
        Appointment.doctor_id == bindparam("doctor", type_=Integer),
        # In the words of the partial index.
        text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
        func.lower(Appointment.blocked).between(instant("earliest"), instant("end")),
        Appointment.blocked.overlaps(bindparam("during", type_=TSTZRANGE)),
        Appointment.patient_id != bindparam("patient", type_=Integer),
        or_(
            Appointment.held_until.is_(None),
            (Appointment.held_until > instant("now"))
            & Appointment.booked_by_id.is_distinct_from(bindparam("person", type_=Integer)),
        ),
        # What lies over another visit may lie over a hold, whose own people it must not be told as gone.
        ~Appointment.overbooked,
    )
)


BOTH = (
    select(Patient, Doctor)
    .join(Doctor, Doctor.id == bindparam("doctor", type_=Integer))
    .where(Patient.id == bindparam("patient", type_=Integer))
    .options(joinedload(Patient.user), joinedload(Doctor.user))
    .options(joinedload(Doctor.clinic), joinedload(Doctor.visit_types))
)


def both_again(patient_id: int, doctor_id: int) -> None:
    """Read both anew after a lock, with all that is asked of them."""
    db.session.execute(BOTH, {"patient": patient_id, "doctor": doctor_id}).unique().all()


def visit_then(patient: Patient, during: Range[datetime], ignoring: int = 0) -> bool | None:
    """Whether what the patient has booked in this stretch, anywhere, is private; None where they have nothing.

    `ignoring` is the id of a visit that is not in the way.
    """
    return db.session.scalar(VISIT_THEN, {"patient": patient.id, "during": during, "ignoring": ignoring})


def is_taken(
    doctor_id: int, start: datetime, end: datetime, now: datetime, by_others_than: int = 0, unless_held_by: int = 0
) -> bool:
    """Whether some of a doctor's time between these is held or booked: a quick no, and not the last word.

    What a patient (id) has there can be left out, and what a person (id) holds for whomever.
    """
    then = {"during": Range(start, end), "earliest": start - LONGEST_BLOCK, "end": end, "now": now}
    asked = then | {"doctor": doctor_id, "patient": by_others_than, "person": unless_held_by}
    return bool(db.session.scalar(TAKEN, asked))


def holding(person: User, now: datetime, patient_id: int | None = None) -> Appointment | None:
    """The time that waits to be booked by this person, for whomever or for one patient."""
    waits = (Appointment.status == Status.HELD) & (Appointment.held_until > now) & ~Appointment.at_desk & ~is_offer()
    return db.session.scalars(with_people().where(of_family(person, now, patient_id), waits).limit(1)).first()
