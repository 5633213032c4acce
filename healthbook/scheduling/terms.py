"""What rows mean to the reckoning of free times."""

from collections.abc import Iterable
from datetime import time, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from healthbook.models import Doctor, VisitType, Weekday
from healthbook.scheduling.slots import Override, Visit
from healthbook.scheduling.wall_clock import MIDNIGHT, Hours

NONE, FURTHEST = timedelta(0), timedelta(days=730)
NUMBERS = {day.value: day.number for day in Weekday}


class Sought(NamedTuple):
    """A visit with a doctor, as far as the free times for it depend on which visit and whose."""

    doctor_id: int
    clinic_id: int
    zone: str
    step_minutes: int | None
    visit: Visit


def hours(row: Any) -> Hours:
    return Hours(
        NUMBERS[row.day_of_week],
        row.start_time,
        row.end_time,
        row.valid_from,
        row.valid_to,
        row.every_weeks,
        row.opens_at,
    )


def clock(at: time, end: bool = False) -> str:
    """09:15; a midnight that ends hours is 24:00, as people write it."""
    return "24:00" if end and at == MIDNIGHT else at.strftime("%H:%M")


def seen(rows: Iterable[Any]) -> str:
    """What a page knows of rows, by which a change notices that they are no longer so."""
    known = [tuple(str(getattr(row, column.key)) for column in row.__table__.columns) for row in rows]
    return sha256(repr(sorted(known)).encode()).hexdigest()[:16] if known else ""


def visit(doctor: Doctor, visit_type: VisitType, desk: bool = False) -> Visit:
    """Lengths of the visit type, with the clinic's notice and horizon where it has none of its own.

    For the desk without those that the clinic lets it ignore, and with times that are kept for the day itself.
    """
    lead, horizon = visit_type.lead_minutes, visit_type.horizon_days
    ignored = doctor.clinic.desk_ignores if desk else ()
    return Visit(
        visit_type.minutes,
        visit_type.buffer_before,
        visit_type.buffer_after,
        NONE if "lead" in ignored else timedelta(minutes=doctor.clinic.lead_minutes if lead is None else lead),
        FURTHEST if "horizon" in ignored else timedelta(doctor.clinic.horizon_days if horizon is None else horizon),
        kept_too="online" in ignored,
    )


def sought(doctor: Doctor, visit: Visit) -> Sought:
    return Sought(doctor.id, doctor.clinic_id, doctor.clinic.time_zone, doctor.slot_step_minutes, visit)


def override(row: Any) -> Override:
    """Of a row whose date is where weekly hours have the first day they hold."""
    return Override(row.valid_from, row.start_time, row.end_time, row.opens_at)
