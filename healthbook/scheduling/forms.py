"""The shape of what people send about weeks and hours."""

from datetime import time
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, Form, HiddenField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import AnyOf, Length, NumberRange, Optional, ValidationError

from healthbook.models import DoctorAvailability, Weekday
from healthbook.scheduling import shown, terms
from healthbook.scheduling.wall_clock import Hours, minutes, parse_time, wrong_way_round

WEEKDAYS = {
    Weekday.MONDAY: _("Monday"),
    Weekday.TUESDAY: _("Tuesday"),
    Weekday.WEDNESDAY: _("Wednesday"),
    Weekday.THURSDAY: _("Thursday"),
    Weekday.FRIDAY: _("Friday"),
    Weekday.SATURDAY: _("Saturday"),
    Weekday.SUNDAY: _("Sunday"),
}


def in_words(row: DoctorAvailability) -> str:
    """Monday 09:00 to 12:00."""
    start, end = terms.clock(row.start_time), terms.clock(row.end_time, end=True)
    return gettext("%(day)s %(start)s to %(end)s", day=WEEKDAYS[Weekday(row.day_of_week)], start=start, end=end)


class PickerForm(Form):
    """What an address says about a week of free times. Nobody types it, so it is right or no page."""

    week = DateField(validators=[Optional()])
    type = IntegerField(validators=[Optional(), NumberRange(1, 2**31 - 1)])
    shown = StringField(validators=[Length(max=shown.LONGEST)])


class TimeOfDayField(StringField):
    """A wall-clock time, kept as people wrote it; 24:00 only where hours end."""

    def __init__(self, *given: Any, end: bool = False, **named: Any):
        super().__init__(*given, **named)
        self.end = end

    def process_formdata(self, values: list[str]) -> None:
        self.data = None
        try:
            self.data = parse_time("".join(values), end=self.end)
        except ValueError:
            raise ValueError(_("Write a time such as 09:15.")) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return terms.clock(self.data, end=self.end) if self.data is not None else ""


class HoursForm(FlaskForm):
    """Hours of one weekday. For a change, `seen` is what the page showed of them before."""

    day_of_week = SelectField(
        _("Day"),
        choices=[SelectChoice(day.value, name) for day, name in WEEKDAYS.items()],
        validate_choice=False,
        validators=[AnyOf(list(Weekday), message=_("Choose a day of the week."))],
    )
    start_time = TimeOfDayField(_("From"))
    end_time = TimeOfDayField(_("Until"), end=True)
    seen = HiddenField(validators=[Length(max=100)])

    @classmethod
    def of(cls, row: DoctorAvailability) -> "HoursForm":
        """As the page shows hours that somebody may change."""
        return cls(formdata=None, obj=row, seen=terms.seen(row))

    def named_after(self, hours_id: int) -> "HoursForm":
        """With ids of its own on a page that has many of them."""
        for field in self:
            field.id = f"{field.name}-{hours_id}"
        return self

    @property
    def wanted(self) -> tuple[str, time, time]:
        return self.day_of_week.data, self.start_time.data, self.end_time.data

    def validate_end_time(self, field: TimeOfDayField) -> None:
        if self.start_time.data is None or field.data is None:
            return
        hours = Hours(1, self.start_time.data, field.data)
        if wrong_way_round(hours):
            words = _("That would be %(n)s hours, over midnight. Is the end before the start?", n=minutes(hours) // 60)
            raise ValidationError(words)
