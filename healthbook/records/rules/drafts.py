"""Writing about a patient: a draft is its author's alone, and a page that has not seen its last change does not win."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, NoResultFound

from healthbook.db import db, violated
from healthbook.errors import Stale
from healthbook.models import Attachment, Doctor, MedicalRecord, Prescription
from healthbook.patients.queries.access import Reader
from healthbook.records.queries.opened import whole


class Words(NamedTuple):
    """What a record says; `day` is the day it tells of, on the clinic's calendar."""

    record_type: str
    title: str
    day: date
    description: str | None = None
    diagnosis: str | None = None
    treatment: str | None = None
    medications: str | None = None
    private: bool = False


class Line(NamedTuple):
    """One medicine of a record, as it is prescribed."""

    medication_name: str
    dosage: str | None = None
    frequency: str | None = None
    duration: str | None = None
    instructions: str | None = None


class Written(Stale):
    """A form that was sent before, with other words; `record_id` is what was made of it then."""

    def __init__(self, record: MedicalRecord):
        super().__init__(_("This was saved before, with other words. Both are below."))
        self.record_id = record.id


def write(writer: Reader, words: Words, lines: list[Line], key: UUID, now: datetime) -> MedicalRecord:
    """A new draft, once for each `key`. Raises Written when that key brought other words before."""
    made = MedicalRecord(request_key=key, **about(writer, words, now))
    try:
        with db.session.begin_nested():
            keep(made, words, lines, now)
    except IntegrityError as error:
        if violated(error) != "uq_medical_record_request_key":
            raise
        return written_before(writer, words, lines, key)
    return made


def written_before(writer: Reader, words: Words, lines: list[Line], key: UUID) -> MedicalRecord:
    own = MedicalRecord.doctor_id == author(writer).id, MedicalRecord.patient_id == writer.patient.id
    before = db.session.scalars(whole().where(MedicalRecord.request_key == key, *own)).one()
    lock(before)
    if said(before) != (words, lines):
        raise Written(before)
    return before


def about(writer: Reader, words: Words, now: datetime, told: datetime | None = None) -> dict[str, object]:
    """Whom a new record is about, who writes it, and when it was; `told` is kept where it is on that day already."""
    doctor = author(writer)
    return {
        "patient_id": writer.patient.id,
        "doctor_id": doctor.id,
        "record_date": instant(words.day, told or now, now, doctor.clinic.zone),
    }


def author(writer: Reader) -> Doctor:
    """Raises NoResultFound for whoever is no doctor."""
    if writer.person.doctor is None:
        raise NoResultFound
    return writer.person.doctor


def instant(day: date, told: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """A moment on that day: the one that was told before, now, or noon."""
    for moment in (told, now):
        if moment.astimezone(zone).date() == day:
            return moment
    return datetime.combine(day, time(12), zone)


def keep(record: MedicalRecord, words: Words, lines: Iterable[Line], now: datetime) -> None:
    """Put these words and medicines into a record, in place of what it said."""
    record.record_type, record.private = words.record_type, words.private
    for name in ("title", "description", "diagnosis", "treatment", "medications"):
        setattr(record, name, getattr(words, name))
    db.session.add(record)
    db.session.flush()
    db.session.execute(delete(Prescription).where(Prescription.medical_record_id == record.id))
    db.session.expire(record, ["prescriptions"])
    of_it = {"medical_record_id": record.id, "created_at": now}
    db.session.add_all(Prescription(**line._asdict(), **of_it) for line in lines)
    db.session.flush()


def said(record: MedicalRecord) -> tuple[Words, list[Line]]:
    """The words and medicines of a record that was loaded whole, without what was stopped."""
    names = [name for name in Words._fields if name != "day"]
    words = Words(day=record.day, **{name: getattr(record, name) for name in names})
    taken = [line for line in record.prescriptions if line.stopped_at is None]
    return words, [Line(*(getattr(line, name) for name in Line._fields)) for line in taken]


def rewrite(draft: MedicalRecord, words: Words, lines: list[Line], version: int, now: datetime) -> None:
    """Raises Stale when the draft is not as the page had it: changed elsewhere, or signed."""
    lock(draft)
    if draft.signed_at:
        raise Stale(_("This draft was signed elsewhere. Your words are below: add what is missing as an amendment."))
    if draft.version != version:
        raise Stale(_("This draft was changed elsewhere. Both texts are below: put together what you need."))
    draft.record_date = instant(words.day, draft.record_date, now, draft.doctor.clinic.zone)
    draft.version = version + 1
    keep(draft, words, lines, now)


def lock(record: MedicalRecord) -> None:
    """Wait for whoever else changes it, and know it as it is then. Raises NoResultFound when it is gone."""
    db.session.execute(
        select(MedicalRecord.id).where(MedicalRecord.id == record.id).with_for_update(key_share=True)
    ).one()
    again = whole().where(MedicalRecord.id == record.id).execution_options(populate_existing=True)
    db.session.scalars(again).one()


def unsigned(record: MedicalRecord) -> None:
    """Raises Stale for what is signed: nothing comes to it, and nothing goes."""
    if record.signed_at:
        raise Stale(_("This was signed meanwhile, so it stays as it is. Add what is missing as an amendment."))


def discard(draft: MedicalRecord) -> None:
    """Nobody but its author has seen it. Raises Stale for what is signed."""
    lock(draft)
    unsigned(draft)
    for model in (Attachment, Prescription):
        db.session.execute(delete(model).where(model.medical_record_id == draft.id))
    db.session.execute(delete(MedicalRecord).where(MedicalRecord.id == draft.id))
