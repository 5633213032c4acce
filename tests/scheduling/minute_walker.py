"""A walker that reads the wall clock at every minute and looks at each: slow, plain, and right."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE, DAY, A_DAY = timedelta(minutes=1), timedelta(days=1), 24 * 60


class Clock(NamedTuple):
    """What the wall showed at each minute since `since`, in minutes, and the latest that it had shown until then."""

    since: datetime
    shown: list[int]
    latest: list[int]

    def first_showing(self, day, wall):
        return bisect_left(self.latest, day.toordinal() * A_DAY + wall.hour * 60 + wall.minute)


@lru_cache
def clock_around(zone, base):
    since = datetime.combine(base - 12 * DAY, time(0), UTC)
    seen = ((since + at * MINUTE).astimezone(ZoneInfo(zone)) for at in range(17 * A_DAY))
    shown = [wall.toordinal() * A_DAY + wall.hour * 60 + wall.minute for wall in seen]
    return Clock(since, shown, list(accumulate(shown, max)))


def walk(base, calendar, visit, first, last, now):
    clock = clock_around(calendar.zone, base)
    working, opened = (marked_work(clock, base, calendar, at) for at in (None, None if visit.kept_too else now))
    busy, off = (marked(clock, of) for of in (calendar.busy, calendar.time_off))
    found = []
    asked = range(first.toordinal() * A_DAY, (last.toordinal() + 1) * A_DAY)
    for at in (at for at, wall in enumerate(clock.shown) if opened[at] and wall in asked):
        day, start, end = date.fromordinal(clock.shown[at] // A_DAY), clock.since + at * MINUTE, at + visit.minutes
        if not now + visit.lead <= start <= now + visit.horizon:
            continue
        begin, midnight = working.rfind(0, 0, at) + 1, clock.first_showing(day, time(0))
        begin = midnight if midnight - begin >= 7 * A_DAY else begin
        works, away = all(working[at:end]), any(off[at:end])
        met = any(busy[at - visit.buffer_before : end + visit.buffer_after])
        if works and not away and not met and (at - begin) % (calendar.step_minutes or visit.minutes) == 0:
            found.append(start)
    return found


def marked_work(clock, base, calendar, now=None):
    """The minutes of work; with `now` only of the windows that have opened by then."""
    working = bytearray(len(clock.shown))
    for day in (base + shift * DAY for shift in range(-11, 4)):
        for start, end, opens_at in windows(calendar, day):
            if now is None or opens_at is None or clock.since + clock.first_showing(day, opens_at) * MINUTE <= now:
                low, high = clock.first_showing(day, start), clock.first_showing(day + DAY * (end <= start), end)
                working[low:high] = b"\1" * (high - low)
    return working


def windows(calendar, day):
    own = [override for override in calendar.overrides if override.on_date == day]
    rows = own or [hours for hours in calendar.hours if begins(hours, day)]
    return [(row.start, row.end, row.opens_at) for row in rows if row.start is not None]


def begins(hours, day):
    if hours.weekday != day.isoweekday():
        return False
    since = hours.valid_from or date.min
    weeks = (day - day.weekday() * DAY - (since - since.weekday() * DAY)).days // 7
    return since <= day <= (hours.valid_to or date.max) and weeks % hours.every_weeks == 0


def marked(clock, periods):
    minutes = bytearray(len(clock.shown))
    for start, end in periods:
        low, high = ((edge - clock.since) // MINUTE for edge in (start, end))
        minutes[low:high] = b"\1" * (high - low)
    return minutes
