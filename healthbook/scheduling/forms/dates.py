"""The shape of what people send about a date that differs."""

from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from healthbook.accounts.names import one_line
from healthbook.models import AvailabilityOverride
from healthbook.scheduling import terms
from healthbook.scheduling.editor import Line, Sheet, line
from healthbook.scheduling.forms.fields import DayField, Lines, flat
from healthbook.scheduling.forms.hours import WindowForm, fill, filled
from healthbook.scheduling.plan import Window

LONGEST_NOTE = 200
TOO_LONG = _("Please use fewer words: at most 200 letters.")


class DateForm(FlaskForm):
    """The hours of one date, in the place of its weekly ones. `seen` is what the page knew of that date."""

    on = DayField(_("Date"), validators=[InputRequired(_("Write which day differs."))])
    closed = BooleanField(_("Closed all day"))
    note = StringField(
        _("Note"),
        description=_("You may leave this empty. The clinic reads it, patients do not."),
        filters=[one_line],
        validators=[Length(max=LONGEST_NOTE, message=TOO_LONG)],
    )
    opens = HiddenField()
    seen = HiddenField(validators=[Length(max=100)])
    windows = Lines(FormField(WindowForm))

    @classmethod
    def of(cls, rows: list[AvailabilityOverride], **rest: Any) -> Self:
        """As the page shows what is kept of a date, or an empty line for one that does not differ yet."""
        windows = [Window(0, 1, row.start_time, row.end_time, row.opens_at) for row in rows if row.start_time]
        opens = "1" if any(window.opens_at for window in windows) else ""
        note = next((row.note for row in rows if row.note), "")
        closed = bool(rows) and not windows
        form = cls(formdata=None, closed=closed, note=note, opens=opens, seen=terms.seen(rows), **rest)
        fill(form.windows, [*map(line, windows)] or [Line(0, 1)])
        return form

    @property
    def sheet(self) -> Sheet:
        return Sheet(1, [each.form.line for each in self.windows])

    @property
    def wanted(self) -> list[Window]:
        """The windows of the date; none where it is closed."""
        return [form.window for form in filled(self.windows)]

    @property
    def leaves(self) -> list[Any]:
        return list(flat(self))

    def point_out(self, refusal: Any) -> None:
        """Show a refusal at the field that it is about, in a line perhaps."""
        line = getattr(refusal, "line", None)
        form = self if line is None else filled(self.windows)[line]
        form[refusal.field].errors = [str(refusal)]

    def validate_closed(self, field: BooleanField) -> None:
        if field.data and filled(self.windows):
            raise ValidationError(_("Tick this, or write hours: not both."))
        if not field.data and not filled(self.windows):
            raise ValidationError(_("Write the hours of that day, or tick this."))
