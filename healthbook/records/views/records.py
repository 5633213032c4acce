"""One record, with all its versions; on the screen, on paper, and as a file."""

from flask import Response, request, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.headers import download
from healthbook.hypermedia import go, show
from healthbook.models import Act, Place, Role, Why
from healthbook.records import papers, pdf
from healthbook.records.queries import opened as queries
from healthbook.records.queries.opened import Opened
from healthbook.records.queries.records import WRITES
from healthbook.records.reading import note
from healthbook.records.rules.signing import MAY_HIDE
from healthbook.records.views.blueprint import bp


@bp.get("/records/<id:record_id>")
@allow(Role.PATIENT, Role.DOCTOR)
def shown(record_id: int) -> Response:
    opened = queries.opened(current_user, record_id, clock.now())
    record, who = opened.record, opened.reader
    if record.signed_at is None:
        return go(url_for(".edit", record_id=record_id))
    if record.id != record_id:
        return go(url_for(".shown", record_id=record.id, _anchor=f"version-{record_id}"))
    if "print" in request.args:
        note(who, Place.RECORD, record.id, Act.PRINTED)
        on_paper = {
            "sheet": papers.of_record(record, who.patient),
            "file": url_for(".as_pdf", record_id=record.id),
            "back": url_for(".shown", record_id=record.id),
        }
        return show("records/sheet.html", "records/_sheet.html", **on_paper)
    note(who, Place.RECORD, record.id)
    return show("records/shown.html", "records/_shown.html", **context(opened))


def context(opened: Opened) -> dict[str, object]:
    who = opened.reader
    return {
        "who": who,
        "patient": who.patient,
        "record": opened.record,
        "versions": opened.versions,
        "changes": opened.changes,
        "files": opened.files,
        "own": who.why == Why.SELF,
        "writes": who.why in WRITES,
        "hides": who.why in MAY_HIDE,
    }


@bp.get("/records/<id:record_id>.pdf")
@allow(Role.PATIENT, Role.DOCTOR)
def as_pdf(record_id: int) -> Response:
    now = clock.now()
    opened = queries.signed_only(current_user, record_id, now)
    sheet = papers.of_record(opened.record, opened.reader.patient)
    made = pdf.made(sheet, now)
    note(opened.reader, Place.RECORD, opened.record.id, Act.PRINTED)
    return download(made, "application/pdf", f"record-{opened.record.day}.pdf")
