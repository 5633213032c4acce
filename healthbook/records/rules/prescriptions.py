"""Stopping a medicine: it stays in the record, with when, by whom and why it is taken no longer."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.models import Prescription
from healthbook.records.queries.opened import Opened
from healthbook.records.queries.records import WRITES
from healthbook.records.rules.drafts import lock


def stop(record: Opened, line: Prescription, reason: str, now: datetime) -> None:
    """Raises NoResultFound for whoever may not write, Stale when it was stopped or its record amended meanwhile."""
    if record.reader.why not in WRITES or not record.record.signed_at:
        raise NoResultFound
    lock(record.record)
    if line.stopped_at:
        raise Stale(_("Somebody stopped this medicine a moment before you."))
    if line.medical_record_id != record.record.id or record.record.superseded_at:
        raise Refused(_("This stands in an earlier version of the record. Stop the medicine in the newest one."))
    line.stopped_at, line.stopped_by_id, line.stop_reason = now, record.reader.person.id, reason
    db.session.flush()
