"""What is private is between a patient and their doctor, and no guardian knows of it."""

from datetime import datetime

from flask_babel import gettext as _

from healthbook.appointments.queries.visits import is_doctor_of
from healthbook.appointments.rules.visits import announce_family
from healthbook.db import db
from healthbook.errors import NotTheirs
from healthbook.models import Appointment, User


def mark(person: User, appointment: Appointment, private: bool, now: datetime) -> None:
    """Raises NotTheirs for anybody but the patient and the doctor of the visit."""
    if not may_mark(person, appointment):
        raise NotTheirs(_("Only the patient and the doctor can mark a visit as private."))
    appointment.private = private
    db.session.flush()
    # Also when it has become private: from the open lists of guardians it goes at once.
    announce_family(appointment, now, private=False)


def may_mark(person: User, appointment: Appointment) -> bool:
    return person.id == appointment.patient.user_id or is_doctor_of(person, appointment)
