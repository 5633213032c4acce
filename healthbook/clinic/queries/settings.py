"""The clinic's own data and rules, and what a page knew of them."""

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import select

from healthbook.db import db
from healthbook.models import Clinic


def kept() -> Clinic:
    """The clinic whose settings are kept here. Raises NoResultFound before there is one."""
    return db.session.scalars(select(Clinic).order_by(Clinic.id).limit(1)).one()


def seen(clinic: Clinic, columns: Iterable[str]) -> str:
    """What tells whether any of these columns is no longer as it was."""
    return sha256(repr([getattr(clinic, column) for column in sorted(columns)]).encode()).hexdigest()[:16]
