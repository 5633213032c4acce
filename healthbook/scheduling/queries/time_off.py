"""When a doctor, or the whole clinic, is away."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import Appointment, Doctor, TimeOff
from healthbook.scheduling.away import Period
from healthbook.scheduling.queries.calendar_rows import LONGEST_BLOCK
from healthbook.scheduling.queries.outside import EXPECTED


class Series(NamedTuple):
    """What was entered at once, in order: mostly one. `visits` are the doctor's that are booked inside, by row."""

    rows: list[TimeOff]
    visits: dict[int, int]

    @property
    def booked(self) -> int:
        return sum(self.visits.values())


def time_off(doctor: Doctor, now: datetime) -> list[Series]:
    """What is not over of a doctor's own and of the clinic's, in the order of its next beginning."""
    own = or_(TimeOff.doctor_id == doctor.id, TimeOff.doctor_id.is_(None))
    booked = (
        select(func.count(Appointment.id))
        .where(
            Appointment.doctor_id == doctor.id,
            Appointment.status.in_(EXPECTED),
            func.lower(Appointment.during) >= func.greatest(func.lower(TimeOff.during), now) - LONGEST_BLOCK,
            func.lower(Appointment.during) < func.upper(TimeOff.during),
            func.upper(Appointment.during) > func.greatest(func.lower(TimeOff.during), now),
        )
        .scalar_subquery()
    )
    wanted = select(TimeOff, booked).where(TimeOff.clinic_id == doctor.clinic_id, own)
    wanted = wanted.where(func.upper(TimeOff.during) > now).options(joinedload(TimeOff.created_by))
    ordered = wanted.order_by(func.lower(TimeOff.during), TimeOff.id)
    return grouped(db.session.execute(ordered).all())


def grouped(found: Iterable) -> list[Series]:
    series: dict[UUID | int, Series] = {}
    for row, visits in found:
        one = series.setdefault(row.series or row.id, Series([], {}))
        one.rows.append(row)
        one.visits[row.id] = visits
    return list(series.values())


def one(doctor: Doctor, time_off_id: int, whole: bool) -> list[TimeOff]:
    """One of the doctor's own, with `whole` all of its series. Raises NoResultFound."""
    own = select(TimeOff).where(TimeOff.doctor_id == doctor.id)
    row = db.session.scalars(own.where(TimeOff.id == time_off_id)).one()
    return list(db.session.scalars(own.where(TimeOff.series == row.series))) if whole and row.series else [row]


def same(doctor: Doctor, periods: Iterable[Period]) -> set[Period]:
    """Those of these periods that the doctor is off already, to the minute."""
    return known(TimeOff.doctor_id == doctor.id, periods)


def known(whose: ColumnElement[bool], periods: Iterable[Period]) -> set[Period]:
    wanted = select(TimeOff.during).where(whose, TimeOff.during.in_([Range(*period) for period in periods]))
    return {Period.of(during) for during in db.session.scalars(wanted)}
