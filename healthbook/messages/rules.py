"""Which steps of a visit become a message, and what became of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from healthbook.db import db
from healthbook.models import BOOKED, AppointmentHistory, Channel, Message, MessageKind, Status

OVERTAKEN = "overtaken"


def kind_of(step: AppointmentHistory) -> MessageKind | None:
    """A held time that was booked, or a visit that was cancelled; other steps are told by nobody."""
    if step.new_status == Status.CANCELLED:
        return MessageKind.CANCELLED
    if step.old_status == Status.HELD and step.new_status in BOOKED:
        return MessageKind.BOOKED
    return None


def note(step: AppointmentHistory, now: datetime) -> int | None:
    """Write down the message that this step calls for; its id, the same however often the step is told."""
    kind, user = kind_of(step), step.appointment.patient.user
    if kind is None or not user.email:
        return None
    key = {"appointment_id": step.appointment_id, "kind": kind, "channel": Channel.EMAIL, "version": step.id}
    db.session.execute(insert(Message).values(**key, user_id=user.id, due_at=now).on_conflict_do_nothing())
    return db.session.scalar(select(Message.id).filter_by(**key))


def overtaken(message: Message) -> bool:
    """Whether the visit is off by now: nobody should read "booked" after "cancelled"."""
    visit = message.appointment
    return message.kind == MessageKind.BOOKED and (visit is None or visit.status not in BOOKED)


def leave(message: Message) -> None:
    message.error = OVERTAKEN


def sent(message: Message, now: datetime) -> None:
    message.sent_at, message.tries, message.error = now, message.tries + 1, None


def failed(message: Message, failure: Exception) -> str:
    """Only the kind of failure is kept: its text may carry the person's address."""
    message.tries, message.error = message.tries + 1, type(failure).__name__
    return message.error
