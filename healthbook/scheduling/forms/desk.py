"""The shape of what the desk says of a time that it takes for somebody."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from healthbook.accounts.forms import or_none
from healthbook.scheduling.forms.fields import DayField, TimeOfDayField

LONGEST = 500
TOO_LONG = _("Please use fewer words: at most 500 letters.")
NOBODY = _("Choose one of the list.")


def trimmed(text: str | None) -> str:
    return (text or "").strip()


def for_whoever_works_here() -> TextAreaField:
    return TextAreaField(
        _("Anything to know for the day? (may stay empty)"),
        description=_("The desk and the doctor read this. Nothing about health: the patient tells the doctor."),
        filters=[trimmed, or_none],
        validators=[Length(max=LONGEST, message=TOO_LONG)],
    )


class NotesForm(FlaskForm):
    notes = for_whoever_works_here()


class DeskBookForm(NotesForm):
    """What is held at the desk, confirmed: for whom the page said it is."""

    patient = IntegerField(validators=[InputRequired(_("Load the page again.")), NumberRange(1, 2**31 - 1)])


class OverbookForm(FlaskForm):
    """A visit over another one. `key` is the form's own: sent twice it is one booking."""

    key = HiddenField()
    day = DayField(_("Day"), validators=[DataRequired(_("Choose a day."))])
    time = TimeOfDayField(_("Time"), validators=[DataRequired(_("Write a time such as 09:15."))])
    visit_type = SelectField(_("What for"), coerce=int, validate_choice=False, validators=[InputRequired(NOBODY)])
    why = TextAreaField(
        _("Why over another visit?"),
        description=_("The desk and the doctor read this. Nothing about health."),
        filters=[trimmed],
        validators=[DataRequired(_("Say why there is no other way.")), Length(max=LONGEST, message=TOO_LONG)],
    )
    notes = for_whoever_works_here()

    def validate_key(self, field: HiddenField) -> None:
        try:
            UUID(field.data or "")
        except ValueError:
            raise ValidationError(_("Load the page again.")) from None

    def validate_day(self, field: DayField) -> None:
        if not 1900 < field.data.year < 2200:
            raise ValidationError(_("Write a day that there is, like 2027-01-31."))

    def validate_visit_type(self, field: SelectField) -> None:
        if field.data not in (choice.value for choice in field.choices):
            raise ValidationError(NOBODY)
