"""A time on its way to being booked: chosen, held, and confirmed with a reason or let go."""

from flask import Response, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import NoResultFound
from werkzeug.datastructures import MultiDict

from healthbook import access, clock
from healthbook.access import allow
from healthbook.appointments.forms import BookForm, HoldForm, SweptForm
from healthbook.appointments.queries import holds as queries
from healthbook.appointments.rules import booking, holds, visits
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.errors import Refused, SlotTaken
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Appointment, Doctor, Role, Status
from healthbook.scheduling import queries as scheduling

REMEMBERED = 5


@bp.post("/doctors/<id:doctor_id>/holds")
@allow(Role.PATIENT, keep=("start", "visit_type"))
def hold(doctor_id: int) -> Response:
    return choose(doctors.approved(doctor_id), HoldForm())


@bp.get("/doctors/<id:doctor_id>/holds")
@allow(Role.PATIENT)
def take_up(doctor_id: int) -> Response:
    """After sign-in: what the guest chose before, once."""
    doctor, chosen = doctors.approved(doctor_id), access.kept(request.path)
    session.pop("kept", None)
    if not chosen:
        return redirect(url_for("scheduling.slots", doctor_id=doctor.id), 303)
    return choose(doctor, HoldForm(MultiDict(chosen), meta={"csrf": False}))


def choose(doctor: Doctor, form: HoldForm) -> Response:
    if not form.validate():
        return picker(doctor, form, _("Choose one of the times on the page."), 422)
    try:
        held = holds.hold(current_user.patient, doctor, form.start.data, form.visit_type.data, clock.now())
    except Refused as refusal:
        return picker(doctor, form, refused(refusal), refusal.status)
    # Named before the commit: by its end the same person may have chosen something else in another window.
    there = url_for(".held", reference=held.reference)
    remember(held)
    db.session.commit()
    return go(there)


def remember(held: Appointment) -> None:
    """In this browser, whom the person's last holds were with: the row of a hold goes with it."""
    session["holds"] = [*session.get("holds", []), [held.reference, held.doctor_id]][-REMEMBERED:]


def ended(reference: str) -> Response:
    """For whoever held it in this browser it is over; for everybody else it has never been."""
    doctor_id = dict(session.get("holds", [])).get(reference)
    if doctor_id is None:
        raise NoResultFound
    words, page, part = _("This time is no longer held for you."), "appointments/ended.html", "errors/_error.html"
    return show(page, part, status=410, words=words, doctor=queries.bookable(doctor_id))


def picker(doctor: Doctor, form: HoldForm, refusal: object, status: int) -> Response:
    """The times again, saying why; when the wanted one has gone, with the nearest to it."""
    wanted, kind = form.start.data, form.visit_type.data
    week = wanted and wanted.astimezone(doctor.clinic.zone).date()
    lost = wanted if isinstance(refusal, SlotTaken) else None
    drawn = scheduling.picker(doctor, kind, clock.now(), week, lost=lost)
    page, part = "scheduling/slots.html", "scheduling/_picker.html"
    return show(page, part, status=status, refusal=refusal, picker=drawn, form=form)


@bp.get("/holds/<reference:reference>")
@allow(Role.PATIENT)
def held(reference: str) -> Response:
    try:
        appointment = queries.held_by(current_user, reference)
    except NoResultFound:
        return ended(reference)
    if appointment.status != Status.HELD:
        # Also when this page asks about itself while the answer to its form is on the way.
        return go(url_for(".shown", reference=reference, new=1))
    return confirm(appointment, BookForm(formdata=None))


@bp.post("/holds/<reference:reference>")
@allow(Role.PATIENT)
def book(reference: str) -> Response:
    form = BookForm()
    try:
        return book_held(queries.held_by(current_user, reference), form)
    except NoResultFound:
        db.session.rollback()
        return book_swept(reference, form)


def book_held(appointment: Appointment, form: BookForm) -> Response:
    if appointment.status == Status.HELD and not form.validate():
        return confirm(appointment, form, status=422)
    doctor, there = appointment.doctor, url_for(".shown", reference=appointment.reference, new=1)
    time = {"start": appointment.during.lower, "visit_type": appointment.visit_type_id}
    try:
        booking.book(current_user, appointment, form.reason.data, clock.now())
    except Refused as refusal:
        return picker(doctor, HoldForm(formdata=None, data=time), refused(refusal), refusal.status)
    db.session.commit()
    return go(there)


def book_swept(reference: str, form: BookForm) -> Response:
    """The hold ran out and its row is gone. The page said which time it was: hold and book it again, once."""
    chosen = SweptForm()
    if queries.is_known(reference) or not chosen.validate():
        return ended(reference)
    doctor = doctors.approved(chosen.doctor.data)
    if booked := queries.booked_at(current_user, doctor, chosen.start.data):
        return go(url_for(".shown", reference=booked.reference, new=1))
    try:
        again = holds.hold(current_user.patient, doctor, chosen.start.data, chosen.visit_type.data, clock.now())
    except Refused as refusal:
        return picker(doctor, chosen, refused(refusal), refusal.status)
    remember(again)
    reference = again.reference
    db.session.commit()
    return book_held(queries.held_by(current_user, reference), form)


@bp.post("/holds/<reference:reference>/release")
@allow(Role.PATIENT)
def release(reference: str) -> Response:
    try:
        appointment = queries.held_by(current_user, reference)
    except NoResultFound:
        return ended(reference)
    if appointment.status != Status.HELD:
        return go(url_for(".shown", reference=reference))
    there = url_for("scheduling.slots", doctor_id=appointment.doctor_id, type=appointment.visit_type_id)
    holds.release(appointment)
    db.session.commit()
    return go(there)


def confirm(appointment: Appointment, form: BookForm, status: int = 200) -> Response:
    page, part = "appointments/held.html", "appointments/_held.html"
    deadline = visits.deadline(appointment)
    return show(page, part, status=status, appointment=appointment, form=form, now=clock.now(), deadline=deadline)
