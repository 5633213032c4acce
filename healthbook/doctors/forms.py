"""The shape of an application as a doctor."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from healthbook.accounts.forms import ReadField, RegisterForm, or_none
from healthbook.accounts.names import one_line

MONEY = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
YEARS = re.compile(r"[0-9]{1,2}")
LONGEST_CAREER = 80


def money(written: str) -> Decimal:
    """Plain digits and at most two after a point: Decimal() itself reads NaN, 1_0 and full-width digits."""
    if not MONEY.fullmatch(written):
        raise ValueError
    return Decimal(written)


def years(written: str) -> int:
    if not YEARS.fullmatch(written) or int(written) > LONGEST_CAREER:
        raise ValueError
    return int(written)


def spoken(written: str) -> list[str]:
    languages = [language for language in map(one_line, written.split(",")) if language]
    if not languages or len(written) > 200:
        raise ValueError
    return languages


def lines(text: str | None) -> str:
    """Text with its line breaks, each line in single spaces."""
    return "\n".join(one_line(line) for line in (text or "").splitlines()).strip()


def at_most(letters: int) -> Length:
    return Length(max=letters, message=_("Please use at most %(n)s letters.", n=letters))


class ApplyForm(RegisterForm):
    license_number = StringField(
        _("Licence number"),
        filters=[one_line],
        validators=[DataRequired(_("Enter the number of your licence.")), at_most(40)],
    )
    specialization = SelectField(_("Specialization"), validators=[DataRequired(_("Choose your specialization."))])
    years_of_experience = ReadField(
        _("Years in practice"), years, _("Enter your years in practice as a whole number from 0 to 80.")
    )
    qualification = StringField(_("Qualifications"), filters=[one_line, or_none], validators=[at_most(200)])
    hospital_affiliation = StringField(_("Hospital"), filters=[one_line, or_none], validators=[at_most(200)])
    languages = ReadField(
        _("Languages"), spoken, _("Enter the languages you speak with patients, with commas between.")
    )
    consultation_fee = ReadField(
        _("Fee for a first visit"), money, _("Enter the fee as an amount like 85 or 85.50, or 0.")
    )
    biography = TextAreaField(_("About you"), filters=[lines, or_none], validators=[at_most(2000)])

    @property
    def profile(self) -> dict[str, Any]:
        names = ("license_number", "years_of_experience", "qualification", "hospital_affiliation")
        plain = {name: self[name].data for name in (*names, "languages", "consultation_fee", "biography")}
        return plain | {"specialization_id": int(self.specialization.data)}
