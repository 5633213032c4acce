"""Records that doctors opened in an emergency, for the admins who look at each."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import Doctor, EmergencyAccess, Patient

PAGE = 20


class Opened(NamedTuple):
    """One page of them, what nobody has looked at yet first, and whether there is more."""

    rows: list[EmergencyAccess]
    number: int
    more: bool


def listed(number: int = 1) -> Opened:
    done = EmergencyAccess.reviewed_at.is_not(None)
    page = with_people().order_by(done, EmergencyAccess.id.desc()).offset((number - 1) * PAGE).limit(PAGE + 1)
    rows = list(db.session.scalars(page))
    if number > 1 and not rows:
        return listed()
    return Opened(rows[:PAGE], number, len(rows) > PAGE)


def with_people():
    return select(EmergencyAccess).options(
        joinedload(EmergencyAccess.doctor).options(joinedload(Doctor.user), joinedload(Doctor.clinic)),
        joinedload(EmergencyAccess.patient).joinedload(Patient.user),
        joinedload(EmergencyAccess.reviewed_by),
    )


def one(emergency_id: int) -> EmergencyAccess:
    """Raises NoResultFound."""
    return db.session.scalars(with_people().where(EmergencyAccess.id == emergency_id)).one()


def to_look_at() -> int:
    """How many nobody has looked at."""
    waiting = select(func.count()).select_from(EmergencyAccess).where(EmergencyAccess.reviewed_at.is_(None))
    return db.session.execute(waiting).scalar_one()
