"""One visit as its doctor opens it, with the doctor's notes."""

from flask import Response, request, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow, takes
from healthbook.appointments.forms import NOTES_BODY, FollowUpForm, NotesForm
from healthbook.appointments.queries import visits as queries
from healthbook.appointments.queries.history import Step, history, says_why
from healthbook.appointments.rules import notes
from healthbook.appointments.rules.follow_up import SEEN
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, go, show, unchanged
from healthbook.models import Appointment, Place, Role, Why
from healthbook.patients.queries.access import read_among
from healthbook.reading import noted
from healthbook.seal import device_key


@bp.get("/agenda/<reference:reference>")
@allow(Role.DOCTOR)
def visit(reference: str) -> Response:
    appointment = queries.for_doctor(current_user, reference)
    steps = history(current_user, appointment, Why.TREATING)
    form = NotesForm(formdata=None, obj=appointment)
    tag = appointment.status, appointment.updated_at, len(steps)
    if not unchanged(tag):
        note(appointment, steps)
    page, part = "appointments/visit.html", "appointments/_visit.html"
    return show(page, part, tag=tag, **written(appointment, form), **around(appointment, steps))


def around(appointment: Appointment, steps: list[Step]) -> dict[str, object]:
    """What stands on the page beside the notes: how the visit came to be so, and whether there is a chart to open."""
    about = appointment.patient_id
    follow_up = FollowUpForm.of(appointment) if appointment.status in SEEN else None
    return {"steps": steps, "follow_up": follow_up, "chart": about in read_among(current_user, [about], clock.now())}


def note(appointment: Appointment, steps: list[Step]) -> None:
    """Write down that the doctor reads what the patient said and what they noted themselves, if there is any."""
    if appointment.doctor_notes or says_why(appointment, steps):
        noted([appointment.patient_id], Place.APPOINTMENT, Why.TREATING, object_id=appointment.id)


def written(appointment: Appointment, form: NotesForm, refusal: object = None) -> dict[str, object]:
    """The notes as they are drawn; `now` on the wall clock of the visit."""
    now = clock.now().astimezone(appointment.starts_at.tzinfo)
    context = {"appointment": appointment, "form": form, "refusal": refusal, "now": now, "record": appointment.record}
    return context | {"saved": "saved" in request.args, "device_key": device_key(current_user.id)}


@bp.post("/agenda/<reference:reference>/notes")
@allow(Role.DOCTOR, carry=("doctor_notes", "version"))
@takes(NOTES_BODY, plain=True)
def write_notes(reference: str) -> Response:
    appointment, form = queries.for_doctor(current_user, reference), NotesForm()
    if not form.validate():
        return again(appointment, form, status=422)
    try:
        notes.write(appointment, form.doctor_notes.data, form.version.data)
    except Refused as refusal:
        return again(appointment, form, refused(refusal), refusal.status)
    db.session.commit()
    if form.do.data == "sign":
        return go(url_for("records.signing", reference=reference))
    there = url_for(".visit", reference=reference, saved=1, _anchor="notes")
    return done(there, "appointments/_saved.html", **written(appointment, form) | {"saved": True})


def again(appointment: Appointment, form: NotesForm, refusal: object = None, status: int = 200) -> Response:
    """The notes again, with what is wrong; without htmx on the whole page."""
    page, part = "appointments/visit.html", "appointments/_notes.html"
    steps = history(current_user, appointment, Why.TREATING)
    note(appointment, steps)
    return show(page, part, status=status, **written(appointment, form, refusal), **around(appointment, steps))
