"""Zones and currencies that a clinic can choose among."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from flask_babel import get_locale

# Other spellings, and fixed distances from UTC that no clock on a wall keeps.
NOT_PLACES = ("Etc/", "SystemV/", "posix/", "right/")


@cache
def zones() -> list[tuple[str, str]]:
    """IANA names in order, each with how it is written."""
    names = (name for name in available_timezones() if "/" in name and not name.startswith(NOT_PLACES))
    return [(name, name.replace("_", " ")) for name in sorted([*names, "UTC"])]


def currencies() -> list[tuple[str, str]]:
    """Codes of ISO 4217 that somebody pays with today, each with its name, by name."""
    names = Locale.parse(str(get_locale() or "en_GB")).currencies
    return sorted(((code, f"{names.get(code, code)} ({code})") for code in tender()), key=lambda each: each[1])


@cache
def tender() -> frozenset[str]:
    used = get_global("territory_currencies").values()
    return frozenset(code for row in used for code, _since, until, is_tender in row if is_tender and until is None)
