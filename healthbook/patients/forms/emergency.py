"""The shape of what a doctor sends to find somebody they do not treat, and to open that person's record."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from healthbook.accounts.forms import ReadField, birthday
from healthbook.accounts.names import one_line, shows
from healthbook.patients.forms.sections import several_lines

WHY = _("Say why you need this record now.")


class FindForm(FlaskForm):
    full_name = StringField(
        _("Full name"), filters=[one_line], validators=[DataRequired(_("Enter the first and last name, in full."))]
    )
    date_of_birth = ReadField(
        _("Date of birth"), birthday, _("Enter the date of birth as day, month and year, like 27 3 1990.")
    )


class EmergencyForm(FlaskForm):
    reason = TextAreaField(
        _("Why do you need it now?"),
        description=_("The patient and the clinic read this."),
        filters=[several_lines],
        validators=[
            DataRequired(WHY),
            Length(max=500, message=_("Please use fewer words: at most 500 letters.")),
        ],
    )
    password = PasswordField(_("Your password, once more"), validators=[InputRequired(_("Enter your password."))])

    def validate_reason(self, field: TextAreaField) -> None:
        """What shows no letter tells nobody why."""
        if not any(map(shows, field.data or "")):
            raise ValidationError(WHY)
