"""A visit's notes become its record: looked at once more as the patient will read them, and signed."""

from flask import Response, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow, takes
from healthbook.appointments.queries.visits import for_doctor
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show, wants_part
from healthbook.models import Appointment, Place, RecordType, Role
from healthbook.patients.queries.access import Reader
from healthbook.records.forms import RecordForm
from healthbook.records.queries.chart import apart
from healthbook.records.queries.opened import writer
from healthbook.records.reading import note
from healthbook.records.rules.signing import sign_notes
from healthbook.records.views.blueprint import bp

ROOM = 512 * 1024


@bp.get("/appointments/<reference:reference>/record")
@allow(Role.DOCTOR)
def signing(reference: str) -> Response:
    visit = for_doctor(current_user, reference)
    who = writer(current_user, visit.patient_id, clock.now())
    if visit.record:
        return go(url_for(".shown", record_id=visit.record.id))
    form = RecordForm(formdata=None, record_type=RecordType.DIAGNOSIS, description=visit.doctor_notes)
    form.record_date.data = visit.appointment_date
    form.title.data = visit.visit_type.name if visit.visit_type else None
    return drawn(who, visit, form)


def drawn(who: Reader, visit: Appointment, form: RecordForm, refusal: object = None, status: int = 200) -> Response:
    if not wants_part():
        note(who, Place.BACKGROUND)
    note(who, Place.APPOINTMENT, visit.id)
    context = {"patient": who.patient, "allergies": apart(who.patient.allergies), "visit": visit, "form": form}
    return show("records/signing.html", "records/_signing.html", status=status, refusal=refusal, **context)


@bp.post("/appointments/<reference:reference>/record")
@allow(Role.DOCTOR)
@takes(ROOM)
def sign(reference: str) -> Response:
    now, form = clock.now(), RecordForm()
    visit = for_doctor(current_user, reference)
    who = writer(current_user, visit.patient_id, now)
    if form.change_lines():
        return drawn(who, visit, form)
    if not form.validate():
        return drawn(who, visit, form, status=422)
    try:
        made = sign_notes(who, visit, form.words, form.medicines, now)
    except Refused as refusal:
        return drawn(who, visit, form, refused(refusal), refusal.status)
    db.session.commit()
    return go(url_for(".shown", record_id=made.id))
