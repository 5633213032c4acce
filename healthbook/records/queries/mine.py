"""A person's own record, and those of others whom they look after."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, true
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import joinedload, undefer

from healthbook.db import db
from healthbook.models import AccessLog, Patient, User, Why
from healthbook.patients.queries import private
from healthbook.patients.queries.access import Reader, guarded_by, reader

BACKGROUND = ("allergies", "medical_history", "current_medications")


class Opening(NamedTuple):
    """When somebody last read something of a record, and what let them."""

    by: User
    why: str
    at: datetime


def whose(person: User, patient_id: int | None, now: datetime) -> Reader:
    """Their own record, or that of somebody whom they may read about, with its background."""
    background = (undefer(getattr(Patient, f"{name}_sealed")) for name in BACKGROUND)
    about = patient_id or (person.patient.id if person.patient else None)
    if about is None:
        raise NoResultFound
    return reader(person, about, now, *background)


def about(reader: Reader) -> dict[str, object]:
    """Whose record a page shows: `about` is the id that its links carry, none for one's own."""
    own = reader.why == Why.SELF
    return {"who": reader, "patient": reader.patient, "own": own, "about": None if own else reader.patient.id}


def others(person: User, now: datetime) -> list[Patient]:
    """Whose records the person may read as a guardian, by name."""
    theirs = select(Patient).join(Patient.user).where(guarded_by(person.id, now)).options(joinedload(Patient.user))
    return list(db.session.scalars(theirs.order_by(User.first_name, User.last_name, Patient.id)))


def last_openings(reader: Reader, most: int = 3) -> list[Opening]:
    """Who else has opened it, each with the last time. A guardian is not told of looks at what is private."""
    last = func.max(AccessLog.at)
    rows = (
        select(User, AccessLog.why, last)
        .join(AccessLog.actor)
        .where(AccessLog.patient_id == reader.patient.id, AccessLog.actor_id != reader.person.id)
        .where(true() if reader.sees_private else ~private.looks(reader.patient.id))
        .group_by(User.id, AccessLog.why)
        .order_by(last.desc())
        .limit(most)
    )
    return [Opening(*row) for row in db.session.execute(rows)]
