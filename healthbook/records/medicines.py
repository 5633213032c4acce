"""Until when a medicine is taken, as far as its own words say it."""

import re
from datetime import date, timedelta

SPAN = re.compile(
    r"\s*(?:for\s+)?(?P<many>[0-9]{1,3}|an?|one|two|three|four|six)\s+(?P<unit>day|week|month|year)s?\s*\.?\s*"
)
WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6}


def last_day(start: date, duration: str | None = None) -> date | None:
    """Of a medicine begun on `start` and taken for "2 weeks". None: until it is stopped, or nobody can tell."""
    found = SPAN.fullmatch((duration or "").lower())
    if not found:
        return None
    many = WORDS.get(found["many"]) or int(found["many"])
    if found["unit"] in ("day", "week"):
        return start + timedelta(days=many * (7 if found["unit"] == "week" else 1) - 1)
    return months_later(start, many * (12 if found["unit"] == "year" else 1)) - timedelta(days=1)


def months_later(start: date, months: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=start.day - 1), following - timedelta(days=1))
