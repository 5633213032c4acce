"""Patients as the desk finds them: by name, birth date and phone, and never by anything clinical.

The same three, and an e-mail address, tell whether somebody is entered who is known already.
"""

import re
from datetime import date, datetime
from typing import NamedTuple
from unicodedata import normalize

from sqlalchemy import ColumnElement, Select, String, and_, func, literal_column, or_, select
from sqlalchemy.orm import contains_eager, load_only

from healthbook.db import db
from healthbook.models import Claim, Patient, User
from healthbook.models.accounts import DIGITS, PLAIN_NAME

MOST, MOST_DOUBLES = 20, 8
LEAST_DIGITS = 4
# Enough of a number to tell people apart, however its country or its zero is written.
TELLING_DIGITS = 9
ALIKE = 0.2
NAME, PHONE = literal_column(PLAIN_NAME, String), literal_column(DIGITS, String)


class Known(NamedTuple):
    """What the desk knows of somebody; empty is not known."""

    name: str = ""
    born: date | None = None
    phone: str = ""
    email: str | None = None


class Found(NamedTuple):
    """The first of those who fit, and whether there are more."""

    patients: list[Patient]
    more: bool


def plain(name: str) -> str:
    """Small letters without accents, as the database indexes names."""
    return re.sub("[\u0300-\u036f'\u2019]", "", normalize("NFD", name)).replace("-", " ").lower()


def digits(phone: str | None) -> str:
    return re.sub("[^0-9]", "", phone or "")


def seek(known: Known) -> Found:
    """Everybody to whom all of it fits: each word begins a part of the name, and the phone ends with these digits."""
    in_order = func.lower(User.last_name), func.lower(User.first_name), User.date_of_birth, Patient.id
    rows = list(db.session.scalars(people().where(*fits(known)).order_by(*in_order).limit(MOST + 1)))
    return Found(rows[:MOST], len(rows) > MOST)


def fits(known: Known) -> list[ColumnElement[bool]]:
    found = [NAME.contains(f" {word}", autoescape=True) for word in plain(known.name).split()]
    if known.born:
        found.append(User.date_of_birth == known.born)
    if known.phone:
        found.append(ends_with(known.phone))
    return found


def ends_with(phone: str) -> ColumnElement[bool]:
    return PHONE.like(f"%{digits(phone)[-TELLING_DIGITS:]}")


def doubles(known: Known) -> list[Patient]:
    """Who may be the same person, likeliest first: a name like it and the birth date, the phone, or the e-mail."""
    likeness = func.similarity(NAME, plain(known.name))
    same = [and_(User.date_of_birth == known.born, likeness >= ALIKE)]
    if len(digits(known.phone)) >= LEAST_DIGITS:
        same.append(ends_with(known.phone))
    if known.email:
        same.append(func.lower(User.email) == func.lower(known.email))
    born_then = (User.date_of_birth == known.born).desc()
    return list(db.session.scalars(people().where(or_(*same)).order_by(born_then, likeness.desc()).limit(MOST_DOUBLES)))


def people() -> Select[Patient]:
    """Who is still a patient here, with what the desk may see of them: reading anything else raises."""
    seen = (User.first_name, User.last_name, User.date_of_birth, User.phone_number, User.claimed_at, User.is_active)
    whole = contains_eager(Patient.user).load_only(*seen, raiseload=True)
    only = load_only(Patient.user_id, raiseload=True)
    return select(Patient).join(Patient.user).options(only, whole).where(User.closed_at.is_(None), User.is_active)


def person(patient_id: int) -> Patient:
    """Anybody who is still a patient here, whole. Raises NoResultFound."""
    wanted = select(Patient).join(Patient.user).options(contains_eager(Patient.user))
    here = Patient.id == patient_id, User.closed_at.is_(None), User.is_active
    return db.session.execute(wanted.where(*here)).scalar_one()


def open_claim(patient: Patient, now: datetime) -> Claim | None:
    """The code that the patient can still use."""
    theirs = select(Claim).where(Claim.user_id == patient.user_id, Claim.expires_at > now)
    return db.session.scalar(theirs)
