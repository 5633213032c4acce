"""The shape of what doctors send about records and medicines."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp, ValidationError

from healthbook import clock
from healthbook.accounts.forms import ReadField, or_none
from healthbook.accounts.names import one_line
from healthbook.labels import RECORD_WORDS
from healthbook.models import MedicalRecord
from healthbook.records.rules.drafts import Line, Words

FIRST = date(1900, 1, 1)
MOST_LINES = 20
LONG = Length(max=20_000, message=_("At most 20,000 letters."))
SHORT = Length(max=200, message=_("At most 200 letters."))
# What a button of the form says: keep it, sign it, one more line, or one line or file less.
DO = re.compile(r"(save|sign|add|remove-(?P<line>[0-9]{1,2})|drop-(?P<file>[1-9][0-9]{0,8}))\Z")


def some(text: str | None) -> str | None:
    """Lines end as they do everywhere, and what is empty is nothing."""
    return (text or "").replace("\r\n", "\n").strip() or None


def line(label: object, **given: Any) -> StringField:
    return StringField(label, filters=[one_line, or_none], validators=[SHORT], **given)


def text(label: object, **given: Any) -> TextAreaField:
    return TextAreaField(label, filters=[some], validators=[LONG], **given)


class LineForm(Form):
    """One medicine; a line in which nothing stands is none."""

    medication_name = line(_("Medicine"))
    dosage = line(_("Dose"))
    frequency = line(_("How often"))
    duration = line(_("How long"))
    instructions = line(_("What the patient should know"))

    @property
    def wanted(self) -> Line | None:
        written = Line(**self.data)
        return written if any(written) else None

    def validate_medication_name(self, field: StringField) -> None:
        if not field.data and self.wanted:
            raise ValidationError(_("Write the name of the medicine, or empty the line."))


class Lines(FieldList):
    """Medicines by number, however a browser counts them. The list's own errors are sentences."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for name in formdata:
            if found := re.match(rf"{prefix}-([0-9]{{1,3}})-", name):
                yield int(found[1])

    def validate(self, form: Form, extra_validators: Any = ()) -> bool:
        fine = super().validate(form, extra_validators)
        wrong = [number for number, entry in enumerate(self.entries, 1) if entry.errors]
        self.errors = [] if fine else [gettext("Look at medicine %(n)s again.", n=wrong[0])]
        return fine


class RecordForm(FlaskForm):
    """What a record says, of a day up to today."""

    do = HiddenField(default="save", validators=[Regexp(DO, message=_("Load the page again."))])
    record_type = SelectField(
        _("Kind"), choices=[SelectChoice(kind.value, word) for kind, word in RECORD_WORDS.items()]
    )
    record_date = DateField(_("Day"), validators=[DataRequired(_("Enter the day this is about."))])
    title = StringField(
        _("Title"), filters=[one_line], validators=[DataRequired(_("Say in a few words what this is about.")), SHORT]
    )
    description = text(_("What was found"))
    diagnosis = text(_("Diagnosis"))
    treatment = text(_("Treatment"))
    medications = text(_("Other medicines"))
    lines = Lines(FormField(LineForm), max_entries=MOST_LINES)

    @classmethod
    def of(cls, record: MedicalRecord, **more: Any) -> "RecordForm":
        """As the page shows a record to be changed. Medicines that were stopped are not in it."""
        taken = [line for line in record.prescriptions if line.stopped_at is None]
        form = cls(formdata=None, obj=record, lines=taken, **more)
        form.record_date.data = record.day
        return form

    @property
    def today(self) -> date:
        """On the calendar of the clinic where the doctor who writes works."""
        return clock.today(current_user.doctor.clinic.time_zone)

    def validate_record_date(self, field: DateField) -> None:
        if field.data and not FIRST <= field.data <= self.today:
            raise ValidationError(_("Enter a day that is not in the future."))

    @property
    def words(self) -> Words:
        names = [name for name in Words._fields if name in self]
        return Words(day=self.record_date.data, **{name: self[name].data for name in names})

    @property
    def medicines(self) -> list[Line]:
        return [entry.form.wanted for entry in self.lines if entry.form.wanted]

    def change_lines(self) -> bool:
        """Whether a button was pressed that adds or removes a line; if so that was done."""
        said = DO.match(self.do.data or "")
        if not said or not (self.do.data == "add" or said["line"]):
            return False
        number = int(said["line"] or 0)
        if said["line"] is None and len(self.lines) < MOST_LINES:
            self.lines.append_entry()
        elif said["line"] and number < len(self.lines):
            self.lines.pop_entry(number)
        return True


class DraftForm(RecordForm):
    private = BooleanField(_("Keep it from parents and carers"))
    file = FileField(_("Attach a file"))

    @property
    def dropped(self) -> int | None:
        """The id of the file that is to be taken off."""
        said = DO.match(self.do.data or "")
        return int(said["file"]) if said and said["file"] else None


class NewForm(DraftForm):
    """`key` is the page's own, so that what it sends twice counts once."""

    key = ReadField("", UUID, _("Load the page again."))


class EditForm(DraftForm):
    version = IntegerField(validators=[InputRequired(_("Load the page again.")), NumberRange(1, 2**31 - 1)])


class AmendForm(RecordForm):
    reason = StringField(
        _("Why do you amend it?"),
        filters=[one_line],
        validators=[DataRequired(_("Say why: the patient and other doctors read it beside the old text.")), SHORT],
    )


class StopForm(FlaskForm):
    reason = StringField(
        _("Why is it stopped?"), filters=[one_line], validators=[DataRequired(_("Say in a few words why.")), SHORT]
    )


class HideForm(FlaskForm):
    private = BooleanField()
