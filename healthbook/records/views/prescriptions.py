"""Medicines: all that a patient was given, each on paper, and stopping one."""

from flask import Response, request, url_for
from flask_login import current_user
from sqlalchemy.exc import NoResultFound

from healthbook import clock
from healthbook.access import allow
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.headers import download
from healthbook.hypermedia import go, show
from healthbook.models import Act, Place, Prescription, Role
from healthbook.records import papers, pdf
from healthbook.records.forms import StopForm
from healthbook.records.queries import medicines, mine
from healthbook.records.queries.opened import Opened
from healthbook.records.queries.records import WRITES
from healthbook.records.reading import note
from healthbook.records.rules import prescriptions as rules
from healthbook.records.views.blueprint import bp
from healthbook.urls import number


@bp.get("/prescriptions")
@allow(Role.PATIENT)
def prescriptions() -> Response:
    now = clock.now()
    who = mine.whose(current_user, number(request.args.get("patient")), now)
    taken = medicines.taken(who, now, min(number(request.args.get("page")) or 1, 1000))
    others = mine.others(current_user, now)
    note(who, Place.RECORDS)
    context = mine.about(who) | {"taken": taken, "others": others}
    return show("records/prescriptions.html", "records/_prescriptions.html", **context)


@bp.get("/prescriptions/<id:prescription_id>")
@allow(Role.PATIENT, Role.DOCTOR)
def prescription(prescription_id: int) -> Response:
    opened, line = signed(prescription_id)
    sheet = papers.of_prescription(line, line.medical_record, opened.reader.patient)
    note(opened.reader, Place.PRESCRIPTION, line.id, Act.PRINTED)
    file, back = url_for(".prescription_pdf", prescription_id=line.id), url_for(".shown", record_id=opened.record.id)
    return show("records/sheet.html", "records/_sheet.html", sheet=sheet, file=file, back=back)


def signed(prescription_id: int) -> tuple[Opened, Prescription]:
    """Raises NoResultFound for what stands in a draft: nobody takes that yet."""
    opened, line = medicines.one(current_user, prescription_id, clock.now())
    if opened.record.signed_at is None:
        raise NoResultFound
    return opened, line


@bp.get("/prescriptions/<id:prescription_id>.pdf")
@allow(Role.PATIENT, Role.DOCTOR)
def prescription_pdf(prescription_id: int) -> Response:
    opened, line = signed(prescription_id)
    record = line.medical_record
    made = pdf.made(papers.of_prescription(line, record, opened.reader.patient), clock.now())
    note(opened.reader, Place.PRESCRIPTION, line.id, Act.PRINTED)
    return download(made, "application/pdf", f"prescription-{record.day}.pdf")


@bp.get("/prescriptions/<id:prescription_id>/stop")
@allow(Role.DOCTOR)
def stopping(prescription_id: int) -> Response:
    opened, line = to_stop(prescription_id)
    return asked(opened, line, StopForm(formdata=None))


def to_stop(prescription_id: int) -> tuple[Opened, Prescription]:
    opened, line = signed(prescription_id)
    if opened.reader.why not in WRITES:
        raise NoResultFound
    return opened, line


def asked(opened: Opened, line: Prescription, form: StopForm, refusal: object = None, status: int = 200) -> Response:
    note(opened.reader, Place.PRESCRIPTION, line.id)
    context = {"who": opened.reader, "patient": opened.reader.patient, "record": opened.record, "line": line}
    return show("records/stop.html", "records/_stop.html", status=status, form=form, refusal=refusal, **context)


@bp.post("/prescriptions/<id:prescription_id>/stop")
@allow(Role.DOCTOR)
def stop(prescription_id: int) -> Response:
    opened, line = to_stop(prescription_id)
    form = StopForm()
    if not form.validate():
        return asked(opened, line, form, status=422)
    try:
        rules.stop(opened, line, form.reason.data, clock.now())
    except Refused as refusal:
        return asked(opened, line, form, refused(refusal), refusal.status)
    db.session.commit()
    return go(url_for(".shown", record_id=line.medical_record_id))
