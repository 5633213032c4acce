"""The statements that bring what free times depend on: working hours with the dates that differ, and what is busy."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
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

from healthbook.models import TAKES_UP_TIME, Appointment, AvailabilityOverride, DoctorAvailability, TimeOff
from healthbook.models.statuses import sql_list
from healthbook.scheduling import slots
from healthbook.scheduling.terms import Sought

# A CHECK of the table: what begins earlier is over by then.
LONGEST_BLOCK = timedelta(hours=12)


def ids(name: str) -> Any:
    """Typed: what psycopg takes for a smallint by itself would make the index useless."""
    return bindparam(name, type_=ARRAY(Integer))


def instant(name: str) -> Any:
    return bindparam(name, type_=DateTime(timezone=True))


def hours() -> Select:
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
        row.doctor_id == any_(ids("doctors")),
        row.is_available,
        or_(row.valid_to.is_(None), row.valid_to >= bindparam("first")),
    )


def overrides() -> Select:
    """Those of the dates: they have no day of the week."""
    row, nothing = AvailabilityOverride, [null()] * 4
    times, weekly = (row.start_time, row.end_time, row.on_date), (null(), literal(1, Integer))
    return select(row.doctor_id, *nothing, *times, *weekly, row.opens_at).where(
        row.doctor_id == any_(ids("doctors")), row.on_date.between(bindparam("first"), bindparam("last"))
    )


def taken_and_off(*more: Any) -> tuple[Select, Select]:
    """All that takes up time: doctor, clinic (only of time off), start and end. A hold that ends now takes up none."""
    start, end = func.lower(Appointment.blocked), func.upper(Appointment.blocked)
    taken = select(Appointment.doctor_id, null(), start, end, *more).where(
        Appointment.doctor_id == any_(ids("doctors")),
        # In the words of the partial index, or it cannot serve.
        text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
        start >= instant("begun"),
        start < instant("until"),
        end > instant("since"),
        or_(Appointment.held_until.is_(None), Appointment.held_until > instant("now")),
        Appointment.id != all_(ids("ignoring")),
    )
    start, end = func.lower(TimeOff.during), func.upper(TimeOff.during)
    off = select(TimeOff.doctor_id, TimeOff.clinic_id, start, end, *more).where(
        TimeOff.clinic_id == any_(ids("clinics")),
        or_(TimeOff.doctor_id.is_(None), TimeOff.doctor_id == any_(ids("doctors"))),
        TimeOff.during.overlaps(bindparam("period", type_=TSTZRANGE)),
    )
    return taken, off


# Made once: their parts are many, and every page asks them.
HOURS_AND_OVERRIDES, BUSY = union_all(hours(), overrides()), union_all(*taken_and_off())
BOTH = union_all(hours(), overrides(), *taken_and_off(*[null()] * 7))


def rules(sought: Sequence[Sought], reach: slots.Reach) -> dict[str, Any]:
    """What HOURS_AND_OVERRIDES is asked with."""
    return {"doctors": [each.doctor_id for each in sought], "first": reach.first, "last": reach.last}


def busy(
    sought: Sequence[Sought], reach: slots.Reach, now: datetime | None, ignoring: Collection[int]
) -> dict[str, Any]:
    """What BUSY is asked with."""
    return {
        "doctors": [each.doctor_id for each in sought],
        "clinics": list({each.clinic_id for each in sought}),
        "since": reach.start,
        "begun": reach.start - LONGEST_BLOCK,
        "until": reach.end,
        "period": Range(reach.start, reach.end),
        "now": now,
        "ignoring": list(ignoring),
    }
