"""A person's visits and their family's: the list, one of them, marking it as private, and cancelling it."""

from datetime import datetime

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock, whom
from healthbook.access import allow, signed_in
from healthbook.appointments.forms import CancelForm, ClinicCancelForm, DoctorCancelForm, PrivacyForm
from healthbook.appointments.queries import holds, lists, offers, told
from healthbook.appointments.queries import visits as queries
from healthbook.appointments.queries.history import history, says_why
from healthbook.appointments.queries.moving import follow_up_kind, now_at
from healthbook.appointments.rules import arrival, privacy, steps, visits
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import NotTheirs, Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show, unchanged
from healthbook.models import Appointment, Place, Role, Status
from healthbook.models.accounts import STAFF
from healthbook.reading import noted


@bp.get("/appointments")
@allow(Role.PATIENT)
def mine() -> Response:
    which, now, chosen = request.args.get("show", "upcoming"), clock.now(), whom.named()
    which = which if which in lists.WHICH else "upcoming"
    patient_id = chosen.id if chosen else None
    listed = lists.mine(current_user, which, now, request.args.get("page", 1, type=int), patient_id)
    held = holds.holding(current_user, now, patient_id) if which == "upcoming" else None
    rows, other_times = [(a.id, a.status, a.updated_at) for a in listed.rows], offers.open_ones(listed.rows, now)
    family = whom.whom(chosen)
    page, part = "appointments/mine.html", "appointments/_mine.html"
    tag = which, listed.number, listed.total, held and (held.id, held.patient_id), rows, family, list(other_times)
    context = {"which": which, "listed": listed, "held": held, "whom": family, "other_times": other_times}
    return show(page, part, tag=tag, patient_id=patient_id, **context)


@bp.get("/appointments/<reference:reference>")
@signed_in
def shown(reference: str) -> Response:
    now = clock.now()
    appointment = visit_for(reference)
    if appointment.status == Status.RESCHEDULED and (after := now_at(current_user, appointment, now)):
        return go(url_for(".shown", reference=after.reference, moved=request.args.get("moved")))
    return drawn(appointment, now)


def drawn(appointment: Appointment, now: datetime, refusal: object = None, status: int = 200) -> Response:
    why = queries.reads_as(current_user, appointment, now)
    made = history(current_user, appointment, why)
    possible, may_say = steps.possible(current_user, appointment, now), arrival.may_say(current_user, appointment, now)
    letters = told.letters(appointment) if current_user.roles & STAFF and why is None else None
    other_time = offers.open_ones([appointment], now).get(appointment.id)
    also = letters, other_time and other_time.id
    tag = appointment.status, appointment.updated_at, len(made), possible, why, may_say, also
    if why and says_why(appointment, made) and not unchanged(tag):
        noted([appointment.patient_id], Place.APPOINTMENT, why, object_id=appointment.id)
    context = {
        "steps": made,
        "sees_reason": why is not None,
        "cancellable": Status.CANCELLED in possible,
        "movable": Status.RESCHEDULED in possible,
        "may_say_here": may_say,
        "deadline": steps.deadline(appointment),
        "other_time": other_time,
        "follow_up_kind": follow_up_kind(appointment) if appointment.follow_up_date else None,
        "letters": letters,
        "nobody_to_write_to": letters == [] and not told.anybody(appointment, now),
        "new": "new" in request.args,
        "moved": "moved" in request.args,
        "refusal": refusal,
        "now": now,
    }
    page, part = "appointments/shown.html", "appointments/_shown.html"
    return show(page, part, status, None if refusal else tag, **context, **about(appointment, now))


@bp.post("/appointments/<reference:reference>/arrival")
@allow(Role.PATIENT)
def arrive(reference: str) -> Response:
    appointment, now = visit_for(reference), clock.now()
    try:
        arrival.say_here(current_user, appointment, now)
    except Refused as refusal:
        words = refused(refusal)
        return drawn(visit_for(reference), now, words, refusal.status)
    db.session.commit()
    return go(url_for(".shown", reference=reference, _anchor="arrival"))


def visit_for(reference: str) -> Appointment:
    """A visit that the person may open. A request that names its patient names the right one, or raises NotTheirs."""
    appointment, named = queries.appointment_for(current_user, reference, clock.now()), whom.named()
    if named and named.id != appointment.patient_id:
        raise NotTheirs(_("This visit is somebody else's. Nothing was changed."))
    return appointment


def about(appointment: Appointment, now: datetime) -> dict[str, object]:
    """What the pages of a visit say of the person who reads them."""
    return {
        "appointment": appointment,
        "roles": steps.acting(current_user, appointment, now),
        "own": current_user.id == appointment.patient.user_id,
        "may_mark": privacy.may_mark(current_user, appointment),
    }


@bp.post("/appointments/<reference:reference>/privacy")
@allow(Role.PATIENT, Role.DOCTOR)
def mark(reference: str) -> Response:
    appointment, form = visit_for(reference), PrivacyForm()
    if not form.validate():
        return go(url_for(".shown", reference=reference))
    privacy.mark(current_user, appointment, form.private.data == "yes", clock.now())
    db.session.commit()
    return go(url_for(".shown", reference=reference, _anchor="privacy"))


@bp.get("/appointments/<reference:reference>/cancellation")
@allow(Role.PATIENT, Role.DOCTOR, Role.DESK, Role.ADMIN)
def cancellation(reference: str) -> Response:
    appointment = visit_for(reference)
    if appointment.status == Status.CANCELLED:
        return go(url_for(".shown", reference=reference))
    return asked(appointment, form_for(appointment, formdata=None))


@bp.post("/appointments/<reference:reference>/cancellation")
@allow(Role.PATIENT, Role.DOCTOR, Role.DESK, Role.ADMIN)
def cancel(reference: str) -> Response:
    appointment = visit_for(reference)
    form, seen = form_for(appointment), appointment.status
    if seen == Status.CANCELLED:
        return go(url_for(".shown", reference=reference))
    if not form.validate():
        return asked(appointment, form, status=422)
    try:
        why = visits.Why(form.reason.data, form.remark.data, form.told.data if "told" in form else None)
        visits.change(current_user, appointment, seen, Status.CANCELLED, clock.now(), why)
    except Refused as refusal:
        return asked(appointment, form, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return go(url_for(".shown", reference=reference))


def form_for(appointment: Appointment, **given) -> CancelForm:
    """With the short list and the readers of the patient, of the doctor, or of the staff."""
    roles = steps.acting(current_user, appointment, clock.now())
    forms = {frozenset({Role.PATIENT}): CancelForm, frozenset({Role.DOCTOR}): DoctorCancelForm}
    return forms.get(roles, ClinicCancelForm)(**given)


def asked(appointment: Appointment, form: CancelForm, refusal: object = None, status: int = 200) -> Response:
    page, part, now = "appointments/cancellation.html", "appointments/_cancellation.html", clock.now()
    return show(
        page,
        part,
        status=status,
        form=form,
        refusal=refusal,
        possible=Status.CANCELLED in steps.possible(current_user, appointment, now),
        late=now > steps.deadline(appointment),
        **about(appointment, now),
    )
