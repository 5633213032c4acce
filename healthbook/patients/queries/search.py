"""Patients as a doctor may find them: their own by any part of the name, everybody else only by all that is known."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import contains_eager

from healthbook.db import db
from healthbook.models import Doctor, Patient, User
from healthbook.patients.queries.access import asker, readable, reasons

PAGE = 20
NAME = func.concat(User.first_name, " ", User.last_name)


class Found(NamedTuple):
    """One page of a list, and whether there is more."""

    patients: list[Patient]
    number: int
    more: bool


def people() -> Select[Patient]:
    """Patients with their names, in the order of a register."""
    in_order = func.lower(User.last_name), func.lower(User.first_name), Patient.id
    return select(Patient).join(Patient.user).options(contains_eager(Patient.user)).order_by(*in_order)


def own(doctor: Doctor, words: str, now: datetime, number: int = 1) -> Found:
    """Whose chart the doctor may open, because they treat them or in an emergency; each word is in the name."""
    named = [or_(NAME.icontains(word, autoescape=True), called(word)) for word in words.split()]
    _own, _guarded, treated, emergency = reasons(asker(doctor.user), now)
    page = people().where(or_(treated, emergency.is_not(None)), *named).offset((number - 1) * PAGE).limit(PAGE + 1)
    found = list(db.session.scalars(page))
    if number > 1 and not found:
        return own(doctor, words, now)
    return Found(found[:PAGE], number, len(found) > PAGE)


def called(word: str) -> ColumnElement[bool]:
    return Patient.preferred_name.icontains(word, autoescape=True)


def exactly(person: User, full_name: str, born: date, now: datetime) -> list[Row[Patient, bool]]:
    """Whoever is called just that, in capitals or not, and was born on that day; and whether the person reads them."""
    same = func.lower(NAME) == func.lower(full_name), User.date_of_birth == born
    rows = people().add_columns(readable(person, now)).where(*same, User.closed_at.is_(None)).limit(PAGE)
    return list(db.session.execute(rows))


def patient(patient_id: int) -> Patient:
    """Anybody who is still a patient here. Raises NoResultFound."""
    return db.session.scalars(people().where(Patient.id == patient_id, User.closed_at.is_(None))).one()
