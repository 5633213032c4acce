"""The desk finds somebody, or enters them, to book for them or to give them a code for their account."""

from datetime import datetime
from typing import NamedTuple, Self
from uuid import uuid4

from flask import Response, abort, current_app, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock, urls
from healthbook.access import allow
from healthbook.accounts.queries import Choice, choice
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Doctor, Patient, Role
from healthbook.patients.forms.people import PersonForm, SeekForm
from healthbook.patients.queries import people as queries
from healthbook.patients.rules import claims, people
from healthbook.patients.views.blueprint import bp


class Wanted(NamedTuple):
    """With whom, when and for what the desk was looking before it asked for whom. All of it may be missing."""

    doctor: Doctor | None
    kind: int | None
    chosen: Choice | None

    @classmethod
    def asked(cls) -> Self:
        id, kind = (urls.number(request.args.get(name)) for name in ("with", "type"))
        doctor = doctors.approved(id) if id else None
        start = request.args.get("start", "")[:40]
        return cls(doctor, kind, choice(doctor.id, start) if doctor and kind and start else None)

    @property
    def start(self) -> datetime | None:
        return self.chosen and self.chosen.starts_at

    @property
    def query(self) -> dict[str, object]:
        """What stands in addresses."""
        start = self.start.isoformat() if self.start else None
        return {"with": self.doctor and self.doctor.id, "type": self.kind, "start": start}

    def book_for(self, patient: Patient) -> str:
        """Where the desk goes on once it knows for whom."""
        if not self.doctor:
            return url_for("appointments.person", patient_id=patient.id)
        week = self.start and self.start.date()
        there = {"patient_id": patient.id, "doctor_id": self.doctor.id, "type": self.kind, "week": week}
        return url_for("appointments.times_for", **there)


@bp.get("/clinic/people")
@allow(Role.DESK, Role.ADMIN)
def people_search() -> Response:
    return listing(SeekForm(formdata=None))


@bp.post("/clinic/people")
@allow(Role.DESK, Role.ADMIN)
def seek() -> Response:
    """By POST, so that no address and no log carries somebody's name, birthday or phone."""
    form = SeekForm()
    if not form.validate():
        return listing(form, status=422)
    known = queries.Known(form.name.data, form.date_of_birth.data, form.phone_number.data)
    return listing(form, queries.seek(known))


def listing(form: SeekForm, found: queries.Found | None = None, status: int = 200) -> Response:
    page, part = "patients/people.html", "patients/_people.html"
    return show(page, part, status, form=form, found=found, wanted=Wanted.asked())


@bp.post("/clinic/people/new")
@allow(Role.DESK, Role.ADMIN)
def enter() -> Response:
    """Begin with what was searched for, look who may be the same, or enter them as somebody new."""
    form, wanted, act = PersonForm(), Wanted.asked(), request.form.get("act")
    if act == "begin":
        return new_person(begun(), wanted)
    if act not in ("look", "new"):
        abort(400)
    if not form.validate():
        return new_person(form, wanted, status=422)
    doubles = queries.doubles(form.known) if act == "look" else []
    if doubles:
        return new_person(form, wanted, doubles)
    patient = people.enter(current_user, form.key.data, clock.now(), **form.person)
    there, name = wanted.book_for(patient), patient.user.full_name
    db.session.commit()
    flash(_("%(name)s was entered.", name=name))
    return go(there)


@bp.get("/clinic/people/new")
@allow(Role.DESK, Role.ADMIN)
def new() -> Response:
    return new_person(PersonForm(formdata=None, key=str(uuid4())), Wanted.asked())


def begun() -> PersonForm:
    """The form for somebody whom the search did not find: nothing is asked twice."""
    sought = SeekForm()
    first, _space, last = (sought.name.data or "").rpartition(" ")
    form = PersonForm(formdata=None, key=str(uuid4()), first_name=first or last, last_name=last if first else "")
    form.date_of_birth.raw_data = sought.date_of_birth.raw_data
    form.phone_number.data = sought.phone_number.data
    return form


def new_person(form: PersonForm, wanted: Wanted, doubles: list[Patient] | None = None, status: int = 200) -> Response:
    page, part = "patients/new_person.html", "patients/_new_person.html"
    return show(page, part, status, form=form, wanted=wanted, doubles=doubles or [])


@bp.get("/clinic/people/<id:patient_id>/code")
@allow(Role.DESK, Role.ADMIN)
def code(patient_id: int) -> Response:
    return code_for(queries.person(patient_id))


@bp.post("/clinic/people/<id:patient_id>/code")
@allow(Role.DESK, Role.ADMIN)
def make_code(patient_id: int) -> Response:
    """It is shown in this answer and never again."""
    try:
        made = claims.make(current_user, queries.person(patient_id), clock.now())
    except Refused as refusal:
        return code_for(queries.person(patient_id), refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return code_for(queries.person(patient_id), made=made)


def code_for(patient: Patient, made: str | None = None, refusal: object = None, status: int = 200) -> Response:
    now, page, part = clock.now(), "patients/code.html", "patients/_code.html"
    # As people type it, whatever the desk has typed.
    address = current_app.extensions["config"].public_url + url_for(".claim")
    context = {"patient": patient, "made": made, "refusal": refusal, "until": now + claims.LASTS, "address": address}
    return show(page, part, status, open=queries.open_claim(patient, now), **context)
