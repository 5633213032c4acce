"""Attaching files: looked at, made anew where they are pictures, sealed, and kept in the database with their record."""

import shlex
import subprocess
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from healthbook import images
from healthbook.db import db
from healthbook.errors import Busy, Refused
from healthbook.models import Attachment, MedicalRecord, Patient, User
from healthbook.records import files
from healthbook.records.rules.drafts import unsigned

SCAN_SECONDS = 30


class Unkept(Refused):
    """A file of a kind that we do not keep."""

    status = 415


class Kept(NamedTuple):
    """A file as it will be kept: its kind is ours, its content no longer what was sent where that was a picture."""

    name: str
    media_type: str
    content: bytes


def looked_at(name: str | None, content: bytes) -> Kept:
    """Raises Unkept or images.NotAPicture for what is not a PDF, JPEG or PNG."""
    kind = files.media_type(content)
    if kind is None:
        raise Unkept(_("This is not a PDF, JPEG or PNG. Nothing else can be attached."))
    scan(content)
    if kind != files.PDF:
        kind, content = images.remade(content)
    return Kept(files.display_name(name, kind), kind, content)


def scan(content: bytes) -> None:
    """Ask the clinic's own scanner, where there is one: it reads standard input, and all but exit status 0 refuses."""
    command = current_app.extensions["config"].scan_command
    if not command:
        return
    with suppress(subprocess.TimeoutExpired, OSError):
        said = subprocess.run(shlex.split(command), input=content, capture_output=True, timeout=SCAN_SECONDS)
        if said.returncode == 0:
            return
        if said.returncode == 1:
            raise Unkept(_("The virus scanner refused this file. It was not kept."))
    raise Busy(_("The virus scanner did not answer. The file was not kept: please try again later."))


def attach(draft: MedicalRecord, file: Kept, author: User, now: datetime) -> None:
    """To a draft that is locked. The same file once more changes nothing.

    Raises Refused where there is no room, and Stale where it is no draft any more.
    """
    # Two drafts of one patient must not fill the same space.
    db.session.execute(select(Patient.id).where(Patient.id == draft.patient_id).with_for_update(key_share=True))
    if any(same(one, file) for one in draft.attachments):
        return
    unsigned(draft)
    if len(draft.attachments) >= files.MOST_OF_A_RECORD:
        raise Refused(_("A record may have at most %(n)s files.", n=files.MOST_OF_A_RECORD))
    if kept_of(draft.patient_id) + len(file.content) > files.MOST_OF_A_PATIENT:
        raise Refused(_("There is no room for this file: all the files of a patient may have 200 MB."))
    row = Attachment(
        medical_record_id=draft.id,
        file_name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        content=file.content,
        created_by_id=author.id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    db.session.expire(draft, ["attachments"])


def same(one: Attachment, file: Kept) -> bool:
    return (one.size, one.file_name) == (len(file.content), file.name) and one.content == file.content


def kept_of(patient_id: int) -> int:
    """Bytes of all the files in a patient's records."""
    of_all = select(func.coalesce(func.sum(Attachment.size), 0)).join(Attachment.medical_record)
    return db.session.scalar(of_all.where(MedicalRecord.patient_id == patient_id)) or 0


def take_off(draft: MedicalRecord, attachment_id: int) -> None:
    """From a draft that is locked. Raises NoResultFound for a file of another record, Stale for a signed one's."""
    unsigned(draft)
    found = select(Attachment).where(Attachment.id == attachment_id, Attachment.medical_record_id == draft.id)
    db.session.delete(db.session.scalars(found).one())
    db.session.flush()
    db.session.expire(draft, ["attachments"])
