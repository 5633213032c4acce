"""Fields that many forms of hours have."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, FieldList, StringField

from healthbook.scheduling import terms
from healthbook.scheduling.wall_clock import parse_time

DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
# As it is typed where the keys have no colon, and whole hours in short.
TYPED = re.compile(r"([0-9]{1,2})(?:[.]?([0-9]{2}))?( ?[ap]m)?", re.IGNORECASE)
MOST_LINES = 150


def day_or_none(text: str) -> date | None:
    """A date in ISO 8601 and plain digits, if there is such a day."""
    found = DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


class TimeOfDayField(StringField):
    """A wall-clock time, kept as people wrote it; 24:00 only where hours end."""

    def __init__(self, *given: Any, end: bool = False, optional: bool = False, **named: Any):
        super().__init__(*given, **named)
        self.end, self.optional = end, optional

    def process_formdata(self, values: list[str]) -> None:
        self.data, text = None, values[0].strip() if values else ""
        if self.optional and not text:
            return
        if found := TYPED.fullmatch(text):
            text = f"{found[1]}:{found[2] or '00'}{found[3] or ''}"
        try:
            self.data = parse_time(text, end=self.end)
        except ValueError:
            raise ValueError(_("Write a time such as 09:15.")) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return terms.clock(self.data, end=self.end) if self.data is not None else ""


class DayField(DateField):
    """A date in ISO 8601 and in plain digits, as browsers send it; it may be left out."""

    def process_formdata(self, values: list[str]) -> None:
        self.data, text = None, values[0].strip() if values else ""
        if not text:
            return
        self.data = day_or_none(text)
        if self.data is None:
            raise ValueError(_("Write a day that there is, like 2027-01-31."))


class Lines(FieldList):
    """Many lines of the same fields. What a browser cannot have numbered is not read."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        for name in formdata:
            if found := re.match(rf"{prefix}-([0-9]{{1,3}})-", name):
                yield min(int(found[1]), MOST_LINES)


def flat(fields: Iterable[Any]) -> Iterator[Any]:
    """The fields with those of each line in the place of their list: where messages stand."""
    for field in fields:
        if isinstance(field, Lines):
            for line in field:
                yield from line.form
        else:
            yield field
