"""The shape of what people send about weekly hours."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form, FormField, HiddenField
from wtforms.validators import AnyOf, InputRequired, Length, Regexp, ValidationError

from healthbook.scheduling.editor import Line, Sheet
from healthbook.scheduling.forms.fields import DayField, Lines, TimeOfDayField, day_or_none, flat
from healthbook.scheduling.plan import WEEKS, Window, keeps
from healthbook.scheduling.wall_clock import Hours, minutes, wrong_way_round

LOAD_AGAIN = _("Load the page again.")
PLACE = re.compile(r"([0-9]{1,2})-([1-7])\Z")


class TimesForm(Form):
    """From when to when, and from when of the same day on they can be booked online; all empty is no hours at all."""

    start_time = TimeOfDayField(_("From"), optional=True)
    end_time = TimeOfDayField(_("Until"), end=True, optional=True)
    opens_at = TimeOfDayField(_("Opens online at"), optional=True)

    @property
    def times(self) -> tuple[TimeOfDayField, ...]:
        return self.start_time, self.end_time, self.opens_at

    @property
    def empty(self) -> bool:
        return not any(field._value().strip() for field in self.times)

    def validate_start_time(self, field: TimeOfDayField) -> None:
        if field.data is None and not field.errors and not self.empty:
            raise ValidationError(_("Write when they begin."))

    def validate_end_time(self, field: TimeOfDayField) -> None:
        if field.data is None and not field.errors and not self.empty:
            raise ValidationError(_("Write when they end."))
        if self.start_time.data is None or field.data is None:
            return
        hours = Hours(1, self.start_time.data, field.data)
        if wrong_way_round(hours):
            words = _("That would be %(n)s hours, over midnight. Is the end right?", n=minutes(hours) // 60)
            raise ValidationError(words)

    def validate_opens_at(self, field: TimeOfDayField) -> None:
        start, end = self.start_time.data, self.end_time.data
        if None not in (field.data, start, end) and start < end <= field.data:
            raise ValidationError(_("That is after they have ended."))


class WindowForm(TimesForm):
    """Hours in the week's editor; `place` is week and weekday, 0-1 for Monday of week A."""

    place = HiddenField(validators=[Regexp(PLACE, message=LOAD_AGAIN)])

    @property
    def window(self) -> Window:
        return Window(*self.where, *(field.data for field in self.times))

    @property
    def line(self) -> Line:
        return Line(*self.where, *(field._value() for field in self.times))

    @property
    def where(self) -> tuple[int, int]:
        """Week and weekday; what nobody can have sent is Monday of week A."""
        found = PLACE.fullmatch(self.place.data or "")
        return (int(found[1]), int(found[2])) if found else (0, 1)


def fill(windows: Lines, lines: Iterable[Line]) -> None:
    """Show these lines, as they were typed."""
    sent = MultiDict()
    for number, line in enumerate(lines):
        fields = zip(("place", "start_time", "end_time", "opens_at"), (line.place, *line[2:]), strict=True)
        sent.update({f"windows-{number}-{name}": text for name, text in fields})
    windows.process(sent)


def filled(windows: Lines) -> list[WindowForm]:
    """Those that were not left empty."""
    return [each.form for each in windows if not each.form.empty]


class PlanForm(FlaskForm):
    """The hours of all weeks from a day on. `seen` is what the page knew of them, `opens` whether that column shows.

    `begun`: where the page showed hours that are planned, on which day they were to begin.
    """

    first = DayField(_("These hours hold from"), validators=[InputRequired(_("Write from which day on they hold."))])
    weeks = HiddenField(default="1", validators=[AnyOf([*map(str, WEEKS)], message=_("Choose one to four weeks."))])
    opens = HiddenField()
    begun = HiddenField()
    seen = HiddenField(validators=[Length(max=100)])
    windows = Lines(FormField(WindowForm))

    @classmethod
    def of(cls, sheet: Sheet, **rest: Any) -> Self:
        """As the page shows what somebody may change; `rest` are the other fields."""
        form = cls(formdata=None, **rest)
        form.take(sheet)
        return form

    def take(self, sheet: Sheet) -> None:
        """Show these lines, as they were typed."""
        self.weeks.data = str(sheet.weeks)
        fill(self.windows, sheet.lines)

    @property
    def sheet(self) -> Sheet:
        """The lines as they were typed."""
        weeks = int(self.weeks.data) if self.weeks.data in map(str, WEEKS) else 1
        return Sheet(weeks, [each.form.line for each in self.windows])

    @property
    def planned(self) -> date | None:
        return day_or_none(self.begun.data or "")

    @property
    def wanted(self) -> list[Window]:
        """What is to hold, without lines that were left empty."""
        return [form.window for form in filled(self.windows)]

    @property
    def leaves(self) -> list[Any]:
        return list(flat(self))

    def point_out(self, refusal: Any) -> None:
        """Show a refusal at the field, or at the first line of the hours, that it is about."""
        field = self[refusal.field]
        if pattern := getattr(refusal, "pattern", None):
            lines = filled(self.windows)
            # What the page has no line for, like a night before the first day, is about that day.
            field = next((line.start_time for line in lines if keeps(pattern, line.window)), self.first)
        field.errors = [str(refusal)]

    def validate_windows(self, field: Lines) -> None:
        known: set[Window] = set()
        for line in (form for form in filled(field) if not form.errors):
            window = line.window
            if window.week >= self.sheet.weeks:
                line.place.errors = [LOAD_AGAIN]
            elif window in known:
                line.start_time.errors = [_("These hours stand here twice.")]
            known.add(window)
        field.errors = [line.errors for line in field if line.errors]
