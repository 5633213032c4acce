"""One record as somebody may read it. Whoever may not finds none (NoResultFound)."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import contains_eager, joinedload, selectinload, undefer

from healthbook.db import db
from healthbook.models import Attachment, Doctor, MedicalRecord, Prescription, User
from healthbook.patients.queries.access import Reader, reader
from healthbook.records.queries.records import WRITES, chain, draft_of, signed, with_author

TEXTS = ("title", "description", "diagnosis", "treatment", "medications", "amend_reason")
LINE = ("medication_name", "dosage", "frequency", "duration", "instructions", "stop_reason")


class Opened(NamedTuple):
    """A record as its reader has it open: all its versions, newest first."""

    reader: Reader
    versions: list[MedicalRecord]

    @property
    def record(self) -> MedicalRecord:
        return self.versions[0]

    @property
    def files(self) -> list[Attachment]:
        """Of all versions: an amendment takes none away."""
        return sorted((file for version in self.versions for file in version.attachments), key=lambda file: file.id)

    @property
    def changes(self) -> dict[int, set[str | int]]:
        """By a version's id, the names of its texts and the ids of its medicines that the next one has otherwise."""
        pairs = zip(self.versions[1:], self.versions, strict=False)
        return {old.id: texts_of(old, new) | lines_of(old, new) for old, new in pairs}


def texts_of(old: MedicalRecord, new: MedicalRecord) -> set[str | int]:
    return {name for name in TEXTS if getattr(old, name) != getattr(new, name)}


def lines_of(old: MedicalRecord, new: MedicalRecord) -> set[str | int]:
    def said(line: Prescription) -> tuple[str | None, ...]:
        return tuple(getattr(line, name) for name in LINE)

    still = {said(line) for line in new.prescriptions}
    return {line.id for line in old.prescriptions if said(line) not in still}


def whole() -> Select[MedicalRecord]:
    """Records with everything in them but the content of their files."""
    lines = [undefer(getattr(Prescription, f"{name}_sealed")) for name in LINE]
    return with_author().options(
        contains_eager(MedicalRecord.doctor).joinedload(Doctor.specialization),
        *(undefer(getattr(MedicalRecord, f"{name}_sealed")) for name in TEXTS),
        selectinload(MedicalRecord.prescriptions).options(*lines, joinedload(Prescription.stopped_by)),
        selectinload(MedicalRecord.attachments).options(undefer(Attachment.file_name_sealed)),
    )


def opened(person: User, record_id: int, now: datetime) -> Opened:
    """A record with all its texts, medicines and the names of its files, for somebody who may read it."""
    about = db.session.execute(select(MedicalRecord.patient_id).where(MedicalRecord.id == record_id)).scalar_one()
    who = reader(person, about, now)
    known = chain([record_id])
    rows = whole().where(MedicalRecord.id.in_(select(known.c.id)), or_(signed(who), draft_of(who)))
    versions = list(db.session.scalars(rows))
    if record_id not in {version.id for version in versions}:
        raise NoResultFound
    return Opened(who, sorted(versions, key=lambda version: version.id, reverse=True))


def writer(person: User, patient_id: int, now: datetime) -> Reader:
    """The person as a doctor who may write about this patient: they treat them, or it is an emergency."""
    who = reader(person, patient_id, now)
    if who.why not in WRITES:
        raise NoResultFound
    return who


def written(person: User, record_id: int, now: datetime) -> Opened:
    """A record for somebody who may write about its patient: their own draft, or what is signed."""
    found = opened(person, record_id, now)
    if found.reader.why not in WRITES:
        raise NoResultFound
    return found


def signed_only(person: User, record_id: int, now: datetime) -> Opened:
    """What is a draft is not for paper."""
    found = opened(person, record_id, now)
    if found.record.signed_at is None:
        raise NoResultFound
    return found
