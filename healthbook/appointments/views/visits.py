"""A person's visits: the list, one of them, and cancelling it."""

from datetime import timedelta

from flask import Response, request, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow, signed_in
from healthbook.appointments import queries
from healthbook.appointments.forms import CancelForm, ClinicCancelForm
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
    which = request.args.get("show", "upcoming")
    which = which if which in queries.WHICH else "upcoming"
    number = min(max(request.args.get("page", 1, type=int), 1), 1000)
    listed = queries.mine(current_user, which, clock.now(), number)
    tag = (which, number, [(a.id, a.status, a.updated_at) for a in listed.appointments])
    page, part = "appointments/mine.html", "appointments/_mine.html"
    return show(page, part, tag=tag, which=which, listed=listed)


@bp.get("/appointments/<reference:reference>")
@signed_in
def shown(reference: str) -> Response:
    appointment = queries.appointment_for(current_user, reference)
    steps = queries.history(appointment)
    return show(
        "appointments/shown.html",
        "appointments/_shown.html",
        tag=(appointment.status, appointment.updated_at, len(steps)),
        appointment=appointment,
        steps=steps,
        sees_reason=queries.sees_reason(current_user, appointment),
        roles=visits.acting(current_user, appointment),
        new="new" in request.args,
        now=clock.now(),
    )


@bp.get("/appointments/<reference:reference>/cancellation")
@allow(Role.PATIENT, Role.DOCTOR, Role.DESK, Role.ADMIN)
def cancellation(reference: str) -> Response:
    appointment = queries.appointment_for(current_user, reference)
    return asked(appointment, reasons_for(appointment, formdata=None))


@bp.post("/appointments/<reference:reference>/cancellation")
@allow(Role.PATIENT, Role.DOCTOR, Role.DESK, Role.ADMIN)
def cancel(reference: str) -> Response:
    appointment = queries.appointment_for(current_user, reference)
    form, seen = reasons_for(appointment), appointment.status
    if not form.validate():
        return asked(appointment, form, status=422)
    if seen != Status.CANCELLED:
        try:
            why = visits.Why(form.reason.data, form.remark.data)
            visits.change(current_user, appointment, seen, Status.CANCELLED, clock.now(), why)
        except Refused as refusal:
            return asked(appointment, form, refusal=refused(refusal), status=refusal.status)
        db.session.commit()
    return go(url_for(".shown", reference=reference))


def reasons_for(appointment: Appointment, **given) -> CancelForm:
    """The short list of the patient, or of the clinic."""
    patient = visits.acting(current_user, appointment) == {Role.PATIENT}
    return (CancelForm if patient else ClinicCancelForm)(**given)


def asked(appointment: Appointment, form: CancelForm, refusal: object = None, status: int = 200) -> Response:
    page, part = "appointments/cancellation.html", "appointments/_cancellation.html"
    late = appointment.starts_at - clock.now() < timedelta(hours=appointment.doctor.clinic.cancel_hours)
    return show(
        page, part, status=status, appointment=appointment, form=form, refusal=refusal, late=late, now=clock.now()
    )
