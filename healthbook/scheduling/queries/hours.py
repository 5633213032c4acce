"""A doctor's weekly hours as they are kept, and whose hours a person may change."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import Doctor, DoctorAvailability, User, Weekday
from healthbook.models.accounts import STAFF


def keeper_of(person: User, doctor_id: int) -> Doctor:
    """A doctor whose hours this person may change: any for the clinic's staff, oneself for a doctor.

    Raises NoResultFound.
    """
    wanted = select(Doctor).where(Doctor.id == doctor_id)
    if not person.roles & STAFF:
        wanted = wanted.where(Doctor.user_id == person.id)
    people = joinedload(Doctor.user), joinedload(Doctor.clinic), joinedload(Doctor.specialization)
    return db.session.execute(wanted.options(*people)).unique().scalar_one()


def hours(doctor: Doctor) -> list[DoctorAvailability]:
    """The doctor's weekly hours with their authors in the order of the week, read anew."""
    own = select(DoctorAvailability).where(DoctorAvailability.doctor_id == doctor.id)
    authored = own.options(joinedload(DoctorAvailability.created_by))
    rows = db.session.scalars(authored, execution_options={"populate_existing": True})
    return sorted(rows, key=lambda row: (Weekday(row.day_of_week).number, row.start_time, row.id))
