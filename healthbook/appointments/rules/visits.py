"""A visit's life: its status moves along declared edges, each with a history row and a word to whoever watches."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import update

from healthbook import jobs
from healthbook.appointments.queries.visits import acts_for_patient, is_doctor_of
from healthbook.appointments.rules.locks import lock
from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.live import announce
from healthbook.models import (
    TAKES_UP_TIME,
    Appointment,
    AppointmentHistory,
    ChangeReason,
    Role,
    Status,
    User,
    steps_from,
)
from healthbook.models.accounts import STAFF
from healthbook.patients.queries import family
from healthbook.scheduling.rules.bounds import lower_bound


class Why(NamedTuple):
    """A reason from the short list, which everyone on the visit may read, and words which are sealed."""

    reason: ChangeReason | None = None
    remark: str | None = None


UNSAID = Why()
# What only somebody who came can be: before the visit's day nobody has.
THERE = (Status.CHECKED_IN, Status.IN_PROGRESS, Status.COMPLETED)


def change(person: User, appointment: Appointment, seen: str, to: str, now: datetime, why: Why = UNSAID) -> None:
    """Move a visit's status along a declared edge that this person may take.

    Raises Stale when the status is no longer the one they saw, Refused for a move that is not theirs to make.
    """
    allowed(person, appointment, seen, to, now, why)
    lock([appointment.doctor_id])
    step(person, appointment, Status(seen), Status(to), now, why)


def allowed(person: User, appointment: Appointment, seen: str, to: str, now: datetime, why: Why = UNSAID) -> None:
    """Raises Refused for a move that is not this person's to make now."""
    if to not in steps_from(seen, acting(person, appointment, now)):
        raise Refused(_("This is not possible from here."))
    if forbidden := out_of_time(person, appointment, to, now):
        raise Refused(forbidden)
    if to == Status.CANCELLED and why.reason is None:
        raise Refused(_("Please say why it is cancelled."))


def possible(person: User, appointment: Appointment, now: datetime) -> list[Status]:
    """The steps that this person may take now: what the page draws as buttons."""
    steps = steps_from(appointment.status, acting(person, appointment, now))
    return [to for to in steps if not out_of_time(person, appointment, to, now)]


def out_of_time(person: User, appointment: Appointment, to: str, now: datetime) -> str:
    """Why the clock forbids a step, or ''."""
    begun, at = appointment.starts_at <= now, appointment.starts_at
    if to in THERE and now.astimezone(at.tzinfo).date() < at.date():
        return _("The visit is not today.")
    if to == Status.NO_SHOW and not begun:
        return _("The visit has not begun yet.")
    if to == Status.CANCELLED and begun and acting(person, appointment, now) == {Role.PATIENT}:
        return _("This visit has begun. Please call us.")
    return ""


def deadline(appointment: Appointment) -> datetime:
    """Until when cancelling is no trouble to anybody, on the wall clock of the visit."""
    at, before = appointment.starts_at, timedelta(hours=appointment.doctor.clinic.cancel_hours)
    return (at.astimezone(UTC) - before).astimezone(at.tzinfo)


def acting(person: User, appointment: Appointment, now: datetime) -> frozenset[Role]:
    """What the person is to this visit; who books for a patient acts as one."""
    roles = person.roles & STAFF
    if acts_for_patient(person, appointment, now):
        roles |= {Role.PATIENT}
    if is_doctor_of(person, appointment):
        roles |= {Role.DOCTOR}
    return roles


def step(person: User, appointment: Appointment, seen: Status, to: Status, now: datetime, why: Why = UNSAID) -> None:
    """One move of a status with its history row, told to whoever watches or waits for it after the commit."""
    db.session.flush()
    moved = (
        update(Appointment)
        .where(Appointment.id == appointment.id, Appointment.status == seen)
        .values(status=to, held_until=None, updated_at=now)
        .returning(Appointment.id)
    )
    if db.session.scalar(moved) is None:
        raise Stale(_("Somebody changed this visit a moment before you."))
    db.session.refresh(appointment, ["status", "held_until", "updated_at"])
    if seen in TAKES_UP_TIME and to not in TAKES_UP_TIME:
        lower_bound(appointment.doctor, appointment.starts_at.astimezone(UTC))
    tell(appointment, recorded(person, appointment, seen, now, why))


def recorded(person: User, appointment: Appointment, seen: Status, now: datetime, why: Why) -> AppointmentHistory:
    history = AppointmentHistory(
        appointment_id=appointment.id,
        changed_by_id=person.id,
        old_status=seen,
        new_status=appointment.status,
        change_reason=why.reason,
        remark=why.remark or None,
        changed_at=now,
    )
    db.session.add(history)
    db.session.flush()
    return history


def tell(appointment: Appointment, history: AppointmentHistory) -> None:
    announce(f"doctor-{appointment.doctor_id}", f"agenda-{appointment.doctor_id}", "clinic")
    announce_family(appointment, history.changed_at, appointment.private)
    jobs.tell("appointment_changed", history_id=history.id)


def announce_family(appointment: Appointment, now: datetime, private: bool) -> None:
    """To the open pages of the patient and, unless it is private, of whoever books for them."""
    guardians = [] if private else family.guardians(appointment.patient_id, now)
    people = {appointment.patient.user_id, *(user.id for user in guardians)}
    announce(f"appointment-{appointment.reference}", *(f"me-{user_id}" for user_id in sorted(people)))
