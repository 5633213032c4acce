"""What has happened to a visit, as whoever opens it may read it."""

from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, defer, joinedload, undefer

from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, User, Why
from healthbook.models.accounts import STAFF

WORDS = (AppointmentHistory.remark_sealed, AppointmentHistory.told_sealed)


class Step(NamedTuple):
    """A step of a visit, with its author's words and what the patient was told, if they are for the reader."""

    row: AppointmentHistory
    words: str | None
    told: str | None


def history(person: User, appointment: Appointment, why: Why | None) -> list[Step]:
    """The steps of a visit and of those it was moved from, newest first, with who made them.

    `why` is what the person reads as; without it the staff reads what the staff wrote, and others no words at all.
    """
    rows = steps(person, appointment, why)
    return [Step(row, words_for(person, appointment, row, why), told_for(person, row, why)) for row in rows]


def steps(person: User, appointment: Appointment, why: Why | None) -> list[AppointmentHistory]:
    made = (
        select(AppointmentHistory)
        .where(AppointmentHistory.appointment_id.in_(earlier_ids(appointment)))
        .options(joinedload(AppointmentHistory.changed_by))
        .order_by(AppointmentHistory.id.desc())
    )
    opened, shut = [undefer(column) for column in WORDS], [defer(column, raiseload=True) for column in WORDS]
    if why:
        return list(db.session.scalars(made.options(*opened)))
    if not person.roles & STAFF:
        return list(db.session.scalars(made.options(*shut)))
    # What patients and doctors said is not even read.
    by_staff = AppointmentHistory.changed_by.has(User.is_staff)
    own = db.session.scalars(made.where(by_staff).options(*opened)).all()
    others = db.session.scalars(made.where(~by_staff).options(*shut)).all()
    return sorted([*own, *others], key=lambda row: row.id, reverse=True)


def earlier_ids(visit: Appointment) -> Select[tuple[int]]:
    """The ids of the visit and of all in whose place it stands."""
    chain = select(Appointment.id, Appointment.moved_from_id).where(Appointment.id == visit.id).cte(recursive=True)
    before = aliased(Appointment)
    chain = chain.union_all(select(before.id, before.moved_from_id).join(chain, before.id == chain.c.moved_from_id))
    return select(chain.c.id)


def words_for(person: User, appointment: Appointment, step: AppointmentHistory, why: Why | None) -> str | None:
    """The doctor reads all, the patient their own and their guardians', a guardian their own, the staff the staff's."""
    author = step.changed_by
    if why == Why.TREATING or (why and author and author.id == person.id):
        return step.remark
    if author is None or (why is None and not author.is_staff):
        return None
    if author.is_staff or author.id == appointment.doctor.user_id:
        return step.remark if why is None and person.roles & STAFF else None
    return step.remark if why == Why.SELF else None


def told_for(person: User, step: AppointmentHistory, why: Why | None) -> str | None:
    """What the patient is told, for whoever reads as the patient does, and for the staff, who wrote it."""
    if why:
        return step.told
    author = step.changed_by
    return step.told if author and author.is_staff and person.roles & STAFF else None


def says_why(appointment: Appointment, steps: list[Step]) -> bool:
    """Whether somebody's own words are on the page of a visit."""
    return bool(appointment.reason or any(step.words or step.told for step in steps))
