"""Long lists, page by page."""

from math import ceil
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Select, func

from healthbook.db import db

Row = TypeVar("Row")


class Listed(NamedTuple, Generic[Row]):
    """One page of a list; pages and rows are counted from 1. `total` is how many rows all pages have."""

    rows: list[Row]
    number: int
    total: int
    size: int

    @property
    def pages(self) -> int:
        return max(ceil(self.total / self.size), 1)

    @property
    def first(self) -> int:
        """The place of the first row in the whole list."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def page(statement: Select[Any], number: int, size: int) -> Listed:
    """What the statement finds, in its order; a page that does not exist becomes the nearest that does."""
    counted = statement.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    empty: Listed = Listed([], 1, db.session.execute(counted).scalar_one(), size)
    number = min(max(number, 1), empty.pages)
    rows = db.session.scalars(statement.offset((number - 1) * size).limit(size))
    return empty._replace(rows=list(rows), number=number)
