"""People and their sessions, and what a guest chose before signing in."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.sql.base import ExecutableOption

from healthbook import clock
from healthbook.db import NOW, db
from healthbook.models import Clinic, Doctor, DoctorStatus, User, UserSession


def digest(token: str) -> bytes:
    """What the database keeps of a token."""
    return sha256(token.encode()).digest()


def of_session(*also: ExecutableOption) -> Select[User]:
    """Whose session it is that has this `digest` and has not run out `now`, with their profiles.

    `also` are options for more of the person in the same statement.
    """
    return (
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.token_hash == bindparam("digest"), UserSession.expires_at > NOW, User.is_active)
        .options(joinedload(User.patient), joinedload(User.doctor).joinedload(Doctor.clinic), *also)
    )


OF_SESSION = of_session()


def signed_in(token: str | None, asked: Select[User] = OF_SESSION) -> User | None:
    """Whose session this is, or None. No statement without a token."""
    return db.session.scalar(asked, {"digest": digest(token)}) if token else None


def sessions(person: User) -> list[UserSession]:
    """Where the person is signed in, newest first."""
    theirs = UserSession.user_id == person.id, UserSession.expires_at > clock.now()
    return list(db.session.scalars(select(UserSession).where(*theirs).order_by(UserSession.id.desc())))


def credentials(email: str) -> Row[int, str | None] | None:
    """Id and hash of whoever signs in with this e-mail address, in any case; None also for somebody who may not.

    Whom others entered, and who has not claimed the account, never may, whatever password stands there.
    """
    theirs = func.lower(User.email) == func.lower(email), User.is_active, User.claimed_at.is_not(None)
    return db.session.execute(select(User.id, User.password).where(*theirs)).one_or_none()


def clinic_names() -> list[str]:
    return list(db.session.scalars(select(Clinic.name)))


class Choice(NamedTuple):
    """A time that a guest chose and does not hold yet, on the clinic's wall clock."""

    doctor: Doctor
    starts_at: datetime


def choice(doctor_id: int, start: str) -> Choice | None:
    """`start` is an instant in ISO 8601 with its offset, as the browser sent it; None where it makes no sense."""
    doctor = db.session.scalar(
        select(Doctor)
        .join(Doctor.user)
        .where(Doctor.id == doctor_id, Doctor.status == DoctorStatus.APPROVED, User.is_active)
        .options(contains_eager(Doctor.user), joinedload(Doctor.clinic))
    )
    try:
        instant = datetime.fromisoformat(start)
        if doctor is None or instant.tzinfo is None:
            return None
        return Choice(doctor, instant.astimezone(doctor.clinic.zone))
    except (ValueError, OverflowError):
        return None
