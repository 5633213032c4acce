"""What free times depend on: one statement brings the reckoning what it needs, or two, for one doctor as for all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from healthbook.db import db
from healthbook.scheduling import slots, terms
from healthbook.scheduling.queries.calendar_rows import about, busy, rules, whom
from healthbook.scheduling.terms import Sought


def around(sought: Iterable[Sought], first: date, last: date, now: datetime) -> slots.Reach:
    """What the free times of these dates can depend on, for all of them together."""
    reaches = [slots.reach(*each, first, last, now) for each in {(each.zone, each.visit) for each in sought}]
    firsts, lasts, since, until = zip(*reaches, strict=True)
    return slots.Reach(min(firsts), max(lasts), min(since), max(until))


def whole(
    sought: Sequence[Sought], reach: slots.Reach, now: datetime | None, ignoring: Collection[int] = ()
) -> dict[int, slots.Calendar]:
    """Each doctor's calendar, by the doctor's id; without a `now`, no hold takes up time."""
    asked = whom(sought) | rules(reach) | busy(reach, now, ignoring)
    rows = db.session.execute(about(sought).both, asked).all()
    # What is busy has a start and an end; hours and dates that differ are of the wall clock.
    work = by_doctor(sought, (row for row in rows if row.start is None))
    return added(work, sought, (row[:4] for row in rows if row.start is not None))


def working(sought: Sequence[Sought], reach: slots.Reach) -> dict[int, slots.Calendar]:
    """The same without what is busy."""
    rows = db.session.execute(about(sought).rules, whom(sought) | rules(reach)).all()
    return by_doctor(sought, rows)


def with_busy(
    work: Mapping[int, slots.Calendar],
    sought: Sequence[Sought],
    reach: slots.Reach,
    now: datetime | None,
    ignoring: Collection[int] = (),
) -> dict[int, slots.Calendar]:
    """The calendars that `working` found, made whole."""
    rows = db.session.execute(about(sought).busy, whom(sought) | busy(reach, now, ignoring)).all()
    return added(work, sought, rows)


def by_doctor(sought: Sequence[Sought], rows: Iterable[Any]) -> dict[int, slots.Calendar]:
    found = defaultdict(list)
    for row in rows:
        found[row.doctor_id].append(row)
    return {each.doctor_id: calendar(each, found[each.doctor_id]) for each in sought}


def calendar(sought: Sought, told: Iterable[Any]) -> slots.Calendar:
    weekly, dated = [], []
    for row in told:
        if row.day_of_week is None:
            dated.append(terms.override(row))
        else:
            weekly.append(terms.hours(row))
    return slots.Calendar(sought.zone, tuple(weekly), tuple(dated), step_minutes=sought.step_minutes)


def added(
    work: Mapping[int, slots.Calendar], sought: Sequence[Sought], rows: Iterable[Any]
) -> dict[int, slots.Calendar]:
    """With what is busy: rows of a doctor, a clinic, a start and an end."""
    taken, off, closed = defaultdict(list), defaultdict(list), defaultdict(list)
    for doctor_id, clinic_id, start, end in rows:
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
