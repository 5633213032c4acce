"""Who might be found: doctors by what somebody looks for, in the order of the lower bounds of their first free time."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Tuple,
    any_,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from healthbook.db import db
from healthbook.doctors.queries import APPROVED, called
from healthbook.models import Clinic, Doctor, User
from healthbook.scheduling.parts import Part
from healthbook.scheduling.queries import first_types
from healthbook.scheduling.queries.possible import Place, Window, at_work, may_start, not_taken_throughout, works_in
from healthbook.scheduling.slots import Visit
from healthbook.scheduling.terms import Sought

# What `rivals` keeps of a doctor while it asks more of them.
KEPT = (
    Doctor.id,
    Doctor.clinic_id,
    Doctor.user_id,
    Doctor.next_free_at,
    Doctor.slot_step_minutes,
    Doctor.accepts_new_patients,
)


class Criteria(NamedTuple):
    """What somebody looks for. `new`: whether it is their first visit here, None where nobody has said so.

    `since` is a date on each clinic's own calendar.
    """

    specialization_id: int | None = None
    words: str = ""
    language: str | None = None
    video: bool = False
    new: bool | None = None
    part: Part | None = None
    since: date | None = None


class Candidate(NamedTuple):
    """A doctor with the visit that would be booked; free no earlier than `bound`."""

    bound: datetime
    visit_type_id: int
    sought: Sought

    @property
    def place(self) -> Place:
        return self.bound, self.sought.doctor_id


def nearest(criteria: Criteria, most: int, after: Place | None = None) -> list[Candidate]:
    """All whose bounds are not after a place, and so many beyond it. A doctor with nothing to book is none."""
    if after is None:
        return found(first(criteria, most))
    before = matching(criteria).where(bound() <= after).order_by(None)
    passed = select(func.count()).select_from(before.with_only_columns(Doctor.id).subquery()).scalar_subquery()
    return found(matching(criteria).limit(most + passed))


@lru_cache
def first(criteria: Criteria, most: int) -> Select:
    # In the statement itself: without the number PostgreSQL would plan it anew each time.
    return matching(criteria).limit(literal_column(str(most)))


def others(criteria: Criteria, beyond: Place, now: datetime, most: int) -> list[Candidate]:
    """So many whose bounds are beyond a place, and who can be booked as far ahead as somebody wants."""
    statement = matching(criteria).where(bound() > beyond).limit(most)
    if criteria.since:
        # The very one that is joined: its function remembers it.
        kind = first_types.one_by_one(criteria.new)
        last = literal(now) + func.make_interval(0, 0, 0, horizon(kind))
        statement = statement.where(cast(func.timezone(Clinic.time_zone, last), Date) >= criteria.since)
    return found(statement)


def rivals(
    criteria: Criteria, beyond: Place, up_to: Place, zones: Collection[str], now: datetime, after_id: int, most: int
) -> list[Candidate]:
    """So many of the others who may be free before somebody whose place is known, by their ids, after an id.

    `zones` are those met so far.
    """
    window = Window(now, criteria.since, criteria.part)
    near = fitting(criteria).where(
        Doctor.id > after_id, bound() > beyond, bound() <= up_to, at_work(zones, window, up_to)
    )
    # Materialized: what is asked of each of them costs more, and planned together it would be asked of all.
    doctor = aliased(Doctor, near.with_only_columns(*KEPT).cte("near").prefix_with("MATERIALIZED"))
    kind = first_types.at_once(criteria.new, doctor)
    possible = (
        may_start(doctor, zones, kind.c.minutes, window, up_to),
        not_taken_throughout(doctor, kind.c.minutes, window, up_to[0]),
    )
    wanted = select(doctor).join(doctor.clinic).join(kind, kind.c.doctor_id == doctor.id)
    return found(with_visit(wanted.where(active(doctor), *possible), doctor, kind).order_by(doctor.id).limit(most))


def bound() -> Tuple:
    return tuple_(Doctor.next_free_at, Doctor.id)


def found(statement: Select) -> list[Candidate]:
    return [candidate(*row) for row in db.session.execute(statement)]


def candidate(
    bound: datetime, visit_type_id: int, doctor_id: int, clinic_id: int, zone: str, step: int | None, *visit: int
) -> Candidate:
    return Candidate(bound, visit_type_id, Sought(doctor_id, clinic_id, zone, step, visit_of(*visit)))


@lru_cache
def visit_of(minutes: int, before: int, after: int, lead: int, horizon: int) -> Visit:
    """Most doctors have the same few."""
    return Visit(minutes, before, after, timedelta(minutes=lead), timedelta(days=horizon))


# The same few are asked again and again, and to make one takes as long as its answer.
@lru_cache
def matching(criteria: Criteria) -> Select:
    """In the order of the bounds."""
    kind = first_types.one_by_one(criteria.new)
    doctors = fitting(criteria).where(active(Doctor)).join(kind, true())
    return with_visit(doctors, Doctor, kind).order_by(Doctor.next_free_at, Doctor.id)


@lru_cache
def fitting(criteria: Criteria) -> Select:
    """Doctors who are what somebody looks for, whatever can be booked with them, and whether or not they are active."""
    statement = select(Doctor).join(Doctor.clinic).where(APPROVED, Doctor.is_available)
    if criteria.specialization_id:
        statement = statement.where(Doctor.specialization_id == criteria.specialization_id)
    if criteria.language:
        statement = statement.where(literal(criteria.language) == any_(Doctor.languages))
    if criteria.video:
        statement = statement.where(Doctor.video_visits)
    if criteria.new:
        statement = statement.where(Doctor.accepts_new_patients)
    if criteria.part:
        statement = statement.where(works_in(criteria.part))
    if criteria.words:
        statement = statement.join(Doctor.user).join(Doctor.specialization).where(*called(criteria.words))
    return statement


def active(doctor: type[Doctor]) -> ColumnElement[bool]:
    """Of Doctor or an alias. Asked last, of the few who are left: a join would read every person's row."""
    return doctor.user.has(User.is_active)


def with_visit(doctors: Select, doctor: type[Doctor], kind: FromClause) -> Select:
    """Each with what would be booked; `doctors` are joined with their clinics and with `kind` already."""
    return (
        doctors.with_only_columns(doctor.next_free_at, kind.c.id, doctor.id, doctor.clinic_id, Clinic.time_zone)
        .add_columns(doctor.slot_step_minutes, kind.c.minutes, kind.c.buffer_before, kind.c.buffer_after)
        .add_columns(func.coalesce(kind.c.lead_minutes, Clinic.lead_minutes))
        .add_columns(horizon(kind))
    )


def horizon(kind: FromClause) -> ColumnElement[int]:
    """In days."""
    return func.coalesce(kind.c.horizon_days, Clinic.horizon_days)
