"""Everything about somebody as one file, made while it is sent, after the password once more."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, render_template, request, stream_with_context
from flask_login import current_user

from healthbook import calendar_file, clock
from healthbook.access import allow
from healthbook.accounts.forms import point_out
from healthbook.accounts.rules import Unfit, confirm
from healthbook.failures import refused
from healthbook.headers import OF_A_FILE
from healthbook.hypermedia import show
from healthbook.models import Act, Appointment, MedicalRecord, Place, Role
from healthbook.patients import archive, documents
from healthbook.patients.forms.leaving import ExportForm
from healthbook.patients.queries import export as queries
from healthbook.patients.queries.access import Reader
from healthbook.patients.queries.whose import whose, zone
from healthbook.patients.views.blueprint import bp
from healthbook.reading import noted
from healthbook.urls import number


@bp.get("/me/export")
@allow(Role.PATIENT)
def export() -> Response:
    return asked(about(clock.now()), ExportForm(formdata=None))


@bp.post("/me/export")
@allow(Role.PATIENT)
def take_away() -> Response:
    now, form = clock.now(), ExportForm()
    who = about(now)
    if not form.validate():
        return asked(who, form, status=422)
    try:
        confirm(current_user, form.password.data)
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return asked(about(now), form, status=422)
    return sent(about(now), now)


def about(now: datetime) -> Reader:
    return whose(current_user, number(request.args.get("patient")), now, *queries.OF_PATIENT)


def asked(who: Reader, form: ExportForm, status: int = 200) -> Response:
    own = who.patient.user_id == current_user.id
    return show("patients/export.html", "patients/_export.html", status, who=who, own=own, form=form)


def sent(who: Reader, now: datetime) -> Response:
    """Everything but the files is read before the look is written down. Nothing is kept here afterwards."""
    records = queries.records(who)
    texts = list(written(who, records, now))
    named = [(documents.path(file), file.id) for record in records for file in record.attachments]
    noted([who.patient.id], Place.EXPORT, who.why, action=Act.EXPORTED)
    whole = archive.streamed(chain(texts, ((path, queries.content(id)) for path, id in named)), now)
    response = Response(stream_with_context(whole), mimetype="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename=healthbook-{now.date()}.zip"
    response.headers["Content-Security-Policy"] = OF_A_FILE
    return response


def written(who: Reader, records: Sequence[MedicalRecord], now: datetime) -> Iterator[tuple[str, bytes]]:
    """All but the files of the records."""
    own = who.patient.user_id == who.person.id
    yield "README.txt", render_template("patients/readme.txt", who=who, now=now, own=own).encode()
    visits, to_text = queries.appointments(who), partial(documents.plain, zone=ZoneInfo(zone()))
    for name, document in told(who, visits, records).items():
        yield f"{name}.json", json.dumps(document, default=to_text, ensure_ascii=False, indent=1).encode()
    yield "visits.ics", calendar_file.made(visits, now)
    if photo := queries.photo(who):
        yield f"photo.{photo.media_type.rpartition('/')[2]}", photo.content


def told(who: Reader, visits: Sequence[Appointment], records: Sequence[MedicalRecord]) -> dict[str, Any]:
    """The documents by their names."""
    return {
        "profile": documents.profile(who),
        "background": documents.background(who.patient),
        "appointments": [documents.appointment(visit, who) for visit in visits],
        "records": [documents.record(one) for one in records],
        "prescriptions": [documents.prescription(line, one.doctor) for one in records for line in one.prescriptions],
        "messages": [documents.message(one) for one in queries.messages(who)],
        "access": [documents.look(one) for one in queries.looks(who)],
    }
