"""The shape of what the desk sends to find somebody or to enter them, and what they send to claim the account."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, StringField, TelField
from wtforms.validators import DataRequired, Email, Length, Optional, Regexp, ValidationError

from healthbook.accounts.forms import LONGEST_NAME, ReadField, birthday, name_field, new_password, or_none
from healthbook.accounts.names import one_line
from healthbook.patients.queries.people import LEAST_DIGITS, Known, digits

PHONE = Regexp(r"\+?[0-9 ()./-]{4,30}\Z", message=_("Write a phone number like 0117 496 0123."))
BORN_WANTED = _("Write a date of birth as day, month and year, like 27 3 1990.")
EMAIL = Email(_("Enter an e-mail address like name@example.com."), allow_smtputf8=False)


class SeekForm(FlaskForm):
    """Whatever the person on the phone has said; one of the three is enough."""

    name = StringField(
        _("Name"), filters=[one_line], validators=[Length(max=LONGEST_NAME, message=_("Write less of the name."))]
    )
    date_of_birth = ReadField(_("Date of birth"), birthday, BORN_WANTED, optional=True)
    phone_number = TelField(_("Phone"), filters=[one_line], validators=[Optional(), PHONE])

    def validate_name(self, field: StringField) -> None:
        if not any(each.data for each in (field, self.date_of_birth, self.phone_number)):
            raise ValidationError(_("Enter a name, a date of birth or a phone number."))
        if field.data and len(field.data) < 2:
            raise ValidationError(_("Write at least two letters of the name."))

    def validate_phone_number(self, field: TelField) -> None:
        if len(digits(field.data)) < LEAST_DIGITS:
            raise ValidationError(_("Write at least four digits of the phone number."))


class PersonForm(FlaskForm):
    """Somebody whom the desk enters. `key` is the form's own: sent twice it enters one person."""

    key = HiddenField()
    first_name = name_field(
        _("First name"),
        _("Enter the first name."),
        _("Please shorten the first name to 100 letters."),
        _("Write the first name in letters that can be seen."),
    )
    last_name = name_field(
        _("Last name"),
        _("Enter the last name."),
        _("Please shorten the last name to 100 letters."),
        _("Write the last name in letters that can be seen."),
    )
    date_of_birth = ReadField(_("Date of birth"), birthday, BORN_WANTED)
    phone_number = TelField(
        _("Phone"),
        filters=[one_line],
        validators=[DataRequired(_("Enter a phone number: it is how you reach them.")), PHONE],
    )
    email = EmailField(_("E-mail (may stay empty)"), filters=[one_line, or_none], validators=[Optional(), EMAIL])

    def validate_key(self, field: HiddenField) -> None:
        try:
            UUID(field.data or "")
        except ValueError:
            raise ValidationError(_("Load the page again.")) from None

    @property
    def person(self) -> dict[str, Any]:
        return {name: self[name].data for name in ("first_name", "last_name", "date_of_birth", "phone_number", "email")}

    @property
    def known(self) -> Known:
        name = f"{self.first_name.data} {self.last_name.data}"
        return Known(name, self.date_of_birth.data, self.phone_number.data, self.email.data)


class ClaimForm(FlaskForm):
    """What somebody whom the desk entered has in hand, and how they will sign in from then on."""

    code = StringField(
        _("The code from the desk"),
        filters=[one_line],
        validators=[
            DataRequired(_("Enter the eight letters and digits that the desk gave you.")),
            Length(max=40, message=_("A code has eight letters and digits.")),
        ],
    )
    date_of_birth = ReadField(_("Your date of birth"), birthday, BORN_WANTED)
    email = EmailField(
        _("E-mail"), filters=[one_line], validators=[DataRequired(_("Enter your e-mail address.")), EMAIL]
    )
    password = new_password(_("Choose a password"), id="password")
