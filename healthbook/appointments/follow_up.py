"""When somebody should be seen again, in the words that doctors use."""

from calendar import monthrange
from datetime import date, timedelta

from flask_babel import lazy_gettext as _

WHENS = {
    "": _("No need to come again"),
    "1w": _("in about a week"),
    "2w": _("in about two weeks"),
    "4w": _("in about four weeks"),
    "6w": _("in about six weeks"),
    "3m": _("in about three months"),
    "6m": _("in about six months"),
    "12m": _("in about a year"),
}


def due(day: date, when: str) -> date | None:
    """So many weeks or months (a key of WHENS) after a day; the last of a month that is too short for its number."""
    if not when:
        return None
    number, unit = int(when[:-1]), when[-1]
    return day + timedelta(weeks=number) if unit == "w" else months_later(day, number)


def months_later(day: date, number: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def when(day: date, wanted: date | None) -> str:
    """The key whose day that is, or ''."""
    return next((key for key in WHENS if key and due(day, key) == wanted), "")
