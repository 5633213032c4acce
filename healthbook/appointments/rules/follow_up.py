"""The doctor wants to see a patient again."""

from datetime import datetime

from flask_babel import gettext as _

from healthbook.appointments.follow_up import due
from healthbook.appointments.rules.locks import lock
from healthbook.errors import Refused
from healthbook.live import announce
from healthbook.models import Appointment, Status

SEEN = (Status.IN_PROGRESS, Status.COMPLETED)


def see_again(visit: Appointment, when: str, now: datetime) -> None:
    """`when` is a key of follow_up.WHENS, '' for not at all. Raises Refused before the patient was seen."""
    lock([visit.doctor_id])
    if visit.status not in SEEN:
        raise Refused(_("This is decided when the patient has been seen."))
    visit.follow_up_date = due(visit.appointment_date, when)
    visit.follow_up_required, visit.updated_at = bool(when), now
    announce(f"appointment-{visit.reference}", f"me-{visit.patient.user_id}")
