"""A patient's records as somebody may read them, in pages."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, undefer

from healthbook.db import db
from healthbook.models import Appointment, Attachment, Doctor, MedicalRecord, Why
from healthbook.patients.queries.access import Reader
from healthbook.records.queries.search import found

PAGE = 20
WRITES = (Why.TREATING, Why.EMERGENCY)


class Listed(NamedTuple):
    """One page of a list, and whether there is more. `files` and `versions` count by a record's id."""

    records: list[MedicalRecord]
    number: int
    more: bool
    files: dict[int, int]
    versions: dict[int, int]


def signed(reader: Reader) -> ColumnElement[bool]:
    """Of a query that has MedicalRecord in it: what is signed and this reader may read, every version of it."""
    shown = (MedicalRecord.patient_id == reader.patient.id) & MedicalRecord.signed_at.is_not(None)
    if reader.sees_private:
        return shown
    visit = exists().where(Appointment.id == MedicalRecord.appointment_id, Appointment.private)
    return shown & ~MedicalRecord.private & ~visit


def live(reader: Reader) -> ColumnElement[bool]:
    """The same, but for versions that others have taken the place of."""
    return signed(reader) & MedicalRecord.superseded_at.is_(None)


def draft_of(reader: Reader) -> ColumnElement[bool]:
    """What the reader has begun to write about the patient and nobody else sees."""
    doctor = reader.person.doctor
    if doctor is None or reader.why not in WRITES:
        return false()
    own = MedicalRecord.doctor_id == doctor.id, MedicalRecord.patient_id == reader.patient.id
    return own[0] & own[1] & MedicalRecord.signed_at.is_(None)


def with_author() -> Select[MedicalRecord]:
    """Records with their titles, newest first."""
    return (
        select(MedicalRecord)
        .join(MedicalRecord.doctor)
        .options(
            undefer(MedicalRecord.title_sealed),
            contains_eager(MedicalRecord.doctor).options(joinedload(Doctor.user), joinedload(Doctor.clinic)),
        )
        .order_by(MedicalRecord.record_date.desc(), MedicalRecord.id.desc())
    )


def listed(reader: Reader, kind: str | None = None, words: str = "", number: int = 1, most: int = PAGE) -> Listed:
    """A page of the records of a kind (None: all) in which all the words stand, `most` on it."""
    wanted = live(reader) if kind is None else live(reader) & (MedicalRecord.record_type == kind)
    skipped = (number - 1) * most
    if words.split():
        ids = found(wanted, words)[skipped : skipped + most + 1]
        rows = list(db.session.scalars(with_author().where(MedicalRecord.id.in_(ids)))) if ids else []
    else:
        rows = list(db.session.scalars(with_author().where(wanted).offset(skipped).limit(most + 1)))
    if number > 1 and not rows:
        return listed(reader, kind, words, most=most)
    files, versions = counts([row.id for row in rows])
    return Listed(rows[:most], number, len(rows) > most, files, versions)


def chain(ids: list[int]):
    """For each of these records all its versions: rows of `root` (one of the ids), `id` and `supersedes_id`."""
    columns = MedicalRecord.id, MedicalRecord.supersedes_id
    known = select(MedicalRecord.id.label("root"), *columns).where(MedicalRecord.id.in_(ids)).cte(recursive=True)
    other = aliased(MedicalRecord)
    beside = or_(other.supersedes_id == known.c.id, other.id == known.c.supersedes_id)
    return known.union(select(known.c.root, other.id, other.supersedes_id).join(known, beside))


def counts(ids: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many files and versions each of these records has."""
    if not ids:
        return {}, {}
    known = chain(ids)
    numbers = (
        select(known.c.root, func.count(Attachment.id), func.count(known.c.id.distinct()))
        .outerjoin(Attachment, Attachment.medical_record_id == known.c.id)
        .group_by(known.c.root)
    )
    rows = db.session.execute(numbers).all()
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}
