"""What the database can tell by itself: who surely has no free time, however old their bound is."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, and_, cast, exists, false, func, literal, or_, text, true, tuple_

from healthbook.db import NOW
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
from healthbook.scheduling.parts import HOURS, Part, part_of
from healthbook.scheduling.queries.calendar_rows import LONGEST_BLOCK
from healthbook.scheduling.slots import LOOK_BACK
from healthbook.scheduling.wall_clock import DAY, MIDNIGHT

A_DAY, MOST_DAYS = timedelta(days=1), 4
# No clock change moves hours by more.
SLACK = timedelta(hours=3)
# Where each date begins first.
EASTERNMOST = "Pacific/Kiritimati"


Place = tuple[datetime, int]
"""An instant and a doctor's id: what tells the order of doctors who are free at the same time."""


class Window(NamedTuple):
    """From now on; with a date, from its beginning in each zone; with a part of the day, from when it is that there."""

    now: datetime
    since: date | None = None
    part: Part | None = None

    def opens(self, zone: str) -> datetime:
        moment = self.now
        if self.since is not None and self.since >= self.now.date():
            moment = max(moment, datetime.combine(self.since, MIDNIGHT, ZoneInfo(zone)).astimezone(UTC))
        return moment if self.part is None else next_in(self.part, moment, zone)


def next_in(part: Part, moment: datetime, zone: str) -> datetime:
    """The first moment of a part of the day that is not before this one."""
    wall = moment.astimezone(ZoneInfo(zone))
    if part_of(wall) == part:
        return moment
    begins = HOURS[part][0]
    day = wall.date() + (wall.time() >= begins) * A_DAY
    return datetime.combine(day, begins, ZoneInfo(zone)).astimezone(UTC)


def works_in(part: Part) -> ColumnElement[bool]:
    """Whether hours, or a date that differs, touch this part of a day: nothing else can start in it."""
    first, last = HOURS[part]

    def touches(row: type[DoctorAvailability] | type[AvailabilityOverride]) -> ColumnElement[bool]:
        begins, ends = row.start_time < last if last else true(), row.end_time > first
        return or_(and_(begins, ends), and_(row.end_time <= row.start_time, or_(begins, ends)))

    # A clinic's date may be behind that of UTC, and hours of the day before may go on.
    weekly, dated, lately = DoctorAvailability, AvailabilityOverride, cast(NOW, Date) - 2
    lasts = or_(weekly.valid_to.is_(None), weekly.valid_to >= lately)
    return or_(
        exists().where(weekly.doctor_id == Doctor.id, weekly.is_available, lasts, touches(weekly)),
        exists().where(dated.doctor_id == Doctor.id, dated.on_date >= lately, touches(dated)),
    )


def at_work(zones: Collection[str], window: Window, before: Place) -> ColumnElement[bool]:
    """Whether hours, or a date that differs, may have a start before a place. Of zones not named nothing is said."""
    return by_zone(zones, lambda zone: works(zone, window.opens(zone), *before))


def by_zone(zones: Collection[str], said: Callable[[str], ColumnElement[bool]]) -> ColumnElement[bool]:
    known = (and_(Clinic.time_zone == zone, said(zone)) for zone in zones)
    return or_(Clinic.time_zone.not_in(zones), *known)


def works(zone: str, opens: datetime, at: datetime, id: int) -> ColumnElement[bool]:
    if at < opens:
        # A place of a zone further east.
        return false()
    slack = SLACK if turns(zone, opens - 2 * A_DAY, at + A_DAY) else timedelta(0)
    ends = opens - slack, at + slack
    since, until = (end.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for end in ends)
    days = [since.date() + n * A_DAY for n in range(-1, (until.date() - since.date()).days + 1)]
    if len(days) > MOST_DAYS:
        return true()
    weekly, dated = DoctorAvailability, AvailabilityOverride
    hours = exists().where(
        weekly.doctor_id == Doctor.id, weekly.is_available, or_(*(begun_on(day, since, until, id) for day in days))
    )
    return or_(hours, exists().where(dated.doctor_id == Doctor.id, dated.on_date.between(days[0], days[-1])))


