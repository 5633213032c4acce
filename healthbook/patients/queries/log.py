"""Who has opened a patient's record. Nothing clinical is read here."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from healthbook.db import db
from healthbook.models import AccessLog, Doctor, EmergencyAccess, User, Why
from healthbook.patients.queries import private
from healthbook.patients.queries.access import Reader
from healthbook.patients.queries.guardianship import day

PAGE = 50
EVERYONE, OTHERS, EMERGENCY = "everyone", "others", "emergency"
WHO = (EVERYONE, OTHERS, EMERGENCY)


class Line(NamedTuple):
    """The looks of one person on one day at one place for one reason. `number` is the last one's in the log."""

    actor: User
    place: str
    action: str
    why: str
    reason: str | None
    looks: int
    first: datetime
    last: datetime
    number: int


class Listed(NamedTuple):
    """`earlier` is what the next page begins before, or None where this is the last."""

    lines: list[Line]
    earlier: int | None


def listed(who: Reader, which: str, since: datetime, before: int | None = None, most: int = PAGE) -> Listed:
    """Newest first; `before` is a line's number."""
    first, last, number = func.min(AccessLog.at), func.max(AccessLog.at), func.max(AccessLog.id)
    what = User, AccessLog.object, AccessLog.action, AccessLog.why, AccessLog.reason
    rows = (
        select(*what, func.count(), first, last, number)
        .join(AccessLog.actor)
        .where(*of(who, which, since))
        .group_by(User.id, *what[1:], day(AccessLog.at))
        .order_by(last.desc(), number.desc())
        .limit(most + 1)
    )
    if before:
        there = AccessLog.id == before, AccessLog.patient_id == who.patient.id
        rows = rows.having(tuple_(last, number) < select(AccessLog.at, AccessLog.id).where(*there).scalar_subquery())
    lines = [Line(*row) for row in db.session.execute(rows)]
    return Listed(lines[:most], lines[most - 1].number if len(lines) > most else None)


def each(who: Reader, which: str, since: datetime) -> Iterator[AccessLog]:
    """Every look by itself, newest first."""
    rows: Select[AccessLog] = select(AccessLog).join(AccessLog.actor).options(contains_eager(AccessLog.actor))
    yield from db.session.scalars(rows.where(*of(who, which, since)).order_by(AccessLog.at.desc(), AccessLog.id.desc()))


def of(who: Reader, which: str, since: datetime) -> list[ColumnElement[bool]]:
    """What the reader may know of the log, and asked for."""
    wanted = [AccessLog.patient_id == who.patient.id, AccessLog.at >= since]
    if which == OTHERS:
        wanted.append(AccessLog.actor_id.not_in((who.person.id, who.patient.user_id)))
    if which == EMERGENCY:
        wanted.append(AccessLog.why == Why.EMERGENCY)
    return wanted if who.sees_private else [*wanted, ~private.looks(who.patient.id)]


def emergencies(who: Reader, since: datetime, most: int = 5) -> list[EmergencyAccess]:
    """Newest first, with the doctors."""
    rows = select(EmergencyAccess).options(joinedload(EmergencyAccess.doctor).joinedload(Doctor.user))
    mine = EmergencyAccess.patient_id == who.patient.id, EmergencyAccess.starts_at >= since
    return list(db.session.scalars(rows.where(*mine).order_by(EmergencyAccess.id.desc()).limit(most)))
