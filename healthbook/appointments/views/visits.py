"""A person's visits: the list, one of them, and cancelling it."""

from flask import Response, request, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow, signed_in
from healthbook.appointments.forms import CancelForm, ClinicCancelForm
from healthbook.appointments.queries import holds, lists
from healthbook.appointments.queries import visits as queries
from healthbook.appointments.rules import visits
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Appointment, Role, Status


@bp.get("/appointments")
@allow(Role.PATIENT)
def mine() -> Response:
    which, now = request.args.get("show", "upcoming"), clock.now()
    which = which if which in lists.WHICH else "upcoming"
    listed = lists.mine(current_user, which, now, request.args.get("page", 1, type=int))
    held = holds.holding(current_user, now) if which == "upcoming" else None
    visits_now = [(a.id, a.status, a.updated_at) for a in listed.rows]
    tag = (which, listed.number, listed.total, held and held.id, visits_now)
    page, part = "appointments/mine.html", "appointments/_mine.html"
    return show(page, part, tag=tag, which=which, listed=listed, held=held)


@bp.get("/appointments/<reference:reference>")
@signed_in
def shown(reference: str) -> Response:
    appointment, now = queries.appointment_for(current_user, reference), clock.now()
    steps, possible = queries.history(current_user, appointment), visits.possible(current_user, appointment, now)
    return show(
        "appointments/shown.html",
        "appointments/_shown.html",
        tag=(appointment.status, appointment.updated_at, len(steps), possible),
        appointment=appointment,
        steps=steps,
        sees_reason=queries.sees_reason(current_user, appointment),
        cancellable=Status.CANCELLED in possible,
        deadline=visits.deadline(appointment),
        roles=visits.acting(current_user, appointment),
        new="new" in request.args,
        now=now,
    )


@bp.get("/appointments/<reference:reference>/cancellation")
@allow(Role.PATIENT, Role.DOCTOR, Role.DESK, Role.ADMIN)
def cancellation(reference: str) -> Response:
    appointment = queries.appointment_for(current_user, reference)
    if appointment.status == Status.CANCELLED:
        return go(url_for(".shown", reference=reference))
    return asked(appointment, form_for(appointment, formdata=None))


@bp.post("/appointments/<reference:reference>/cancellation")
@allow(Role.PATIENT, Role.DOCTOR, Role.DESK, Role.ADMIN)
def cancel(reference: str) -> Response:
    appointment = queries.appointment_for(current_user, reference)
    form, seen = form_for(appointment), appointment.status
    if seen == Status.CANCELLED:
        return go(url_for(".shown", reference=reference))
    if not form.validate():
        return asked(appointment, form, status=422)
    try:
        why = visits.Why(form.reason.data, form.remark.data)
        visits.change(current_user, appointment, seen, Status.CANCELLED, clock.now(), why)
    except Refused as refusal:
        return asked(appointment, form, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return go(url_for(".shown", reference=reference))


def form_for(appointment: Appointment, **given) -> CancelForm:
    """With the short list of the patient, or of the clinic."""
    patient = visits.acting(current_user, appointment) == {Role.PATIENT}
    return (CancelForm if patient else ClinicCancelForm)(**given)


def asked(appointment: Appointment, form: CancelForm, refusal: object = None, status: int = 200) -> Response:
    page, part, now = "appointments/cancellation.html", "appointments/_cancellation.html", clock.now()
    return show(
        page,
        part,
        status=status,
        appointment=appointment,
        form=form,
        refusal=refusal,
        possible=Status.CANCELLED in visits.possible(current_user, appointment, now),
        late=now > visits.deadline(appointment),
        roles=visits.acting(current_user, appointment),
    )