def turns(zone: str, since: datetime, until: datetime) -> bool:
    """Whether the clock changes between."""
    days = range((until - since).days + 1)
    return len({(since + n * A_DAY).astimezone(ZoneInfo(zone)).utcoffset() for n in days}) > 1


def may_start(
    doctor: type[Doctor], zones: Collection[str], minutes: ColumnElement[int], window: Window, before: Place
) -> ColumnElement[bool]:
    """Whether the steps of a doctor, who is Doctor or an alias, may have a start before a place.

    Of zones not named, and of those whose clock changes around it, nothing is said.
    """
    return by_zone(zones, lambda zone: steps(doctor, zone, minutes, window.opens(zone), *before))


def steps(
    doctor: type[Doctor], zone: str, minutes: ColumnElement[int], now: datetime, at: datetime, id: int
) -> ColumnElement[bool]:
    """Steps are counted from the beginning of some hours or from a midnight; those that divide a day repeat daily."""
    first, last = now.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone))
    if last - first >= A_DAY or turns(zone, now - (LOOK_BACK + 1) * A_DAY, now + MOST_DAYS * A_DAY):
        return true()
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = ceil((first - midnight).total_seconds()), int((last - midnight).total_seconds())
    step = 60 * func.coalesce(doctor.slot_step_minutes, minutes)
    weekly, dated = DoctorAvailability, AvailabilityOverride

    def between(begin: ColumnElement[int], end: int) -> ColumnElement[bool]:
        return (end - begin + DAY) // step > (since - 1 - begin + DAY) // step

    # date_part, since extract reckons in numeric.
    begins = cast(func.date_part("epoch", weekly.start_time), Integer)

    def in_time(begin: ColumnElement[int]) -> ColumnElement[bool]:
        return or_(between(begin, until - 1), and_(doctor.id < id, between(begin, until)))

    days = first.date() - (LOOK_BACK + 1) * A_DAY, last.date() + A_DAY
    return or_(
        DAY % step != 0,
        in_time(literal(0)),
        exists().where(weekly.doctor_id == doctor.id, in_time(begins)),
        exists().where(dated.doctor_id == doctor.id, dated.on_date.between(*days)),
    )


def begun_on(day: date, since: datetime, until: datetime, id: int) -> ColumnElement[bool]:
    """Hours of this day that touch the time between, all of it by the clock on the wall; at its end by lower ids."""
    row = DoctorAvailability
    overnight, found = row.end_time <= row.start_time, [row.day_of_week == list(Weekday)[day.weekday()]]
    if day == until.date():
        found.append(tuple_(row.start_time, row.doctor_id) < (until.time(), id))
    if day == since.date():
        found.append(or_(overnight, row.end_time > since.time()))
    if day < since.date():
        found.append(overnight)
    return and_(*found)


def not_taken_throughout(
    doctor: type[Doctor], minutes: ColumnElement[int], window: Window, until: datetime
) -> ColumnElement[bool]:
    """Whether no single visit of a doctor, who is Doctor or an alias, is in the way of all starts until then."""
    # Not of the part: where a date begins first, a part of it may begin later than elsewhere.
    opens = window._replace(part=None).opens(EASTERNMOST)
    length, start = func.make_interval(0, 0, 0, 0, 0, minutes), func.lower(Appointment.blocked)
    return ~exists().where(
        Appointment.doctor_id == doctor.id,
        text(f"appointment.status IN {sql_list(TAKES_UP_TIME)}"),
        start >= opens - LONGEST_BLOCK,
        start < opens + length,
        func.upper(Appointment.blocked) > until,
        or_(Appointment.held_until.is_(None), Appointment.held_until > window.now),
    )
