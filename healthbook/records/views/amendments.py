"""Putting right what is signed, by a new version beside the old one; and keeping a record from guardians."""

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow, takes
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show, wants_part
from healthbook.models import MedicalRecord, Place, Role
from healthbook.patients.queries.access import Reader
from healthbook.records.forms import AmendForm, HideForm
from healthbook.records.queries import opened as queries
from healthbook.records.queries.chart import apart
from healthbook.records.reading import note
from healthbook.records.rules import signing
from healthbook.records.views.blueprint import bp

# Four long texts, in any alphabet.
ROOM = 512 * 1024


@bp.get("/records/<id:record_id>/amendment")
@allow(Role.DOCTOR)
def amendment(record_id: int) -> Response:
    opened = queries.written(current_user, record_id, clock.now())
    record = opened.record
    if record.signed_at is None:
        return go(url_for(".edit", record_id=record_id))
    if record.id != record_id:
        return go(url_for(".amendment", record_id=record.id))
    return drawn(opened.reader, AmendForm.of(record), record)


def drawn(who: Reader, form: AmendForm, record: MedicalRecord, refusal: object = None, status: int = 200) -> Response:
    """`record` is the version that the form amends; after a refusal it is shown beside what was sent."""
    if not wants_part():
        note(who, Place.BACKGROUND)
    note(who, Place.RECORD, record.id)
    context = {"patient": who.patient, "allergies": apart(who.patient.allergies), "record": record}
    context |= {"form": form, "refusal": refusal}
    return show("records/amendment.html", "records/_amendment.html", status=status, **context)


@bp.post("/records/<id:record_id>/amendment")
@allow(Role.DOCTOR)
@takes(ROOM)
def amend(record_id: int) -> Response:
    now = clock.now()
    opened, form = queries.written(current_user, record_id, now), AmendForm()
    seen = next(version for version in opened.versions if version.id == record_id)
    if form.change_lines():
        return drawn(opened.reader, form, seen)
    if not form.validate():
        return drawn(opened.reader, form, seen, status=422)
    try:
        made = signing.amend(opened.reader, seen, form.words, form.medicines, form.reason.data, now)
    except Refused as refusal:
        words = refused(refusal)
        newest = queries.opened(current_user, record_id, now)
        return drawn(newest.reader, form, newest.record, words, refusal.status)
    db.session.commit()
    return go(url_for(".shown", record_id=made.id))


@bp.post("/records/<id:record_id>/privacy")
@allow(Role.PATIENT, Role.DOCTOR)
def hide(record_id: int) -> Response:
    opened, form = queries.opened(current_user, record_id, clock.now()), HideForm()
    signing.hide(opened, form.private.data)
    db.session.commit()
    if form.private.data:
        flash(_("Parents and carers no longer see this."))
    else:
        flash(_("Parents and carers who may see the record see this again."))
    return go(url_for(".shown", record_id=opened.record.id))
