"""One visit as its doctor opens it, with the doctor's notes."""

from flask import Response, request, url_for
from flask_login import current_user

from healthbook.access import allow
from healthbook.appointments.forms import NOTES_BODY, NotesForm
from healthbook.appointments.queries import visits as queries
from healthbook.appointments.rules import visits
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, show
from healthbook.models import Appointment, Role


@bp.get("/agenda/<reference:reference>")
@allow(Role.DOCTOR)
def visit(reference: str) -> Response:
    appointment = queries.for_doctor(current_user, reference)
    steps = queries.history(current_user, appointment)
    form, saved = NotesForm(formdata=None, obj=appointment), "saved" in request.args
    return show(
        "appointments/visit.html",
        "appointments/_visit.html",
        tag=(appointment.status, appointment.updated_at, len(steps)),
        **written(appointment, form, saved=saved),
        steps=steps,
    )


def written(
    appointment: Appointment, form: NotesForm, refusal: object = None, saved: bool = False
) -> dict[str, object]:
    return {"appointment": appointment, "form": form, "refusal": refusal, "saved": saved}


@bp.post("/agenda/<reference:reference>/notes")
@allow(Role.DOCTOR, longest=NOTES_BODY)
def write_notes(reference: str) -> Response:
    appointment, form = queries.for_doctor(current_user, reference), NotesForm()
    if not form.validate():
        return notes(appointment, form, status=422)
    try:
        visits.write_notes(appointment, form.doctor_notes.data, form.version.data)
    except Refused as refusal:
        return notes(appointment, form, refused(refusal), refusal.status)
    db.session.commit()
    there = url_for(".visit", reference=reference, saved=1, _anchor="notes")
    return done(there, "appointments/_notes.html", **written(appointment, form, saved=True))


def notes(appointment: Appointment, form: NotesForm, refusal: object = None, status: int = 200) -> Response:
    """The notes again, with what is wrong; without htmx on the whole page."""
    page, part = "appointments/visit.html", "appointments/_notes.html"
    steps = queries.history(current_user, appointment)
    return show(page, part, status=status, **written(appointment, form, refusal), steps=steps)
