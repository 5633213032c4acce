"""Doctors who wait for a decision, and all the others."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.clinic import rules
from healthbook.clinic.forms.staff import DOCTOR_WORDS, ReviewForm
from healthbook.clinic.queries import doctors as queries
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Doctor, DoctorStatus, Role
from healthbook.scheduling.queries.outside import expected


@bp.get("/clinic/doctors")
@allow(Role.ADMIN)
def doctors() -> Response:
    asked = request.args.get("status")
    chosen = asked if asked in DOCTOR_WORDS else None
    listed = queries.listed(chosen, request.args.get("page", 1, type=int))
    forms = {doctor.id: form_for(doctor, formdata=None) for doctor in listed.rows}
    page, part = "clinic/doctors.html", "clinic/_doctors.html"
    return show(page, part, listed=listed, chosen=chosen, forms=forms, refusal=None, **words())


def form_for(doctor: Doctor, **given) -> ReviewForm:
    """Many stand on one page, so each field's id names its doctor."""
    form = ReviewForm(**given)
    form.reason.id = f"reason-{doctor.id}"
    return form


def words() -> dict[str, object]:
    return {"doctor_words": DOCTOR_WORDS, "decisions": rules.DECISIONS}


@bp.post("/clinic/doctors/<id:doctor_id>/review")
@allow(Role.ADMIN)
def review(doctor_id: int) -> Response:
    doctor = queries.doctor(doctor_id)
    form = form_for(doctor)
    if not form.validate():
        return one(doctor, form, status=422)
    try:
        rules.review(current_user, doctor, form.seen.data, form.decision.data, form.reason.data, clock.now())
    except Refused as refusal:
        return one(queries.doctor(doctor_id), form, refusal=refused(refusal), status=refusal.status)
    booked = expected(doctor, clock.now()) if form.decision.data == DoctorStatus.SUSPENDED else []
    db.session.commit()
    flash(_("%(name)s: %(status)s.", name=doctor.name, status=DOCTOR_WORDS[doctor.status]))
    return go(url_for("appointments.affected", doctor=doctor_id, all=1) if booked else url_for(".doctors"))


def one(doctor: Doctor, form: ReviewForm, refusal: object = None, status: int = 200) -> Response:
    page, part = "clinic/doctor.html", "clinic/_doctor.html"
    return show(page, part, status=status, doctor=doctor, form=form, refusal=refusal, **words())
