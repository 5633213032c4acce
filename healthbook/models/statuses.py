"""What an appointment can be, and the declared moves from one status to another with who may make them."""

from enum import StrEnum
from typing import NamedTuple

from healthbook.models.accounts import STAFF, Role


class Status(StrEnum):
    HELD = "held"
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    RESCHEDULED = "rescheduled"


BOOKED = (Status.SCHEDULED, Status.CONFIRMED, Status.CHECKED_IN, Status.IN_PROGRESS)
TAKES_UP_TIME = (Status.HELD, *BOOKED)


def sql_list(statuses: tuple[Status, ...]) -> str:
    """The statuses as literals: a partial index serves only a query that repeats its predicate to the letter."""
    return "(" + ", ".join(f"'{status}'" for status in statuses) + ")"


class ChangeReason(StrEnum):
    """Why a visit changed: a short list that everyone on the visit may read."""

    CANNOT_COME = "cannot_come"
    FEELS_BETTER = "feels_better"
    FOUND_ANOTHER = "found_another"
    BOOKED_BY_MISTAKE = "booked_by_mistake"
    DOCTOR_AWAY = "doctor_away"
    CLINIC_CLOSED = "clinic_closed"
    PATIENT_ASKED = "patient_asked"
    OTHER = "other"


class OfferWhy(StrEnum):
    """Why a time is offered to somebody alone."""

    DOCTOR_AWAY = "doctor_away"
    EARLIER = "earlier"


class Answer(StrEnum):
    """What became of an offer; none while it is open."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    RUN_OUT = "run_out"


class Edge(NamedTuple):
    """A declared move of a status, and the roles that may make it."""

    before: Status
    after: Status
    roles: frozenset[Role]


CLINIC = STAFF | {Role.DOCTOR}
DOCTOR = frozenset({Role.DOCTOR})
ANYONE = CLINIC | {Role.PATIENT}

WHO_BOOKS = WHO_MOVES = STAFF | {Role.PATIENT}

EDGES = (
    Edge(Status.HELD, Status.SCHEDULED, WHO_BOOKS),
    Edge(Status.HELD, Status.CONFIRMED, WHO_BOOKS),
    Edge(Status.SCHEDULED, Status.CONFIRMED, CLINIC),
    Edge(Status.SCHEDULED, Status.CHECKED_IN, CLINIC),
    Edge(Status.CONFIRMED, Status.CHECKED_IN, CLINIC),
    Edge(Status.CHECKED_IN, Status.IN_PROGRESS, DOCTOR),
    Edge(Status.IN_PROGRESS, Status.COMPLETED, DOCTOR),
    Edge(Status.SCHEDULED, Status.NO_SHOW, CLINIC),
    Edge(Status.CONFIRMED, Status.NO_SHOW, CLINIC),
    # Back again, where life does.
    Edge(Status.NO_SHOW, Status.CHECKED_IN, CLINIC),
    Edge(Status.CHECKED_IN, Status.SCHEDULED, CLINIC),
    Edge(Status.CHECKED_IN, Status.CONFIRMED, CLINIC),
    Edge(Status.IN_PROGRESS, Status.CHECKED_IN, DOCTOR),
    Edge(Status.COMPLETED, Status.IN_PROGRESS, DOCTOR),
    Edge(Status.SCHEDULED, Status.RESCHEDULED, WHO_MOVES),
    Edge(Status.CONFIRMED, Status.RESCHEDULED, WHO_MOVES),
    Edge(Status.SCHEDULED, Status.CANCELLED, ANYONE),
    Edge(Status.CONFIRMED, Status.CANCELLED, ANYONE),
    Edge(Status.CHECKED_IN, Status.CANCELLED, CLINIC),
)


def steps_from(status: str, roles: frozenset[Role]) -> list[Status]:
    """Where a visit may go from here by the hand of somebody with these roles, in the order of the table."""
    return [edge.after for edge in EDGES if edge.before == status and edge.roles & roles]
