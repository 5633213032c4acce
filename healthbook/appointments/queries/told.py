"""Which messages went out about a visit, and whether there is anybody to write to."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from healthbook.db import db
from healthbook.models import Appointment, Message
from healthbook.patients.queries import family


class Letter(NamedTuple):
    """A message that was due: sent, not yet, or never, with the reason in a word."""

    kind: str
    sent_at: datetime | None
    error: str | None


def letters(visit: Appointment) -> list[Letter]:
    rows = select(Message.kind, Message.sent_at, Message.error).where(Message.appointment_id == visit.id)
    return [Letter(*row) for row in db.session.execute(rows.order_by(Message.id))]


def anybody(visit: Appointment, now: datetime) -> bool:
    """Whether the patient, or somebody who books for them and may know of the visit, has an e-mail address."""
    if visit.patient.user.email:
        return True
    return not visit.private and any(user.email for user in family.guardians(visit.patient_id, now))
