"""What is asked before everything is taken away, or an account is closed."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from healthbook.accounts.names import one_line

CLOSE = _("close")


def password() -> PasswordField:
    return PasswordField(_("Your password, once more"), validators=[InputRequired(_("Enter your password."))])


class ExportForm(FlaskForm):
    password = password()


class ClosingForm(FlaskForm):
    """The word that must be typed keeps a hand that slipped from closing anything."""

    word = StringField(_("Type the word “close”"), filters=[one_line], validators=[DataRequired(_("Type “close”."))])
    password = password()

    def validate_word(self, field: StringField) -> None:
        if (field.data or "").casefold() != str(CLOSE):
            raise ValidationError(_("Type “close”."))
