"""Sealing anew, with the first key of the ring, what an older one sealed, while people work.

Each batch is a transaction of its own, and what is sealed anew already is passed over: it can be stopped at any moment
and begun again. Rows that somebody is changing are left to the next pass.
"""

from collections.abc import Iterator
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from sqlalchemy import Column, ColumnElement, Row, Table, func, or_, select, text, update

from healthbook.db import db
from healthbook.models import SealCheck
from healthbook.seal import SealedBytes, key_ring, place, sealed

ROWS, FILES = 200, 10
"""How many are locked and read at once; a file may have megabytes."""


class Sealing:
    """The sealed columns of one table."""

    def __init__(self, model: type):
        self.table: Table = model.__table__
        found = sealed(model)
        self.columns: dict[str, Column] = {one.name: model.__mapper__.columns[one.column] for one in found}
        self.batch = FILES if any(isinstance(one, SealedBytes) for one in found) else ROWS
        # No time of change: nothing that anybody reads does change.
        self.kept = {column: column for column in self.table.c if column.onupdate is not None}

    @property
    def stale(self) -> ColumnElement[bool]:
        """Something in the row was sealed with another key than the first."""
        return or_(*(func.substr(column, 1, 4) != key_ring().sealing for column in self.columns.values()))

    def left(self) -> int:
        unhurried()
        return db.session.scalar(select(func.count()).select_from(self.table).where(self.stale)) or 0

    def reseal(self) -> Iterator[int]:
        """One pass: how many rows have been looked at in each batch, which is committed by then."""
        last = 0
        while rows := self.locked(last):
            for row in rows:
                self.anew(row)
            db.session.commit()
            last = rows[-1].id
            yield len(rows)
        db.session.rollback()

    def locked(self, after: int) -> list[Row]:
        """The next rows that need it, which nobody else changes until the commit."""
        unhurried()
        columns = (column.label(name) for name, column in self.columns.items())
        statement = select(self.table.c.id, self.table.c.seal_id, *columns).where(self.table.c.id > after, self.stale)
        statement = statement.order_by(self.table.c.id).limit(self.batch)
        return list(db.session.execute(statement.with_for_update(key_share=True, skip_locked=True)))

    def anew(self, row: Row) -> None:
        """What none of the keys opens stays as it is."""
        ring, values = key_ring(), {}
        for name, column in self.columns.items():
            old, where = getattr(row, name), place(self.table.name, name, row.seal_id)
            if old is not None and old[:4] != ring.sealing:
                with suppress(KeyError, InvalidTag):
                    values[column] = ring.seal(ring.open(old, where), where)
        if values:
            db.session.execute(update(self.table).where(self.table.c.id == row.id).values(self.kept | values))


def sealings() -> list[Sealing]:
    """Every table that has something sealed, found by the models and not by a list; but for the check of the key."""
    models = {mapper.class_ for mapper in db.Model.registry.mappers} - {SealCheck}
    return sorted((Sealing(model) for model in models if sealed(model)), key=lambda found: found.table.name)


def finish() -> None:
    """When nothing is left: until now a start without the older keys was refused."""
    list(Sealing(SealCheck).reseal())


def unhurried() -> None:
    """A table of millions may take longer than a page ever should."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
