"""A person's visits in pages."""

from datetime import datetime

from sqlalchemy import func

from healthbook.appointments.queries.visits import of_family, with_people
from healthbook.models import BOOKED, Appointment, Status, User
from healthbook.pages import Listed, page

PAGE = 20
WHICH = ("upcoming", "past", "cancelled")


def mine(
    person: User, which: str, now: datetime, number: int = 1, patient_id: int | None = None
) -> Listed[Appointment]:
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
    ordered = order if which == "upcoming" else [by.desc() for by in order]
    statement = with_people().where(of_family(person, now, patient_id), wanted)
    return page(statement.order_by(*ordered), number, PAGE)
