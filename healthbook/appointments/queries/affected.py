"""Booked visits that lost their time: of one doctor, or all that a closing of the clinic meets."""

from datetime import date, datetime
from math import ceil
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import defer, joinedload

from healthbook.appointments.queries.visits import with_people
from healthbook.db import db
from healthbook.models import Appointment, Clinic, Doctor, TimeOff
from healthbook.scheduling.away import Period
from healthbook.scheduling.queries.outside import EXPECTED, Why, expected, met, outside, still_to_come

PAGE = 100
SEALED = (Appointment.reason_sealed, Appointment.doctor_notes_sealed, Appointment.prescription_sealed)


class Affected(NamedTuple):
    """A visit, and what is in its way, unless it is only listed because everything is."""

    visit: Appointment
    why: Why | None


class Listed(NamedTuple):
    """One page, counted from 1, of all that is affected."""

    rows: list[Affected]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(ceil(self.total / PAGE), 1)


def of_doctor(
    doctor: Doctor, now: datetime, first: date | None, last: date | None, everything: bool, number: int
) -> Listed:
    """Visits in time off or outside the hours, or all that are booked, between two days (inclusive)."""
    found: dict[int, Why | None] = {**outside(doctor, now, first, last)}
    if everything:
        found = {visit.id: found.get(visit.id) for visit in expected(doctor, now, first, last)}
    return page(found, number)


def while_closed(now: datetime, first: date | None, last: date | None, number: int, kept_too: bool = True) -> Listed:
    """Visits with any doctor while their clinic is closed, also those that stay all the same."""
    closed = select(TimeOff.during).where(TimeOff.doctor_id.is_(None), func.upper(TimeOff.during) > now)
    periods = [Period.of(during) for during in db.session.scalars(closed)]
    wanted = select(Appointment.id).where(met(periods), *still_to_come(now, first, last))
    wanted = wanted if kept_too else wanted.where(Appointment.kept_at.is_(None))
    ids = db.session.scalars(wanted.order_by(func.lower(Appointment.during), Appointment.id)) if periods else ()
    return page(dict.fromkeys(ids, Why.CLOSED), number)


class Met(NamedTuple):
    """What somebody would close, and how many visits, of how many doctors, are booked then."""

    periods: list[Range[datetime]]
    visits: int
    doctors: int


def if_closed(periods: list[Period], now: datetime) -> Met:
    numbers = select(func.count(), func.count(Appointment.doctor_id.distinct()))
    row = db.session.execute(numbers.where(met(periods), *still_to_come(now, None, None))).one()
    return Met([Range(*period) for period in periods], *row)


def page(found: dict[int, Why | None], number: int) -> Listed:
    empty = Listed([], 1, len(found))
    number = min(max(number, 1), empty.pages)
    ids = list(found)[(number - 1) * PAGE : number * PAGE]
    visits = {visit.id: visit for visit in db.session.scalars(unread().where(Appointment.id.in_(ids)))}
    return empty._replace(rows=[Affected(visits[id], found[id]) for id in ids if id in visits], number=number)


def chosen(references: list[str], doctor: Doctor | None) -> list[Appointment]:
    """Visits by their references, of one doctor or of any; those that are not there are left out."""
    wanted = unread().where(Appointment.reference.in_(references), Appointment.status.in_(EXPECTED))
    if doctor:
        wanted = wanted.where(Appointment.doctor_id == doctor.id)
    return list(db.session.scalars(wanted.order_by(Appointment.id), execution_options={"populate_existing": True}))


def unread() -> Select[Appointment]:
    """Without what is clinical: reading that raises."""
    hidden = (defer(column, raiseload=True) for column in SEALED)
    return with_people().options(joinedload(Appointment.kept_by), *hidden)


def the_clinic() -> Clinic:
    return db.session.scalars(select(Clinic).order_by(Clinic.id).limit(1)).one()
