"""The shape of what people send about holds and visits."""

from datetime import UTC, datetime

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from healthbook.appointments.follow_up import WHENS, when
from healthbook.labels import REASON_WORDS
from healthbook.models import Appointment, ChangeReason, Status
from healthbook.scheduling.forms.fields import DayField

LONGEST = 2000
TOO_LONG = _("Please use fewer words: at most 2,000 letters.")
LONGEST_NOTES = 20_000
# A letter of four bytes travels as twelve, %F0%9F%A9%BA; the rest is for the other fields.
NOTES_BODY = 12 * LONGEST_NOTES + 4096
PATIENTS_REASONS = (
    ChangeReason.CANNOT_COME,
    ChangeReason.FEELS_BETTER,
    ChangeReason.FOUND_ANOTHER,
    ChangeReason.BOOKED_BY_MISTAKE,
    ChangeReason.OTHER,
)
CLINICS_REASONS = (
    ChangeReason.DOCTOR_AWAY,
    ChangeReason.CLINIC_CLOSED,
    ChangeReason.PATIENT_ASKED,
    ChangeReason.OTHER,
)


def trimmed(text: str | None) -> str:
    return (text or "").strip()


def few_words(label: str, description: str) -> TextAreaField:
    """What may be left empty."""
    length = Length(max=LONGEST, message=TOO_LONG)
    return TextAreaField(label, description=description, filters=[trimmed], validators=[length])


class InstantField(Field):
    """An instant in ISO 8601 with its offset, to the minute; read as UTC."""

    def process_formdata(self, values: list[str]) -> None:
        self.data = None
        if not values:
            return
        try:
            instant = datetime.fromisoformat(values[0])
        except ValueError:
            raise ValueError(_("Choose one of the times on the page.")) from None
        if len(values[0]) > 40 or instant.tzinfo is None or not 1900 < instant.year < 2200:
            raise ValueError(_("Choose one of the times on the page."))
        self.data = instant.astimezone(UTC)


class HoldForm(FlaskForm):
    """The time, and among which five weeks and days the page showed it."""

    start = InstantField(validators=[DataRequired(_("Choose one of the times on the page."))])
    visit_type = IntegerField(validators=[DataRequired(), NumberRange(1, 2**31 - 1)])
    since = DayField(name="from")
    day = DayField()


class SweptForm(HoldForm):
    """What the page of a hold says about it, for when its row is gone."""

    doctor = IntegerField(validators=[DataRequired(), NumberRange(1, 2**31 - 1)])


class BookForm(FlaskForm):
    reason = TextAreaField(
        _("Why do you come?"),
        filters=[trimmed],
        validators=[
            DataRequired(_("Say in a few words why you come.")),
            Length(max=LONGEST, message=TOO_LONG),
        ],
    )
    sure = StringField()


class MoveForm(FlaskForm):
    """The new time; without a doctor the visit stays with its own."""

    start = InstantField(validators=[DataRequired(_("Choose one of the times on the page."))])
    doctor = IntegerField(validators=[Optional(), NumberRange(1, 2**31 - 1)])


class CancelForm(FlaskForm):
    """As the patient fills it in."""

    reason = RadioField(
        _("Why do you cancel?"),
        choices=[SelectChoice(reason.value, REASON_WORDS[reason]) for reason in PATIENTS_REASONS],
        validators=[InputRequired(_("Choose what fits best."))],
    )
    remark = few_words(
        _("Anything your doctor should know?"),
        _("You may leave this empty. Only your doctor reads it."),
    )


class ClinicCancelForm(CancelForm):
    """As the desk or the doctor fills it in."""

    reason = RadioField(
        _("Why is it cancelled?"),
        choices=[SelectChoice(reason.value, REASON_WORDS[reason]) for reason in CLINICS_REASONS],
        validators=[InputRequired(_("Choose what fits best."))],
    )
    remark = few_words(
        _("Anything that others who work here should know?"),
        _("You may leave this empty. The desk and the doctor read it, not the patient."),
    )
    told = few_words(
        _("What should the patient be told?"),
        _("You may leave this empty. It stands on the patient's page of the visit."),
    )


class AffectedForm(FlaskForm):
    """What becomes of visits that lost their time. `sure`: which of them it was asked of whether to cancel."""

    act = StringField(validators=[AnyOf(("keep", "move", "cancel"), message=_("Load the page again."))])
    reason = SelectField(
        _("Why it is cancelled"),
        description=_("Each patient gets a message that you had to cancel, and can read this beside the visit."),
        choices=[SelectChoice(reason.value, REASON_WORDS[reason]) for reason in CLINICS_REASONS],
        validate_choice=False,
    )
    told = few_words(
        _("What should the patients be told?"),
        _("You may leave this empty. It stands on each patient's page of the visit, the same for all of them."),
    )
    sure = HiddenField()

    def validate_reason(self, field: SelectField) -> None:
        if self.act.data == "cancel" and field.data not in CLINICS_REASONS:
            raise ValidationError(_("Choose what fits best."))


class DoctorCancelForm(ClinicCancelForm):
    """As the doctor fills it in."""

    remark = few_words(
        _("Anything to remember?"),
        _("You may leave this empty. Only you read it."),
    )


class PrivacyForm(FlaskForm):
    private = StringField(validators=[AnyOf(["yes", "no"])])


class StatusForm(FlaskForm):
    """A step of a visit: the status on the page, and the one it should have."""

    seen = StringField(validators=[InputRequired()])
    to = StringField(validators=[InputRequired()])

    def validate_seen(self, field: StringField) -> None:
        if field.data not in list(Status):
            raise ValidationError(_("Load the page again."))

    validate_to = validate_seen


class FollowUpForm(FlaskForm):
    """When the patient should come again."""

    when = SelectField(
        _("When?"),
        choices=[SelectChoice(key, words) for key, words in WHENS.items()],
        validate_choice=False,
        validators=[AnyOf(list(WHENS), message=_("Choose one of the list."))],
    )

    @classmethod
    def of(cls, visit: Appointment) -> "FollowUpForm":
        return cls(formdata=None, when=when(visit.appointment_date, visit.follow_up_date))


class NotesForm(FlaskForm):
    doctor_notes = TextAreaField(
        _("Notes"),
        validators=[Length(max=LONGEST_NOTES, message=_("At most %(n)s letters.", n=f"{LONGEST_NOTES:,}"))],
        filters=[lambda t: t or ""],
    )
    version = IntegerField(validators=[InputRequired(_("Load the page again.")), NumberRange(1, 2**31 - 1)])
    do = StringField()
