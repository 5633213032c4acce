"""Searching in what the database cannot read: everything is opened and looked at."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from healthbook.db import db
from healthbook.models import Attachment, MedicalRecord, Prescription
from healthbook.records.finding import holds_all, plain
from healthbook.seal import key_ring, place

TEXTS = ("title", "description", "diagnosis", "treatment", "medications")


def found(wanted: ColumnElement[bool], words: str) -> list[int]:
    """The ids of the records, newest first, in whose texts, medicines or file names all the words stand."""
    asked, beside, opened = plain(words).split(), names(wanted), opener(MedicalRecord)
    rows = db.session.execute(
        select(MedicalRecord.id, MedicalRecord.seal_id, *columns(MedicalRecord, TEXTS))
        .where(wanted)
        .order_by(MedicalRecord.record_date.desc(), MedicalRecord.id.desc())
    )
    return [row[0] for row in rows if holds_all(asked, [*opened(row, TEXTS), *beside.get(row[0], ())])]


def names(wanted: ColumnElement[bool]) -> dict[int, list[str]]:
    """What the medicines and files of the records are called, by the record's id."""
    beside: dict[int, list[str]] = {}
    for model, name in ((Prescription, "medication_name"), (Attachment, "file_name")):
        opened = opener(model)
        statement = select(model.medical_record_id, model.seal_id, *columns(model, (name,)))
        for row in db.session.execute(statement.join(model.medical_record).where(wanted)):
            beside.setdefault(row[0], []).extend(opened(row, (name,)))
    return beside


def columns(model: Any, sealed: tuple[str, ...]) -> list[Any]:
    return [getattr(model, f"{name}_sealed") for name in sealed]


def opener(model: Any) -> Callable[[Sequence[Any], tuple[str, ...]], list[str]]:
    """Opens a row read as (an id, its seal_id, sealed columns): an object for each would take most of the time."""
    ring, table = key_ring(), model.__tablename__

    def opened(row: Sequence[Any], sealed: tuple[str, ...]) -> list[str]:
        # As text once: for each value it would take as long as opening it.
        seal_id, values = str(row[1]), zip(sealed, row[2:], strict=True)
        return [ring.open(value, place(table, name, seal_id)).decode() for name, value in values if value is not None]

    return opened
