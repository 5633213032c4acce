"""A patient's own rows, section by section."""

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from healthbook.db import db
from healthbook.models import Patient, User

OF_THE_USER = ("first_name", "last_name", "date_of_birth", "phone_number", "theme")


def own(person: User, *also: ExecutableOption) -> Patient:
    """The person's own patient row, with their user; `also` are options for what is sealed."""
    mine = select(Patient).where(Patient.user_id == person.id).options(joinedload(Patient.user), *also)
    return db.session.execute(mine).scalar_one()


def row_of(patient: Patient, name: str) -> User | Patient:
    """In which of the two rows something of the patient stands."""
    return patient.user if name in OF_THE_USER else patient


def seen(patient: Patient, names: Iterable[str]) -> str:
    """Stands for what these say now, by which a change notices that they do not any more."""
    said = [(name, getattr(row_of(patient, name), name)) for name in names]
    return sha256(repr(said).encode()).hexdigest()[:24]
