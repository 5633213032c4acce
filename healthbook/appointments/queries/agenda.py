"""A doctor's day: who comes, and what is still free."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import func
from sqlalchemy.orm import undefer

from healthbook.appointments.day import STEP, Gap, gaps
from healthbook.appointments.queries.visits import with_people
from healthbook.db import db
from healthbook.models import Appointment, Doctor, Status
from healthbook.scheduling import slots
from healthbook.scheduling.queries.free import calendar
from healthbook.scheduling.slots import Visit


def day_of(doctor: Doctor, day: date) -> list[Appointment]:
    """The visits that begin on a day of the clinic's calendar, in order, with why; none held or moved away."""
    return list(
        db.session.scalars(
            with_people()
            .options(undefer(Appointment.reason_sealed))
            .where(
                Appointment.doctor_id == doctor.id,
                Appointment.appointment_date == day,
                # The generated date decides; the range lets the index find the day.
                func.lower(Appointment.during) >= day - timedelta(days=1),
                func.lower(Appointment.during) < day + timedelta(days=2),
                Appointment.status.not_in((Status.HELD, Status.RESCHEDULED)),
            )
            .order_by(func.lower(Appointment.during), Appointment.id)
        )
    )


def free_in(doctor: Doctor, on_date: date, now: datetime) -> list[Gap]:
    """What is still free from some time of a day on, in stretches of ten minutes or more."""
    visit, next_date = Visit(minutes=10), on_date + timedelta(days=1)
    known = calendar(doctor, visit, on_date, next_date, now)
    starts = slots.free(replace(known, step_minutes=STEP.seconds // 60), visit, on_date, next_date, now)
    found = [
        Gap(gap.start.astimezone(doctor.clinic.zone), gap.end.astimezone(doctor.clinic.zone))
        for gap in gaps(starts, timedelta(minutes=visit.minutes))
    ]
    return [gap for gap in found if gap.start.date() == on_date]
