"""Hours and kinds of visit in words."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from healthbook.models import AppointmentType, Weekday
from healthbook.scheduling import terms
from healthbook.scheduling.wall_clock import Hours

WEEKDAYS = {
    Weekday.MONDAY: _("Monday"),
    Weekday.TUESDAY: _("Tuesday"),
    Weekday.WEDNESDAY: _("Wednesday"),
    Weekday.THURSDAY: _("Thursday"),
    Weekday.FRIDAY: _("Friday"),
    Weekday.SATURDAY: _("Saturday"),
    Weekday.SUNDAY: _("Sunday"),
}
APPOINTMENT_TYPES = {
    AppointmentType.CONSULTATION: _("Consultation"),
    AppointmentType.FOLLOW_UP: _("Follow-up"),
    AppointmentType.EMERGENCY: _("Emergency"),
    AppointmentType.ROUTINE_CHECKUP: _("Routine check-up"),
}


def in_words(hours: Hours) -> str:
    """Monday 09:00 to 12:00."""
    start, end = terms.clock(hours.start), terms.clock(hours.end, end=True)
    day = list(WEEKDAYS.values())[hours.weekday - 1]
    return gettext("%(day)s %(start)s to %(end)s", day=day, start=start, end=end)
