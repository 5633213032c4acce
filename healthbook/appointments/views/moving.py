"""Moving a visit: the times to choose from, the one that was chosen beside the one that stands, and the move."""

from datetime import datetime

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock, whom
from healthbook.access import allow
from healthbook.appointments.forms import MoveForm
from healthbook.appointments.queries import moving as queries
from healthbook.appointments.queries.visits import appointment_for
from healthbook.appointments.rules import steps
from healthbook.appointments.rules.moving import move
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused, SlotTaken
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Appointment, Doctor, Role, Status
from healthbook.scheduling.forms.picker import PickerForm
from healthbook.scheduling.offers import Picker, Who
from healthbook.scheduling.queries import pickers
from healthbook.urls import number


@bp.get("/appointments/<reference:reference>/rescheduling")
@allow(Role.PATIENT, Role.DESK, Role.ADMIN)
def rescheduling(reference: str) -> Response:
    visit, form = appointment_for(current_user, reference, clock.now()), PickerForm(request.args)
    if visit.status == Status.RESCHEDULED:
        return go(url_for(".shown", reference=reference))
    if not form.validate():
        abort(404)
    wanted = pickers.Wanted(form.week.data, form.since.data, form.day.data)
    choice = MoveForm(request.args, meta={"csrf": False})
    chosen = choice.start.data if choice.validate() else None
    picker = times(visit, doctor_for(visit, request.args.get("doctor")), wanted, shown=request.args.get("shown"))
    if "shown" in request.args:
        return drawn(visit, picker, part="scheduling/_slots.html", tag=picker.stands_for)
    return drawn(visit, picker, chosen=chosen)


@bp.post("/appointments/<reference:reference>/rescheduling")
@allow(Role.PATIENT, Role.DESK, Role.ADMIN)
def reschedule(reference: str) -> Response:
    visit, form = appointment_for(current_user, reference, clock.now()), MoveForm()
    doctor = doctor_for(visit, form.doctor.raw_data and form.doctor.raw_data[0])
    if not form.validate():
        refusal = _("Choose one of the times on the page.")
        return drawn(visit, times(visit, doctor), refusal=refusal, status=422)
    try:
        after = move(current_user, visit, doctor, form.start.data, clock.now())
    except Refused as refusal:
        words = refused(refusal)
        lost = form.start.data if isinstance(words, SlotTaken) else None
        return drawn(visit, times(visit, doctor, lost=lost), refusal=words, status=refusal.status)
    there = url_for(".shown", reference=after.reference, moved=1)
    db.session.commit()
    return go(there)


def doctor_for(visit: Appointment, asked: str | None) -> Doctor:
    """The visit's own doctor, or a colleague with whom it could be as well."""
    id = number(asked) if asked else visit.doctor_id
    if id == visit.doctor_id:
        return visit.doctor
    return next((doctor for doctor in queries.colleagues(visit) if doctor.id == id), None) or abort(404)


def times(visit: Appointment, doctor: Doctor, wanted: pickers.Wanted | None = None, **given) -> Picker:
    moving, now = queries.moving(visit, doctor), clock.now()
    who = Who(desk=not steps.is_patients(current_user, visit, now))
    return pickers.picker(doctor, None, now, wanted=wanted, moving=moving, who=who, **given)


def drawn(
    visit: Appointment,
    picker: Picker,
    chosen: datetime | None = None,
    refusal: object = None,
    status: int = 200,
    part: str = "scheduling/_picker.html",
    tag: object = None,
) -> Response:
    now, chosen_for = clock.now(), next((each for each in whom.people() if each.id == visit.patient_id), None)
    context = {"appointment": visit, "picker": picker, "refusal": refusal}
    context |= {
        "possible": Status.RESCHEDULED in steps.possible(current_user, visit, now),
        "own": current_user.id == visit.patient.user_id,
        "patient": steps.is_patients(current_user, visit, now),
        "chosen": chosen and chosen.astimezone(picker.doctor.clinic.zone),
        "colleagues": queries.colleagues(visit),
        "whom": whom.whom(chosen_for),
        "now": now,
    }
    return show("appointments/rescheduling.html", part, status, tag=tag, **context)
