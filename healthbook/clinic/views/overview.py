"""Today at a glance, for the desk."""

from datetime import datetime

from flask import Response
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.queries.desk import Unfinished, unfinished
from healthbook.clinic.queries import doctors, today
from healthbook.clinic.queries.emergencies import to_look_at
from healthbook.clinic.views.blueprint import bp
from healthbook.hypermedia import show
from healthbook.models import Role
from healthbook.patients.queries.family import count_waiting

PENDING = 5


@bp.get("/clinic")
@allow(Role.DESK, Role.ADMIN)
def overview() -> Response:
    """Read only, so that nothing moves away under a finger while the page keeps itself up to date."""
    now = clock.now()
    day = today.date_at_clinic(now)
    counts, waiting, expected = today.counts(day), today.waiting(day, now), today.expected(day, now)
    pending = doctors.pending(PENDING) if Role.ADMIN in current_user.roles else []
    emergencies = to_look_at() if Role.ADMIN in current_user.roles else 0
    guardians, held = count_waiting(now), unfinished(now)
    people = [(v.reference, v.status, v.says_here_at, minutes) for v, minutes in (*waiting, *expected)]
    return show(
        "clinic/overview.html",
        "clinic/_overview.html",
        tag=(day, counts, people, [doctor.id for doctor in pending], emergencies, guardians, waits(held)),
        day=day,
        counts=counts,
        waiting=waiting,
        expected=expected,
        pending=pending,
        emergencies=emergencies,
        guardians=guardians,
        unfinished=held,
    )


def waits(held: list[Unfinished]) -> list[tuple[str, datetime]]:
    return [(each.visit.reference, each.visit.held_until) for each in held]
