"""The only reader of the clock: whoever needs the time calls clock.now(), so that a test can stop it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The date on the wall calendar of an IANA time zone."""
    return now().astimezone(ZoneInfo(zone)).date()
