"""Visits that nobody has closed though their day is over."""

from datetime import datetime

from sqlalchemy import func, text

from healthbook.appointments.queries.affected import unread
from healthbook.db import db
from healthbook.models import BOOKED, Appointment, Doctor
from healthbook.models.statuses import sql_list
from healthbook.scheduling import slots, terms
from healthbook.scheduling.queries import calendars
from healthbook.scheduling.queries.outside import AN_HOUR_OR_LESS

MOST = 50


def left_open(now: datetime, doctor: Doctor | None = None) -> list[Appointment]:
    """The oldest MOST of all or of one doctor's, once the doctor's hours of that day and the visit are over.

    Booked, checked in or under way; without what is clinical.
    """
    start = func.lower(Appointment.during)
    # In the words of the partial index, or it cannot serve.
    still = text(f"appointment.status IN {sql_list(BOOKED)}")
    wanted = unread().where(still, start < now, func.upper(Appointment.during) <= now)
    if doctor:
        wanted = wanted.where(Appointment.doctor_id == doctor.id)
    visits = list(db.session.scalars(wanted.order_by(start, Appointment.id).limit(MOST)))
    closed = closings(visits)
    return [visit for visit in visits if closed[visit.id] <= now.timestamp()]


def closings(visits: list[Appointment]) -> dict[int, int]:
    """When the hours of each visit's day are over, by its id, in epoch seconds. One statement."""
    if not visits:
        return {}
    doctors = {visit.doctor_id: visit.doctor for visit in visits}
    sought = [terms.sought(doctor, AN_HOUR_OR_LESS) for doctor in doctors.values()]
    days = {visit.appointment_date for visit in visits}
    reach = calendars.around(sought, min(days), max(days), visits[0].starts_at)
    known = calendars.working(sought, reach)
    return {visit.id: slots.closing(known[visit.doctor_id], visit.appointment_date.toordinal()) for visit in visits}
