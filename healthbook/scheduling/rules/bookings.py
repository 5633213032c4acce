"""Whether a doctor takes new bookings at all, and what is booked already: it stays booked."""

from datetime import datetime

from sqlalchemy import ColumnElement, update

from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Appointment, Doctor
from healthbook.scheduling.rules.bounds import lock, lower_bound


def set_bookings(doctor: Doctor, taking: bool, now: datetime) -> None:
    """Doing so again changes nothing."""
    lock(doctor)
    doctor.is_available = taking
    if taking:
        lower_bound(doctor, now)
    db.session.flush()
    announce(f"doctor-{doctor.id}")


def decide_anew(lost: ColumnElement[bool]) -> None:
    """These visits have lost their time, perhaps once more: whoever kept one has not kept it in spite of this."""
    kept = update(Appointment).where(Appointment.kept_at.is_not(None), lost)
    db.session.execute(kept.values(kept_at=None, kept_by_id=None))
