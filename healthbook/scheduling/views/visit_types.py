"""What a doctor can be booked for: kept by the doctor, and by the clinic's staff for any doctor."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.forms import point_out
from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, from_htmx, go, show
from healthbook.models import Doctor, Role
from healthbook.scheduling.forms.visit_types import PlaceForm, VisitTypeForm
from healthbook.scheduling.queries import visit_types as queries
from healthbook.scheduling.queries.keepers import kept_by
from healthbook.scheduling.queries.outside import undecided
from healthbook.scheduling.rules import visit_types as rules
from healthbook.scheduling.views.blueprint import KEEPERS, bp
from healthbook.scheduling.words import APPOINTMENT_TYPES


@bp.get("/visit-types")
@allow(Role.DOCTOR)
def own_visit_types() -> Response:
    return listing(current_user.doctor)


@bp.get("/doctors/<id:doctor_id>/visit-types")
@allow(*KEEPERS)
def visit_types(doctor_id: int) -> Response:
    return listing(kept_by(current_user, doctor_id))


@bp.get("/doctors/<id:doctor_id>/visit-types/new")
@allow(*KEEPERS)
def new_visit_type(doctor_id: int) -> Response:
    return one(kept_by(current_user, doctor_id), VisitTypeForm(formdata=None))


@bp.post("/doctors/<id:doctor_id>/visit-types")
@allow(*KEEPERS)
def add_visit_type(doctor_id: int) -> Response:
    doctor, form = kept_by(current_user, doctor_id), VisitTypeForm()
    if not form.validate():
        return one(doctor, form, status=422)
    try:
        rules.add(doctor, form.wanted, clock.now())
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return one(doctor, form, status=422)
    return changed(doctor, _("%(name)s was added. Patients see its times already.", name=form.name.data))


@bp.get("/doctors/<id:doctor_id>/visit-types/<id:visit_type_id>")
@allow(*KEEPERS)
def visit_type(doctor_id: int, visit_type_id: int) -> Response:
    doctor = kept_by(current_user, doctor_id)
    try:
        kind = rules.still(doctor, visit_type_id)
    except Refused as refusal:
        return listing(doctor, refused(refusal))
    return one(doctor, VisitTypeForm.of(kind), kind.id)


@bp.post("/doctors/<id:doctor_id>/visit-types/<id:visit_type_id>")
@allow(*KEEPERS)
def change_visit_type(doctor_id: int, visit_type_id: int) -> Response:
    doctor, form = kept_by(current_user, doctor_id), VisitTypeForm()
    try:
        rules.still(doctor, visit_type_id)
        if not form.validate():
            return one(doctor, form, visit_type_id, status=422)
        rules.change(doctor, visit_type_id, form.wanted, clock.now())
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return one(doctor, form, visit_type_id, status=422)
    except Refused as refusal:
        return listing(doctor, refused(refusal))
    return changed(doctor, _("%(name)s was changed. What is booked stays as it is.", name=form.name.data))


@bp.post("/doctors/<id:doctor_id>/visit-types/<id:visit_type_id>/removal")
@allow(*KEEPERS)
def remove_visit_type(doctor_id: int, visit_type_id: int) -> Response:
    doctor = kept_by(current_user, doctor_id)
    try:
        rules.remove(doctor, visit_type_id, clock.now())
    except Refused as refusal:
        return listing(doctor, refused(refusal))
    return changed(doctor, _("The visit type was removed. What is booked stays as it is."))


@bp.post("/doctors/<id:doctor_id>/visit-types/<id:visit_type_id>/place")
@allow(*KEEPERS)
def place_visit_type(doctor_id: int, visit_type_id: int) -> Response:
    doctor, form = kept_by(current_user, doctor_id), PlaceForm()
    if not form.validate():
        return listing(doctor, _("Choose where it should stand."), 422)
    try:
        way = rules.place(doctor, visit_type_id, form.place.data, clock.now())
    except Refused as refusal:
        return listing(doctor, refused(refusal))
    db.session.commit()
    words = _("The order was changed. Patients are shown the first one first.")
    if not from_htmx():
        flash(words)
    # The focus stays on the row, with and without script: whoever moves one by keyboard often moves it on.
    button = f"{way}-{visit_type_id}"
    return done(there(doctor, button), "scheduling/_visit_types.html", said=words, focused=button, **listed(doctor))


@bp.post("/doctors/<id:doctor_id>/new-patients")
@allow(*KEEPERS)
def set_new_patients(doctor_id: int) -> Response:
    doctor, taken = kept_by(current_user, doctor_id), request.form.get("taken")
    if taken not in ("yes", "no"):
        return listing(doctor, _("Choose whether new patients are taken."), 422)
    rules.set_new_patients(doctor, taken == "yes", clock.now())
    if taken == "yes":
        return changed(doctor, _("New patients can book again."))
    return changed(doctor, _("From now on only patients who have been here can book."))


def changed(doctor: Doctor, words: str) -> Response:
    db.session.commit()
    flash(words)
    return go(there(doctor))


def there(doctor: Doctor, anchor: str | None = None) -> str:
    if doctor.user_id == current_user.id:
        return url_for(".own_visit_types", _anchor=anchor)
    return url_for(".visit_types", doctor_id=doctor.id, _anchor=anchor)


def listing(doctor: Doctor, refusal: object = None, status: int = 200) -> Response:
    """All of them as they are now; a refusal is about what was here before."""
    page, part = "scheduling/visit_types.html", "scheduling/_visit_types.html"
    return show(page, part, getattr(refusal, "status", status), refusal=refusal, **listed(doctor))


def listed(doctor: Doctor) -> dict[str, object]:
    return {
        "doctor": doctor,
        "kinds": queries.kept(doctor),
        "words": APPOINTMENT_TYPES,
        "zone": clock.now().astimezone(doctor.clinic.zone),
        "outside": len(undecided(doctor, clock.now())),
    }


def one(doctor: Doctor, form: VisitTypeForm, visit_type_id: int | None = None, status: int = 200) -> Response:
    page, part = "scheduling/visit_type.html", "scheduling/_visit_type.html"
    return show(page, part, status, doctor=doctor, form=form, visit_type_id=visit_type_id)
