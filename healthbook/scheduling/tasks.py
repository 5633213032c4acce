"""What keeps the search for the soonest quick without anybody asking."""

from datetime import datetime, timedelta

from healthbook import clock, jobs
from healthbook.db import db
from healthbook.scheduling.rules import bounds

SOON = timedelta(days=1)


@jobs.every("*/10 * * * *")
def raise_what_is_near() -> None:
    """Bounds that a search would look behind in any case, since they are over or nearly so."""
    now = clock.now()
    raise_in_batches(now, now + SOON)


@jobs.every("17 3 * * *")
def raise_all() -> None:
    raise_in_batches(clock.now())


def raise_in_batches(now: datetime, before: datetime | None = None) -> None:
    """Each batch in a transaction of its own, so that nobody waits long for a doctor."""
    last = bounds.raise_bounds(0, now, before)
    while last is not None:
        db.session.commit()
        last = bounds.raise_bounds(last, now, before)
