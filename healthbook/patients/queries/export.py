"""All rows about a patient, as somebody who reads them all may have them. What is private is gone for a guardian."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload, undefer

from healthbook.db import db
from healthbook.models import (
    AccessLog,
    Appointment,
    AppointmentHistory,
    Attachment,
    Doctor,
    Guardian,
    MedicalRecord,
    Message,
    Patient,
    Picture,
    Prescription,
    Status,
)
from healthbook.patients.queries import private
from healthbook.patients.queries.access import Reader
from healthbook.seal import sealed


def appointments(who: Reader) -> Sequence[Appointment]:
    """Every visit that was booked, in order of time, with its history. The doctor's own notes stay unread."""
    steps = selectinload(Appointment.history).options(
        undefer(AppointmentHistory.remark_sealed), joinedload(AppointmentHistory.changed_by)
    )
    doctor = joinedload(Appointment.doctor).options(
        joinedload(Doctor.user), joinedload(Doctor.specialization), joinedload(Doctor.clinic)
    )
    words = undefer(Appointment.reason_sealed), undefer(Appointment.prescription_sealed)
    rows = select(Appointment).where(Appointment.patient_id == who.patient.id, Appointment.status != Status.HELD)
    if not who.sees_private:
        rows = rows.where(~Appointment.private)
    rows = rows.options(steps, doctor, joinedload(Appointment.visit_type), *words)
    return db.session.scalars(rows.order_by(func.lower(Appointment.during), Appointment.id)).all()


def records(who: Reader) -> Sequence[MedicalRecord]:
    """Every signed record in all its versions, with its lines and the names of its files."""
    lines = selectinload(MedicalRecord.prescriptions).options(*whole(Prescription), joinedload(Prescription.stopped_by))
    files = selectinload(MedicalRecord.attachments).options(undefer(Attachment.file_name_sealed))
    author = joinedload(MedicalRecord.doctor).options(joinedload(Doctor.user), joinedload(Doctor.clinic))
    rows = readable(who, select(MedicalRecord)).options(author, *whole(MedicalRecord), lines, files)
    return db.session.scalars(rows.order_by(MedicalRecord.record_date, MedicalRecord.id)).all()


def whole(model: type) -> list:
    """Options that load everything that is sealed in a row."""
    return [undefer(getattr(model, one.column)) for one in sealed(model)]


OF_PATIENT = (*whole(Patient), selectinload(Patient.guardians).joinedload(Guardian.user))
"""What is sealed of the patient themself, and who may act for them."""


def readable(who: Reader, rows: Select) -> Select:
    """Of a query that has MedicalRecord in it: what is signed, and not kept from the reader."""
    mine = rows.where(MedicalRecord.patient_id == who.patient.id, MedicalRecord.signed_at.is_not(None))
    return mine if who.sees_private else mine.where(MedicalRecord.id.not_in(private.records(who.patient.id)))


def messages(who: Reader) -> Sequence[Message]:
    rows = select(Message).where(Message.user_id == who.patient.user_id).options(joinedload(Message.appointment))
    if not who.sees_private:
        hidden = private.visits(who.patient.id)
        rows = rows.where(Message.appointment_id.is_(None) | Message.appointment_id.not_in(hidden))
    return db.session.scalars(rows.order_by(Message.id)).all()


def looks(who: Reader) -> Sequence[AccessLog]:
    """The whole access log, oldest first."""
    rows = select(AccessLog).join(AccessLog.actor).where(AccessLog.patient_id == who.patient.id)
    if not who.sees_private:
        rows = rows.where(~private.looks(who.patient.id))
    return db.session.scalars(rows.options(contains_eager(AccessLog.actor)).order_by(AccessLog.id)).all()


def photo(who: Reader) -> Picture | None:
    mine = select(Picture).where(Picture.user_id == who.patient.user_id).options(undefer(Picture.content_sealed))
    return db.session.scalars(mine.order_by(Picture.id.desc()).limit(1)).first()


def content(attachment_id: int) -> bytes:
    """What a file holds. Nothing stays loaded, and no connection waits while it is sent."""
    one = select(Attachment).where(Attachment.id == attachment_id).options(undefer(Attachment.content_sealed))
    held = db.session.execute(one).scalar_one().content
    db.session.rollback()
    return held
