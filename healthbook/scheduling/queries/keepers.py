"""Whose hours and visit types a person keeps."""

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from healthbook.db import db
from healthbook.models import Doctor, User
from healthbook.models.accounts import STAFF


def kept_by(person: User, doctor_id: int) -> Doctor:
    """The person's own profile, or for the clinic's staff anybody's. Raises NoResultFound."""
    wanted = select(Doctor).join(Doctor.user).where(Doctor.id == doctor_id)
    if not person.roles & STAFF:
        wanted = wanted.where(Doctor.user_id == person.id)
    loaded = wanted.options(contains_eager(Doctor.user), joinedload(Doctor.clinic), joinedload(Doctor.specialization))
    return db.session.execute(loaded).scalar_one()
