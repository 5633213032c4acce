"""Refusals: a rule said no, and the message is for the person who asked."""


class Refused(Exception):
    """A rule said no. `str(refusal)` is a sentence for the person, translated, without personal data."""

    status = 409


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
