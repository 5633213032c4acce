"""The shape of what people send about visit types."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, NumberRange, ValidationError

from healthbook.accounts.forms import or_none
from healthbook.accounts.names import one_line
from healthbook.models import AppointmentType, VisitType
from healthbook.scheduling.forms.numbers import AmountField, WholeNumberField
from healthbook.scheduling.words import APPOINTMENT_TYPES

A_YEAR = 365 * 24 * 60


class YesNoField(RadioField):
    """True or False, each in words of its own; what is neither is no choice."""

    def __init__(self, label: object, yes: object, no: object, **options: Any):
        choices = [SelectChoice("yes", yes), SelectChoice("no", no)]
        one = AnyOf(["yes", "no"], message=_("Choose one of the two: %(field)s") % {"field": label})
        super().__init__(label, choices=choices, validate_choice=False, validators=[one], **options)
        # As templates know it.
        self.type = "RadioField"

    def process_data(self, value: bool | None) -> None:
        self.data = {True: "yes", False: "no"}.get(value)

    def process_formdata(self, values: list[str]) -> None:
        """What was not sent is no choice, whatever a new form begins with."""
        self.data = values[0] if values else None


class VisitTypeForm(FlaskForm):
    """What a doctor can be booked for. Without lead or horizon the clinic's hold."""

    name = StringField(
        _("Name"),
        description=_("As patients read it, such as “New problem” or “Follow-up”."),
        filters=[one_line],
        validators=[
            DataRequired(_("Write the name that patients read.")),
            Length(max=80, message=_("The name: at most 80 letters.")),
        ],
    )
    appointment_type = SelectField(
        _("Kind"),
        choices=[SelectChoice(kind.value, name) for kind, name in APPOINTMENT_TYPES.items()],
        validate_choice=False,
        validators=[AnyOf(list(AppointmentType), message=_("Choose a kind of visit."))],
    )
    minutes = WholeNumberField(_("Length in minutes"), 5, 240, default=30)
    buffer_before = WholeNumberField(_("Minutes kept free before it"), 0, 120, default=0)
    buffer_after = WholeNumberField(_("Minutes kept free after it"), 0, 120, default=0)
    fee = AmountField(_("Fee"), default=Decimal(0))
    instructions = StringField(
        _("What to bring (may stay empty)"),
        filters=[one_line, or_none],
        validators=[Length(max=300, message=_("What to bring: at most 300 letters."))],
    )
    lead_minutes = WholeNumberField(_("Book at least this many minutes ahead"), 0, A_YEAR, may_be_empty=True)
    horizon_days = WholeNumberField(_("Book at most this many days ahead"), 1, 730, may_be_empty=True)
    bookable_online = YesNoField(_("Who books it?"), _("Patients, online"), _("Only the desk"), default=True)
    new_patients = YesNoField(
        _("For whom is it?"), _("Everybody, new patients too"), _("Only patients who have been here"), default=True
    )

    @classmethod
    def of(cls, row: VisitType) -> "VisitTypeForm":
        """As the page shows one that somebody may change."""
        return cls(formdata=None, obj=row)

    @property
    def wanted(self) -> dict[str, Any]:
        """The columns of the row."""
        given = {name: value for name, value in self.data.items() if name != "csrf_token"}
        return given | {name: given[name] == "yes" for name in ("bookable_online", "new_patients")}

    def validate_bookable_online(self, field: YesNoField) -> None:
        if field.data == "yes" and self.appointment_type.data == AppointmentType.EMERGENCY:
            raise ValidationError(_("An emergency is booked by the desk, never online."))


class PlaceForm(FlaskForm):
    """Where a visit type should stand in the doctor's list, from 0."""

    place = IntegerField(validators=[InputRequired(), NumberRange(0, 1000)])
