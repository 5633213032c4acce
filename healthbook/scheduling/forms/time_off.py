"""The shape of what people send about time off."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from healthbook.accounts.names import one_line
from healthbook.scheduling.away import Away
from healthbook.scheduling.forms.dates import LONGEST_NOTE, TOO_LONG
from healthbook.scheduling.forms.fields import DayField, TimeOfDayField


class TimeOffForm(FlaskForm):
    """Hours, a day, many days, or each of these again every week."""

    first = DayField(_("From"), validators=[InputRequired(_("Write on which day it begins."))])
    start_time = TimeOfDayField(_("At"), optional=True)
    last = DayField(_("Until"))
    end_time = TimeOfDayField(_("At"), end=True, optional=True)
    until = DayField(_("Again every week, until"), description=_("Leave it empty for only once."))
    reason = StringField(
        _("What for"),
        description=_("You may leave this empty. The clinic reads it, patients do not."),
        filters=[one_line],
        validators=[Length(max=LONGEST_NOTE, message=TOO_LONG)],
    )

    @property
    def wanted(self) -> Away:
        times = self.start_time.data, self.last.data or self.first.data, self.end_time.data
        return Away(self.first.data, *times, self.until.data)

    def point_out(self, refusal: Any) -> None:
        self[refusal.field].errors = [str(refusal)]
