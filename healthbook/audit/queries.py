"""The access log, day by day (UTC), and as whoever looks into a breach needs it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from healthbook.db import db
from healthbook.models import AccessDigest, AccessLog, Patient, User

LOG = AccessLog.__table__


def rows_of(day: date) -> Iterator[Row]:
    """The rows of a day as they are in the table, in the order in which they were written."""
    begins = begin(day)
    rows = select(LOG).where(LOG.c.at >= begins, LOG.c.at < begins + timedelta(days=1)).order_by(LOG.c.id)
    return db.session.execute(rows.execution_options(yield_per=1000))


def begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def first_look() -> datetime | None:
    return db.session.scalar(select(func.min(LOG.c.at)))


def digests() -> Sequence[AccessDigest]:
    """In the order of their days."""
    return db.session.scalars(select(AccessDigest).order_by(AccessDigest.day)).all()


def last_digest() -> AccessDigest | None:
    return db.session.scalars(select(AccessDigest).order_by(AccessDigest.day.desc()).limit(1)).first()


def looks(since: date, until: date, actor: str | None) -> Iterator[AccessLog]:
    """All looks from the first to the last of these days; `actor` is an e-mail address."""
    rows: Select[AccessLog] = (
        select(AccessLog)
        .join(AccessLog.actor)
        .options(contains_eager(AccessLog.actor), joinedload(AccessLog.patient).joinedload(Patient.user))
        .where(AccessLog.at >= begin(since), AccessLog.at < begin(until) + timedelta(days=1))
        .order_by(AccessLog.at, AccessLog.id)
    )
    if actor:
        rows = rows.where(func.lower(User.email) == actor.lower())
    yield from db.session.scalars(rows.execution_options(yield_per=1000))
