"""Photos of patients, for those who should know them by sight."""

from datetime import datetime

from sqlalchemy import Text, cast, select, true
from sqlalchemy.orm import undefer

from healthbook.db import db
from healthbook.models import Patient, Picture, User
from healthbook.models.accounts import STAFF
from healthbook.patients.queries.access import readable


def photo_for(person: User, picture_id: int, now: datetime) -> Picture:
    """A patient's photo with its content, for the staff and whoever may read the record. Raises NoResultFound."""
    may = true() if person.roles & STAFF else readable(person, now)
    shown = select(Picture).join(Patient, Patient.user_id == Picture.user_id)
    theirs = Picture.id == picture_id, Patient.profile_picture == cast(Picture.id, Text), may
    return db.session.execute(shown.where(*theirs).options(undefer(Picture.content_sealed))).scalar_one()
