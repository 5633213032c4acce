"""The shape of what the desk and the admin send."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Self

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length, StopValidation, ValidationError

from healthbook.accounts.forms import readable
from healthbook.accounts.names import one_line
from healthbook.appointments import forms as appointments
from healthbook.clinic.public_holidays import CODES, Holiday, countries, country_of, holidays, parts
from healthbook.clinic.queries.appointments import TO_MOVE, Filters
from healthbook.labels import STAFF_WORDS
from healthbook.models import DoctorStatus, Status

A_YEAR, SIX_WEEKS = timedelta(days=366), timedelta(weeks=6)
DAY_WANTED = _("Write the day like 2027-01-31.")
DOCTOR_WORDS = {
    DoctorStatus.PENDING: _("Waiting for a decision"),
    DoctorStatus.APPROVED: _("Approved"),
    DoctorStatus.SUSPENDED: _("Suspended"),
    DoctorStatus.REJECTED: _("Rejected"),
}


def number_or_none(text: object) -> int | None:
    return int(str(text)) if text else None


class FilterForm(FlaskForm):
    """What stands in the table's address. One day where only one is named, and without any today."""

    class Meta:
        csrf = False

    since = DateField(_("From"), name="from", invalid_value_message=DAY_WANTED)
    until = DateField(_("To"), name="to", invalid_value_message=DAY_WANTED)
    doctor = SelectField(_("Doctor"), coerce=number_or_none)
    status = SelectField(
        _("Status"),
        default="",
        choices=[SelectChoice("", _("Any")), SelectChoice(TO_MOVE, _("To be moved"))]
        + [SelectChoice(status.value, STAFF_WORDS[status]) for status in Status if status != Status.HELD],
    )
    q = StringField(_("Patient"), filters=[one_line], validators=[Length(max=100, message=_("At most 100 letters."))])

    @classmethod
    def of(cls, address: MultiDict, doctors: list[tuple[int, str]], today: date) -> Self:
        given = {name: value for name, value in address.items() if value.strip()}
        day = given.get("from") or given.get("to") or today.isoformat()
        form = cls(MultiDict({"from": day, "to": day} | given))
        form.doctor.choices = [SelectChoice("", _("All doctors")), *(SelectChoice(*doctor) for doctor in doctors)]
        return form

    def validate_since(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year < 2200:
            raise ValidationError(_("Choose a day between 1900 and 2199."))

    def validate_until(self, field: DateField) -> None:
        if self.since.errors:
            # A last day that was not named is the first, and one mistake is told once.
            field.errors = []
            raise StopValidation
        self.validate_since(field)
        if field.data and self.since.data and not self.since.data <= field.data <= self.since.data + A_YEAR:
            raise ValidationError(_("Choose a last day within a year after the first."))

    @property
    def filters(self) -> Filters:
        return Filters(self.since.data, self.until.data, self.doctor.data, self.status.data, self.q.data)


class ReviewForm(FlaskForm):
    """A decision about a doctor, and the status that stood on the page."""

    seen = StringField(validators=[AnyOf(list(DoctorStatus))])
    decision = StringField(validators=[AnyOf([s for s in DoctorStatus if s != DoctorStatus.PENDING])])
    reason = TextAreaField(
        _("Why?"),
        description=_("The doctor reads this. It is kept with your name and the time."),
        filters=[appointments.trimmed],
        validators=[
            DataRequired(_("Say in a few words why.")),
            Length(max=1000, message=_("Please use fewer words: at most 1,000 letters.")),
        ],
    )


class SpecializationForm(FlaskForm):
    name = StringField(
        _("Name"),
        filters=[one_line],
        validators=[
            DataRequired(_("Write the name of the specialization.")),
            Length(max=80, message=_("At most 80 letters.")),
            readable(_("Write the name in letters that can be seen.")),
        ],
    )
    description = StringField(
        _("In other words (may stay empty)"),
        filters=[one_line],
        validators=[Length(max=300, message=_("At most 300 letters."))],
    )


class HolidaysForm(FlaskForm):
    """Which public holidays to propose; the country is at first the one of the clinic's clocks."""

    class Meta:
        csrf = False

    country = SelectField(_("Country"), validate_choice=False)
    part = SelectField(_("Part of it"), validate_choice=False)
    parts_of = HiddenField()
    year = SelectField(_("Year"), validate_choice=False)

    @classmethod
    def of(cls, sent: Mapping[str, str], zone: str, today: date) -> Self:
        country = sent.get("country") or country_of(zone)
        known, part = parts(country) if country in CODES else [], sent.get("part", "")
        # Who has chosen another country still sends a part of the one before.
        if part not in dict(known) and sent.get("parts_of", country) != country:
            part = ""
        # Late in a year the next one is planned.
        year = sent.get("year") or (today + SIX_WEEKS).year
        form = cls(MultiDict({"country": country, "part": part, "parts_of": country, "year": year}))
        form.asked, form.years = "country" in sent, [str(today.year + later) for later in range(3)]
        places = countries(get_locale())
        form.country.choices = [SelectChoice("", _("Choose")), *(SelectChoice(*place) for place in places)]
        form.part.choices = [SelectChoice("", _("All of it")), *(SelectChoice(*each) for each in known)]
        form.year.choices = [SelectChoice(year, year) for year in form.years]
        return form

    @property
    def proposed(self) -> list[Holiday]:
        return holidays(self.country.data, self.part.data, int(self.year.data), get_locale())

    def validate_country(self, field: SelectField) -> None:
        if field.data not in CODES and (field.data or self.asked):
            raise ValidationError(_("Choose a country from the list."))

    def validate_part(self, field: SelectField) -> None:
        if self.country.data in CODES and field.data not in [choice.value for choice in field.choices]:
            raise ValidationError(_("There is no such part. Choose one from the list."))

    def validate_year(self, field: SelectField) -> None:
        if field.data not in self.years:
            raise ValidationError(_("Choose one of these years."))
