"""The blueprint, and what saving does in all pages of a doctor's hours."""

from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, Response, flash, url_for

from healthbook.db import db
from healthbook.hypermedia import go
from healthbook.models import Appointment, Doctor, Role
from healthbook.scheduling.queries.outside import outside
from healthbook.scheduling.rules.bookings import decide_anew
from healthbook.scheduling.rules.bounds import lock

bp = Blueprint("scheduling", __name__)
KEEPERS = (Role.DOCTOR, Role.DESK, Role.ADMIN)


def kept(
    doctor: Doctor, change: Callable[[], object], words: str, back: Callable[[], str], now: datetime, *days: date
) -> Response:
    """Make a change and go back, or on to the visits that lost their time by it; `days` are where to look for them."""
    lock(doctor)
    before = outside(doctor, now)
    change()
    # Also what is lost for another reason now.
    lost = outside(doctor, now).items() - before.items()
    if lost:
        decide_anew(Appointment.id.in_(dict(lost)))
    db.session.commit()
    flash(words)
    if not lost:
        return go(back())
    first, last = (*days, None, None)[:2]
    return go(url_for("appointments.affected", doctor=doctor.id, first=first, last=last))
