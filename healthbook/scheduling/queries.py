"""Hours and free times: three small statements bring the reckoning in slots.py what it needs."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import CompoundSelect, func, literal, or_, select, text, true
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.models import (
    TAKES_UP_TIME,
    Appointment,
    AvailabilityOverride,
    Doctor,
    DoctorAvailability,
    TimeOff,
    VisitType,
    Weekday,
)
from healthbook.models.statuses import sql_list
from healthbook.scheduling import slots, terms
from healthbook.scheduling.picker import WEEK, Picker, Slot, monday, sunday, week_of

# A CHECK of the table: what begins earlier is over by then.
LONGEST_BLOCK = timedelta(hours=12)


def visit_types(doctor: Doctor, online: bool = True) -> list[VisitType]:
    """What the doctor can be booked for, in their order; by default only what anybody may book online."""
    offered = (kind for kind in doctor.visit_types if kind.bookable_online or not online)
    return sorted(offered, key=lambda kind: (kind.position, kind.id))


def visit_type(doctor: Doctor, visit_type_id: int | None) -> VisitType:
    """One that may be booked online; without an id the doctor's first. Raises NoResultFound."""
    for kind in visit_types(doctor):
        if visit_type_id in (None, kind.id):
            return kind
    raise NoResultFound


def hours(doctor: Doctor) -> list[DoctorAvailability]:
    """The doctor's weekly hours in the order of the week, read anew."""
    own = select(DoctorAvailability).where(DoctorAvailability.doctor_id == doctor.id)
    rows = db.session.scalars(own, execution_options={"populate_existing": True})
    return sorted(rows, key=lambda row: (Weekday(row.day_of_week).number, row.start_time, row.id))


def own_hours(doctor: Doctor, hours_id: int) -> DoctorAvailability:
    """Raises NoResultFound for another doctor's."""
    row = next((row for row in hours(doctor) if row.id == hours_id), None)
    if row is None:
        raise NoResultFound
    return row


def working(doctor: Doctor, visit: slots.Visit, now: datetime) -> slots.Calendar:
    """Hours and overrides as far as anything can be booked; what is busy is still missing."""
    reach = slots.reach(doctor.clinic.time_zone, visit, date.min, date.max, now)
    override = AvailabilityOverride
    overrides = select(override.on_date, override.start_time, override.end_time).where(
        override.doctor_id == doctor.id, override.on_date.between(reach.first, reach.last)
    )
    return slots.Calendar(
        zone=doctor.clinic.time_zone,
        hours=tuple(terms.hours(row) for row in hours(doctor) if row.is_available),
        overrides=tuple(slots.Override(*row) for row in db.session.execute(overrides)),
        step_minutes=doctor.slot_step_minutes,
    )


def busy(doctor: Doctor, reach: slots.Reach, now: datetime, ignoring: Collection[int] = ()) -> CompoundSelect:
    """Start, end and whether it is time off, of all that takes up the doctor's time. A hold that ends now does not."""
    start, end = func.lower(Appointment.blocked), func.upper(Appointment.blocked)
    taken = select(start, end, literal(False)).where(
        Appointment.doctor_id == doctor.id,
        # In the words of the partial index, or it cannot serve.
        text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
        start >= reach.start - LONGEST_BLOCK,
        start < reach.end,
        end > reach.start,
        or_(Appointment.held_until.is_(None), Appointment.held_until > now),
        Appointment.id.not_in(ignoring) if ignoring else true(),
    )
    off = select(func.lower(TimeOff.during), func.upper(TimeOff.during), literal(True)).where(
        TimeOff.clinic_id == doctor.clinic_id,
        or_(TimeOff.doctor_id.is_(None), TimeOff.doctor_id == doctor.id),
        TimeOff.during.overlaps(Range(reach.start, reach.end)),
    )
    return taken.union_all(off)


def calendar(
    doctor: Doctor,
    visit: slots.Visit,
    first: date,
    last: date,
    now: datetime,
    ignoring: Collection[int] = (),
    work: slots.Calendar | None = None,
) -> slots.Calendar:
    """All that the free times of these dates depend on. `work` spares two statements of the three."""
    reach = slots.reach(doctor.clinic.time_zone, visit, first, last, now)
    rows = db.session.execute(busy(doctor, reach, now, ignoring)).all()
    taken, off = (tuple((start, end) for start, end, is_off in rows if is_off is kind) for kind in (False, True))
    return replace(work or working(doctor, visit, now), busy=taken, time_off=off)


def free(
    doctor: Doctor,
    visit_type: VisitType,
    first: date,
    last: date,
    now: datetime,
    ignoring: Collection[int] = (),
    work: slots.Calendar | None = None,
) -> list[datetime]:
    """The free times of the dates `first` to `last` in order, on the clinic's wall clock.

    `ignoring` are the ids of appointments that are not in the way.
    """
    if not doctor.bookable:
        return []
    visit = terms.visit(doctor, visit_type)
    known = calendar(doctor, visit, first, last, now, ignoring, work)
    return [at.astimezone(doctor.clinic.zone) for at in slots.free(known, visit, first, last, now)]


def is_free(
    doctor: Doctor, visit_type: VisitType, start: datetime, now: datetime, ignoring: Collection[int] = ()
) -> bool:
    """Whether `free` has this start: asked again under the doctor's lock."""
    visit, day = terms.visit(doctor, visit_type), start.astimezone(doctor.clinic.zone).date()
    return doctor.bookable and slots.is_free(calendar(doctor, visit, day, day, now, ignoring), visit, start, now)


def nearest(doctor: Doctor, visit_type: VisitType, start: datetime, now: datetime, count: int = 4) -> list[datetime]:
    """The free times nearest to one that is gone, in order."""
    day = start.astimezone(doctor.clinic.zone).date()
    times = free(doctor, visit_type, day - WEEK, day + WEEK, now)
    if len(times) < count:
        times = free(doctor, visit_type, date.min, date.max, now)
    near = sorted(times, key=lambda at: abs(at.timestamp() - start.timestamp()))
    return sorted(near[:count], key=datetime.timestamp)


def picker(
    doctor: Doctor,
    visit_type_id: int | None,
    now: datetime,
    week: date | None = None,
    shown: str = "",
    lost: datetime | None = None,
) -> Picker:
    """What to choose from, in the week that a date is in; without one, in the first week with a free time.

    A date out of reach is moved into it, and an unknown visit type is the doctor's first. `shown` is what the page
    shows already, `lost` a time that somebody wanted and did not get.
    """
    kinds, zone = visit_types(doctor), doctor.clinic.zone
    kind = next((kind for kind in kinds if kind.id == visit_type_id), kinds[0] if kinds else None)
    if kind is None or not doctor.bookable:
        return Picker(doctor, kind, kinds)
    visit = terms.visit(doctor, kind)
    work = working(doctor, visit, now)
    today, end = now.astimezone(zone).date(), (now + visit.horizon).astimezone(zone).date()
    week = week or (lost and lost.astimezone(zone).date())
    day = min(max(week or today, today), end)
    times = free(doctor, kind, monday(day), sunday(day), now, work=work)
    times = times or free(doctor, kind, day, date.max, now, work=work)
    if times and not week:
        day = times[0].date()
    near = nearest(doctor, kind, lost, now) if lost else []
    return Picker(doctor, kind, kinds, week_of(day, today, end, zone, times, shown), tuple(map(Slot, near)))
