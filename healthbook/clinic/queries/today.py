"""A day at the desk: how many, who is waiting, who comes next."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from healthbook.clinic.queries.appointments import START, between, names_only, visits
from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, Clinic, Status

AT_ONCE = 50
NEXT = 8
LONG = 20


def date_at_clinic(now: datetime) -> date:
    """What the desk calls today."""
    zone = db.session.scalar(select(Clinic.time_zone).order_by(Clinic.id).limit(1))
    return now.astimezone(ZoneInfo(zone or "UTC")).date()


class Attended(NamedTuple):
    """A visit that the desk watches, and for how many minutes the patient has waited, or is late."""

    visit: Appointment
    minutes: int

    @property
    def long(self) -> bool:
        return self.minutes > LONG


def minutes(since: datetime, now: datetime) -> int:
    return max(now - since, timedelta(0)) // timedelta(minutes=1)


def counts(day: date) -> Counter[str]:
    """How many visits of the day have which status."""
    counted = select(Appointment.status, func.count()).where(*between(day, day)).group_by(Appointment.status)
    return Counter(dict(db.session.execute(counted).all()))


def waiting(day: date, now: datetime) -> list[Attended]:
    """Who has checked in and was not called yet, the longest wait first."""
    entered = select(func.max(AppointmentHistory.changed_at)).where(
        AppointmentHistory.appointment_id == Appointment.id, AppointmentHistory.new_status == Status.CHECKED_IN
    )
    since = func.coalesce(entered.scalar_subquery(), START)
    statement = visits().add_columns(since).options(*names_only()).order_by(since, Appointment.id)
    here = statement.where(*between(day, day), Appointment.status == Status.CHECKED_IN).limit(AT_ONCE)
    return [Attended(visit, minutes(entered_at, now)) for visit, entered_at in db.session.execute(here)]


def expected(day: date, now: datetime) -> list[Attended]:
    """Who has not checked in yet, the late ones first."""
    outstanding = Appointment.status.in_((Status.SCHEDULED, Status.CONFIRMED))
    statement = visits().options(*names_only()).where(*between(day, day), outstanding)
    rows = db.session.scalars(statement.order_by(START, Appointment.id).limit(NEXT))
    return [Attended(visit, minutes(visit.starts_at, now)) for visit in rows]
