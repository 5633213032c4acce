"""The list of a doctor's visits that should have another time, as the desk sees it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from healthbook.appointments.substitutes import Time
from healthbook.models import Answer, Appointment, Doctor, Offer, Status, User

SOON = timedelta(hours=2)


class Batch(StrEnum):
    """What is offered at one press."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    LATER = "later"


class State(StrEnum):
    """How it stands with one visit."""

    ASKED = "asked"
    IN_VAIN = "in_vain"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    TAKEN_BACK = "taken_back"
    HERE = "here"
    NOT_ASKED = "not_asked"


class Line(NamedTuple):
    """A visit with its last offer, the nearest free times, and whose phone to call."""

    visit: Appointment
    offer: Offer | None
    state: State
    times: list[tuple[Doctor, Time]]
    others: list[User]

    @property
    def waits(self) -> bool:
        """Whether it can be offered a time in a batch."""
        return self.state in (State.NOT_ASKED, State.NO_ANSWER, State.TAKEN_BACK)

    @property
    def open(self) -> bool:
        """Whether there is still something to find with the patient."""
        return self.state not in (State.ACCEPTED, State.HERE)


class Group(NamedTuple):
    """The visits of a batch, in the order of time."""

    batch: Batch
    lines: list[Line]

    @property
    def waiting(self) -> int:
        return sum(line.waits for line in self.lines)


def state(visit: Appointment, offer: Offer | None, now: datetime) -> State:
    if offer and offer.answer == Answer.ACCEPTED:
        return State.ACCEPTED
    if visit.status not in (Status.SCHEDULED, Status.CONFIRMED):
        return State.HERE
    if offer is None:
        return State.NOT_ASKED
    if offer.answer is None:
        return State.ASKED if offer.expires_at > now else State.NO_ANSWER
    return {Answer.DECLINED: State.DECLINED, Answer.TAKEN_BACK: State.TAKEN_BACK}.get(
        Answer(offer.answer), State.NO_ANSWER
    )


def batch(visit: Appointment, today: date) -> Batch:
    """By the clinic's calendar."""
    if visit.appointment_date <= today:
        return Batch.TODAY
    return Batch.TOMORROW if visit.appointment_date == today + timedelta(days=1) else Batch.LATER


def groups(lines: Iterable[Line], today: date) -> list[Group]:
    """Those that have visits."""
    found = {each: Group(each, []) for each in Batch}
    for line in lines:
        found[batch(line.visit, today)].lines.append(line)
    return [group for group in found.values() if group.lines]


def is_soon(visit: Appointment, now: datetime) -> bool:
    """Whether there is no time to wait for an answer: these are called first."""
    return visit.during.lower <= now + SOON
