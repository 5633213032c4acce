"""Searching in what the database cannot read: everything is opened and looked at."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, select

from healthbook.db import db
from healthbook.models import Attachment, MedicalRecord, Prescription
from healthbook.records.finding import holds_all, plain
from healthbook.seal import key_ring, place

TEXTS = ("title", "description", "diagnosis", "treatment", "medications")


def found(wanted: ColumnElement[bool], words: str) -> list[int]:
    """The ids of the records, newest first, in whose texts, medicines or file names all the words stand."""
    asked, beside, opened = plain(words).split(), names(wanted), opener(MedicalRecord, TEXTS)
    rows = db.session.execute(
        select(MedicalRecord.id, seal_id(MedicalRecord), *columns(MedicalRecord, TEXTS))
        .where(wanted)
        .order_by(MedicalRecord.record_date.desc(), MedicalRecord.id.desc())
    )
    return [id for id, *row in rows if holds_all(asked, [*opened(row), *beside.get(id, ())])]


def names(wanted: ColumnElement[bool]) -> dict[int, list[str]]:
    """What the medicines and files of the records are called, by the record's id."""
    beside: dict[int, list[str]] = {}
    for model, name in ((Prescription, "medication_name"), (Attachment, "file_name")):
        opened = opener(model, (name,))
        statement = select(model.medical_record_id, seal_id(model), *columns(model, (name,)))
        for id, *row in db.session.execute(statement.join(model.medical_record).where(wanted)):
            beside.setdefault(id, []).extend(opened(row))
    return beside


def columns(model: Any, sealed: tuple[str, ...]) -> list[Any]:
    return [getattr(model, f"{name}_sealed") for name in sealed]


def seal_id(model: Any) -> ColumnElement[str]:
    """As text: thousands of UUIDs would take as long to make as the texts to open."""
    return cast(model.seal_id, Text).label("within")


def opener(model: Any, sealed: tuple[str, ...]) -> Callable[[Sequence[Any]], list[str]]:
    """Opens a row read as (seal_id, sealed columns): an object for each would take most of the time."""
    open, begun = key_ring().open, [place(model.__tablename__, name, "") for name in sealed]

    def opened(row: Sequence[Any]) -> list[str]:
        within, *values = row
        own = within.encode()
        known = zip(begun, values, strict=True)
        return [open(value, prefix + own).decode() for prefix, value in known if value is not None]

    return opened
