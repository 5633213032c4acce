"""A file of a record, to be taken away: never shown inside a page of ours."""

from flask import Response
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.headers import download
from healthbook.models import Act, Place, Role
from healthbook.records.queries import files
from healthbook.records.reading import note
from healthbook.records.views.blueprint import bp


@bp.get("/files/<id:file_id>")
@allow(Role.PATIENT, Role.DOCTOR)
def file(file_id: int) -> Response:
    opened, attachment = files.one(current_user, file_id, clock.now())
    content = attachment.content
    note(opened.reader, Place.FILE, attachment.id, Act.DOWNLOADED)
    return download(content, attachment.media_type, attachment.file_name)
