"""How much a patient has booked ahead, and how often they cancelled late."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from healthbook.db import db
from healthbook.models import Appointment, Patient, Status

LATE_IN = timedelta(days=30)


class Counts(NamedTuple):
    """`ahead` are the visits to come, `late` the late cancellations of the last 30 days."""

    ahead: int
    late: int


def counts(patient: Patient, now: datetime) -> Counts:
    booked = Appointment.status.in_((Status.SCHEDULED, Status.CONFIRMED)) & (func.lower(Appointment.during) > now)
    late = Appointment.cancelled_late & (Appointment.status_since > now - LATE_IN)
    numbers = select(func.count().filter(booked), func.count().filter(late))
    return Counts(*db.session.execute(numbers.where(Appointment.patient_id == patient.id)).one())
