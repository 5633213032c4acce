"""Refusals: a rule said no, and the message is for the person who asked."""

from collections.abc import Iterator
from contextlib import contextmanager


class Refused(Exception):
    """A rule said no. `str(refusal)` is a sentence for the person, translated, without personal data."""

    status = 409
    # Before anything was locked or written: nothing need be undone, and nothing that was read be read again.
    only_looked = False


@contextmanager
def a_look() -> Iterator[None]:
    """For what is asked before the locks, which turns most losers away."""
    try:
        yield
    except Refused as refusal:
        refusal.only_looked = True
        raise


class SlotTaken(Refused):
    """The time is not free: booked or held by somebody, past, or never offered."""


class Stale(Refused):
    """Somebody changed the thing between the page and the answer."""


class NotTheirs(Refused):
    """Somebody is named for whom the person may not act, whether there is such a patient or not."""

    status = 403


class Busy(Refused):
    """Too much at once: nothing was changed, and trying again in a moment is right."""

    status = 429
