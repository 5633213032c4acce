"""How much a patient may book by themself: asked under the locks."""

from datetime import datetime

from flask_babel import gettext as _

from healthbook.appointments.queries.limits import counts
from healthbook.errors import Refused
from healthbook.models import Clinic, Patient


def within(patient: Patient, clinic: Clinic, now: datetime, another: bool = False) -> None:
    """Raises Refused for who has enough visits ahead, or cancelled late too often.

    `another`: somebody else books for the patient.
    """
    known = counts(patient, now)
    if known.ahead >= clinic.max_open_bookings:
        # A guardian is not told how many there are: some may be private.
        raise Refused(
            _("No more visits can be booked for them here. Please call us.")
            if another
            else _(
                "You have %(n)s visits ahead already. Please cancel one first, or call us.", n=clinic.max_open_bookings
            )
        )
    if known.late > clinic.max_late_cancels:
        raise Refused(_("There were too many late cancellations lately. Please call us, and we find a time together."))
