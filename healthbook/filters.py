"""Jinja filters: days, times, money and the words of a status. Times are printed on the wall clock they carry."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit
from flask import Flask
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.dialects.postgresql import Range

from healthbook import clock
from healthbook.labels import (
    PATIENT_WORDS,
    REASON_WORDS,
    RECORD_ICONS,
    RECORD_WORDS,
    STAFF_WORDS,
    STATUS_ICONS,
    step_word,
)


def day(value: date) -> str:
    """Wednesday 25 November; with the year where it is not this year's."""
    return written(value, "EEEE d MMMM" + year_of(value))


def short_day(value: date) -> str:
    """Wed 25 Nov; with the year where it is not this year's."""
    return written(value, "EEE d MMM" + year_of(value))


def day_of_month(value: date) -> str:
    """25 November; with the year where it is not this year's."""
    return written(value, "d MMMM" + year_of(value))


def calendar_day(value: date) -> str:
    """10 December 1988: a day long ago, or one on paper, which always has its year."""
    return written(value, "d MMMM y")


# The same few stand on a page again and again, and Babel takes as long for each as a row to be drawn.
date_written, time_written, money_written = (lru_cache(4096)(f) for f in (format_date, format_time, format_currency))


def written(value: date, pattern: str) -> str:
    # One instant is two days in two zones: only the day itself is looked up.
    return date_written(date(value.year, value.month, value.day), pattern, get_locale())


def year_of(value: date) -> str:
    """What prints the year, unless it is this one where the time is told; a date alone is told in UTC."""
    now = clock.now().astimezone(getattr(value, "tzinfo", None) or UTC)
    return "" if value.year == now.year else " y"


def time_of_day(value: datetime) -> str:
    """09:15; with its zone, as 01:30 GMT, where the clock shows it twice that day."""
    shown = time_written(value.time(), "HH:mm", locale=get_locale())
    return f"{shown} {value.tzname()}" if clock.twice(value) else shown


def stretch(during: Range[datetime], zone: ZoneInfo) -> str:
    """Thu 24 Dec to Fri 1 Jan, or Mon 30 Nov, 08:00 to 12:30: whole days without times, on the wall clock of a zone."""
    start, end = during.lower.astimezone(zone), during.upper.astimezone(zone)
    last = (during.upper - timedelta(seconds=1)).astimezone(zone)
    first, until = short_day(start), short_day(last)
    if start.time() == end.time() == time():
        return first if first == until else gettext("%(first)s to %(last)s", first=first, last=until)
    begins, ends = time_of_day(start), time_of_day(end) if end.time() != time() else "24:00"
    if first == until:
        return gettext("%(day)s, %(start)s to %(end)s", day=first, start=begins, end=ends)
    return gettext("%(first)s, %(start)s to %(last)s, %(end)s", first=first, start=begins, last=until, end=ends)


def money(value: Decimal, currency: str) -> str:
    """£85, or £85.50: pence only where there are any."""
    pattern = "¤#,##0" if value == value.to_integral_value() else None
    return money_written(value, currency, pattern, get_locale(), currency_digits=pattern is None)


def duration(minutes: int) -> str:
    """45 minutes, 2 hours, 1 day; an odd one in the largest unit that needs no fraction."""
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes and minutes % size == 0:
            return format_unit(minutes // size, f"duration-{unit}", locale=get_locale())
    return format_unit(minutes, "duration-minute", locale=get_locale())


def masked(value: str) -> str:
    """•••• 4711: the end of a number, by which its owner knows it; of a short one nothing."""
    return f"•••• {value[-4:]}" if len(value) > 7 else "••••"


def size(value: int) -> str:
    """840 kB, or 1.2 MB: so many bytes, as people count them."""
    return _("%(n)s MB", n=format_decimal(value / 1e6, "0.0", get_locale())) if value >= 1e6 else kilobytes(value)


def kilobytes(value: int) -> str:
    return _("%(n)s kB", n=max(1, round(value / 1e3)))


def zone_name(value: datetime) -> str:
    """United Kingdom Time, or whatever people call the zone that the time carries."""
    return get_timezone_name(value.tzinfo, width="long", locale=get_locale(), zone_variant="generic")


def reference(value: str) -> str:
    """4F7K M2QA: easier to read aloud."""
    return f"{value[:4]} {value[4:]}"


def init_app(app: Flask) -> None:
    whens = (day, short_day, day_of_month, calendar_day, time_of_day, stretch, duration, zone_name)
    for printed in (*whens, money, size, masked, reference, step_word):
        app.add_template_filter(printed)
    for name, words in (
        ("status_word", PATIENT_WORDS),
        ("staff_word", STAFF_WORDS),
        ("status_icon", STATUS_ICONS),
        ("reason_word", REASON_WORDS),
        ("record_word", RECORD_WORDS),
        ("record_icon", RECORD_ICONS),
    ):
        app.add_template_filter(words.__getitem__, name)
