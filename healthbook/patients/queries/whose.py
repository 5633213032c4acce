"""Whose pages somebody reads: their own, or as a guardian those of somebody else, read only."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.sql.base import ExecutableOption

from healthbook.db import db
from healthbook.models import Clinic, User, Why
from healthbook.patients.queries.access import Reader, reader
from healthbook.patients.queries.guardianship import setting


def whose(person: User, patient_id: int | None, now: datetime, *also: ExecutableOption) -> Reader:
    """Their own, unless they name somebody whose guardian they are. A doctor's patients are not found here.

    `also` are options for what is sealed of the patient.
    """
    own = person.patient.id if person.patient else 0
    found = reader(person, patient_id or own, now, *also)
    if found.why not in (Why.SELF, Why.GUARDIAN):
        raise NoResultFound
    return found


def zone() -> str:
    """The clinic's, for the times of something that is about no visit."""
    return db.session.execute(select(setting(Clinic.time_zone))).scalar_one()
