"""The database: one session, one naming convention, and what a violated constraint is called."""

from datetime import datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from psycopg import OperationalError
from psycopg._preparing import PrepareManager
from sqlalchemy import CheckConstraint, DateTime, Engine, MetaData, SQLColumnExpression, Text, bindparam, event
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

db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING))
db.Model.registry.update_type_annotation_map({datetime: DateTime(timezone=True), str: Text})

# For a statement that is made once and asked often, because making it takes longer than its answer.
NOW = bindparam("now", type_=DateTime(timezone=True), callable_=lambda: clock.now())
Moment = datetime | SQLColumnExpression[Any]


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


@event.listens_for(Engine, "checkout")
def still_there(connection: Any, *_: object) -> None:
    """Notice that the server has ended a connection, without the question that the pool's own ping asks each time.

    What the server says last, and that it has closed, are read one after the other.
    """
    try:
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
