"""The shape of what people send about their family."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length, Optional, ValidationError

from healthbook.accounts.forms import ReadField, birthday, name_field, or_none
from healthbook.accounts.names import one_line
from healthbook.models import Gender, Guardian

GENDERS = {Gender.FEMALE: _("Female"), Gender.MALE: _("Male"), Gender.OTHER: _("Other")}
DAY_WANTED = _("Write the day like 2027-01-31, or leave it empty.")


class DependentForm(FlaskForm):
    """A child whom somebody looks after."""

    first_name = name_field(
        _("First name"),
        _("Enter the child's first name."),
        _("Please shorten the first name to 100 letters."),
        _("Write the first name in letters that can be seen."),
        id="child-first-name",
    )
    last_name = name_field(
        _("Last name"),
        _("Enter the child's last name."),
        _("Please shorten the last name to 100 letters."),
        _("Write the last name in letters that can be seen."),
        id="child-last-name",
    )
    date_of_birth = ReadField(
        _("Date of birth"),
        birthday,
        _("Enter the child's date of birth as day, month and year, like 27 3 2019."),
        id="child-date-of-birth",
    )
    gender = SelectField(
        _("Gender (may stay empty)"),
        id="child-gender",
        choices=[SelectChoice("", _("Not said")), *(SelectChoice(each.value, name) for each, name in GENDERS.items())],
        filters=[or_none],
        validate_choice=False,
        validators=[Optional(), AnyOf(list(Gender), message=_("Choose one of the list."))],
    )

    @property
    def child(self) -> dict[str, Any]:
        return {name: self[name].data for name in ("first_name", "last_name", "date_of_birth", "gender")}


class CodeForm(FlaskForm):
    code = StringField(
        _("Your code"),
        filters=[one_line],
        validators=[
            DataRequired(_("Enter the eight letters and digits that you were given.")),
            Length(max=40, message=_("A code has eight letters and digits.")),
        ],
    )


class RightsForm(FlaskForm):
    """What a guardian may do for the person who decides it, and until when."""

    may_book = BooleanField(_("Book and cancel visits for me"))
    may_see_record = BooleanField(_("See my record"))
    until = DateField(_("Until (may stay empty)"), validators=[Optional()], invalid_value_message=DAY_WANTED)

    @classmethod
    def of(cls, guardian: Guardian, **given: Any) -> "RightsForm":
        """As it stands today; many are on one page, so each field's id names its guardian."""
        form = cls(obj=guardian, **given)
        for field in form:
            field.id = f"{field.name}-{guardian.id}"
        return form

    def validate_until(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year < 2200:
            raise ValidationError(DAY_WANTED)

    @property
    def rights(self) -> dict[str, Any]:
        return {"may_book": self.may_book.data, "may_see_record": self.may_see_record.data, "until": self.until.data}


class DecisionForm(FlaskForm):
    """What the desk saw of a child's guardian before it decided: a new one, or one to review."""

    seen = StringField(validators=[AnyOf(["new", "review"])])
    decision = StringField(validators=[AnyOf(["confirm", "decline"])])
