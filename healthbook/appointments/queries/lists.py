"""A person's visits in pages."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func

from healthbook.appointments.queries.visits import of_family, with_people
from healthbook.db import db
from healthbook.models import BOOKED, Appointment, Status, User

PAGE = 20
WHICH = ("upcoming", "past", "cancelled")


class Listed(NamedTuple):
    """One page of a list, and whether there is more."""

    appointments: list[Appointment]
    number: int
    more: bool


def mine(person: User, which: str, now: datetime, number: int = 1, patient_id: int | None = None) -> Listed:
    """The visits of the person and of those for whom they book, or of one of these patients.

    Upcoming (soonest first), past or cancelled (latest first).
    """
    gone = Appointment.status.in_((Status.CANCELLED, Status.RESCHEDULED))
    ended = func.upper(Appointment.during) <= now
    wanted = {
        "upcoming": Appointment.status.in_(BOOKED) & ~ended,
        "past": ~gone & (Appointment.status != Status.HELD) & (ended | ~Appointment.status.in_(BOOKED)),
        "cancelled": gone,
    }[which]
    order = (func.lower(Appointment.during), Appointment.id)
    statement = with_people().where(of_family(person, now, patient_id), wanted)
    statement = statement.order_by(*(order if which == "upcoming" else (by.desc() for by in order)))
    found = list(db.session.scalars(statement.offset((number - 1) * PAGE).limit(PAGE + 1)))
    if number > 1 and not found:
        return mine(person, which, now, patient_id=patient_id)
    return Listed(found[:PAGE], number, len(found) > PAGE)
