"""The shape of what an address says about free times."""

from wtforms import Form, IntegerField, StringField
from wtforms.validators import AnyOf, Length, NumberRange, Optional

from healthbook.scheduling import shown
from healthbook.scheduling.forms.fields import DayField


class PickerForm(Form):
    """What an address says about free times. Nobody types it, so it is right or no page."""

    week = DayField()
    since = DayField(name="from")
    day = DayField()
    type = IntegerField(validators=[Optional(), NumberRange(1, 2**31 - 1)])
    new = StringField(validators=[Optional(), AnyOf(["0", "1"])])
    shown = StringField(validators=[Length(max=shown.LONGEST)])
