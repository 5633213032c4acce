"""Whether a doctor takes new bookings at all. What is booked stays booked."""

from datetime import datetime

from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Doctor
from healthbook.scheduling.rules.bounds import lock, lower_bound


def set_bookings(doctor: Doctor, taking: bool, now: datetime) -> None:
    """Doing so again changes nothing."""
    lock(doctor)
    doctor.is_available = taking
    if taking:
        lower_bound(doctor, now)
    db.session.flush()
    announce(f"doctor-{doctor.id}")
