"""The shape of what the desk and the admin send."""

from datetime import date, timedelta
from typing import Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length, StopValidation, ValidationError

from healthbook.accounts.forms import readable
from healthbook.accounts.names import one_line
from healthbook.appointments import forms as appointments
from healthbook.clinic.queries.appointments import Filters
from healthbook.filters import STAFF_WORDS
from healthbook.models import DoctorStatus, Status

A_YEAR = timedelta(days=366)
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
        choices=[SelectChoice("", _("Any"))]
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
