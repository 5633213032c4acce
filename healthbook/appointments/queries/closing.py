"""What stands between a patient and closing their account, and how long the record is kept afterwards."""

from calendar import isleap
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import BOOKED, Appointment, Clinic, Doctor, MedicalRecord, Patient, Status

TO_COME = (Status.SCHEDULED, Status.CONFIRMED)
HERE = (Status.CHECKED_IN, Status.IN_PROGRESS)
OFF = (Status.HELD, Status.CANCELLED, Status.RESCHEDULED)
starts = func.lower(Appointment.during)


def to_come(patient: Patient, now: datetime) -> list[Appointment]:
    """The visits that would be cancelled, in order of time."""
    doctor = joinedload(Appointment.doctor).options(joinedload(Doctor.user), joinedload(Doctor.clinic))
    rows = select(Appointment).where(
        Appointment.patient_id == patient.id, Appointment.status.in_(TO_COME), starts > now
    )
    return list(db.session.scalars(rows.options(doctor).order_by(starts)))


def under_way(patient: Patient, now: datetime) -> bool:
    """A visit has begun and is not over, or the patient is here: the doctor is about to write about it.

    What was never completed is in the way for a day.
    """
    begun = Appointment.status.in_(BOOKED) & (starts <= now) & (func.upper(Appointment.during) > now)
    here = Appointment.status.in_(HERE) & (func.upper(Appointment.during) > now - timedelta(days=1))
    theirs = select(Appointment.id).where(Appointment.patient_id == patient.id, begun | here)
    return bool(db.session.scalar(theirs.limit(1)))


def kept_until(patient: Patient, now: datetime) -> date:
    """The clinic's years after the last visit or record; after today where there was none."""
    clinic = db.session.scalars(select(Clinic).order_by(Clinic.id).limit(1)).one()
    been = Appointment.patient_id == patient.id, Appointment.status.not_in(OFF), starts <= now
    visit = db.session.scalar(select(func.max(starts)).where(*been))
    record = db.session.scalar(select(func.max(MedicalRecord.record_date)).filter_by(patient_id=patient.id))
    last = max((at for at in (visit, record) if at), default=now).astimezone(clinic.zone).date()
    return years_after(last, clinic.retention_years)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; for 29 February the 1 March, where there is none."""
    if (day.month, day.day) == (2, 29) and not isleap(day.year + years):
        return date(day.year + years, 3, 1)
    return day.replace(year=day.year + years)
