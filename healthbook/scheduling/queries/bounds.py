"""How late a lower bound may be: before which time nothing of a doctor's is, or comes by itself to be, free."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from sqlalchemy import func, select

from healthbook.db import db, those
from healthbook.models import Clinic, Doctor, VisitType
from healthbook.scheduling import slots
from healthbook.scheduling.queries import calendars
from healthbook.scheduling.terms import Sought

NONE = timedelta(0)


def bounds(doctor_ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """By the doctor's id; of doctors who can be booked for nothing there is none.

    A hold runs out, notice shrinks and kept times open without anybody's doing: here all of that is free already.
    """
    sought = visits_of(doctor_ids)
    if not sought:
        return {}
    reach = calendars.around(sought, date.min, date.max, now)
    known = calendars.whole(sought, reach, now=None)
    first: dict[int, list[datetime]] = defaultdict(list)
    for each in sought:
        first[each.doctor_id].append(bound(known[each.doctor_id], each.visit, now))
    return {doctor_id: min(times) for doctor_id, times in first.items()}


def bound(calendar: slots.Calendar, visit: slots.Visit, now: datetime) -> datetime:
    """The first time, or the horizon, beyond which time itself will bring some."""
    at = next(chain.from_iterable(slots.ranges(calendar, visit, date.min, date.max, now)), None)
    return now + visit.horizon if at is None else datetime.fromtimestamp(at, UTC)


def visits_of(doctor_ids: Sequence[int]) -> list[Sought]:
    """All the different visits for which any of these doctors can be booked online."""
    horizon = func.coalesce(VisitType.horizon_days, Clinic.horizon_days)
    kinds = (
        select(Doctor.id, Doctor.clinic_id, Clinic.time_zone, Doctor.slot_step_minutes)
        .add_columns(VisitType.minutes, VisitType.buffer_before, VisitType.buffer_after, horizon)
        .join(Doctor.clinic)
        .join(VisitType, VisitType.doctor_id == Doctor.id)
        .where(those(Doctor.id, doctor_ids), VisitType.bookable_online, VisitType.retired_at.is_(None))
        .distinct()
    )
    return [
        Sought(id, clinic_id, zone, step, slots.Visit(minutes, before, after, NONE, timedelta(days), kept_too=True))
        for id, clinic_id, zone, step, minutes, before, after, days in db.session.execute(kinds)
    ]
