"""The statements that bring what free times depend on: working hours with the dates that differ, and what is busy."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    DateTime,
    Integer,
    Select,
    all_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range

from healthbook.db import ids, instant
from healthbook.models import TAKES_UP_TIME, Appointment, AvailabilityOverride, DoctorAvailability, TimeOff
from healthbook.models.statuses import sql_list
from healthbook.scheduling import slots
from healthbook.scheduling.terms import Sought

# A CHECK of the table: what begins earlier is over by then.
LONGEST_BLOCK = timedelta(hours=12)

Those = Callable[[Any], ColumnElement[bool]]
"""Whether a column is an id of those whom a statement is about."""


class Statements(NamedTuple):
    """What is asked about some doctors: their rules, what is busy, and the two together."""

    rules: CompoundSelect
    busy: CompoundSelect
    both: CompoundSelect


def hours(doctors: Those) -> Select:
    """Weekly hours that may still hold."""
    row, moment = DoctorAvailability, DateTime(timezone=True)
    nothing = cast(null(), Integer), cast(null(), moment).label("start"), cast(null(), moment).label("end")
    return select(
        row.doctor_id,
        *nothing,
        row.day_of_week,
        row.start_time,
        row.end_time,
        row.valid_from,
        row.valid_to,
        row.every_weeks,
        row.opens_at,
    ).where(
        doctors(row.doctor_id),
        row.is_available,
        or_(row.valid_to.is_(None), row.valid_to >= bindparam("first")),
    )


def overrides(doctors: Those) -> Select:
    """Those of the dates: they have no day of the week."""
    row, nothing = AvailabilityOverride, [null()] * 4
    times, weekly = (row.start_time, row.end_time, row.on_date), (null(), literal(1, Integer))
    return select(row.doctor_id, *nothing, *times, *weekly, row.opens_at).where(
        doctors(row.doctor_id), row.on_date.between(bindparam("first"), bindparam("last"))
    )


def taken_and_off(doctors: Those, clinics: Those, *more: Any) -> tuple[Select, Select]:
    """All that takes up time: doctor, clinic (only of time off), start and end. A hold that ends now takes up none.

    Visits without a gap between them come as one: a full day is a few rows to fetch, whatever fills it.
    """
    blocked = func.unnest(func.range_agg(Appointment.blocked), type_=TSTZRANGE).label("blocked")
    start = func.lower(Appointment.blocked)
    merged = (
        select(Appointment.doctor_id, blocked)
        .where(
            doctors(Appointment.doctor_id),
            # In the words of the partial index, or it cannot serve.
            text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
            start >= instant("begun"),
            start < instant("until"),
            func.upper(Appointment.blocked) > instant("since"),
            or_(Appointment.held_until.is_(None), Appointment.held_until > instant("now")),
            Appointment.id != all_(ids("ignoring")),
        )
        .group_by(Appointment.doctor_id)
        .subquery()
    )
    taken = select(merged.c.doctor_id, null(), func.lower(merged.c.blocked), func.upper(merged.c.blocked), *more)
    start, end = func.lower(TimeOff.during), func.upper(TimeOff.during)
    off = select(TimeOff.doctor_id, TimeOff.clinic_id, start, end, *more).where(
        clinics(TimeOff.clinic_id),
        or_(TimeOff.doctor_id.is_(None), doctors(TimeOff.doctor_id)),
        TimeOff.during.overlaps(bindparam("period", type_=TSTZRANGE)),
    )
    return taken, off


def statements(doctors: Those, clinics: Those) -> Statements:
    rules, busy = (hours(doctors), overrides(doctors)), taken_and_off(doctors, clinics)
    together = union_all(*rules, *taken_and_off(doctors, clinics, *[null()] * 7))
    return Statements(union_all(*rules), union_all(*busy), together)


# Made once: their parts are many, and every page asks them. PostgreSQL plans anew for each list, whose length it cannot
# know before; for one doctor, whom most pages are about, it keeps its plan, and answers in half the time.
MANY = statements(lambda column: column == any_(ids("doctors")), lambda column: column == any_(ids("clinics")))
ONE = statements(
    lambda column: column == bindparam("doctor", type_=Integer),
    lambda column: column == bindparam("clinic", type_=Integer),
)


def about(sought: Sequence[Sought]) -> Statements:
    return ONE if len(sought) == 1 else MANY


def whom(sought: Sequence[Sought]) -> dict[str, Any]:
    """Whom they are asked about."""
    if len(sought) == 1:
        return {"doctor": sought[0].doctor_id, "clinic": sought[0].clinic_id}
    return {
        "doctors": [each.doctor_id for each in sought],
        "clinics": list({each.clinic_id for each in sought}),
    }


def rules(reach: slots.Reach) -> dict[str, Any]:
    """What `rules` of the statements are asked with."""
    return {"first": reach.first, "last": reach.last}


def busy(reach: slots.Reach, now: datetime | None, ignoring: Collection[int]) -> dict[str, Any]:
    """What `busy` of the statements is asked with."""
    return {
        "since": reach.start,
        "begun": reach.start - LONGEST_BLOCK,
        "until": reach.end,
        "period": Range(reach.start, reach.end),
        "now": now,
        "ignoring": list(ignoring),
    }
