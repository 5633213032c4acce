"""Closing the whole clinic: time off of all its doctors at once."""

from collections.abc import Iterable
from datetime import datetime

from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Clinic, User
from healthbook.scheduling.away import Away
from healthbook.scheduling.queries import closures as queries
from healthbook.scheduling.queries.outside import met
from healthbook.scheduling.rules.bookings import decide_anew
from healthbook.scheduling.rules.bounds import lock_all, lower_all
from healthbook.scheduling.rules.time_off import check, end, enter


def close(clinic: Clinic, closures: Iterable[tuple[Away, str]], author: User, now: datetime) -> None:
    """Close for each of these, with its reason. Closing the same again changes nothing. Raises Unfit."""
    wanted = [(check(clinic, away, now), reason) for away, reason in closures]
    doctors = lock_all(clinic)
    known = queries.same(clinic, [period for periods, _reason in wanted for period in periods])
    for periods, reason in wanted:
        given = {"clinic_id": clinic.id, "created_by_id": author.id, "created_at": now}
        enter(periods, known, reason=reason or None, **given)
    decide_anew(met(period for periods, _reason in wanted for period in periods if period not in known))
    changed(doctors)


def open_again(clinic: Clinic, time_off_id: int, whole: bool, now: datetime) -> None:
    """Be open: from now on where it is closed already. Raises Refused for what is over, or NoResultFound."""
    doctors = lock_all(clinic)
    lower_all(clinic, end(queries.one(clinic, time_off_id, whole), now))
    changed(doctors)


def changed(doctor_ids: Iterable[int]) -> None:
    db.session.flush()
    announce(*(f"doctor-{id}" for id in doctor_ids), "clinic")
