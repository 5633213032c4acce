"""The desk's table of appointments, and the next step of each."""

import re
from datetime import date

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.forms import StatusForm
from healthbook.appointments.queries import visits
from healthbook.appointments.rules.steps import next_step, possible
from healthbook.appointments.rules.visits import change
from healthbook.clinic.forms.staff import FilterForm
from healthbook.clinic.queries import appointments as queries
from healthbook.clinic.queries import today
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, show
from healthbook.models import Appointment, Role
from healthbook.models.appointments import REFERENCE
from healthbook.pages import Listed

ADDRESS = ("from", "to", "doctor", "status", "q", "sort", "page")
SHOWN = re.compile(rf"({REFERENCE}(\.|\Z)){{1,{queries.PAGE}}}(?<!\.)")


@bp.get("/clinic/appointments")
@allow(Role.DESK, Role.ADMIN)
def appointments() -> Response:
    day = today.date_at_clinic(clock.now())
    form = FilterForm.of(request.args, queries.doctor_names(), day)
    if not form.validate():
        return table(form, day, status=422)
    listed = queries.listed(form.filters, sort(), request.args.get("page", 1, type=int))
    if "shown" in request.args:
        return refreshed(form, day, listed, shown())
    return table(form, day, listed, listed.rows)


def sort() -> str:
    wanted = request.args.get("sort", "")
    return wanted if wanted in queries.SORTS else "time"


def shown() -> list[str]:
    """The references of the rows on the page that refreshes itself, in their order."""
    given = request.args["shown"]
    return given.split(".") if SHOWN.fullmatch(given) else []


def refreshed(form: FilterForm, day: date, listed: Listed, before: list[str]) -> Response:
    """The rows that were there stay where they are; what came or went waits to be asked for."""
    rows, after = queries.again(before) if before else listed.rows, references(listed.rows)
    changes = differences(before or after, after)
    tag = changes, listed.total, day, [(visit.reference, visit.status, visit.updated_at) for visit in rows]
    return table(form, day, listed, rows, changes=changes, tag=tag)


def references(rows: list[Appointment]) -> list[str]:
    return [visit.reference for visit in rows]


def differences(before: list[str], after: list[str]) -> int:
    """How many rows came or went; at least one when only their order changed."""
    return len(set(before) ^ set(after)) or int(before != after)


def table(form: FilterForm, day: date, listed: Listed | None = None, rows: list[Appointment] = (), **given) -> Response:
    context = {"changes": 0, "form": form, "listed": listed, "rows": rows, "sort": sort()} | drawn(rows, day) | given
    return show("clinic/appointments.html", "clinic/_table.html", **context)


def drawn(rows: list[Appointment], day: date) -> dict[str, object]:
    """What every row needs beside its visit."""
    query = {name: request.args[name] for name in ADDRESS if request.args.get(name)}
    steps = {visit.id: possible(current_user, visit, clock.now()) for visit in rows}
    first = {visit.id: next_step(visit, steps[visit.id], day) for visit in rows}
    return {"query": query, "steps": steps, "next": first, "today": day, "refusal": None}


@bp.post("/clinic/appointments/<reference:reference>/status")
@allow(Role.DESK, Role.ADMIN)
def step(reference: str) -> Response:
    visit, form = visits.for_staff(reference), StatusForm()
    if not form.validate():
        return row(reference, refusal=_("That did not go through. Load the page again."), status=422)
    try:
        change(current_user, visit, form.seen.data, form.to.data, clock.now())
    except Refused as refusal:
        return row(reference, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    context = one(reference)
    back = url_for(".appointments", _anchor=f"row-{reference}", **context["query"])
    return done(back, "clinic/_row.html", **context)


def row(reference: str, **given) -> Response:
    return show("clinic/appointment.html", "clinic/_row.html", **one(reference) | given)


def one(reference: str) -> dict[str, object]:
    """One visit as it is now."""
    (visit,) = queries.again([reference])
    return {"visit": visit, **drawn([visit], today.date_at_clinic(clock.now()))}
