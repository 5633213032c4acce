"""Signing: from then on a record is never changed. What was wrong is put right by a new version of it."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, NoResultFound

from healthbook.db import db, violated
from healthbook.errors import Refused, Stale
from healthbook.models import Appointment, MedicalRecord, Prescription, Status, Why
from healthbook.patients.queries.access import Reader
from healthbook.records.queries.opened import Opened
from healthbook.records.queries.records import chain
from healthbook.records.rules.drafts import Line, Words, about, author, keep, lock

OF_A_VISIT = "uq_medical_record_live_appointment_id"
UNDER_WAY = (Status.CHECKED_IN, Status.IN_PROGRESS, Status.COMPLETED)
MAY_HIDE = (Why.SELF, Why.TREATING)
STOPPED = ("medication_name", "dosage", "frequency", "duration", "instructions", "stop_reason")


def sign(draft: MedicalRecord, now: datetime) -> None:
    """A draft, as it was kept in this transaction, becomes a part of the patient's record. Signing twice is once."""
    draft.signed_at = draft.signed_at or now
    db.session.flush()


def sign_notes(
    writer: Reader, appointment: Appointment, words: Words, lines: list[Line], now: datetime
) -> MedicalRecord:
    """What the doctor has written about a visit becomes its record; that of a private visit is private.

    Raises NoResultFound for another's visit, Refused before it has begun, and Stale when it has a record already.
    """
    if (appointment.doctor_id, appointment.patient_id) != (author(writer).id, writer.patient.id):
        raise NoResultFound
    # Whoever writes its notes just now has done so, or finds them signed.
    db.session.refresh(appointment, ["status", "private"], with_for_update={"key_share": True})
    if appointment.status not in UNDER_WAY:
        raise Refused(_("The visit has not begun yet."))
    private = words.private or appointment.private
    made = MedicalRecord(appointment_id=appointment.id, signed_at=now, **about(writer, words, now))
    try:
        with db.session.begin_nested():
            keep(made, words._replace(private=private), lines, now)
    except IntegrityError as error:
        if violated(error) != OF_A_VISIT:
            raise
        raise Stale(_("This visit has its record already. Add what is missing as an amendment.")) from error
    return made


def amend(
    writer: Reader, old: MedicalRecord, words: Words, lines: list[Line], reason: str, now: datetime
) -> MedicalRecord:
    """A new version in place of a signed one, which stays. Raises Stale when another has taken its place already.

    What was stopped stays stopped, and what was private stays private.
    """
    lock(old)
    if old.superseded_at or not old.signed_at:
        raise Stale(_("Somebody amended this record a moment before you. Both texts are below."))
    old.superseded_at = now
    db.session.flush()
    chain = {"supersedes_id": old.id, "appointment_id": old.appointment_id, "amend_reason": reason}
    made = MedicalRecord(signed_at=now, **chain, **about(writer, words, now, told=old.record_date))
    keep(made, words._replace(private=old.private), lines, now)
    db.session.add_all(carried(line, made) for line in old.prescriptions if line.stopped_at)
    db.session.flush()
    return made


def carried(line: Prescription, to: MedicalRecord) -> Prescription:
    """A medicine that was stopped, in the next version of its record."""
    same = {name: getattr(line, name) for name in STOPPED}
    when = {"created_at": line.created_at, "stopped_at": line.stopped_at, "stopped_by_id": line.stopped_by_id}
    return Prescription(medical_record_id=to.id, **same, **when)


def hide(record: Opened, private: bool) -> None:
    """Keep all versions of a record from guardians, or no longer. Raises NoResultFound for whoever may not decide."""
    if record.reader.why not in MAY_HIDE:
        raise NoResultFound
    # Whoever amends it just now has done so by then, and their version is one of them.
    lock(record.record)
    versions = select(chain([record.record.id]).c.id)
    db.session.execute(update(MedicalRecord).where(MedicalRecord.id.in_(versions)).values(private=private))
