"""Look up what a message is about."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, Doctor, Message, Patient


def step(history_id: int) -> AppointmentHistory:
    """One step of a visit's life, with the visit and its patient."""
    whose = joinedload(AppointmentHistory.appointment).joinedload(Appointment.patient).joinedload(Patient.user)
    return db.session.scalars(
        select(AppointmentHistory).where(AppointmentHistory.id == history_id).options(whose)
    ).one()


def unsent(message_id: int) -> Message | None:
    """The message, locked until the commit; None when it was sent or somebody is sending it now."""
    visit = joinedload(Message.appointment)
    return db.session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.sent_at.is_(None))
        .options(joinedload(Message.user), visit.joinedload(Appointment.doctor).joinedload(Doctor.clinic))
        .with_for_update(skip_locked=True, of=Message)
    )
