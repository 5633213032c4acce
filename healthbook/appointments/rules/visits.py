"""A visit's life: its status moves along declared edges, each with a history row and a word to whoever watches."""

from datetime import UTC, datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import false, update
from sqlalchemy.orm.attributes import set_committed_value

from healthbook import jobs
from healthbook.appointments.queries.visits import again
from healthbook.appointments.rules.ending import end_holds
from healthbook.appointments.rules.locks import lock, time_given_away
from healthbook.appointments.rules.releasing import end_offer
from healthbook.appointments.rules.steps import AHEAD, allowed, deadline, is_patients, overtaken
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.live import announce
from healthbook.models import TAKES_UP_TIME, Answer, Appointment, AppointmentHistory, ChangeReason, Status, User
from healthbook.patients.queries import family
from healthbook.scheduling.rules.bounds import lower_bound


class Why(NamedTuple):
    """A reason from the short list, which everyone on the visit may read, and words which are sealed.

    `remark` is the patient's for the doctor or the staff's for the staff, `told` the staff's for the patient.
    """

    reason: ChangeReason | None = None
    remark: str | None = None
    told: str | None = None


UNSAID = Why()


def change(person: User, appointment: Appointment, seen: str, to: str, now: datetime, why: Why = UNSAID) -> None:
    """Move a visit's status along a declared edge that this person may take.

    Raises Stale when the status is no longer the one they saw, Refused for a move that is not theirs to make, also for
    taking back what has given its time to somebody else.
    """
    allowed(person, appointment, seen, to, now, why.reason)
    if to == Status.RESCHEDULED:
        raise Refused(_("Please choose the new time first."))
    appointment_id = appointment.id
    lock([appointment.doctor_id], [appointment.patient_id])
    again(appointment_id)
    if to == Status.CANCELLED and is_patients(person, appointment, now):
        appointment.cancelled_late = now > deadline(appointment)
    if seen not in TAKES_UP_TIME and to in TAKES_UP_TIME:
        end_holds(false(), appointment.doctor, now)
    with time_given_away():
        step(person, appointment, Status(seen), Status(to), now, why)


def step(person: User, appointment: Appointment, seen: Status, to: Status, now: datetime, why: Why = UNSAID) -> None:
    """One move of a status with its history row, told to whoever watches or waits for it after the commit."""
    db.session.flush()
    told = None if to == Status.CHECKED_IN else Appointment.says_here_at
    became = {"status": to, "status_before": seen, "status_since": now, "held_until": None, "says_here_at": told}
    if to == Status.CANCELLED:
        became["ical_sequence"] = Appointment.ical_sequence + 1
    moved = (
        update(Appointment)
        .where(Appointment.id == appointment.id, Appointment.status == seen)
        .values(updated_at=now, **became)
        .returning(*(getattr(Appointment, name) for name in ("updated_at", *became)))
    )
    row = db.session.execute(moved, execution_options={"synchronize_session": False}).one_or_none()
    if row is None:
        db.session.refresh(appointment, ["status"])
        raise overtaken(appointment)
    for name, value in row._asdict().items():
        set_committed_value(appointment, name, value)
    if seen in TAKES_UP_TIME and to not in TAKES_UP_TIME:
        lower_bound(appointment.doctor, appointment.starts_at.astimezone(UTC))
    if seen in AHEAD and to not in AHEAD:
        # Another time for a visit that is no longer ahead is nobody's.
        end_offer(appointment, person, Answer.TAKEN_BACK, now)
    tell(appointment, recorded(person, appointment, seen, now, why))


def recorded(person: User, appointment: Appointment, seen: Status, now: datetime, why: Why) -> AppointmentHistory:
    history = AppointmentHistory(
        appointment_id=appointment.id,
        changed_by_id=person.id,
        old_status=seen,
        new_status=appointment.status,
        change_reason=why.reason,
        remark=why.remark or None,
        told=why.told or None,
        changed_at=now,
    )
    db.session.add(history)
    db.session.flush()
    return history


def tell(appointment: Appointment, history: AppointmentHistory) -> None:
    at_work = f"doctor-{appointment.doctor_id}", f"agenda-{appointment.doctor_id}", "clinic"
    announce_family(appointment, history.changed_at, appointment.private, *at_work)
    jobs.tell("appointment_changed", history_id=history.id)


def announce_family(appointment: Appointment, now: datetime, private: bool, *also: str) -> None:
    """To the open pages of the patient and, unless it is private, of whoever books for them; `also` to others."""
    guardians = [] if private else family.guardians(appointment.patient_id, now)
    people = {appointment.patient.user_id, *(user.id for user in guardians)}
    announce(*also, f"appointment-{appointment.reference}", *(f"me-{user_id}" for user_id in sorted(people)))
