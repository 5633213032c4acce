"""Time off as people write it, and the instants that it means."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self

from sqlalchemy.dialects.postgresql import Range

from healthbook.scheduling.wall_clock import MIDNIGHT, instant

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


class Period(NamedTuple):
    """From one instant to another, half-open."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, during: Range[datetime]) -> Self:
        """Of a column that has both ends, as a CHECK of the table says."""
        if during.lower is None or during.upper is None:
            raise ValueError(during)
        return cls(during.lower, during.upper)


class Away(NamedTuple):
    """From a day to another (inclusive), whole days where times are None; again every week until a day."""

    first: date
    start: time | None
    last: date
    end: time | None
    until: date | None = None

    @property
    def backwards(self) -> bool:
        """Whether its end on the day itself is not after its start; midnight is the end of the last day."""
        return self.first == self.last and self.end not in (None, MIDNIGHT) and self.end <= (self.start or MIDNIGHT)

    def periods(self, zone: str) -> Iterator["Period"]:
        """On the wall clock of the zone they are alike every week."""
        first, last = self.first, self.last
        while first == self.first or (self.until is not None and first <= self.until):
            until = last + A_DAY if self.end in (None, MIDNIGHT) else last
            yield Period(at(zone, first, self.start or MIDNIGHT), at(zone, until, self.end or MIDNIGHT))
            first, last = first + A_WEEK, last + A_WEEK


def at(zone: str, day: date, wall: time) -> datetime:
    return datetime.fromtimestamp(instant(zone, day.toordinal(), wall), UTC)
