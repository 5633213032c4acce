"""A patient's chart as a doctor reads it: what is always in sight, and visits and records in one line of time."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, case, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import contains_eager, joinedload, undefer

from healthbook.db import db
from healthbook.models import BOOKED, Appointment, Attachment, Doctor, MedicalRecord, Patient, Status, User
from healthbook.patients.queries.access import Reader, reader
from healthbook.records.finding import holds_all, plain
from healthbook.records.queries.medicines import RUNNING, Medicine, ends, in_order, lines
from healthbook.records.queries.records import draft_of, live, with_author
from healthbook.records.queries.search import columns, found, opener, seal_id

PAGE, MEDICINES = 20, 30
VISIT, RECORD = "v", "r"
HAS_BEEN = (*BOOKED, Status.COMPLETED, Status.NO_SHOW)
SAID = ("doctor_notes", "reason", "prescription")
BACKGROUND = ("allergies", "current_medications", "medical_history")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY = re.compile(rf"(-?[0-9]{{1,17}})([{VISIT}{RECORD}])([1-9][0-9]{{0,9}})")


class Key(NamedTuple):
    """Where something stands in the line of time: a moment, then visits before records, then the later row."""

    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}{self.kind}{self.id}"


class Entry(NamedTuple):
    """A visit, with the doctor's own words about it if it was theirs, or a record, with how many files it has."""

    key: Key
    visit: Appointment | None = None
    words: str = ""
    record: MedicalRecord | None = None
    files: int = 0


class Timeline(NamedTuple):
    """So much of the line of time, newest first. `earlier`: after which key it goes on; `found`: in how many
    entries the words stand."""

    entries: list[Entry]
    earlier: Key | None
    found: int | None


def key(text: str) -> Key | None:
    """As it stands in an address; None for what is none."""
    parts = KEY.fullmatch(text)
    try:
        return Key(EPOCH + timedelta(microseconds=int(parts[1])), parts[2], int(parts[3])) if parts else None
    except OverflowError:
        return None


def opened(person: User, patient_id: int, now: datetime) -> Reader:
    """The person as a reader of this patient's record, with the patient's background and insurance."""
    names = *BACKGROUND, "insurance_policy_number"
    return reader(person, patient_id, now, *(undefer(column) for column in columns(Patient, names)))


def apart(text: str | None) -> list[str]:
    """What people write one below the other, or with semicolons between."""
    return [part.strip() for part in re.split(r"[;\n]", text or "") if part.strip()]


def medicines(reader: Reader, now: datetime) -> tuple[list[Medicine], int]:
    """The latest of what is taken now, and how many there are."""
    ids, _over = in_order(reader, now, RUNNING)
    known = {line.id: line for line in db.session.scalars(lines(ids[:MEDICINES]))} if ids else {}
    return [Medicine(known[id], ends(known[id]), True) for id in ids[:MEDICINES]], len(ids)


def timeline(reader: Reader, now: datetime, words: str = "", before: Key | None = None, most: int = PAGE) -> Timeline:
    """Past visits and records, earlier than `before`; with `words`, only where all of them stand."""
    visits, records, number = was(reader, now), or_(live(reader), draft_of(reader)), None
    if words.split():
        in_visits, in_records = found_visits(reader, visits, words), found(records, words)
        visits, records = one_of(Appointment.id, in_visits), one_of(MedicalRecord.id, in_records)
        number = len(in_visits) + len(in_records)
    entries = visit_entries(reader, visits, before, most + 1) + record_entries(records, before, most + 1)
    entries.sort(key=lambda entry: entry.key, reverse=True)
    shown = entries[:most]
    return Timeline(shown, shown[-1].key if len(entries) > most else None, number)


def was(reader: Reader, now: datetime) -> ColumnElement[bool]:
    """Visits that have begun."""
    begun = (Appointment.patient_id == reader.patient.id) & (func.lower(Appointment.during) <= now)
    return begun & Appointment.status.in_(HAS_BEEN)


def one_of(column: Any, ids: list[int]) -> ColumnElement[bool]:
    """As one array: thousands of parameters would take longer than the search."""
    return column == func.any(literal(ids, ARRAY(Integer)))


def earlier(at: Any, id: Any, kind: str, before: Key | None) -> ColumnElement[bool]:
    if before is None:
        return true()
    if kind == before.kind:
        return tuple_(at, id) < tuple_(literal(before.at), literal(before.id))
    return at <= before.at if kind < before.kind else at < before.at


def visit_entries(reader: Reader, wanted: ColumnElement[bool], before: Key | None, most: int) -> list[Entry]:
    at = func.lower(Appointment.during)
    statement = with_own_words(reader, Appointment).join(Appointment.doctor)
    with_people = contains_eager(Appointment.doctor).joinedload(Doctor.user), joinedload(Appointment.visit_type)
    page = statement.where(wanted, earlier(at, Appointment.id, VISIT, before)).options(*with_people)
    opened = opener(Appointment, SAID)
    return [
        Entry(Key(visit.during.lower, VISIT, visit.id), visit=visit, words=next(iter(opened(row)), ""))
        for visit, *row in db.session.execute(page.order_by(at.desc(), Appointment.id.desc()).limit(most))
    ]


def with_own_words(reader: Reader, *what: Any) -> Select[Any]:
    """What somebody said to, or wrote as, another doctor is not even read."""
    own = Appointment.doctor.has(Doctor.user_id == reader.person.id)
    words = [case((own, column)) for column in columns(Appointment, SAID)]
    return select(*what, seal_id(Appointment), *words)


def found_visits(reader: Reader, wanted: ColumnElement[bool], words: str) -> list[int]:
    asked, opened = plain(words).split(), opener(Appointment, SAID)
    rows = db.session.execute(with_own_words(reader, Appointment.id).where(wanted))
    return [id for id, *row in rows if holds_all(asked, opened(row))]


def record_entries(wanted: ColumnElement[bool], before: Key | None, most: int) -> list[Entry]:
    files = select(func.count()).where(Attachment.medical_record_id == MedicalRecord.id).scalar_subquery()
    more = [undefer(column) for column in columns(MedicalRecord, ("diagnosis", "description"))]
    page = with_author().add_columns(files).options(*more).where(wanted)
    page = page.where(earlier(MedicalRecord.record_date, MedicalRecord.id, RECORD, before)).limit(most)
    return [
        Entry(Key(record.record_date, RECORD, record.id), record=record, files=number)
        for record, number in db.session.execute(page)
    ]
