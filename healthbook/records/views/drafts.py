"""A doctor writes about a patient: a draft, kept as often as they like, until they sign it."""

from uuid import uuid4

from flask import Response, abort, request, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow, takes
from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.failures import refused
from healthbook.hypermedia import go, show, wants_part
from healthbook.models import MedicalRecord, Place, RecordType, Role
from healthbook.patients.queries.access import Reader
from healthbook.records.files import LARGEST
from healthbook.records.forms import DraftForm, EditForm, NewForm
from healthbook.records.queries import medicines
from healthbook.records.queries import opened as queries
from healthbook.records.queries.chart import apart
from healthbook.records.queries.opened import Opened
from healthbook.records.reading import note
from healthbook.records.rules import drafts, files, signing
from healthbook.records.views.blueprint import bp
from healthbook.urls import number

# A file, and the words beside it.
ROOM = LARGEST + 512 * 1024


@bp.get("/patients/<id:patient_id>/records/new")
@allow(Role.DOCTOR)
def new(patient_id: int) -> Response:
    who, kind = queries.writer(current_user, patient_id, clock.now()), request.args.get("type")
    form = NewForm(formdata=None, key=uuid4())
    form.record_date.data = form.today
    form.record_type.data = kind if kind in list(RecordType) else RecordType.DIAGNOSIS
    if again := number(request.args.get("repeat")):
        repeat(who, form, again)
    return drawn(who, form)


def repeat(who: Reader, form: NewForm, prescription_id: int) -> None:
    """A medicine that the patient has had, to be prescribed once more."""
    record, line = medicines.one(current_user, prescription_id, clock.now())
    if record.reader.patient.id != who.patient.id:
        abort(404)
    note(who, Place.PRESCRIPTION, line.id)
    form.record_type.data, form.title.data = RecordType.PRESCRIPTION, line.medication_name
    form.lines.append_entry(line)


def drawn(
    who: Reader,
    form: DraftForm,
    draft: MedicalRecord | None = None,
    refusal: object = None,
    status: int = 200,
    kept: MedicalRecord | None = None,
) -> Response:
    """The page of a draft, or of a new one; `kept` is what is saved, where that is not what the page had."""
    # The allergies stand above the form, and only the page has them.
    if not wants_part():
        note(who, Place.BACKGROUND)
    for record in {draft, kept} - {None}:
        note(who, Place.RECORD, record.id)
    context = {"patient": who.patient, "allergies": apart(who.patient.allergies), "draft": draft, "kept": kept}
    context |= {"form": form, "refusal": refusal, "saved": "saved" in request.args}
    return show("records/write.html", "records/_write.html", status=status, **context)


@bp.post("/patients/<id:patient_id>/records/new")
@allow(Role.DOCTOR)
@takes(ROOM)
def write(patient_id: int) -> Response:
    who, form, now = queries.writer(current_user, patient_id, clock.now()), NewForm(), clock.now()
    if form.change_lines():
        return drawn(who, form)
    if not form.validate():
        return drawn(who, form, status=422)
    try:
        file = sent(form)
        draft = drafts.write(who, form.words, form.medicines, form.key.data, now)
        finish(draft, form, file)
    except drafts.Written as refusal:
        words = refused(refusal)
        return told(queries.opened(current_user, refusal.record_id, now), form, words)
    except Refused as refusal:
        return drawn(who, form, refusal=refused(refusal), status=refusal.status)
    return done(draft)


def sent(form: DraftForm) -> files.Kept | None:
    """The file that came with the form, looked at."""
    if not form.file.data:
        return None
    content = form.file.data.read(LARGEST + 1)
    if len(content) > LARGEST:
        abort(413)
    return files.looked_at(form.file.data.filename, content)


def finish(draft: MedicalRecord, form: DraftForm, file: files.Kept | None) -> None:
    """What the pressed button asked for besides keeping the words."""
    now = clock.now()
    if file:
        files.attach(draft, file, current_user, now)
    if form.dropped:
        files.take_off(draft, form.dropped)
    if form.do.data == "sign":
        signing.sign(draft, now)


def done(draft: MedicalRecord) -> Response:
    db.session.commit()
    if draft.signed_at:
        return go(url_for(".shown", record_id=draft.id))
    return go(url_for(".edit", record_id=draft.id, saved=1))


def told(opened: Opened, form: DraftForm, refusal: object) -> Response:
    """What is saved and what was sent, side by side. A signed record can no longer be written over."""
    record = opened.record
    draft = record if record.signed_at is None else None
    return drawn(opened.reader, form, draft, refusal, 409, kept=record)


@bp.get("/records/<id:record_id>/edit")
@allow(Role.DOCTOR)
def edit(record_id: int) -> Response:
    opened = queries.written(current_user, record_id, clock.now())
    if opened.record.signed_at:
        return go(url_for(".shown", record_id=record_id))
    return drawn(opened.reader, EditForm.of(opened.record), opened.record)


@bp.post("/records/<id:record_id>/edit")
@allow(Role.DOCTOR)
@takes(ROOM)
def rewrite(record_id: int) -> Response:
    now = clock.now()
    opened, form = queries.written(current_user, record_id, now), EditForm()
    draft = opened.record
    # Of what is signed no shape matters any more: the rule says so.
    if not draft.signed_at and form.change_lines():
        return drawn(opened.reader, form, draft)
    if not form.validate() and not draft.signed_at:
        return drawn(opened.reader, form, draft, status=422)
    try:
        file = None if draft.signed_at else sent(form)
        drafts.rewrite(draft, form.words, form.medicines, form.version.data, now)
        finish(draft, form, file)
    except Stale as refusal:
        return told(opened, form, refused(refusal))
    except Refused as refusal:
        return drawn(opened.reader, form, draft, refused(refusal), refusal.status)
    return done(draft)


@bp.post("/records/<id:record_id>/discard")
@allow(Role.DOCTOR)
def discard(record_id: int) -> Response:
    opened = queries.written(current_user, record_id, clock.now())
    drafts.discard(opened.record)
    db.session.commit()
    return go(url_for(".chart", patient_id=opened.reader.patient.id))
