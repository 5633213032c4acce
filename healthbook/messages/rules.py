"""Which steps of a visit become a message and whose, and what became of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from healthbook.appointments.queries.moving import moved_to
from healthbook.db import db
from healthbook.models import (
    BOOKED,
    Appointment,
    AppointmentHistory,
    Channel,
    EmergencyAccess,
    Message,
    MessageKind,
    Offer,
    Status,
    User,
)
from healthbook.patients.queries import family

OF_AN_OFFER = (MessageKind.OFFERED, MessageKind.OFFER_TAKEN_BACK)
OF_A_VISIT = (MessageKind.BOOKED, MessageKind.MOVED, MessageKind.CANCELLED, *OF_AN_OFFER)
OVERTAKEN = "overtaken"


def kind_of(step: AppointmentHistory) -> MessageKind | None:
    """A held time that was booked, or a visit that was moved or cancelled; other steps are told by nobody."""
    if step.new_status == Status.RESCHEDULED:
        return MessageKind.MOVED
    if step.new_status == Status.CANCELLED:
        return MessageKind.CANCELLED
    if step.old_status == Status.HELD and step.new_status in BOOKED:
        return MessageKind.BOOKED
    return None


def note(step: AppointmentHistory, now: datetime) -> list[int]:
    """Write down the messages that this step calls for; their ids, the same however often the step is told."""
    kind = kind_of(step)
    if kind is None:
        return []
    moved = kind == MessageKind.MOVED and moved_to(step.appointment)
    visit = moved or step.appointment
    about = {"appointment_id": visit.id, "version": step.id}
    return [note_for(user.id, kind, now, **about) for user in recipients(visit, now)]


def note_for(user_id: int, kind: MessageKind, now: datetime, *, version: int, **about: int) -> int:
    """One message to one person; its id, the same however often it is asked for. `about` is the id of its subject."""
    key = {"user_id": user_id, "kind": kind, "channel": Channel.EMAIL, "version": version, **about}
    row = insert(Message).values(**key, due_at=now).on_conflict_do_nothing().returning(Message.id)
    return db.session.scalar(row) or db.session.execute(select(Message.id).filter_by(**key)).scalar_one()


def recipients(visit: Appointment, now: datetime) -> list[User]:
    """The patient, and the guardian who booked. Of a patient without an address: that guardian or, when they no longer
    act for them, those who do. What is private goes to no guardian.
    """
    own = [user for user in (visit.patient.user,) if user.email]
    acting = [] if visit.private else [user for user in family.guardians(visit.patient_id, now) if user.email]
    booked = [user for user in acting if user.id == visit.booked_by_id]
    return own + (booked if own or booked else acting)


def note_emergency(opened: EmergencyAccess, readers: list[User], admins: list[User], now: datetime) -> list[int]:
    """Write down who is told that a record was opened in an emergency; the ids of all these messages."""
    told = [(MessageKind.EMERGENCY_PATIENT, readers), (MessageKind.EMERGENCY_STAFF, admins)]
    about = {"emergency_access_id": opened.id, "channel": Channel.EMAIL, "version": 1, "due_at": now}
    rows = [about | {"kind": kind, "user_id": user.id} for kind, users in told for user in users if user.email]
    if rows:
        db.session.execute(insert(Message).values(rows).on_conflict_do_nothing())
    return list(db.session.scalars(select(Message.id).filter_by(emergency_access_id=opened.id).order_by(Message.id)))


def overtaken(message: Message, now: datetime) -> bool:
    """Whether it is out of date: nobody should read "booked" after "cancelled", nor of what is no longer theirs."""
    visit = message.appointment
    if visit is None:
        return message.kind in OF_A_VISIT
    if message.kind != MessageKind.CANCELLED and visit.status not in BOOKED:
        return True
    if message.kind == MessageKind.OFFERED and not is_open(db.session.get(Offer, message.version), now):
        return True
    if visit.patient.user_id == message.user_id:
        return False
    return visit.private or message.user_id not in {user.id for user in family.guardians(visit.patient_id, now)}


def is_open(offer: Offer | None, now: datetime) -> bool:
    return offer is not None and offer.answer is None and offer.expires_at > now


def note_offer(offer: Offer, kind: MessageKind, now: datetime) -> list[int]:
    """Write down who hears of another time, or that it was taken back; `version` is the offer."""
    about = {"appointment_id": offer.replaces_id, "version": offer.id}
    return [note_for(user.id, kind, now, **about) for user in recipients(offer.replaces, now)]


def leave(message: Message) -> None:
    message.error = OVERTAKEN


def sent(message: Message, now: datetime) -> None:
    message.sent_at, message.tries, message.error = now, message.tries + 1, None


def failed(message: Message, failure: Exception) -> str:
    """Only the kind of failure is kept: its text may carry the person's address."""
    message.tries, message.error = message.tries + 1, type(failure).__name__
    return message.error
