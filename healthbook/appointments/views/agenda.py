"""A doctor's day: who comes when, the next step of each visit, and the doctor's notes."""

from collections import Counter
from datetime import date, timedelta

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments import queries
from healthbook.appointments.forms import NotesForm, StatusForm
from healthbook.appointments.rules import visits
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, go, show
from healthbook.models import Appointment, Role


@bp.get("/agenda")
@allow(Role.DOCTOR)
def agenda() -> Response:
    return day_page(chosen_day())


def chosen_day() -> date:
    """The day in the address, or today; a day that cannot be is no page."""
    text = request.args.get("day")
    if not text:
        return clock.today(current_user.doctor.clinic.time_zone)
    try:
        chosen = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if not 2000 <= chosen.year < 2200:
        abort(404)
    return chosen


def drawn(day: date, refusal: object = None) -> dict[str, object]:
    """What the page of a day shows."""
    doctor = current_user.doctor
    now = clock.now().astimezone(doctor.clinic.zone)
    appointments = queries.day_of(doctor, day)
    return {
        "tag": (day, now.date(), str(refusal), [(a.id, a.status, a.updated_at) for a in appointments]),
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "now": now,
        "doctor": doctor,
        "appointments": appointments,
        "steps": {a.id: visits.possible(current_user, a, now) for a in appointments},
        "counts": Counter(a.status for a in appointments),
        "refusal": refusal,
    }


def day_page(day: date, refusal: object = None, status: int = 200) -> Response:
    return show("appointments/agenda.html", "appointments/_agenda.html", status=status, **drawn(day, refusal))


@bp.post("/agenda/<reference:reference>/status")
@allow(Role.DOCTOR)
def step(reference: str) -> Response:
    appointment, form = queries.for_doctor(current_user, reference), StatusForm()
    day = appointment.appointment_date
    if not form.validate():
        return day_page(day, refusal=_("Load the page again."), status=422)
    try:
        visits.change(current_user, appointment, form.seen.data, form.to.data, clock.now())
    except Refused as refusal:
        return day_page(day, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return done(url_for(".agenda", day=day), "appointments/_agenda.html", **drawn(day))


@bp.get("/agenda/<reference:reference>")
@allow(Role.DOCTOR)
def visit(reference: str) -> Response:
    appointment = queries.for_doctor(current_user, reference)
    return visit_page(appointment, NotesForm(formdata=None, obj=appointment))


def visit_page(appointment: Appointment, form: NotesForm, refusal: object = None, status: int = 200) -> Response:
    page, part = "appointments/visit.html", "appointments/_notes.html"
    steps = queries.history(appointment)
    return show(page, part, status=status, appointment=appointment, form=form, refusal=refusal, steps=steps)


@bp.post("/agenda/<reference:reference>/notes")
@allow(Role.DOCTOR)
def write_notes(reference: str) -> Response:
    appointment, form = queries.for_doctor(current_user, reference), NotesForm()
    if not form.validate():
        return visit_page(appointment, form, status=422)
    try:
        visits.write_notes(appointment, form.doctor_notes.data, form.version.data)
    except Refused as refusal:
        return visit_page(appointment, form, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return go(url_for(".visit", reference=reference))
