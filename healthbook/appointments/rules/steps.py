"""Which steps of a visit somebody may take now: the declared edges, and what the clock and the past forbid of them."""

from datetime import UTC, date, datetime, timedelta

from flask_babel import gettext as _

from healthbook.appointments.queries.visits import acts_for_patient, is_doctor_of
from healthbook.errors import Refused, Stale
from healthbook.labels import STAFF_WORDS
from healthbook.models import Appointment, ChangeReason, Role, Status, User, steps_from
from healthbook.models.accounts import STAFF

# What only somebody who came can be: before the visit's day nobody has.
THERE = (Status.CHECKED_IN, Status.IN_PROGRESS, Status.COMPLETED)
AHEAD = (Status.SCHEDULED, Status.CONFIRMED)


def acting(person: User, appointment: Appointment, now: datetime) -> frozenset[Role]:
    """What the person is to this visit; who books for a patient acts as one."""
    roles = person.roles & STAFF
    if acts_for_patient(person, appointment, now):
        roles |= {Role.PATIENT}
    if is_doctor_of(person, appointment):
        roles |= {Role.DOCTOR}
    return roles


def is_patients(person: User, appointment: Appointment, now: datetime) -> bool:
    """Whether the person is nothing here but the patient, or whoever books for them."""
    return acting(person, appointment, now) == {Role.PATIENT}


def possible(person: User, appointment: Appointment, now: datetime) -> list[Status]:
    """The steps that this person may take now: what the page draws as buttons and links."""
    steps = steps_from(appointment.status, acting(person, appointment, now))
    return [to for to in steps if not forbidden(person, appointment, to, now)]


def next_step(appointment: Appointment, steps: list[Status], today: date) -> Status | None:
    """Of what is possible, what comes next as a rule; everything else, and every way back, needs a second thought.

    Ahead of the day somebody is confirmed; on it they come, confirmed or not. `today` is the clinic's.
    """
    if appointment.status in (Status.NO_SHOW, Status.COMPLETED):
        return None
    wanted = (Status.CONFIRMED,) if appointment.appointment_date > today else reversed(THERE)
    return next((step for step in wanted if step in steps), None)


def closing_step(steps: list[Status]) -> Status | None:
    """Of what is possible, what a visit that was left open comes to as a rule."""
    return next((step for step in (Status.NO_SHOW, Status.COMPLETED, Status.IN_PROGRESS) if step in steps), None)


def to_close(
    person: User, visits: list[Appointment], now: datetime
) -> list[tuple[Appointment, list[Status], Status | None]]:
    """Each with what this person may do now, and what of it closes it."""
    steps = [possible(person, visit, now) for visit in visits]
    return [(visit, todo, closing_step(todo)) for visit, todo in zip(visits, steps, strict=True)]


def allowed(
    person: User, appointment: Appointment, seen: str, to: str, now: datetime, reason: ChangeReason | None = None
) -> None:
    """Raises Refused for a step that is not this person's to make now, Stale when the visit is not as they saw it."""
    if to not in steps_from(seen, acting(person, appointment, now)):
        raise Refused(
            _("This is not possible. The visit is now: %(status)s.", status=STAFF_WORDS[Status(appointment.status)])
        )
    if appointment.status != seen:
        raise overtaken(appointment)
    if why := forbidden(person, appointment, to, now):
        raise Refused(why)
    if to == Status.CANCELLED and reason is None:
        raise Refused(_("Please say why it is cancelled."))


def overtaken(appointment: Appointment) -> Stale:
    words = STAFF_WORDS[Status(appointment.status)]
    return Stale(_("Somebody changed this visit a moment before you. It is now: %(status)s.", status=words))


def forbidden(person: User, appointment: Appointment, to: str, now: datetime) -> str:
    """Why the clock, or what the visit was before, forbids a step; or ''."""
    at, today = appointment.starts_at, now.astimezone(appointment.starts_at.tzinfo).date()
    if to in THERE and today < at.date():
        return _("The visit is not today.")
    if to == Status.NO_SHOW and now < at:
        return _("The visit has not begun yet.")
    if to in (Status.CANCELLED, Status.RESCHEDULED) and is_patients(person, appointment, now):
        return too_late(appointment, to, now)
    return no_way_back(appointment, to, today)


def too_late(appointment: Appointment, to: str, now: datetime) -> str:
    """Why a patient cannot do it here any more, or ''. They may cancel until it begins; late, but not in vain."""
    if appointment.starts_at <= now:
        return _("This visit has begun. Please call us.")
    if to == Status.RESCHEDULED and now > deadline(appointment):
        return _("It is too late to change this visit here. Please call us.")
    return ""


def no_way_back(appointment: Appointment, to: str, today: date) -> str:
    """Why a step cannot be taken back, or ''."""
    if appointment.status == Status.NO_SHOW and today > appointment.appointment_date:
        return _("That was another day.")
    if appointment.status == Status.CHECKED_IN and to in AHEAD and to != before_checking_in(appointment):
        return _("It was not that before.")
    if appointment.status == Status.COMPLETED and ended_on(appointment) != today:
        return _("A visit can be reopened until midnight of the day on which it ended. Write an amendment instead.")
    return ""


def before_checking_in(appointment: Appointment) -> Status:
    """What somebody who is not here after all is again; whoever was missed or with the doctor had been expected."""
    return Status.SCHEDULED if appointment.status_before == Status.SCHEDULED else Status.CONFIRMED


def ended_on(appointment: Appointment) -> date | None:
    """On the calendar of the place."""
    since = appointment.status_since
    return since and since.astimezone(appointment.starts_at.tzinfo).date()


def deadline(appointment: Appointment) -> datetime:
    """Until when a change is no trouble to anybody, on the wall clock of the visit."""
    at, before = appointment.starts_at, timedelta(hours=appointment.doctor.clinic.cancel_hours)
    return (at.astimezone(UTC) - before).astimezone(at.tzinfo)
