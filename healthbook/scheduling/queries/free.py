"""The free times of one doctor."""

from collections.abc import Collection
from datetime import date, datetime

from healthbook.models import Doctor, VisitType
from healthbook.scheduling import slots, terms
from healthbook.scheduling.queries import calendars


def working(doctor: Doctor, visit: slots.Visit, now: datetime) -> slots.Calendar:
    """Hours and overrides as far as anything can be booked; what is busy is still missing."""
    sought = [terms.sought(doctor, visit)]
    return calendars.working(sought, calendars.around(sought, date.min, date.max, now))[doctor.id]


def calendar(
    doctor: Doctor,
    visit: slots.Visit,
    first: date,
    last: date,
    now: datetime,
    ignoring: Collection[int] = (),
    work: slots.Calendar | None = None,
) -> slots.Calendar:
    """All that the free times of these dates depend on. `work` is what `working` found."""
    sought = [terms.sought(doctor, visit)]
    reach = calendars.around(sought, first, last, now)
    if work is None:
        return calendars.whole(sought, reach, now, ignoring)[doctor.id]
    return calendars.with_busy({doctor.id: work}, sought, reach, now, ignoring)[doctor.id]


def free(
    doctor: Doctor,
    visit_type: VisitType,
    first: date,
    last: date,
    now: datetime,
    ignoring: Collection[int] = (),
    work: slots.Calendar | None = None,
    desk: bool = False,
) -> list[datetime]:
    """The free times of the dates `first` to `last` in order, on the clinic's wall clock.

    `ignoring` are the ids of appointments that are not in the way; the `desk` may take more than people online.
    """
    if not doctor.bookable:
        return []
    visit = terms.visit(doctor, visit_type, desk)
    known = calendar(doctor, visit, first, last, now, ignoring, work)
    return [at.astimezone(doctor.clinic.zone) for at in slots.free(known, visit, first, last, now)]


def is_free(
    doctor: Doctor,
    visit_type: VisitType,
    start: datetime,
    now: datetime,
    ignoring: Collection[int] = (),
    desk: bool = False,
) -> bool:
    """Whether `free` has this start: asked again under the doctor's lock."""
    visit, day = terms.visit(doctor, visit_type, desk), start.astimezone(doctor.clinic.zone).date()
    return doctor.bookable and slots.is_free(calendar(doctor, visit, day, day, now, ignoring), visit, start, now)
