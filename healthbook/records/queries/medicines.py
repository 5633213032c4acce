"""What a patient takes now and has taken: the medicines of their records."""

from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import contains_eager, joinedload, undefer

from healthbook.db import db
from healthbook.models import Clinic, Doctor, MedicalRecord, Prescription, User
from healthbook.patients.queries.access import Reader
from healthbook.records.medicines import last_day
from healthbook.records.queries.opened import LINE, Opened, opened
from healthbook.records.queries.records import PAGE, live
from healthbook.records.queries.search import opener, seal_id

RUNNING = Prescription.stopped_at.is_(None)


class Medicine(NamedTuple):
    """`until`: its last day, where its own words say one; `stopped` before that, or over by itself: not taken now."""

    line: Prescription
    until: date | None
    now: bool


class Taken(NamedTuple):
    """Everything that is taken now, and one page of what was."""

    now: list[Medicine]
    earlier: list[Medicine]
    number: int
    more: bool


def taken(reader: Reader, today: datetime, number: int = 1) -> Taken:
    """The medicines of all records, newest first."""
    current, over = in_order(reader, today)
    skipped = (number - 1) * PAGE
    if number > 1 and not over[skipped:]:
        return taken(reader, today)
    page = over[skipped : skipped + PAGE]
    found = {line.id: line for line in db.session.scalars(lines([*current, *page]))}

    def drawn(ids: list[int], now: bool) -> list[Medicine]:
        return [Medicine(found[id], ends(found[id]), now) for id in ids]

    return Taken(drawn(current, True), drawn(page, False), number, len(over) > skipped + PAGE)


def current(reader: Reader, today: datetime) -> list[Medicine]:
    """Only what is taken now."""
    ids, _over = in_order(reader, today, RUNNING)
    found = {line.id: line for line in db.session.scalars(lines(ids))} if ids else {}
    return [Medicine(found[id], ends(found[id]), True) for id in ids]


def in_order(reader: Reader, today: datetime, *only: ColumnElement[bool]) -> tuple[list[int], list[int]]:
    """The ids of what is taken now, and of what was: stopped, or over. Newest first."""
    local = partial(func.timezone, Clinic.time_zone)
    days = func.date(local(MedicalRecord.record_date)), func.date(local(today))
    rows = db.session.execute(
        select(Prescription.id, Prescription.stopped_at, *days, seal_id(Prescription), Prescription.duration_sealed)
        .join(Prescription.medical_record)
        .join(MedicalRecord.doctor)
        .join(Doctor.clinic)
        .where(live(reader), *only)
        .order_by(MedicalRecord.record_date.desc(), Prescription.id)
    )
    opened = opener(Prescription, ("duration",))
    over: list[int] = []
    current: list[int] = []
    for id, stopped_at, begun, day, *duration in rows:
        until = last_day(begun, *opened(duration))
        (current if stopped_at is None and (until is None or until >= day) else over).append(id)
    return current, over


def lines(ids: list[int]):
    """These medicines with their words, their records' titles and authors."""
    author = contains_eager(Prescription.medical_record).joinedload(MedicalRecord.doctor)
    return (
        select(Prescription)
        .join(Prescription.medical_record)
        .where(Prescription.id.in_(ids))
        .options(
            *(undefer(getattr(Prescription, f"{name}_sealed")) for name in LINE),
            author.options(joinedload(Doctor.user), joinedload(Doctor.clinic)),
            joinedload(Prescription.stopped_by),
        )
    )


def ends(line: Prescription) -> date | None:
    return last_day(line.medical_record.day, line.duration)


def one(person: User, prescription_id: int, now: datetime) -> tuple[Opened, Prescription]:
    """A medicine with the record in which it stands, for somebody who may read that."""
    of = select(Prescription.medical_record_id).where(Prescription.id == prescription_id)
    record = opened(person, db.session.execute(of).scalar_one(), now)
    for version in record.versions:
        for line in version.prescriptions:
            if line.id == prescription_id:
                return record, line
    raise NoResultFound
