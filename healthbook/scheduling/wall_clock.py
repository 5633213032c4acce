"""Hours as the clock on the wall shows them, and the one place where they become instants.

Days are date ordinals (Monday is 1 modulo 7) and instants are epoch seconds.
"""

import re
from bisect import bisect_left
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = 24 * 60 * 60
MIDNIGHT = time(0)
LONGEST_NIGHT = 14 * 60

_LAST_DAY = date.max.toordinal()
_PATTERN_DAYS = 12 * 7
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)\s*([ap]m)?", re.ASCII | re.IGNORECASE)


class Hours(NamedTuple):
    """Weekly hours from weekday 1 (Monday) to 7; an end not after its start is the next day's.

    Both validity dates are inclusive, and `every_weeks` counts from the week of `valid_from`. Times of hours with
    `opens_at` are kept for the day itself: whoever books online finds them from that time of the day on.
    """

    weekday: int
    start: time
    end: time
    valid_from: date | None = None
    valid_to: date | None = None
    every_weeks: int = 1
    opens_at: time | None = None


@lru_cache(maxsize=1 << 15)
def instant(zone: str, day: int, wall: time) -> int:
    """When the wall clock of a zone first reads a time on a day; a time that it skips becomes the end of the gap."""
    first, second = (
        datetime.combine(date.fromordinal(day), wall.replace(fold=fold), ZoneInfo(zone)) for fold in (0, 1)
    )
    since, until = int(second.timestamp()), int(first.timestamp())
    if until <= since:
        return until
    # Only in a gap does the second reading, with the offset of afterwards, come before the first.
    later = second.utcoffset()
    return since + bisect_left(range(since, until), True, key=lambda at: local(zone, at).utcoffset() == later)


def skipped(zone: str, day: int, wall: time) -> time | None:
    """When the clock goes on, where it skips this time of a day; else None."""
    shown = local(zone, instant(zone, day, wall)).time()
    return None if shown == wall else shown


def not_skipped(zone: str, day: int) -> int:
    """The day, or the next where the zone has no such day: Samoa once went from Thursday to Saturday."""
    return day + (instant(zone, day, MIDNIGHT) == instant(zone, day + 1, MIDNIGHT))


def local(zone: str, at: int) -> datetime:
    """An instant as the wall clock of a zone shows it."""
    return datetime.fromtimestamp(at, ZoneInfo(zone))


def occurs(hours: Hours, day: int) -> bool:
    """Whether weekly hours begin on a day."""
    if (day - hours.weekday) % 7:
        return False
    since, until = _validity(hours)
    return since <= day <= until and ((day - 1) // 7 - (since - 1) // 7) % hours.every_weeks == 0


def minutes(hours: Hours) -> int:
    """How long they last by the wall clock."""
    start, end = _wall(hours)
    return (end - start) // 60


def wrong_way_round(hours: Hours) -> bool:
    """Whether an end before the start looks like a slip: a night of more than 14 hours."""
    return hours.end != MIDNIGHT and hours.end <= hours.start and minutes(hours) > LONGEST_NIGHT


def overlap(one: Hours, other: Hours) -> bool:
    """Whether two weekly hours claim the same time on any date, counting what runs over midnight."""
    apart = (other.weekday - one.weekday + 1) % 7 - 1
    if apart > 1 or not _clash(one, other, apart):
        return False
    since = max(_validity(one)[0], _validity(other)[0])
    return any(occurs(one, day) and occurs(other, day + apart) for day in range(since - 1, since + _PATTERN_DAYS + 1))


def parse_time(text: str, *, end: bool = False) -> time:
    """Read "09:15" or "9:15 am"; "24:00" only as an end, and as midnight. Raises ValueError."""
    found = _CLOCK.fullmatch(text.strip())
    hour, minute, half = (int(found[1]), int(found[2]), (found[3] or "").lower()) if found else (99, 0, "")
    if end and (hour, minute, half) == (24, 0, ""):
        return MIDNIGHT
    if hour > (12 if half else 23) or (half and not hour):
        raise ValueError(f"not a time of day: {text!r}")
    return time(hour % 12 + 12 * (half == "pm") if half else hour, minute)


def _validity(hours: Hours) -> tuple[int, int]:
    since = hours.valid_from.toordinal() if hours.valid_from else 1
    return since, hours.valid_to.toordinal() if hours.valid_to else _LAST_DAY


def _wall(hours: Hours) -> tuple[int, int]:
    start, end = (3600 * at.hour + 60 * at.minute for at in (hours.start, hours.end))
    return start, end if end > start else end + DAY


def _clash(one: Hours, other: Hours, shift: int) -> bool:
    """Whether they overlap when the other begins `shift` days after the one."""
    (start, end), (other_start, other_end) = _wall(one), _wall(other)
    return start < other_end + shift * DAY and other_start + shift * DAY < end
