"""Whether the database answers and has every migration."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from healthbook.db import db


@cache
def heads(migrations: str) -> frozenset[str]:
    """The newest migrations of a folder."""
    return frozenset(ScriptDirectory(migrations).get_heads())


def ready(migrations: str) -> bool:
    try:
        applied = db.session.scalars(text("SELECT version_num FROM alembic_version"))
        return frozenset(applied) == heads(migrations)
    except SQLAlchemyError:
        db.session.rollback()
        return False
