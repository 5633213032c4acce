"""A doctor's time off. It takes free times away and nothing that is booked."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import Range

from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.live import announce
from healthbook.models import Clinic, Doctor, TimeOff, User
from healthbook.scheduling.away import A_DAY, A_WEEK, Away, Period
from healthbook.scheduling.queries import time_off as queries
from healthbook.scheduling.rules.bounds import lock, lower_bound
from healthbook.scheduling.rules.days import ahead, there_is, today_at


def add_time_off(doctor: Doctor, away: Away, reason: str, author: User, now: datetime) -> None:
    """Entering the same again changes nothing. Raises Unfit."""
    periods = check(doctor.clinic, away, now)
    lock(doctor)
    given = {"clinic_id": doctor.clinic_id, "doctor_id": doctor.id, "created_by_id": author.id, "created_at": now}
    enter(periods, queries.same(doctor, periods), reason=reason or None, **given)
    changed(doctor)


def enter(periods: Collection[Period], known: Collection[Period], **given: Any) -> None:
    """Rows for these periods, but for those that are `known` already; more than one are a series."""
    series = uuid4() if len(periods) > 1 else None
    for period in periods:
        if period not in known:
            db.session.add(TimeOff(during=Range(*period), series=series, **given))


def check(clinic: Clinic, away: Away, now: datetime) -> list[Period]:
    """The periods that are meant. Raises Unfit."""
    zone, today = clinic.time_zone, today_at(clinic, now)
    for field, day in (("first", away.first), ("last", away.last), ("until", away.until)):
        if day:
            ahead(field, day, today)
    if away.last < away.first:
        raise Unfit("last", _("The last day is before the first."))
    if away.backwards:
        raise Unfit("end_time", _("The end must be after the start."))
    for field, day, at in (("start_time", away.first, away.start), ("end_time", away.last, away.end)):
        if at and (words := there_is(zone, day, at)):
            raise Unfit(field, words)
    check_repetition(away)
    periods = list(away.periods(zone))
    if periods[0].end <= now:
        raise Unfit("end_time", _("That is over already."))
    return periods


def check_repetition(away: Away) -> None:
    if away.until and away.until < away.first + A_WEEK:
        raise Unfit("until", _("Choose a day that is a week later or more."))
    if away.until and away.last - away.first > A_WEEK - A_DAY:
        raise Unfit("until", _("What is longer than a week cannot be repeated every week."))


def remove_time_off(doctor: Doctor, time_off_id: int, whole: bool, now: datetime) -> None:
    """Be back: from now on where it has begun already, since the past stays as it was.

    With `whole` all that was entered at once. Raises Refused for what is over, NoResultFound for another's.
    """
    lock(doctor)
    lower_bound(doctor, end(queries.one(doctor, time_off_id, whole), now))
    changed(doctor)


def end(rows: Iterable[TimeOff], now: datetime) -> datetime:
    """Take away what is to come of them, and say from when on. Raises Refused where all is over."""
    left = [(row, period) for row in rows for period in [Period.of(row.during)] if period.end > now]
    if not left:
        raise Refused(_("That is over already."))
    for row, period in left:
        if period.start < now:
            row.during = Range(period.start, now)
        else:
            db.session.delete(row)
    return max(now, min(period.start for _row, period in left))


def changed(doctor: Doctor) -> None:
    db.session.flush()
    announce(f"doctor-{doctor.id}", f"agenda-{doctor.id}")
