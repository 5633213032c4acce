"""Offers that end: the time that was held for one patient is free for all."""

from datetime import datetime

from sqlalchemy import case, delete, update

from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Answer, Appointment, Offer, User


def end_offer(visit: Appointment, person: User | None, answer: Answer, now: datetime) -> int | None:
    """Give the visit's open offer its answer, or RUN_OUT where it is too late for one, and let go of what it holds.

    The offer's id, unless there was none. The caller has locked the doctor of the visit.
    """
    said = {"answer": answer, "answered_at": now, "answered_by_id": person and person.id}
    if answer != Answer.ACCEPTED:
        said["answer"] = case((Offer.expires_at <= now, Answer.RUN_OUT), else_=answer)
    ended = update(Offer).where(Offer.replaces_id == visit.id, Offer.answer.is_(None)).values(**said)
    found = db.session.execute(ended.returning(Offer.id, Offer.appointment_id, Offer.doctor_id)).first()
    if found is None:
        return None
    if found.appointment_id:
        db.session.execute(delete(Appointment).where(Appointment.id == found.appointment_id))
    announce(f"doctor-{found.doctor_id}", f"appointment-{visit.reference}", "clinic")
    return found.id
