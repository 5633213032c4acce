"""Changing what a doctor can be booked for. What is booked keeps the row with which it was booked."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import NoResultFound

from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Stale
from healthbook.live import announce
from healthbook.models import Doctor, VisitType
from healthbook.scheduling.queries import visit_types as queries
from healthbook.scheduling.rules.bounds import lock, lower_bound


def add(doctor: Doctor, wanted: dict[str, Any], now: datetime) -> None:
    """`wanted` are the columns of the row; it is put last. Raises Unfit for a name that another has."""
    lock(doctor)
    others = queries.kept(doctor)
    tell_apart(wanted["name"], others)
    last = max((kind.position for kind in others), default=-1)
    db.session.add(VisitType(doctor_id=doctor.id, position=last + 1, **wanted))
    changed(doctor, now)


def change(doctor: Doctor, visit_type_id: int, wanted: dict[str, Any], now: datetime) -> None:
    """The row is retired and another takes its place.

    Raises Stale when somebody was quicker, Unfit for a name that another has, or NoResultFound.
    """
    lock(doctor)
    old = still(doctor, visit_type_id)
    tell_apart(wanted["name"], [kind for kind in queries.kept(doctor) if kind is not old])
    if all(getattr(old, column) == value for column, value in wanted.items()):
        return
    old.retired_at = now
    db.session.add(VisitType(doctor_id=doctor.id, position=old.position, **wanted))
    changed(doctor, now)


def remove(doctor: Doctor, visit_type_id: int, now: datetime) -> None:
    """Raises Stale when somebody was quicker, or NoResultFound."""
    lock(doctor)
    still(doctor, visit_type_id).retired_at = now
    changed(doctor, now)


def place(doctor: Doctor, visit_type_id: int, place: int, now: datetime) -> str:
    """Put one at a place of the list, from 0, and say which way it can go on: as it went, "up" or "down", if it can.

    Raises Stale when somebody was quicker, or NoResultFound.
    """
    lock(doctor)
    moved, kinds = still(doctor, visit_type_id), queries.kept(doctor)
    others = [kind for kind in kinds if kind is not moved]
    for position, kind in enumerate([*others[:place], moved, *others[place:]]):
        kind.position = position
    changed(doctor, now)
    ahead, behind = moved.position > 0, moved.position < len(others)
    return "up" if ahead and (place < kinds.index(moved) or not behind) else "down"


def tell_apart(name: str, others: list[VisitType]) -> None:
    """Patients choose by the name; and a form that is sent twice adds one, not two."""
    if name.casefold() in (kind.name.casefold() for kind in others):
        raise Unfit("name", _("There is already one called %(name)s.", name=name))


def set_new_patients(doctor: Doctor, taken: bool, now: datetime) -> None:
    """Whether anybody may book who has not been at the clinic before. Doing so again changes nothing."""
    lock(doctor)
    doctor.accepts_new_patients = taken
    changed(doctor, now)


def still(doctor: Doctor, visit_type_id: int) -> VisitType:
    for kind in queries.kept(doctor):
        if kind.id == visit_type_id:
            return kind
    if queries.retired(doctor, visit_type_id):
        raise Stale(_("This visit type was changed a moment before you. They are now as you see them here."))
    raise NoResultFound


def changed(doctor: Doctor, now: datetime) -> None:
    """Shorter visits, smaller buffers, less notice, another first: any of it may make a time free earlier."""
    lower_bound(doctor, now)
    db.session.flush()
    db.session.expire(doctor, ["visit_types"])
    announce(f"doctor-{doctor.id}")
