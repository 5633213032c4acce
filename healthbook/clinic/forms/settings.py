"""The shape of the clinic's own data and rules."""

from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, Regexp, ValidationError

from healthbook.accounts.forms import or_none
from healthbook.accounts.names import one_line
from healthbook.clinic import places
from healthbook.models import Clinic
from healthbook.scheduling.forms.numbers import WholeNumberField
from healthbook.scheduling.forms.visit_types import YesNoField

A_MONTH = 31 * 24 * 60
AGES = r"(([1-9]|1[0-7])( *, *([1-9]|1[0-7])){0,9})?\Z"
PHONE = Regexp(r"\+?[0-9 ()./-]{3,30}\Z", message=_("Enter a phone number like 0117 496 0100."))
EMAIL = Email(_("Enter an e-mail address like name@example.com."), allow_smtputf8=False)


def line(label: object, empty: object, most: int = 200) -> StringField:
    """One line that must not stay empty: then the words of `empty` are said."""
    too_long = Length(max=most, message=_("%(field)s: at most %(n)s letters.") % {"field": label, "n": most})
    return StringField(label, filters=[one_line], validators=[DataRequired(empty), too_long])


class SettingsForm(FlaskForm):
    """Some columns of the clinic; `seen` is what the page knew of them."""

    seen = HiddenField(validators=[InputRequired(_("Load the page again.")), Length(max=40)])

    @classmethod
    def of(cls, clinic: Clinic) -> Self:
        return cls(formdata=None, obj=clinic)

    @property
    def wanted(self) -> dict[str, Any]:
        """The columns as they should be."""
        return {name: value for name, value in self.data.items() if name not in ("csrf_token", "seen")}


class AboutForm(SettingsForm):
    name = line(_("Name"), _("Write the name of the clinic."), 100)
    address = line(_("Address"), _("Write where the clinic is."))
    phone = TelField(_("Phone"), filters=[one_line], validators=[DataRequired(_("Enter the clinic's phone.")), PHONE])
    email = EmailField(
        _("E-mail"), filters=[one_line], validators=[DataRequired(_("Enter the clinic's e-mail address.")), EMAIL]
    )
    hours = line(_("When somebody answers"), _("Write when the clinic is open, in words."))
    emergency_phone = TelField(
        _("Phone in an emergency"),
        filters=[one_line],
        validators=[DataRequired(_("Enter the number to call in an emergency, such as 112.")), PHONE],
    )
    urgent_phone = TelField(
        _("Phone when the clinic is closed"), filters=[one_line, or_none], validators=[Optional(), PHONE]
    )
    time_zone = SelectField(_("Time zone"), choices=places.zones, validate_choice=False)
    currency = SelectField(_("Currency"), choices=places.currencies, validate_choice=False)

    def validate_time_zone(self, field: SelectField) -> None:
        if field.data not in dict(places.zones()):
            raise ValidationError(_("Choose a time zone from the list."))

    def validate_currency(self, field: SelectField) -> None:
        if field.data not in places.tender():
            raise ValidationError(_("Choose a currency from the list."))


class BookingForm(SettingsForm):
    lead_minutes = WholeNumberField(_("Book at least this many minutes ahead"), 0, A_MONTH)
    horizon_days = WholeNumberField(_("Book at most this many days ahead"), 1, 730)
    hold_minutes = WholeNumberField(_("Minutes for which a chosen time is held"), 1, 60)
    max_hold_minutes = WholeNumberField(_("Minutes for which it can be held at most"), 1, 120)
    arrival_minutes = WholeNumberField(
        _("Minutes before a visit from which patients can say that they are here"), 0, 240
    )
    cancel_hours = WholeNumberField(_("Hours before a visit until which cancelling is free"), 0, 720)
    offer_minutes = WholeNumberField(_("Minutes for which another time is held, when a doctor is away"), 5, 10080)
    offer_share_percent = WholeNumberField(
        _("Percent of a colleague's free times of a day that may be offered"), 1, 100
    )
    max_open_bookings = WholeNumberField(_("Visits that a patient can have ahead"), 1, 100)
    max_late_cancels = WholeNumberField(_("Late cancellations before a patient has to call"), 0, 100)
    confirms_at_once = YesNoField(
        _("When a patient has booked"), _("The visit is confirmed at once"), _("Somebody at the clinic confirms it")
    )

    @property
    def wanted(self) -> dict[str, Any]:
        return super().wanted | {"confirms_at_once": self.confirms_at_once.data == "yes"}

    def validate_max_hold_minutes(self, field: WholeNumberField) -> None:
        if field.data is not None and self.hold_minutes.data is not None and field.data < self.hold_minutes.data:
            raise ValidationError(_("This cannot be shorter than the minutes for which a time is held."))


class RecordsForm(SettingsForm):
    """Who reads records for how long, and when somebody looks again at what guardians may do."""

    treating_months = WholeNumberField(_("Months after a visit in which its doctor reads the record"), 0, 120)
    treating_days_ahead = WholeNumberField(_("Days before a visit from which its doctor reads the record"), 0, 365)
    retention_years = WholeNumberField(_("Years for which a record is kept after the last visit"), 1, 100)
    ages = StringField(
        _("Birthdays on which a guardian's rights are looked at again"),
        filters=[one_line],
        validators=[Regexp(AGES, message=_("Write ages below 18, like 13, 16, or leave it empty."))],
    )

    @classmethod
    def of(cls, clinic: Clinic) -> Self:
        return cls(formdata=None, obj=clinic, ages=", ".join(map(str, clinic.guardian_review_ages)))

    @property
    def wanted(self) -> dict[str, Any]:
        columns = super().wanted
        ages = {int(age) for age in (columns.pop("ages") or "").replace(",", " ").split()}
        return columns | {"guardian_review_ages": sorted(ages)}


class WordsForm(SettingsForm):
    """Words in a reason at which the patient is asked to call, one a line; a field for each language of the pages."""

    english = TextAreaField(
        _("Words and phrases in English"),
        description=_("One on each line. It is a reminder to call, and decides nothing."),
        validators=[Length(max=5000, message=_("At most 5,000 letters."))],
    )

    @classmethod
    def of(cls, clinic: Clinic) -> Self:
        return cls(formdata=None, english="\n".join(clinic.worrying_words.get("en", [])))

    @property
    def wanted(self) -> dict[str, Any]:
        lines = (one_line(line) for line in (self.english.data or "").splitlines())
        return {"worrying_words": {"en": [line for line in lines if line]}}


class DeskForm(SettingsForm):
    """What the desk may ignore when it books."""

    lead = BooleanField(_("How early it must be booked"))
    horizon = BooleanField(_("How far ahead it can be booked"))
    online = BooleanField(_("That a visit type is not booked online, or its times are kept for the day"))
    new_patients = BooleanField(_("That a doctor or a visit type is not for new patients"))

    @classmethod
    def of(cls, clinic: Clinic) -> Self:
        return cls(formdata=None, data=dict.fromkeys(clinic.desk_ignores, True))

    @property
    def wanted(self) -> dict[str, Any]:
        return {"desk_ignores": [rule for rule, ignored in super().wanted.items() if ignored]}
