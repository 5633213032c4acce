"""What a doctor should know of a patient before anything else: theirs to write, a guardian's to read."""

from flask import Response, request, url_for
from flask_login import current_user
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import undefer

from healthbook import clock
from healthbook.access import allow
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import from_htmx, go, show, wants_part
from healthbook.models import Patient, Place, Role, Why
from healthbook.patients.forms.background import BACKGROUND
from healthbook.patients.forms.sections import sections
from healthbook.patients.queries.access import Reader
from healthbook.patients.queries.whose import whose
from healthbook.patients.rules.profile import change
from healthbook.patients.views.blueprint import bp
from healthbook.reading import noted
from healthbook.urls import number

TEXTS = (Patient.allergies_sealed, Patient.current_medications_sealed, Patient.medical_history_sealed)


@bp.get("/me/background")
@allow(Role.PATIENT)
def background() -> Response:
    who, name = asked_about(number(request.args.get("patient"))), request.args.get("edit", "")
    if name in BACKGROUND and who.why == Why.SELF:
        return drawn(who, name, form=BACKGROUND[name].of(who.patient))
    return drawn(who, request.args.get("section", ""), saved="saved" in request.args)


@bp.post("/me/background/<section>")
@allow(Role.PATIENT)
def change_background(section: str) -> Response:
    if section not in BACKGROUND:
        raise NoResultFound
    who = asked_about(None)
    form = BACKGROUND[section].of(who.patient)
    if not form.validate():
        return drawn(who, section, status=422, form=form)
    try:
        change(who.patient, form.columns, form.values, form.seen.data)
    except Refused as refusal:
        words = refused(refusal)
        return drawn(asked_about(None), section, status=refusal.status, form=form, refusal=words)
    db.session.commit()
    if from_htmx():
        return drawn(asked_about(None), section, saved=True)
    return go(url_for(".background", section=section, saved="", _anchor=f"section-{section}"))


def asked_about(patient_id: int | None) -> Reader:
    return whose(current_user, patient_id, clock.now(), *map(undefer, TEXTS))


def drawn(who: Reader, name: str, status: int = 200, **given) -> Response:
    """The whole page, or the one section for htmx."""
    every = sections(who.patient, BACKGROUND, name, **given)
    one = next((section for section in every if section.name == name), every[0])
    if any(section.says_something for section in ([one] if wants_part() else every)):
        noted([who.patient.id], Place.BACKGROUND, who.why)
    context = {"at": "patients.background", "changes": "patients.change_background", "who": who}
    editable, page = who.why == Why.SELF, "patients/background.html"
    return show(page, "patients/_section.html", status, sections=every, section=one, editable=editable, **context)
