"""A time on its way to being booked: chosen for somebody, held, and confirmed with a reason or let go."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import NoResultFound
from werkzeug.datastructures import MultiDict

from healthbook import access, clock, remembered, whom
from healthbook.access import allow
from healthbook.appointments.answers import asked_to_call, confirm, picker, words_of
from healthbook.appointments.forms import BookForm, HoldForm, SweptForm
from healthbook.appointments.queries import holds as queries
from healthbook.appointments.rules import booking, for_whom, holding_on, holds
from healthbook.appointments.views.blueprint import bp
from healthbook.appointments.worrying import worries
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.errors import NotTheirs, Refused
from healthbook.failures import refused
from healthbook.hypermedia import go
from healthbook.models import Appointment, Doctor, Role, Status
from healthbook.patients.queries.family import Person


@bp.post("/doctors/<id:doctor_id>/holds")
@allow(Role.PATIENT, keep=("start", "visit_type", "from", "day", whom.FIELD))
def hold(doctor_id: int) -> Response:
    return choose(doctors.approved(doctor_id), HoldForm(), whom.named())


@bp.get("/doctors/<id:doctor_id>/holds")
@allow(Role.PATIENT)
def take_up(doctor_id: int) -> Response:
    """After sign-in: what the guest chose before, once."""
    doctor, chosen = doctors.approved(doctor_id), access.kept(request.path)
    session.pop("kept", None)
    if not chosen:
        return redirect(url_for("scheduling.slots", doctor_id=doctor.id), 303)
    named = whom.named(also=[chosen.get(whom.FIELD, "")])
    return choose(doctor, HoldForm(MultiDict(chosen), meta={"csrf": False}), named)


def choose(doctor: Doctor, form: HoldForm, named: Person | None) -> Response:
    if not form.validate():
        return picker(doctor, form, _("Choose one of the times on the page."), 422, named)
    patient, start, kind = whom.patient(named), form.start.data, form.visit_type.data
    try:
        held = holds.hold(current_user, patient, doctor, start, kind, clock.now())
    except Refused as refusal:
        return picker(doctor, form, refused(refusal), refusal.status, named)
    # Named before the commit: by its end the same person may have chosen something else in another window.
    there = url_for(".held", reference=held.reference)
    remembered.hold(held.reference, held.doctor_id)
    db.session.commit()
    return go(there)


@bp.get("/holds/<reference:reference>")
@allow(Role.PATIENT)
def held(reference: str) -> Response:
    appointment, named = queries.held_by(current_user, reference, clock.now()), whom.named()
    if appointment.status != Status.HELD:
        # Also when this page asks about itself while the answer to its form is on the way.
        return go(url_for(".shown", reference=reference, new=1))
    if named and named.id != appointment.patient_id:
        raise NotTheirs(_("This time is held for somebody else. Nothing was changed."))
    return confirm(appointment, BookForm(formdata=None))


@bp.post("/holds/<reference:reference>")
@allow(Role.PATIENT)
def book(reference: str) -> Response:
    form = BookForm()
    try:
        return book_held(queries.held_by(current_user, reference, clock.now()), form)
    except NoResultFound:
        db.session.rollback()
        return book_swept(reference, form)


def book_held(appointment: Appointment, form: BookForm) -> Response:
    doctor, there = appointment.doctor, url_for(".shown", reference=appointment.reference, new=1)
    is_held, patient = appointment.status == Status.HELD, appointment.patient
    if is_held and whom.patient(whom.named()).id != patient.id:
        # The page said another name: nobody is booked for whom they did not press the button.
        return confirm(appointment, form, 409, _("This time is held for another name by now: see below."))
    if is_held and not form.validate():
        return confirm(appointment, form, status=422)
    worrying = is_held and worries(form.reason.data, words_of(doctor.clinic))
    if worrying and not form.sure.data:
        return asked_to_call(appointment, form)
    time = {"start": appointment.during.lower, "visit_type": appointment.visit_type_id}
    try:
        booking.book(current_user, appointment, form.reason.data, clock.now(), worrying)
    except Refused as refusal:
        chosen = HoldForm(formdata=None, data=time)
        return picker(doctor, chosen, refused(refusal), refusal.status, whom.named())
    db.session.commit()
    return go(there)


def book_swept(reference: str, form: BookForm) -> Response:
    """The hold ran out and its row is gone: hold the time that the page told and book it again, once."""
    chosen, named = told_of(reference), whom.named()
    doctor, patient = doctors.approved(chosen.doctor.data), whom.patient(named)
    if booked := queries.booked_at(current_user, patient, doctor, chosen.start.data, clock.now()):
        return go(url_for(".shown", reference=booked.reference, new=1))
    try:
        start, kind = chosen.start.data, chosen.visit_type.data
        again = holds.hold(current_user, patient, doctor, start, kind, clock.now())
    except Refused as refusal:
        return picker(doctor, chosen, refused(refusal), refusal.status, named)
    remembered.hold(again.reference, again.doctor_id)
    reference = again.reference
    db.session.commit()
    return book_held(queries.held_by(current_user, reference, clock.now()), form)


def told_of(reference: str) -> SweptForm:
    """What the page of a hold said of it. Raises NoResultFound while somebody has the reference."""
    chosen = SweptForm()
    if queries.is_known(reference) or not chosen.validate():
        raise NoResultFound
    return chosen


@bp.post("/holds/<reference:reference>/patient")
@allow(Role.PATIENT)
def give(reference: str) -> Response:
    """For whom it is, changed on the page of the hold."""
    named = whom.named()
    return changed(reference, lambda held, now: for_whom.give(current_user, held, whom.patient(named), now))


@bp.post("/holds/<reference:reference>/longer")
@allow(Role.PATIENT)
def hold_on(reference: str) -> Response:
    """Somebody needs more time to write."""
    return changed(reference, lambda held, now: holding_on.hold_on(current_user, held, now), kept_on=True)


def changed(reference: str, change: Callable[[Appointment, datetime], Appointment], **drawn) -> Response:
    """The page of the hold once more, after a change of it: what was written there stays."""
    form, now = BookForm(), clock.now()
    try:
        held = change(queries.held_by(current_user, reference, now), now)
    except NoResultFound:
        db.session.rollback()
        return choose(doctors.approved(told_of(reference).doctor.data), told_of(reference), whom.named())
    except Refused as refusal:
        words = refused(refusal)
        return confirm(queries.held_by(current_user, reference, now), form, refusal.status, words)
    status = held.status
    db.session.commit()
    if status != Status.HELD:
        return go(url_for(".shown", reference=reference))
    return confirm(queries.held_by(current_user, reference, now), form, **drawn)
