"""The patient's own page: who they are to the clinic, section by section."""

from flask import Response, request, url_for
from flask_login import current_user
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import undefer

from healthbook.access import allow
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import from_htmx, go, show, wants_part
from healthbook.models import Patient, Place, Role, Why
from healthbook.patients.forms.profile import PROFILE, PhotoForm
from healthbook.patients.forms.sections import sections
from healthbook.patients.queries import profile
from healthbook.patients.rules.profile import change as write
from healthbook.patients.views.blueprint import bp
from healthbook.reading import noted


@bp.get("/me")
@allow(Role.PATIENT)
def me() -> Response:
    patient, name = own(), request.args.get("edit", "")
    if name in PROFILE:
        return drawn(patient, name, form=PROFILE[name].of(patient))
    return drawn(patient, request.args.get("section", ""), saved="saved" in request.args)


@bp.post("/me/profile/<section>")
@allow(Role.PATIENT)
def change(section: str) -> Response:
    if section not in PROFILE:
        raise NoResultFound
    patient = own()
    form = PROFILE[section].of(patient)
    if not form.validate():
        return drawn(patient, section, status=422, form=form)
    try:
        write(patient, form.columns, form.values, form.seen.data)
    except Refused as refusal:
        return drawn(own(), section, status=refusal.status, form=form, refusal=refused(refusal))
    db.session.commit()
    if from_htmx():
        return drawn(own(), section, saved=True)
    return go(url_for(".me", section=section, saved="", _anchor=f"section-{section}"))


def own() -> Patient:
    return profile.own(current_user, undefer(Patient.insurance_policy_number_sealed))


def drawn(patient: Patient, name: str, status: int = 200, **given) -> Response:
    """The whole page, or the one section for htmx."""
    every = sections(patient, PROFILE, name, **given)
    one = next((section for section in every if section.name == name), every[0])
    shown = {section.name for section in ([one] if wants_part() else every)}
    if "insurance" in shown and patient.insurance_policy_number_sealed:
        noted([patient.id], Place.PROFILE, Why.SELF)
    context = {"at": "patients.me", "changes": "patients.change", "editable": True}
    photo = {"patient": patient, "photo": PhotoForm(formdata=None)}
    return show("patients/me.html", "patients/_section.html", status, sections=every, section=one, **context, **photo)
