"""Look up what a message is about."""

from datetime import datetime

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import (
    Appointment,
    AppointmentHistory,
    Clinic,
    Doctor,
    EmergencyAccess,
    Guardian,
    Message,
    Offer,
    Patient,
    User,
    UserType,
)
from healthbook.patients.queries.guardianship import awaits_review, in_force

# Made once: each step of each visit asks both.
ID = bindparam("id", type_=Integer)
STEP = (
    select(AppointmentHistory)
    .where(AppointmentHistory.id == ID)
    .options(joinedload(AppointmentHistory.appointment).joinedload(Appointment.patient).joinedload(Patient.user))
)
UNSENT = (
    select(Message)
    .where(Message.id == ID, Message.sent_at.is_(None))
    .options(
        joinedload(Message.user),
        joinedload(Message.appointment).options(
            joinedload(Appointment.doctor).joinedload(Doctor.clinic),
            joinedload(Appointment.patient).joinedload(Patient.user),
        ),
    )
    .with_for_update(skip_locked=True, of=Message)
)


def step(history_id: int) -> AppointmentHistory:
    """One step of a visit's life, with the visit and its patient."""
    return db.session.scalars(STEP, {"id": history_id}).one()


def offer(offer_id: int) -> Offer:
    """Another time, with the visit in whose place it would stand and its patient."""
    whose = joinedload(Offer.replaces).joinedload(Appointment.patient).joinedload(Patient.user)
    return db.session.scalars(select(Offer).where(Offer.id == offer_id).options(whose)).one()


def unsent(message_id: int) -> Message | None:
    """The message with its visit, locked until the commit; None when it was sent or somebody is sending it now."""
    return db.session.scalar(UNSENT, {"id": message_id})


def clinic(message: Message) -> Clinic:
    """Where the visit or the doctor is that it is about, else the first."""
    about = message.appointment or message.emergency_access
    return about.doctor.clinic if about else db.session.scalars(select(Clinic).order_by(Clinic.id).limit(1)).one()


def emergency(emergency_id: int) -> EmergencyAccess:
    """A record that was opened in an emergency, with whose it is."""
    whose = joinedload(EmergencyAccess.patient).joinedload(Patient.user)
    return db.session.scalars(select(EmergencyAccess).where(EmergencyAccess.id == emergency_id).options(whose)).one()


def who_reads(patient: Patient, now: datetime) -> list[User]:
    """The patient; of somebody without an address, such as a child, the guardians who may see the record."""
    if patient.user.email:
        return [patient.user]
    theirs = Guardian.patient_id == patient.id, Guardian.may_see_record, *in_force(now), ~awaits_review(now)
    return list(db.session.scalars(select(User).join(Guardian, Guardian.user_id == User.id).where(*theirs)))


def admins() -> list[User]:
    return list(db.session.scalars(select(User).where(User.user_type == UserType.ADMIN, User.is_active)))
