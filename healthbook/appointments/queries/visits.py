"""One visit as people may see it. Whoever has no business with it finds none (NoResultFound)."""

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Integer, Select, bindparam, select
from sqlalchemy.orm import contains_eager, defer, joinedload, undefer

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient, Role, Status, User, Why
from healthbook.models.accounts import STAFF
from healthbook.patients.queries.access import sees_record
from healthbook.patients.queries.family import may_book_for, wards


@cache
def with_people() -> Select[Appointment]:
    """Visits with all that pages and rules ask of them; made once, as making it takes long."""
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


AGAIN = with_people().where(Appointment.id == bindparam("id", type_=Integer))


def again(visit_id: int) -> Appointment:
    """Read anew with its people, after a lock: one statement, where forgetting alone would cost one for each.

    Raises NoResultFound when it was a hold and was swept away.
    """
    return db.session.execute(AGAIN, {"id": visit_id}).scalar_one()


def one(statement: Select[Appointment], reference: str) -> Appointment:
    return db.session.execute(statement.where(Appointment.reference == reference)).scalar_one()


def own(person: User) -> ColumnElement[bool]:
    """The person is the patient."""
    return Patient.user_id == person.id


def theirs(person: User, now: datetime) -> ColumnElement[bool]:
    """The person is the patient, or books for them; what is private is no guardian's."""
    if not wards(person, now):
        return own(person)
    return own(person) | (may_book_for(person, now) & ~Appointment.private)


def of_family(person: User, now: datetime, patient_id: int | None = None) -> ColumnElement[bool]:
    """The same by ids, as an index of many visits serves it; with a patient's id only theirs."""
    mine = [own.id for own in (person.patient,) if own and patient_id in (None, own.id)]
    others = [ward for ward in wards(person, now) if patient_id in (None, ward)]
    return Appointment.patient_id.in_(mine) | (Appointment.patient_id.in_(others) & ~Appointment.private)


def acts_for_patient(person: User, appointment: Appointment, now: datetime) -> bool:
    """The same of a visit that was found."""
    if appointment.patient.user_id == person.id:
        return True
    return appointment.patient_id in wards(person, now) and not appointment.private


def for_doctor(person: User, reference: str) -> Appointment:
    """A visit with this doctor, with why the patient comes and the doctor's own notes."""
    clinical = undefer(Appointment.reason_sealed), undefer(Appointment.doctor_notes_sealed)
    return one(
        with_people().options(*clinical).where(Doctor.user_id == person.id, Appointment.status != Status.HELD),
        reference,
    )


def for_staff(reference: str) -> Appointment:
    """Any visit, without what is clinical in it: reading that raises."""
    sealed = (Appointment.reason_sealed, Appointment.doctor_notes_sealed, Appointment.prescription_sealed)
    unread = [defer(column, raiseload=True) for column in sealed]
    return one(with_people().options(*unread).where(Appointment.status != Status.HELD), reference)


def appointment_for(person: User, reference: str, now: datetime) -> Appointment:
    """A visit as its patient, whoever books for them, its doctor, or the clinic's staff may open it."""
    if person.roles & STAFF and not is_theirs(person, reference, now):
        return for_staff(reference)
    concerned = theirs(person, now)
    if Role.DOCTOR in person.roles:
        concerned |= Doctor.user_id == person.id
    why = undefer(Appointment.reason_sealed)
    return one(with_people().options(why).where(concerned, Appointment.status != Status.HELD), reference)


def is_theirs(person: User, reference: str, now: datetime) -> bool:
    """Whether somebody of the staff is the patient here, or books for them."""
    visit = select(Appointment.id).join(Appointment.patient).where(theirs(person, now))
    return person.patient is not None and db.session.scalar(visit.where(Appointment.reference == reference)) is not None


def reads_as(person: User, appointment: Appointment, now: datetime) -> Why | None:
    """As what the person reads why somebody comes, which is between them and their doctor; None: not at all.

    Whoever booked for another wrote it themself; other guardians read it who may see the record.
    """
    if person.id == appointment.patient.user_id:
        return Why.SELF
    if is_doctor_of(person, appointment):
        return Why.TREATING
    if not acts_for_patient(person, appointment, now):
        return None
    wrote = appointment.booked_by_id == person.id
    return Why.GUARDIAN if wrote or sees_record(person, appointment.patient_id, now) else None


def is_doctor_of(person: User, appointment: Appointment) -> bool:
    """Whoever is suspended is nobody's doctor."""
    return appointment.doctor.user_id == person.id and Role.DOCTOR in person.roles
