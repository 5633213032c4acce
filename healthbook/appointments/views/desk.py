"""The desk books for anybody: first for whom, then with whom and when; what it holds stays until it has time again."""

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import NoResultFound

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.names import one_line
from healthbook.appointments.answers import at_desk, times_at_desk
from healthbook.appointments.forms import HoldForm, SweptForm
from healthbook.appointments.queries import desk as queries
from healthbook.appointments.queries.holds import is_known
from healthbook.appointments.rules import desk, ending
from healthbook.appointments.rules.holding_on import hold_on
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Appointment, Doctor, Patient, Role, Status
from healthbook.patients.queries import people
from healthbook.scheduling.forms.desk import DeskBookForm, NotesForm
from healthbook.scheduling.forms.picker import PickerForm
from healthbook.scheduling.queries.pickers import Wanted

LONGEST_SEARCH = 100


@bp.get("/clinic/people/<id:patient_id>")
@allow(Role.DESK, Role.ADMIN)
def person(patient_id: int) -> Response:
    """What is booked and held for somebody, and with whom more can be."""
    patient, now, words = people.person(patient_id), clock.now(), one_line(request.args.get("q"))[:LONGEST_SEARCH]
    context = {
        "patient": patient,
        "unfinished": queries.unfinished(now, patient.id),
        "ahead": queries.ahead(patient, now),
        "listed": doctors.directory(words, None, request.args.get("page", 1, type=int)),
        "words": words,
    }
    return show("appointments/person.html", "appointments/_person.html", **context)


@bp.get("/clinic/people/<id:patient_id>/doctors/<id:doctor_id>")
@allow(Role.DESK, Role.ADMIN)
def times_for(patient_id: int, doctor_id: int) -> Response:
    patient, doctor, form = people.person(patient_id), doctors.approved(doctor_id), PickerForm(request.args)
    if not form.validate():
        abort(404)
    wanted = Wanted(form.week.data, form.since.data, form.day.data)
    return times_at_desk(patient, doctor, form.type.data, wanted, shown=request.args.get("shown"))


@bp.post("/clinic/people/<id:patient_id>/doctors/<id:doctor_id>/holds")
@allow(Role.DESK, Role.ADMIN)
def hold_for(patient_id: int, doctor_id: int) -> Response:
    """With what was written for a time that was lost, so that nobody writes it twice."""
    patient, doctor, form, written = people.person(patient_id), doctors.approved(doctor_id), HoldForm(), NotesForm()
    if not form.validate() or not written.validate():
        return again(patient, doctor, form, _("Choose one of the times on the page."), 422)
    try:
        held = desk.hold(current_user, patient, doctor, form.start.data, form.visit_type.data, clock.now())
    except Refused as refusal:
        return again(patient, doctor, form, refused(refusal), refusal.status, written.notes.data)
    held.notes = written.notes.data or held.notes
    there = url_for(".held_at_desk", reference=held.reference)
    db.session.commit()
    return go(there)


def again(
    patient: Patient, doctor: Doctor, form: HoldForm, refusal: object, status: int, notes: str | None = None
) -> Response:
    """The times once more, saying why, with the nearest to one that has gone."""
    start = form.start.data
    week = start and start.astimezone(doctor.clinic.zone).date()
    looked_at = Wanted(week, form.since.data, form.day.data)
    told = {"refusal": refusal, "status": status, "lost": start, "notes": notes}
    return times_at_desk(patient, doctor, form.visit_type.data, looked_at, **told)


@bp.get("/clinic/holds/<reference:reference>")
@allow(Role.DESK, Role.ADMIN)
def held_at_desk(reference: str) -> Response:
    held = queries.at_desk(reference)
    if held.status != Status.HELD:
        return go(url_for(".shown", reference=reference, new=1))
    return at_desk(held, NotesForm(formdata=None, notes=held.notes))


@bp.post("/clinic/holds/<reference:reference>")
@allow(Role.DESK, Role.ADMIN)
def book_at_desk(reference: str) -> Response:
    form = DeskBookForm()
    try:
        return book_held(queries.at_desk(reference), form)
    except NoResultFound:
        db.session.rollback()
    return book_swept(reference, form)


def book_swept(reference: str, form: DeskBookForm) -> Response:
    """The hold ran out and its row is gone: hold the time that the page told once more. Raises NoResultFound."""
    told = SweptForm()
    if is_known(reference) or not told.validate() or not form.patient.data:
        raise NoResultFound
    patient, doctor = people.person(form.patient.data), doctors.approved(told.doctor.data)
    try:
        held = desk.hold(current_user, patient, doctor, told.start.data, told.visit_type.data, clock.now())
    except Refused as refusal:
        return again(patient, doctor, told, refused(refusal), refusal.status, form.notes.data)
    reference = held.reference
    db.session.commit()
    return book_held(queries.at_desk(reference), form)


def book_held(held: Appointment, form: DeskBookForm) -> Response:
    there = url_for(".shown", reference=held.reference, new=1)
    if held.status == Status.HELD and not form.validate():
        return at_desk(held, form, 422)
    if held.status == Status.HELD and form.patient.data != held.patient_id:
        return at_desk(held, form, 409, _("This time is held for somebody else: see below."))
    time = {"start": held.during.lower, "visit_type": held.visit_type_id}
    patient, doctor = held.patient, held.doctor
    try:
        desk.book(current_user, held, form.notes.data, clock.now())
    except Refused as refusal:
        chosen, words = HoldForm(formdata=None, data=time), refused(refusal)
        return again(patient, doctor, chosen, words, refusal.status, form.notes.data)
    db.session.commit()
    return go(there)


@bp.post("/clinic/holds/<reference:reference>/longer")
@allow(Role.DESK, Role.ADMIN)
def longer_at_desk(reference: str) -> Response:
    """Somebody at the desk needs more time; what was written stays."""
    form, held = NotesForm(), queries.at_desk(reference)
    try:
        hold_on(current_user, held, clock.now())
    except Refused as refusal:
        words = refused(refusal)
        return at_desk(queries.at_desk(reference), form, refusal.status, words)
    db.session.commit()
    held = queries.at_desk(reference)
    if held.status != Status.HELD:
        return go(url_for(".shown", reference=reference))
    return at_desk(held, form, kept_on=True)


@bp.post("/clinic/holds/<reference:reference>/release")
@allow(Role.DESK, Role.ADMIN)
def release_at_desk(reference: str) -> Response:
    held = queries.at_desk(reference)
    if held.status != Status.HELD:
        return go(url_for(".shown", reference=reference))
    whose = {"patient_id": held.patient_id, "doctor_id": held.doctor_id, "type": held.visit_type_id}
    ending.release(held)
    db.session.commit()
    return go(url_for("clinic.overview") if "today" in request.form else url_for(".times_for", **whose))
