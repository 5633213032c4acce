"""The shape of what people send to sign in and to register."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, PasswordField, StringField, TelField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, Regexp, ValidationError

from healthbook import clock
from healthbook.accounts import passwords
from healthbook.accounts.names import is_name, one_line

BIRTHDAYS = (
    re.compile(r"(?P<day>[0-9]{1,2})[ ./-]+(?P<month>[0-9]{1,2})[ ./-]+(?P<year>[0-9]{4})"),
    re.compile(r"(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
)
LONGEST_NAME = 100


def or_none(text: str | None) -> str | None:
    return text or None


def birthday(written: str) -> date:
    """A date of birth as people write it, day first, or in ISO 8601. Raises ValueError."""
    found = next(filter(None, (form.fullmatch(written) for form in BIRTHDAYS)), None)
    if not found:
        raise ValueError
    born = date(*(int(found[part]) for part in ("year", "month", "day")))
    # It is tomorrow already where the day begins first.
    if not date(1900, 1, 1) <= born <= (clock.now() + timedelta(hours=14)).date():
        raise ValueError
    return born


def readable(words: object) -> Callable[[FlaskForm, Field], None]:
    """A validator of names; `words` say what is expected."""

    def validate(form: FlaskForm, field: Field) -> None:
        if not is_name(field.data):
            raise ValidationError(words)

    return validate


class ReadField(StringField):
    """Text that `read` makes into a value or refuses; where it refuses, `words` say what is expected."""

    def __init__(
        self, label: object, read: Callable[[str], Any], words: object, optional: bool = False, **options: Any
    ):
        super().__init__(label, validators=[Optional() if optional else InputRequired(words)], **options)
        self.read, self.words = read, words

    def process_formdata(self, values: list[str]) -> None:
        if values and values[0].strip():
            self.data = None
            try:
                self.data = self.read(values[0].strip())
            except ValueError:
                raise ValueError(self.words) from None

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else ""


def name_field(label: object, missing: object, too_long: object, unreadable: object, **given: Any) -> StringField:
    """A part of somebody's name; each caller says in its own words what is wrong with it."""
    validators = [DataRequired(missing), Length(max=LONGEST_NAME, message=too_long), readable(unreadable)]
    return StringField(label, filters=[one_line], validators=validators, **given)


def new_password(label: object, id: str = "new-password") -> PasswordField:
    return PasswordField(
        label,
        id=id,
        filters=[passwords.normal],
        validators=[
            InputRequired(_("Choose a password of 12 characters or more.")),
            Length(passwords.SHORTEST, passwords.LONGEST, message=_("Choose a password of 12 to 128 characters.")),
        ],
    )


class SignInForm(FlaskForm):
    next = HiddenField()
    # What somebody was writing when their session ended.
    carried = HiddenField()
    email = EmailField(_("E-mail"), filters=[one_line], validators=[DataRequired(_("Enter your e-mail address."))])
    password = PasswordField(_("Password"), validators=[InputRequired(_("Enter your password."))])


class RegisterForm(FlaskForm):
    """Who somebody is and how they will sign in. Its ids differ from the sign-in form's, beside which it stands."""

    next = HiddenField(id="new-next")
    first_name = name_field(
        _("First name"),
        _("Enter your first name."),
        _("Please shorten your first name to 100 letters."),
        _("Write your first name in letters that can be seen."),
    )
    last_name = name_field(
        _("Last name"),
        _("Enter your last name."),
        _("Please shorten your last name to 100 letters."),
        _("Write your last name in letters that can be seen."),
    )
    date_of_birth = ReadField(
        _("Date of birth"), birthday, _("Enter your date of birth as day, month and year, like 27 3 1990.")
    )
    email = EmailField(
        _("E-mail"),
        id="new-email",
        filters=[one_line],
        validators=[
            DataRequired(_("Enter your e-mail address.")),
            Email(_("Enter an e-mail address like name@example.com."), allow_smtputf8=False),
        ],
    )
    phone_number = TelField(
        _("Phone"),
        filters=[one_line, or_none],
        validators=[
            Optional(),
            Regexp(r"\+?[0-9 ()./-]{5,30}\Z", message=_("Enter a phone number like 0117 496 0123, or leave it empty.")),
        ],
    )
    password = new_password(_("Choose a password"))

    @property
    def person(self) -> dict[str, Any]:
        names = ("first_name", "last_name", "date_of_birth", "email", "phone_number", "password")
        return {name: self[name].data for name in names}


class PasswordForm(FlaskForm):
    """Another password for somebody who has signed in."""

    password = PasswordField(_("Your password until now"), validators=[InputRequired(_("Enter your password."))])
    new_password = new_password(_("Your new password"))


def point_out(form: FlaskForm, refusal: Any) -> None:
    """Show a refusal at the field that it is about."""
    form[refusal.field].errors = [str(refusal)]
