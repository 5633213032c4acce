"""What a stream may tell whom: bare names of what changed, each checked against the person who asks."""

import re

from sqlalchemy.exc import NoResultFound

from healthbook import clock
from healthbook.appointments.queries import visits as appointments
from healthbook.models import Role, User
from healthbook.models.accounts import STAFF
from healthbook.models.appointments import REFERENCE

MOST = 10
TOPIC = re.compile(rf"(doctor|agenda|me)-[1-9][0-9]{{0,9}}|appointment-{REFERENCE}|clinic")


def may_hear(person: User | None, topics: set[str]) -> bool:
    """Whether a person (None: a guest) may hear all of these, and they are topics at all."""
    return 0 < len(topics) <= MOST and all(TOPIC.fullmatch(topic) and concerns(person, topic) for topic in topics)


def concerns(person: User | None, topic: str) -> bool:
    kind, _, which = topic.partition("-")
    if kind == "doctor" or person is None:
        return kind == "doctor"
    if kind == "me":
        return which == str(person.id)
    if kind == "appointment":
        return may_open(person, which)
    return is_staff(person) or (kind == "agenda" and is_doctor(person, which))


def is_staff(person: User) -> bool:
    return bool(person.roles & STAFF)


def is_doctor(person: User, which: str) -> bool:
    return Role.DOCTOR in person.roles and person.doctor is not None and which == str(person.doctor.id)


def may_open(person: User, reference: str) -> bool:
    try:
        appointments.appointment_for(person, reference, clock.now())
    except NoResultFound:
        return False
    return True
