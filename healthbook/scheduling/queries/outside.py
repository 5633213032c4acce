"""Booked visits that a doctor's time has no room for any more: what became of them is decided by people."""

from bisect import bisect
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, false, func, or_, select
from sqlalchemy.dialects.postgresql import Range

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Status, TimeOff
from healthbook.scheduling import slots, terms
from healthbook.scheduling.away import Period
from healthbook.scheduling.queries import calendars
from healthbook.scheduling.queries.calendar_rows import LONGEST_BLOCK
from healthbook.scheduling.spans import Span

# Whoever is with the doctor is no longer sent away.
EXPECTED = (Status.SCHEDULED, Status.CONFIRMED, Status.CHECKED_IN)
AN_HOUR_OR_LESS = slots.Visit(minutes=1, horizon=timedelta(days=1500))


class Why(StrEnum):
    """What is in the way of a visit."""

    CLOSED = "closed"
    AWAY = "away"
    OUTSIDE = "outside"


def expected(doctor: Doctor, now: datetime, first: date | None = None, last: date | None = None) -> list[Row]:
    """Id, start, end, whether it was squeezed in on purpose, and when kept, of all booked from now on, in order."""
    start, end = func.lower(Appointment.during), func.upper(Appointment.during)
    told = Appointment.id, start.label("start"), end.label("end"), Appointment.overbooked, Appointment.kept_at
    wanted = select(*told).where(
        Appointment.doctor_id == doctor.id, Appointment.status.in_(EXPECTED), *still_to_come(now, first, last)
    )
    return list(db.session.execute(wanted.order_by(start, Appointment.id)))


def still_to_come(now: datetime, first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """Visits that are not over, between two days of their own calendar, found by the index of their starts."""
    begins = func.lower(Appointment.during)
    wanted = [begins >= now - LONGEST_BLOCK, func.upper(Appointment.during) > now]
    if first:
        wanted += [begins >= first - timedelta(days=1), Appointment.appointment_date >= first]
    if last:
        wanted += [begins < last + timedelta(days=2), Appointment.appointment_date <= last]
    return wanted


def met(periods: Iterable[Period]) -> ColumnElement[bool]:
    """Whether a visit is expected in one of these periods."""
    start = func.lower(Appointment.during)
    # Each as a stretch of starts, so that their index finds the few visits among all.
    inside = [
        (start >= period.start - LONGEST_BLOCK) & (start < period.end) & Appointment.during.overlaps(Range(*period))
        for period in periods
    ]
    return Appointment.status.in_(EXPECTED) & or_(false(), *inside)


def outside(doctor: Doctor, now: datetime, first: date | None = None, last: date | None = None) -> dict[int, Why]:
    """The ids of the visits in time off or outside the doctor's hours, in order, each with what is in its way."""
    return without_room(doctor, expected(doctor, now, first, last), now)


def undecided(doctor: Doctor, now: datetime, first: date | None = None, last: date | None = None) -> dict[int, Why]:
    """Those of them that nobody keeps all the same."""
    return without_room(doctor, [visit for visit in expected(doctor, now, first, last) if visit.kept_at is None], now)


def without_room(doctor: Doctor, visits: list[Row], now: datetime) -> dict[int, Why]:
    """Of visits in order, those that no longer lie in the doctor's time, by their ids."""
    if not visits:
        return {}
    off, worked = time_off(doctor, visits), working(doctor, visits, now)
    found = {visit.id: why(visit, off, worked) for visit in visits}
    return {visit_id: reason for visit_id, reason in found.items() if reason}


def time_off(doctor: Doctor, visits: list[Row]) -> list[Row]:
    during = Range(visits[0].start, max(visit.end for visit in visits))
    own = or_(TimeOff.doctor_id.is_(None), TimeOff.doctor_id == doctor.id)
    start, end = func.lower(TimeOff.during).label("start"), func.upper(TimeOff.during).label("end")
    wanted = select(start, end, TimeOff.doctor_id).where(TimeOff.clinic_id == doctor.clinic_id, own)
    return list(db.session.execute(wanted.where(TimeOff.during.overlaps(during))))


def working(doctor: Doctor, visits: list[Row], now: datetime) -> list[Span]:
    first, last = (visits[place].start.astimezone(doctor.clinic.zone).date() for place in (0, -1))
    sought = [terms.sought(doctor, AN_HOUR_OR_LESS)]
    reach = calendars.around(sought, first, last, min(now, visits[0].start))
    known = calendars.working(sought, reach)[doctor.id]
    return slots.working(known, first, last)


def why(visit: Row, off: Collection[Row], worked: list[Span]) -> Why | None:
    for away in off:
        if away.start < visit.end and visit.start < away.end:
            return Why.AWAY if away.doctor_id else Why.CLOSED
    if visit.overbooked or covered(worked, int(visit.start.timestamp()), int(visit.end.timestamp())):
        return None
    return Why.OUTSIDE


def covered(worked: list[Span], start: int, end: int) -> bool:
    """Whether one of merged spans holds all of this."""
    place = bisect(worked, start, key=lambda span: span[0]) - 1
    return place >= 0 and end <= worked[place][1]
