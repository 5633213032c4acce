"""Alembic environment: one connection, one transaction, the job queue's own tables left out of comparisons."""

from alembic import context
from sqlalchemy import text

from healthbook.db import db

SAME_TIME = 721007


def ours(name: str | None, kind: str, parents: dict) -> bool:
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


with db.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=db.metadata, include_name=ours)
    with context.begin_transaction():
        # Two who migrate at once: the second waits and finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SAME_TIME})
        connection.execute(text("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0"))
        context.run_migrations()
