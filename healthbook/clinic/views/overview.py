"""Today at a glance, for the desk."""

from datetime import datetime

from flask import Response, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.forms import StatusForm
from healthbook.appointments.queries import visits
from healthbook.appointments.queries.desk import Unfinished, unfinished
from healthbook.appointments.queries.left_open import left_open
from healthbook.appointments.queries.offers import away
from healthbook.appointments.rules import steps
from healthbook.appointments.rules.visits import change
from healthbook.clinic.queries import doctors, today
from healthbook.clinic.queries.emergencies import to_look_at
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, show
from healthbook.models import Role
from healthbook.patients.queries.family import count_waiting

PENDING = 5


@bp.get("/clinic")
@allow(Role.DESK, Role.ADMIN)
def overview() -> Response:
    """Nothing but what is left open has a button, so that nothing moves away under a finger."""
    return show("clinic/overview.html", "clinic/_overview.html", **drawn())


def drawn() -> dict[str, object]:
    now = clock.now()
    day = today.date_at_clinic(now)
    counts, waiting, expected = today.counts(day), today.waiting(day, now), today.expected(day, now)
    left, ill = left_open(now), away(now)
    pending = doctors.pending(PENDING) if Role.ADMIN in current_user.roles else []
    emergencies = to_look_at() if Role.ADMIN in current_user.roles else 0
    guardians, held = count_waiting(now), unfinished(now)
    people = [(v.reference, v.status, v.says_here_at, minutes) for v, minutes in (*waiting, *expected)]
    open_still = [(v.reference, v.status) for v in left]
    seen = [doctor.id for doctor in pending], emergencies, guardians, waits(held)
    return {
        "tag": (day, counts, people, open_still, ill, *seen),
        "day": day,
        "counts": counts,
        "waiting": waiting,
        "expected": expected,
        "to_close": steps.to_close(current_user, left, now),
        "away": ill,
        "pending": pending,
        "emergencies": emergencies,
        "guardians": guardians,
        "unfinished": held,
        "refusal": None,
    }


def waits(held: list[Unfinished]) -> list[tuple[str, datetime]]:
    return [(each.visit.reference, each.visit.held_until) for each in held]


@bp.post("/clinic/to-close/<reference:reference>")
@allow(Role.DESK, Role.ADMIN)
def finish(reference: str) -> Response:
    """A step of a visit that was left open."""
    visit, form = visits.for_staff(reference), StatusForm()
    if not form.validate():
        return refuse(_("That did not go through. Please try again."), 422)
    try:
        change(current_user, visit, form.seen.data, form.to.data, clock.now())
    except Refused as refusal:
        return refuse(refused(refusal), refusal.status)
    db.session.commit()
    return done(url_for(".overview", _anchor="to-close"), "clinic/_today.html", **drawn())


def refuse(refusal: object, status: int) -> Response:
    return show("clinic/overview.html", "clinic/_today.html", status, **drawn() | {"refusal": refusal, "tag": None})
