"""Dates on which a doctor works at other hours, or not at all. Visits that are booked stay as they are."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _

from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Stale
from healthbook.live import announce
from healthbook.models import AvailabilityOverride, Doctor, User
from healthbook.scheduling import terms
from healthbook.scheduling.plan import A_DAY, Window
from healthbook.scheduling.queries import dates as queries
from healthbook.scheduling.rules.bounds import lock, lower_bound
from healthbook.scheduling.rules.days import ahead, midnight, there_is, today_at
from healthbook.scheduling.slots import Override
from healthbook.scheduling.wall_clock import Hours, overlap
from healthbook.scheduling.words import in_words


class UnfitLine(Unfit):
    """What stands in one field of one window cannot be."""

    def __init__(self, line: int, field: str, words: str):
        super().__init__(field, words)
        self.line = line


def set_date(
    doctor: Doctor, on_date: date, windows: list[Window], note: str, seen: str, author: User, now: datetime
) -> None:
    """Make these the hours of a date; without any, the doctor is closed. Doing so again changes nothing.

    Raises Unfit for a day or a time that cannot be, Stale when the date is no longer as it was `seen`.
    """
    check(doctor, on_date, windows, now)
    lock(doctor)
    rows = queries.of_date(doctor, on_date)
    wanted: list[tuple] = [window[2:] for window in windows] or [(None, None, None)]
    if {(*times, note or None) for times in wanted} == {said(row) for row in rows}:
        return
    still(rows, seen)
    for row in rows:
        db.session.delete(row)
    given = {"on_date": on_date, "note": note or None, "created_by_id": author.id, "created_at": now}
    for start, end, opens in wanted:
        row = AvailabilityOverride(doctor_id=doctor.id, start_time=start, end_time=end, opens_at=opens, **given)
        db.session.add(row)
    changed(doctor, on_date)


def remove_date(doctor: Doctor, on_date: date, seen: str, now: datetime) -> None:
    """Give a date its weekly hours back. Raises Unfit for a past one, Stale when it is not as it was `seen`."""
    ahead("on", on_date, today_at(doctor.clinic, now))
    lock(doctor)
    rows = queries.of_date(doctor, on_date)
    if not rows:
        return
    still(rows, seen)
    for row in rows:
        db.session.delete(row)
    changed(doctor, on_date)


def check(doctor: Doctor, on_date: date, windows: Sequence[Window], now: datetime) -> list[Override]:
    """What the windows mean. Raises Unfit."""
    ahead("on", on_date, today_at(doctor.clinic, now))
    for number, window in enumerate(windows):
        until = on_date + A_DAY * (window.end <= window.start)
        for field, day, at in (("start_time", on_date, window.start), ("end_time", until, window.end)):
            if words := there_is(doctor.clinic.time_zone, day, at):
                raise UnfitLine(number, field, words)
        for other in windows[:number]:
            one, another = (Hours(on_date.isoweekday(), each.start, each.end) for each in (window, other))
            if overlap(one, another):
                words = _("These hours overlap %(others)s. Choose other times.", others=in_words(another))
                raise UnfitLine(number, "start_time", words)
    return [Override(on_date, *window[2:]) for window in windows] or [Override(on_date)]


def still(rows: list[AvailabilityOverride], seen: str) -> None:
    if terms.seen(rows) != seen:
        raise Stale(_("Somebody changed that day a moment before you. Nothing of what you wrote is lost."))


def said(row: AvailabilityOverride) -> tuple:
    return row.start_time, row.end_time, row.opens_at, row.note


def changed(doctor: Doctor, on_date: date) -> None:
    lower_bound(doctor, midnight(doctor.clinic, on_date))
    db.session.flush()
    announce(f"doctor-{doctor.id}", f"agenda-{doctor.id}")
