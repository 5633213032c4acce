"""A patient says that they are here, before the desk has seen them."""

from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _

from healthbook.appointments.rules.locks import lock
from healthbook.appointments.rules.steps import AHEAD, is_patients
from healthbook.errors import Refused
from healthbook.live import announce
from healthbook.models import Appointment, User


def may_say(person: User, visit: Appointment, now: datetime) -> bool:
    """From the clinic's minutes before a visit until it would be over, and once."""
    at, early = visit.starts_at.astimezone(UTC), timedelta(minutes=visit.doctor.clinic.arrival_minutes)
    in_time = at - early <= now < at + timedelta(minutes=visit.minutes)
    return in_time and visit.status in AHEAD and not visit.says_here_at and is_patients(person, visit, now)


def say_here(person: User, visit: Appointment, now: datetime) -> None:
    """Saying it twice changes nothing. Raises Refused outside the time for it."""
    lock([visit.doctor_id])
    if visit.says_here_at and visit.status in AHEAD:
        return
    if not may_say(person, visit, now):
        minutes = visit.doctor.clinic.arrival_minutes
        raise Refused(_("You can say that you are here from %(n)s minutes before your visit.", n=minutes))
    visit.says_here_at = visit.updated_at = now
    announce(f"agenda-{visit.doctor_id}", f"appointment-{visit.reference}", "clinic")
