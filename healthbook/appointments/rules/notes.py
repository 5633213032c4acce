"""The doctor's own notes of a visit: nobody's words are written over unseen, and what is signed stays as it is."""

from flask_babel import gettext as _

from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.models import Appointment


def write(appointment: Appointment, words: str, version: int) -> None:
    """Raises Stale when the notes changed since they were read, Refused when they stand in the record by now.

    The same words once more change nothing, whatever they were written on.
    """
    db.session.refresh(appointment, ["version", "doctor_notes_sealed"], with_for_update={"key_share": True})
    if (appointment.doctor_notes or "") == words:
        return
    if appointment.record:
        raise Refused(_("These notes are signed into the record. Add your words there, as an amendment."))
    if appointment.version != version:
        raise Stale(_("These notes were changed elsewhere. Your words are below: copy what you need."))
    appointment.doctor_notes, appointment.version = words, version + 1
    db.session.flush()
