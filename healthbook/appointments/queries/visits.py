"""One visit as people may see it. Whoever has no business with it finds none (NoResultFound)."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager, defer, joinedload, undefer

from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, Doctor, Patient, Role, Status, User
from healthbook.models.accounts import STAFF


def with_people() -> Select[Appointment]:
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


def one(statement: Select[Appointment], reference: str) -> Appointment:
    return db.session.execute(statement.where(Appointment.reference == reference)).scalar_one()


def own(person: User) -> ColumnElement[bool]:
    """The person is the patient."""
    return Patient.user_id == person.id


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


def appointment_for(person: User, reference: str) -> Appointment:
    """A visit as its patient, its doctor, or the clinic's staff may open it."""
    if person.roles & STAFF and not is_own(person, reference):
        return for_staff(reference)
    concerned = own(person)
    if Role.DOCTOR in person.roles:
        concerned |= Doctor.user_id == person.id
    why = undefer(Appointment.reason_sealed)
    return one(with_people().options(why).where(concerned, Appointment.status != Status.HELD), reference)


def is_own(person: User, reference: str) -> bool:
    """Whether somebody of the staff is the patient here."""
    visit = select(Appointment.id).join(Appointment.patient).where(own(person), Appointment.reference == reference)
    return person.patient is not None and db.session.scalar(visit) is not None


def sees_reason(person: User, appointment: Appointment) -> bool:
    """Why somebody comes is between them and their doctor."""
    return person.id in (appointment.patient.user_id, appointment.doctor.user_id)


class Step(NamedTuple):
    """A step of a visit, with the words of whoever made it if they are for the reader."""

    row: AppointmentHistory
    words: str | None


def history(person: User, appointment: Appointment) -> list[Step]:
    """The steps of a visit, newest first, with who made them. The doctor reads all words, the patient their own."""
    doctors, patients = (person.id == who.user_id for who in (appointment.doctor, appointment.patient))
    words = AppointmentHistory.remark_sealed
    made = (
        select(AppointmentHistory)
        .where(AppointmentHistory.appointment_id == appointment.id)
        .options(joinedload(AppointmentHistory.changed_by))
        .options(undefer(words) if doctors or patients else defer(words, raiseload=True))
        .order_by(AppointmentHistory.id.desc())
    )

    def for_reader(step: AppointmentHistory) -> str | None:
        return step.remark if doctors or (patients and step.changed_by_id == person.id) else None

    return [Step(step, for_reader(step)) for step in db.session.scalars(made)]
