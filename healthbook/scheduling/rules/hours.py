"""Changing a doctor's weekly hours from a day on. Visits that are booked stay as they are, and so does the past."""

from datetime import date, datetime
from itertools import chain

from flask_babel import gettext as _

from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Stale
from healthbook.filters import day as in_full
from healthbook.live import announce
from healthbook.models import Doctor, DoctorAvailability, User, Weekday
from healthbook.scheduling import terms
from healthbook.scheduling.changes import Addition, Changes, changes
from healthbook.scheduling.plan import A_DAY, Pattern, Plan, plan_on
from healthbook.scheduling.queries import hours as queries
from healthbook.scheduling.rules.bounds import lock, lower_bound
from healthbook.scheduling.rules.days import ahead, midnight, today_at
from healthbook.scheduling.wall_clock import Hours, overlap
from healthbook.scheduling.words import in_words


class Overlapping(Unfit):
    """The doctor would have two hours at the same time on some date; `pattern` is the one that cannot be."""

    def __init__(self, pattern: Pattern, words: str):
        super().__init__("windows", words)
        self.pattern = pattern


def replan(doctor: Doctor, plan: Plan, seen: str, author: User, now: datetime) -> None:
    """Make a doctor's hours these on the plan's days, or until other hours begin that were planned already.

    Doing so again changes nothing. Raises Unfit for a day or hours that cannot be, Stale when the hours are no
    longer as they were `seen`.
    """
    lock(doctor)
    rows, today = queries.hours(doctor), today_at(doctor.clinic, now)
    change = needed(rows, plan, today)
    if not change:
        return
    check(rows, seen)
    carry_out(doctor, change, author, now)
    lower_bound(doctor, midnight(doctor.clinic, plan.first))
    db.session.flush()
    announce(f"doctor-{doctor.id}", f"agenda-{doctor.id}")


def check(rows: list[DoctorAvailability], seen: str) -> None:
    """Raises Stale when the hours are no longer as they were `seen`."""
    if terms.seen(rows) != seen:
        raise Stale(_("Somebody changed these hours a moment before you. Nothing of what you wrote is lost."))


def proposed(rows: list[DoctorAvailability], plan: Plan, today: date) -> Changes:
    """What would become of a doctor's rows. Raises Unfit."""
    ahead("first", plan.first, today)
    ends = [last for last in (plan.last, plan_on(rows, today, plan.first).last) if last]
    change = changes(rows, plan._replace(last=min(ends, default=None)))
    left = [hours for row, hours in change.left(rows) if row.is_available and ends_after(hours, plan.first)]
    for number, new in enumerate(change.added):
        for other in chain(left, (added.hours for added in change.added[:number])):
            if overlap(new.hours, other):
                raise overlapping(new, other, plan)
    return change


def needed(rows: list[DoctorAvailability], plan: Plan, today: date) -> Changes | None:
    """What would become of the rows, or None where all of the plan holds already, in however many. Raises Unfit."""
    change, held = proposed(rows, plan, today), plan_on(rows, today, plan.first)
    throughout = held.last is None or (plan.last is not None and plan.last <= held.last)
    return None if held.patterns == plan.patterns and throughout else change


def ends_after(hours: Hours, day: date) -> bool:
    """Whether hours may run over midnight into a day, or hold later."""
    return hours.valid_to is None or hours.valid_to >= day - A_DAY


def overlapping(new: Addition, other: Hours, plan: Plan) -> Overlapping:
    others = in_words(other)
    if other.valid_to and other.valid_to < plan.first:
        others = _("%(hours)s (until %(day)s)", hours=others, day=in_full(other.valid_to))
    words = _("These hours overlap %(others)s. Choose other times, or change those first.", others=others)
    return Overlapping(new.pattern, words)


def carry_out(doctor: Doctor, change: Changes, author: User, now: datetime) -> None:
    for row, last in change.ended:
        row.valid_to = last
    for row in change.removed:
        db.session.delete(row)
    for added in change.added:
        db.session.add(made(doctor, added, author, now))


def made(doctor: Doctor, added: Addition, author: User, now: datetime) -> DoctorAvailability:
    pattern, row = added.pattern, added.row
    return DoctorAvailability(
        doctor_id=doctor.id,
        day_of_week=list(Weekday)[pattern.weekday - 1],
        start_time=pattern.start,
        end_time=pattern.end,
        opens_at=pattern.opens_at,
        every_weeks=pattern.every_weeks,
        valid_from=added.first,
        valid_to=added.last,
        created_by_id=row.created_by_id if row else author.id,
        created_at=row.created_at if row else now,
    )
