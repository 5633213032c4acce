"""Whether the access log is as it was when its days were sealed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hmac import compare_digest

from healthbook import seal_check
from healthbook.audit import digests, queries
from healthbook.models import AccessDigest

DAY = timedelta(days=1)


def wrong_days(kept: list[AccessDigest]) -> Iterator[tuple[date, str]]:
    """Each day that does not fit, and what is wrong with it. `kept` are all digests in the order of their days."""
    secret, before, expected = seal_check.secret(), b"", kept[0].day if kept else None
    first = queries.first_look()
    if expected and first and first.astimezone(UTC).date() < expected:
        yield first.astimezone(UTC).date(), "there are lines from before the first day that was sealed"
    for digest in kept:
        while expected and expected < digest.day:
            yield expected, "its seal is missing"
            expected += DAY
        made = digests.made(secret, before, digest.day, queries.rows_of(digest.day))
        if made.rows != digest.rows:
            yield digest.day, f"it has {made.rows} lines and had {digest.rows} when it was sealed"
        elif not compare_digest(made.digest, digest.digest):
            yield digest.day, "a line, or the day before, is not as it was when it was sealed"
        before, expected = digest.digest, digest.day + DAY


def late(kept: list[AccessDigest], now: datetime) -> bool:
    """Days are over, and nobody has sealed them: the worker does not run, or their seals were taken away."""
    first = queries.first_look()
    due = kept[-1].day + DAY if kept else first.astimezone(UTC).date() if first else None
    return due is not None and due < now.astimezone(UTC).date() - DAY
