"""What free times depend on: two small statements bring the reckoning what it needs, for one doctor as for all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    all_,
    any_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range

from healthbook.db import db
from healthbook.models import TAKES_UP_TIME, Appointment, AvailabilityOverride, DoctorAvailability, TimeOff
from healthbook.models.statuses import sql_list
from healthbook.scheduling import slots, terms
from healthbook.scheduling.terms import Sought

# A CHECK of the table: what begins earlier is over by then.
LONGEST_BLOCK = timedelta(hours=12)


def ids(name: str) -> Any:
    """Typed: what psycopg takes for a smallint by itself would make the index useless."""
    return bindparam(name, type_=ARRAY(Integer))


def instant(name: str) -> Any:
    return bindparam(name, type_=DateTime(timezone=True))


def hours_and_overrides() -> Any:
    """Weekly hours that may still hold, and the overrides of the dates: those have no day of the week."""
    weekly, dated = DoctorAvailability, AvailabilityOverride
    hours = select(
        weekly.doctor_id,
        weekly.day_of_week,
        weekly.start_time,
        weekly.end_time,
        weekly.valid_from,
        weekly.valid_to,
        weekly.every_weeks,
        weekly.opens_at,
    ).where(
        weekly.doctor_id == any_(ids("doctors")),
        weekly.is_available,
        or_(weekly.valid_to.is_(None), weekly.valid_to >= bindparam("first")),
    )
    overrides = select(
        dated.doctor_id,
        null(),
        dated.start_time,
        dated.end_time,
        dated.on_date,
        null(),
        literal(1, Integer),
        dated.opens_at,
    ).where(dated.doctor_id == any_(ids("doctors")), dated.on_date.between(bindparam("first"), bindparam("last")))
    return hours.union_all(overrides)


def taken_and_off() -> Any:
    """All that takes up time: doctor, clinic (only of time off), start and end. A hold that ends now takes up none."""
    start, end = func.lower(Appointment.blocked), func.upper(Appointment.blocked)
    taken = select(Appointment.doctor_id, null(), start, end).where(
        Appointment.doctor_id == any_(ids("doctors")),
        # In the words of the partial index, or it cannot serve.
        text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
        start >= instant("begun"),
        start < instant("until"),
        end > instant("since"),
        or_(Appointment.held_until.is_(None), Appointment.held_until > instant("now")),
        Appointment.id != all_(ids("ignoring")),
    )
    off = select(TimeOff.doctor_id, TimeOff.clinic_id, func.lower(TimeOff.during), func.upper(TimeOff.during)).where(
        TimeOff.clinic_id == any_(ids("clinics")),
        or_(TimeOff.doctor_id.is_(None), TimeOff.doctor_id == any_(ids("doctors"))),
        TimeOff.during.overlaps(bindparam("period", type_=TSTZRANGE)),
    )
    return taken.union_all(off)


# Made once: their parts are many, and every page asks them.
HOURS_AND_OVERRIDES, BUSY = hours_and_overrides(), taken_and_off()


def around(sought: Iterable[Sought], first: date, last: date, now: datetime) -> slots.Reach:
    """What the free times of these dates can depend on, for all of them together."""
    reaches = [slots.reach(*each, first, last, now) for each in {(each.zone, each.visit) for each in sought}]
    firsts, lasts, since, until = zip(*reaches, strict=True)
    return slots.Reach(min(firsts), max(lasts), min(since), max(until))


def working(sought: Sequence[Sought], reach: slots.Reach) -> dict[int, slots.Calendar]:
    """Each doctor's hours and overrides, by the doctor's id; what is busy is still missing."""
    rules = defaultdict(list)
    asked = {"doctors": [each.doctor_id for each in sought], "first": reach.first, "last": reach.last}
    for row in db.session.execute(HOURS_AND_OVERRIDES, asked).all():
        rules[row.doctor_id].append(row)
    return {each.doctor_id: calendar(each, rules[each.doctor_id]) for each in sought}


def calendar(sought: Sought, rules: Iterable[Any]) -> slots.Calendar:
    weekly, dated = [], []
    for row in rules:
        if row.day_of_week is None:
            dated.append(terms.override(row))
        else:
            weekly.append(terms.hours(row))
    return slots.Calendar(sought.zone, tuple(weekly), tuple(dated), step_minutes=sought.step_minutes)


def with_busy(
    work: Mapping[int, slots.Calendar],
    sought: Sequence[Sought],
    reach: slots.Reach,
    now: datetime | None,
    ignoring: Collection[int] = (),
) -> dict[int, slots.Calendar]:
    """The calendars that `working` found, with what is busy; without a `now`, no hold takes up time."""
    taken, off, closed = defaultdict(list), defaultdict(list), defaultdict(list)
    for doctor_id, clinic_id, start, end in db.session.execute(BUSY, busy(sought, reach, now, ignoring)).all():
        if clinic_id is None:
            taken[doctor_id].append((start, end))
        elif doctor_id is None:
            closed[clinic_id].append((start, end))
        else:
            off[doctor_id].append((start, end))
    found = {}
    for id, clinic_id, *_ in sought:
        zone, hours, overrides, step = work[id].zone, work[id].hours, work[id].overrides, work[id].step_minutes
        away = (*off[id], *closed[clinic_id])
        found[id] = slots.Calendar(zone, hours, overrides, tuple(taken[id]), away, step)
    return found


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


def those(column: Any, wanted: Iterable[int]) -> ColumnElement[bool]:
    """Whether a column is one of these ids."""
    return column == any_(literal(sorted(set(wanted)), ARRAY(Integer)))
