"""Changing a doctor's weekly hours. Visits that are booked stay as they are."""

from datetime import datetime, time, timedelta

from flask_babel import gettext as _
from sqlalchemy import func

from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.live import announce
from healthbook.models import Doctor, DoctorAvailability, Weekday
from healthbook.scheduling import queries, terms
from healthbook.scheduling.forms import in_words
from healthbook.scheduling.wall_clock import Hours, overlap


class Overlapping(Refused):
    """The doctor has other hours at the same time on some date."""


def add_hours(doctor: Doctor, day: str, start: time, end: time, now: datetime) -> None:
    """Raises Overlapping."""
    lock(doctor)
    row = DoctorAvailability(doctor_id=doctor.id, every_weeks=1)
    set_hours(doctor, row, day, start, end)
    db.session.add(row)
    changed(doctor, now)


def change_hours(doctor: Doctor, hours_id: int, seen: str, day: str, start: time, end: time, now: datetime) -> None:
    """Raises Overlapping, Stale when the hours are no longer as they were `seen`, or NoResultFound."""
    lock(doctor)
    set_hours(doctor, still(doctor, hours_id, seen), day, start, end)
    changed(doctor, now)


def remove_hours(doctor: Doctor, hours_id: int, seen: str, now: datetime) -> None:
    """Raises Stale when the hours are no longer as they were `seen`, or NoResultFound."""
    lock(doctor)
    db.session.delete(still(doctor, hours_id, seen))
    changed(doctor, now)


def lower_bound(doctor: Doctor, at: datetime) -> None:
    """To be called in whatever may make a time free at `at`, or, with buffers and steps, up to a day before it."""
    doctor.next_free_at = func.least(Doctor.next_free_at, at - timedelta(days=1))


def lock(doctor: Doctor) -> None:
    """Whoever changes the hours or books waits here for whoever does so already."""
    db.session.refresh(doctor, ["next_free_at"], with_for_update={"key_share": True})


def still(doctor: Doctor, hours_id: int, seen: str) -> DoctorAvailability:
    row = queries.own_hours(doctor, hours_id)
    if terms.seen(row) != seen:
        raise Stale(_("These hours were changed a moment before you. They are now as you see them here."))
    return row


def set_hours(doctor: Doctor, row: DoctorAvailability, day: str, start: time, end: time) -> None:
    wanted = Hours(Weekday(day).number, start, end, row.valid_from, row.valid_to, row.every_weeks)
    for other in queries.hours(doctor):
        if other.id != row.id and other.is_available and overlap(wanted, terms.hours(other)):
            words = _("These hours overlap %(others)s. Choose other times, or change those first.")
            raise Overlapping(words % {"others": in_words(other)})
    row.day_of_week, row.start_time, row.end_time = day, start, end


def changed(doctor: Doctor, now: datetime) -> None:
    lower_bound(doctor, now)
    db.session.flush()
    announce(f"doctor-{doctor.id}")
