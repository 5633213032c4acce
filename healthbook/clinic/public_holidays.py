"""Public holidays of countries and their parts, from the package `holidays`, as days to choose from."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from babel import Locale
from babel.core import get_global
from holidays import country_holidays
from holidays.registry import COUNTRIES

CODES = frozenset(codes[1] for codes in COUNTRIES.values())


class Holiday(NamedTuple):
    on_date: date
    name: str


def countries(locale: Locale) -> list[tuple[str, str]]:
    """Code and name of each, by name."""
    return sorted(((code, locale.territories.get(code, code)) for code in CODES), key=lambda country: country[1])


def country_of(zone: str) -> str:
    """The country whose clocks a time zone names, or ''."""
    code = get_global("zone_territories").get(zone, "")
    return code if code in CODES else ""


def parts(country: str) -> list[tuple[str, str]]:
    """Code and name of the parts of a country that have holidays of their own, by name."""
    known = country_holidays(country)
    # Of many names of a part the longest is the one in words.
    names = {code: name for name, code in sorted(known.subdivisions_aliases.items(), key=lambda alias: len(alias[0]))}
    return sorted(((code, names.get(code, code)) for code in known.subdivisions), key=lambda part: part[1])


def holidays(country: str, part: str | None, year: int, locale: Locale) -> list[Holiday]:
    """In order, in the reader's language where the package speaks it."""
    language = spoken(country_holidays(country).supported_languages, locale)
    found = country_holidays(country, subdiv=part or None, years=year, language=language)
    return [Holiday(*day) for day in sorted(found.items()) if day[0].year == year]


def spoken(languages: Iterable[str], locale: Locale) -> str | None:
    alike = sorted(each for each in languages if each[:2] == locale.language)
    return str(locale) if str(locale) in alike else next(iter(alike), None)
