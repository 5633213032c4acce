"""What the database can tell by itself: who surely has no free time until an instant, however old their bound is."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, and_, cast, exists, func, literal, or_, text, true

from healthbook.models import (
    TAKES_UP_TIME,
    Appointment,
    AvailabilityOverride,
    Clinic,
    Doctor,
    DoctorAvailability,
    Weekday,
)
from healthbook.models.statuses import sql_list
from healthbook.scheduling.queries.calendar_rows import LONGEST_BLOCK
from healthbook.scheduling.slots import LOOK_BACK
from healthbook.scheduling.wall_clock import DAY

A_DAY, MOST_DAYS = timedelta(days=1), 4
# No clock change moves hours by more.
SLACK = timedelta(hours=3)


def at_work(zones: Collection[str], now: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether hours, or a date that differs, may touch the time between. Of zones not named nothing is said."""
    return by_zone(zones, lambda zone: works(zone, now, until))


def by_zone(zones: Collection[str], said: Callable[[str], ColumnElement[bool]]) -> ColumnElement[bool]:
    known = (and_(Clinic.time_zone == zone, said(zone)) for zone in zones)
    return or_(Clinic.time_zone.not_in(zones), *known)


def works(zone: str, now: datetime, until: datetime) -> ColumnElement[bool]:
    since, until = (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in (now - SLACK, until + SLACK))
    days = [since.date() + n * A_DAY for n in range(-1, (until.date() - since.date()).days + 1)]
    if len(days) > MOST_DAYS:
        return true()
    weekly, dated = DoctorAvailability, AvailabilityOverride
    hours = exists().where(
        weekly.doctor_id == Doctor.id, weekly.is_available, or_(*(begun_on(day, since, until) for day in days))
    )
    return or_(hours, exists().where(dated.doctor_id == Doctor.id, dated.on_date.between(days[0], days[-1])))


def may_start(
    zones: Collection[str], minutes: ColumnElement[int], now: datetime, before: tuple[datetime, int]
) -> ColumnElement[bool]:
    """Whether the doctor's steps may have a start before a place, which is an instant and a doctor's id.

    Of zones not named, and of those whose clock changes around it, nothing is said.
    """
    return by_zone(zones, lambda zone: steps(zone, minutes, now, *before))


def steps(zone: str, minutes: ColumnElement[int], now: datetime, at: datetime, id: int) -> ColumnElement[bool]:
    """Steps are counted from the beginning of some hours or from a midnight; those that divide a day repeat daily."""
    first, last = now.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone))
    around = [(now + n * A_DAY).astimezone(ZoneInfo(zone)) for n in range(-LOOK_BACK - 1, MOST_DAYS)]
    if last - first >= A_DAY or len({moment.utcoffset() for moment in around}) > 1:
        return true()
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = ceil((first - midnight).total_seconds()), int((last - midnight).total_seconds())
    step = 60 * func.coalesce(Doctor.slot_step_minutes, minutes)
    weekly, dated = DoctorAvailability, AvailabilityOverride

    def between(begin: ColumnElement[int], end: int) -> ColumnElement[bool]:
        return (end - begin + DAY) // step > (since - 1 - begin + DAY) // step

    # date_part, since extract reckons in numeric.
    begins = cast(func.date_part("epoch", weekly.start_time), Integer)

    def in_time(begin: ColumnElement[int]) -> ColumnElement[bool]:
        return or_(between(begin, until - 1), and_(Doctor.id < id, between(begin, until)))

    days = first.date() - (LOOK_BACK + 1) * A_DAY, last.date() + A_DAY
    return or_(
        DAY % step != 0,
        in_time(literal(0)),
        exists().where(weekly.doctor_id == Doctor.id, in_time(begins)),
        exists().where(dated.doctor_id == Doctor.id, dated.on_date.between(*days)),
    )


def begun_on(day: date, since: datetime, until: datetime) -> ColumnElement[bool]:
    """Hours of this day that touch the time between, all of it by the clock on the wall."""
    row = DoctorAvailability
    overnight, found = row.end_time <= row.start_time, [row.day_of_week == list(Weekday)[day.weekday()]]
    if day == until.date():
        found.append(row.start_time < until.time())
    if day == since.date():
        found.append(or_(overnight, row.end_time > since.time()))
    if day < since.date():
        found.append(overnight)
    return and_(*found)


def not_taken_throughout(minutes: ColumnElement[int], now: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether no single visit is in the way of all starts until then."""
    length, start = func.make_interval(0, 0, 0, 0, 0, minutes), func.lower(Appointment.blocked)
    return ~exists().where(
        Appointment.doctor_id == Doctor.id,
        text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
        start >= now - LONGEST_BLOCK,
        start < now + length,
        func.upper(Appointment.blocked) > until,
        or_(Appointment.held_until.is_(None), Appointment.held_until > now),
    )
