"""Opening somebody's record in an emergency: a reason, the password once more, and both are told."""

from flask import Response, session, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts import rules as accounts
from healthbook.accounts.forms import point_out
from healthbook.db import db
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Patient, Role
from healthbook.patients.forms.emergency import EmergencyForm
from healthbook.patients.queries import search as queries
from healthbook.patients.queries.access import read_among
from healthbook.patients.rules.emergency import LASTS, open_record
from healthbook.patients.views.blueprint import bp


@bp.get("/patients/<id:patient_id>/emergency")
@allow(Role.DOCTOR)
def emergency(patient_id: int) -> Response:
    patient = queries.patient(patient_id)
    return go(chart(patient_id)) if reads(patient_id) else asked(patient, EmergencyForm(formdata=None))


@bp.post("/patients/<id:patient_id>/emergency")
@allow(Role.DOCTOR)
def open_in_emergency(patient_id: int) -> Response:
    patient, form = queries.patient(patient_id), EmergencyForm()
    if reads(patient_id):
        return go(chart(patient_id))
    if not form.validate():
        return asked(patient, form, 422)
    try:
        accounts.confirm(current_user, form.password.data)
    except accounts.Unfit as refusal:
        point_out(form, refused(refusal))
        return asked(patient, form, 422)
    open_record(current_user.doctor, patient_id, form.reason.data, clock.now())
    db.session.commit()
    return go(chart(patient_id))


def reads(patient_id: int) -> bool:
    """Whether the record is open to the doctor without an emergency, or in this one already."""
    return patient_id in read_among(current_user, [patient_id], clock.now())


def chart(patient_id: int) -> str:
    return url_for("records.chart", patient_id=patient_id)


def asked(patient: Patient, form: EmergencyForm, status: int = 200) -> Response:
    """Whose record it is stands on the page for whoever has found them by name and birthday: a number tells nothing."""
    known, until = patient.id in session.get("found", []), clock.now() + LASTS
    page, part = "patients/emergency.html", "patients/_emergency.html"
    on_the_wall = until.astimezone(current_user.doctor.clinic.zone)
    return show(page, part, status, patient=patient, known=known, form=form, until=on_the_wall)
