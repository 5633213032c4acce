"""The database: one session, one naming convention, and what a violated constraint is called."""

from collections.abc import Iterable
from datetime import datetime
from time import monotonic
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from psycopg import OperationalError
from psycopg._preparing import PrepareManager
from sqlalchemy import (
    ARRAY,
    BindParameter,
    CheckConstraint,
    ColumnElement,
    DateTime,
    Engine,
    Integer,
    MetaData,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    event,
    literal,
)
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Mapped, mapped_column

from healthbook import clock

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

POOL = {
    # All that are ever open stay so: what overflows is closed after its one use, and a new one knows no plan. Enough
    # for more than take turns, as a turn ends before its connection is back, and for a worker's four jobs.
    "pool_size": 8,
    "max_overflow": 0,
    "pool_timeout": 2,
    # A statement that fails leaves what was prepared for it behind, in the server's memory.
    "pool_recycle": 3600,
    "hide_parameters": True,
    "connect_args": {"options": "-c lock_timeout=3s -c statement_timeout=10s -c timezone=UTC"},
}

# When a connection came back to the pool, among what the pool knows of it; and what counts as idle.
PUT_BACK, IDLE_SECONDS = "put_back", 1

db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING))
db.Model.registry.update_type_annotation_map({datetime: DateTime(timezone=True), str: Text})

# For a statement that is made once and asked often, because making it takes longer than its answer.
NOW = bindparam("now", type_=DateTime(timezone=True), callable_=lambda: clock.now())
Moment = datetime | SQLColumnExpression[Any]


def ids(name: str) -> BindParameter[Any]:
    """Typed: what psycopg takes for a smallint by itself would make the index useless."""
    return bindparam(name, type_=ARRAY(Integer))


def instant(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=DateTime(timezone=True))


def those(column: Any, wanted: Iterable[int]) -> ColumnElement[bool]:
    """Whether a column is one of these ids."""
    return column == any_(literal(sorted(set(wanted)), ARRAY(Integer)))


class Plans(PrepareManager):
    """What a connection has prepared outlives a rollback, and with it the plan of a statement.

    psycopg forgets all of it, for the rollback may have taken a table along. Every request ends in one, so that
    nothing would ever be prepared, and planning takes longer than most answers; tables are only made by migrations.
    """

    def clear(self) -> bool:
        return False


@event.listens_for(Engine, "connect")
def keep_plans(connection: Any, _: object) -> None:
    connection._prepared = Plans()


@event.listens_for(Engine, "checkin")
def put_back(_: object, record: Any) -> None:
    record.info[PUT_BACK] = monotonic()


@event.listens_for(Engine, "checkout")
def still_there(connection: Any, record: Any, _: object) -> None:
    """Ask a connection that was idle whether it is still there, and take a new one where it is not.

    The pool's own ping asks each time, also where the last answer came just before: a question for each request. There
    it is enough to read what the server may have sent since: its last words, and after them that it has closed. What
    ends in the milliseconds between is met by the statement itself.
    """
    try:
        if monotonic() - record.info.get(PUT_BACK, monotonic()) >= IDLE_SECONDS:
            connection.execute("SELECT 1")
            connection.rollback()
        else:
            connection.pgconn.consume_input()
            connection.pgconn.consume_input()
    except OperationalError:
        raise InvalidatePoolError from None


class Stamped:
    """When the row was made and last changed, by the clock of the application."""

    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    updated_at: Mapped[datetime] = mapped_column(default=lambda: clock.now(), onupdate=lambda: clock.now())


def one_of(column: str, words: Any) -> CheckConstraint:
    """A CHECK that a text column holds one of these words; null passes."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five letters for what went wrong, or '' when the connection itself failed."""
    return getattr(error.orig, "sqlstate", None) or ""


def violated(error: DBAPIError) -> str:
    """The name of the constraint that refused a statement, or ''."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
