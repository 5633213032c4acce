"""The week of a doctor's free times, which everybody may see, and the doctor's own weekly hours."""

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock, whom
from healthbook.access import allow, public
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.errors import Stale
from healthbook.failures import refused
from healthbook.hypermedia import done, show
from healthbook.models import Role
from healthbook.scheduling import queries, rules
from healthbook.scheduling.forms import WEEKDAYS, HoursForm, PickerForm, in_words

bp = Blueprint("scheduling", __name__)


@bp.get("/doctors/<id:doctor_id>/slots")
@public(why="patients choose before they sign in")
def slots(doctor_id: int) -> Response:
    """The picker; a page that says what it shows only wants to know what is new."""
    family, doctor, form = whom.asked(), doctors.approved(doctor_id), PickerForm(request.args)
    if not form.validate():
        abort(404)
    if form.type.data:
        queries.visit_type(doctor, form.type.data)
    picker = queries.picker(doctor, form.type.data, clock.now(), form.week.data, form.shown.data or "")
    refreshes = "shown" in request.args
    part = "scheduling/_slots.html" if refreshes else "scheduling/_picker.html"
    tag, page = picker.week if refreshes else None, "scheduling/slots.html"
    return show(page, part, tag=tag, picker=picker, refusal=None, whom=family)


@bp.get("/hours")
@allow(Role.DOCTOR)
def hours() -> Response:
    return hours_page()


@bp.post("/hours")
@allow(Role.DOCTOR)
def add_hours() -> Response:
    form = HoursForm()
    if not form.validate():
        return hours_page(form, status=422)
    try:
        rules.add_hours(current_user.doctor, *form.wanted, clock.now())
    except rules.Overlapping as refusal:
        return hours_page(form, refusal=refused(refusal), status=refusal.status)
    return committed(_("Your hours were added. Patients see the new times already."))


@bp.post("/hours/<id:hours_id>")
@allow(Role.DOCTOR)
def change_hours(hours_id: int) -> Response:
    doctor, form = current_user.doctor, HoursForm().named_after(hours_id)
    queries.own_hours(doctor, hours_id)
    if not form.validate():
        return hours_page(form, hours_id, status=422)
    try:
        rules.change_hours(doctor, hours_id, form.seen.data, *form.wanted, clock.now())
    except rules.Overlapping as refusal:
        return hours_page(form, hours_id, refused(refusal), refusal.status)
    except Stale as refusal:
        return hours_page(refusal=refused(refusal), status=refusal.status)
    return committed(_("Your hours were changed. Patients see the new times already."))


@bp.post("/hours/<id:hours_id>/removal")
@allow(Role.DOCTOR)
def remove_hours(hours_id: int) -> Response:
    try:
        rules.remove_hours(current_user.doctor, hours_id, request.form.get("seen", ""), clock.now())
    except Stale as refusal:
        return hours_page(refusal=refused(refusal), status=refusal.status)
    return committed(_("Your hours were removed. Visits already booked stay as they are."))


def committed(words: str) -> Response:
    db.session.commit()
    return done(url_for(".hours"), "scheduling/_hours.html", **drawn(saved=words))


def hours_page(
    form: HoursForm | None = None, hours_id: int | None = None, refusal: object = None, status: int = 200
) -> Response:
    return show("scheduling/hours.html", "scheduling/_hours.html", status, **drawn(form, hours_id, refusal))


def drawn(
    form: HoursForm | None = None, hours_id: int | None = None, refusal: object = None, saved: str = ""
) -> dict[str, object]:
    """The week, each of its hours in a form of its own; `form` is the one that was sent, for these or for new hours."""
    doctor = current_user.doctor
    rows = queries.hours(doctor)
    forms = {row.id: HoursForm.of(row).named_after(row.id) for row in rows}
    if form and hours_id in forms:
        forms[hours_id] = form
    return {
        "doctor": doctor,
        "today": clock.now().astimezone(doctor.clinic.zone),
        "week": [
            (name, [(row, forms[row.id], in_words(row)) for row in rows if row.day_of_week == day])
            for day, name in WEEKDAYS.items()
        ],
        "adding": form if form and hours_id is None else HoursForm(formdata=None),
        "form": form,
        "refusal": refusal,
        "saved": saved,
    }
