"""Days and times that somebody can mean."""

from datetime import UTC, date, datetime, time, timedelta

from flask_babel import gettext as _

from healthbook.accounts.rules import Unfit
from healthbook.filters import day as in_full
from healthbook.models import Clinic
from healthbook.scheduling import terms
from healthbook.scheduling.wall_clock import MIDNIGHT, instant, skipped

FAR = timedelta(days=731)


def today_at(clinic: Clinic, now: datetime) -> date:
    return now.astimezone(clinic.zone).date()


def midnight(clinic: Clinic, day: date) -> datetime:
    """When a day begins at the clinic."""
    return datetime.fromtimestamp(instant(clinic.time_zone, day.toordinal(), MIDNIGHT), UTC)


def ahead(field: str, day: date, today: date) -> None:
    """Raises Unfit for a day that is over, or further away than two years."""
    if day < today:
        raise Unfit(field, _("The past stays as it was. Choose today or a later day."))
    if day > today + FAR:
        raise Unfit(field, _("Choose a day within the next two years."))


def there_is(zone: str, day: date, at: time) -> str:
    """Why a time of a day is none, or ''. Midnight always is: a day begins when the one before ends."""
    later = skipped(zone, day.toordinal(), at)
    if later is None or at == MIDNIGHT:
        return ""
    return _(
        "The clocks go forward on %(day)s: %(at)s is skipped. Write %(later)s or later.",
        day=in_full(day),
        at=terms.clock(at),
        later=terms.clock(later),
    )
