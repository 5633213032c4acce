"""Numbers as people write them: plain digits only, since int() also reads others, signs and underscores."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import StringField

from healthbook.doctors.forms import money

DIGITS = re.compile("[0-9]{1,6}")


class WholeNumberField(StringField):
    """From `least` to `most`, both included; where it may stay empty, that is None."""

    def __init__(self, label: object, least: int, most: int, may_be_empty: bool = False, **options: Any):
        super().__init__(label, **options)
        self.least, self.most, self.may_be_empty = least, most, may_be_empty

    def process_formdata(self, values: list[str]) -> None:
        written, self.data = first(values), None
        if not written and self.may_be_empty:
            return
        if not DIGITS.fullmatch(written) or not self.least <= int(written) <= self.most:
            words = _("%(field)s: write a whole number from %(least)s to %(most)s.")
            raise ValueError(words % {"field": self.label.text, "least": self.least, "most": self.most})
        self.data = int(written)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class AmountField(StringField):
    """Money, such as 85 or 85.50."""

    def process_formdata(self, values: list[str]) -> None:
        self.data = None
        try:
            self.data = money(first(values))
        except ValueError:
            raise ValueError(_("Enter the fee as an amount like 85 or 85.50, or 0.")) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else plain(self.data)


def first(values: list[str]) -> str:
    """Of a field that comes twice the first counts, as everywhere."""
    return values[0].strip() if values else ""


def plain(amount: Decimal) -> str:
    """85 rather than 85.00."""
    return f"{amount:f}".removesuffix(".00")
