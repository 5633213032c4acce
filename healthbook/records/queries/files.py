"""A file of a record, for somebody who may read that."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from healthbook.db import db
from healthbook.models import Attachment, User
from healthbook.records.queries.opened import Opened, opened


def one(person: User, file_id: int, now: datetime) -> tuple[Opened, Attachment]:
    """With its content. Raises NoResultFound where the person may not read the record, or not this version of it."""
    of = select(Attachment.medical_record_id).where(Attachment.id == file_id)
    record_id = db.session.execute(of).scalar_one()
    record = opened(person, record_id, now)
    content = undefer(Attachment.content_sealed), undefer(Attachment.file_name_sealed)
    found = select(Attachment).where(Attachment.id == file_id, Attachment.medical_record_id == record_id)
    return record, db.session.scalars(found.options(*content).execution_options(populate_existing=True)).one()
