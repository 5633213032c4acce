"""The only reader of the clock: whoever needs the time calls clock.now(), so that a test can stop it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The date on the wall calendar of an IANA time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def twice(at: datetime) -> bool:
    """Whether the clock on this wall shows this time twice, an hour going back, so that it needs its zone beside it."""
    return at.replace(fold=0).utcoffset() > at.replace(fold=1).utcoffset()
