"""A time on its way to being booked: chosen, held, and confirmed with a reason or let go."""

from flask import Response, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import NoResultFound
from werkzeug.datastructures import ImmutableMultiDict

from healthbook import access, clock
from healthbook.access import allow
from healthbook.appointments import queries
from healthbook.appointments.forms import BookForm, HoldForm
from healthbook.appointments.rules import holds
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Appointment, Doctor, Role, Status
from healthbook.scheduling import queries as scheduling


@bp.post("/doctors/<id:doctor_id>/holds")
@allow(Role.PATIENT, keep=("start", "visit_type"))
def hold(doctor_id: int) -> Response:
    return choose(doctors.approved(doctor_id), HoldForm())


@bp.get("/doctors/<id:doctor_id>/holds")
@allow(Role.PATIENT)
def take_up(doctor_id: int) -> Response:
    """After sign-in: what the guest chose before, once."""
    doctor, chosen = doctors.approved(doctor_id), access.kept()
    session.pop("kept", None)
    if not chosen:
        return redirect(url_for("scheduling.slots", doctor_id=doctor.id), 303)
    return choose(doctor, HoldForm(ImmutableMultiDict(chosen), meta={"csrf": False}))


def choose(doctor: Doctor, form: HoldForm) -> Response:
    if not form.validate():
        return picker(doctor, form=form, refusal=_("Choose one of the times on the page."), status=422)
    start = form.start.data
    try:
        visit_type = scheduling.visit_type(doctor, form.visit_type.data)
        held = holds.hold(current_user.patient, doctor, start, visit_type, clock.now())
    except Refused as refusal:
        return picker(doctor, form=form, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return go(url_for(".held", reference=held.reference))


def picker(doctor: Doctor, form: HoldForm, refusal: object, status: int) -> Response:
    """The times again, saying why, and offering the nearest to the one that was wanted."""
    lost = form.start.data
    week = lost and lost.astimezone(doctor.clinic.zone).date()
    drawn = scheduling.picker(doctor, form.visit_type.data, clock.now(), week, lost=lost)
    page, part = "scheduling/slots.html", "scheduling/_picker.html"
    return show(page, part, status=status, refusal=refusal, picker=drawn)


@bp.get("/holds/<reference:reference>")
@allow(Role.PATIENT)
def held(reference: str) -> Response:
    appointment = queries.held_by(current_user, reference)
    if appointment.status != Status.HELD:
        return redirect(url_for(".shown", reference=reference), 303)
    return confirm(appointment, BookForm(formdata=None))


@bp.post("/holds/<reference:reference>")
@allow(Role.PATIENT)
def book(reference: str) -> Response:
    form = BookForm()
    try:
        appointment = queries.held_by(current_user, reference)
    except NoResultFound:
        return swept(form)
    if appointment.status == Status.HELD and not form.validate():
        return confirm(appointment, form, status=422)
    chosen = HoldForm(data={"start": appointment.during.lower, "visit_type": appointment.visit_type_id}, formdata=None)
    try:
        holds.book(current_user, appointment, form.reason.data, clock.now())
    except Refused as refusal:
        return picker(appointment.doctor, form=chosen, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return go(url_for(".shown", reference=reference, new=1))


def swept(form: BookForm) -> Response:
    """The hold ran out and its row is gone. The page said which time it was: book it if it is free, once."""
    chosen, doctor_id = HoldForm(), request.form.get("doctor", type=int)
    if not doctor_id or not (form.validate() and chosen.validate()):
        raise NoResultFound
    doctor, start, now = doctors.approved(doctor_id), chosen.start.data, clock.now()
    booked = queries.booked_at(current_user, doctor, start)
    try:
        if not booked:
            visit_type = scheduling.visit_type(doctor, chosen.visit_type.data)
            held = holds.hold(current_user.patient, doctor, start, visit_type, now)
            booked = holds.book(current_user, held, form.reason.data, now)
    except Refused as refusal:
        return picker(doctor, form=chosen, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return go(url_for(".shown", reference=booked.reference, new=1))


@bp.post("/holds/<reference:reference>/release")
@allow(Role.PATIENT)
def release(reference: str) -> Response:
    appointment = queries.held_by(current_user, reference)
    holds.release(appointment)
    db.session.commit()
    return go(url_for("scheduling.slots", doctor_id=appointment.doctor_id, type=appointment.visit_type_id))


def confirm(appointment: Appointment, form: BookForm, status: int = 200) -> Response:
    page, part = "appointments/held.html", "appointments/_held.html"
    expired = appointment.held_until <= clock.now()
    return show(page, part, status=status, appointment=appointment, form=form, expired=expired)
