"""An installation does not start with a key that does not open what is sealed in it."""

from contextlib import suppress
from secrets import token_hex

from cryptography.exceptions import InvalidTag
from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from healthbook.config import Misconfigured
from healthbook.db import db
from healthbook.models import SealCheck
from healthbook.seal import key_ring, place, sealed

WRONG = (
    "The key does not open what is sealed in this database. Nothing was changed. Give the right key in "
    "HEALTHBOOK_SEAL_KEY, or put it back as seal.key in HEALTHBOOK_DATA: if that file was lost, the one which is there "
    "now was made anew and opens nothing."
)


def init_app(app: Flask) -> None:
    """Raises Misconfigured. While the database is away nothing can be checked: the first request that reaches it does.

    The engine is disposed of, since the process may become another or have children.
    """
    with app.app_context(), suppress(OperationalError):
        try:
            check()
            return
        finally:
            db.engine.dispose()
    app.extensions["seal_unchecked"] = True

    @app.before_request
    def check_late() -> None:
        if app.extensions["seal_unchecked"]:
            with suppress(OperationalError):
                check()
                app.extensions["seal_unchecked"] = False


def check() -> None:
    """Raises Misconfigured where the key is not the one. On the first start, seals the words that later ones open."""
    if not inspect(db.engine).has_table(SealCheck.__tablename__):
        return
    try:
        secret()
    except (KeyError, InvalidTag):
        raise Misconfigured(WRONG) from None
    finally:
        db.session.rollback()


def secret() -> str:
    """Random words of this installation, sealed. Raises KeyError or InvalidTag where the key does not open them."""
    return (db.session.get(SealCheck, 1) or first()).words


def first() -> SealCheck:
    """The row, made now, if the key opens what was sealed before there was one."""
    open_one_of_each()
    made = SealCheck(id=1, words=token_hex(32))
    values = {"id": 1, "words": made.words_sealed, "seal_id": made.seal_id}
    # Several processes start at once: all take the row of the first.
    db.session.execute(insert(SealCheck.__table__).values(values).on_conflict_do_nothing())
    db.session.commit()
    return db.session.get_one(SealCheck, 1)


def open_one_of_each() -> None:
    """Raises KeyError or InvalidTag where data was sealed before there was a check, with another key than this."""
    for mapper in db.Model.registry.mappers:
        for one in sealed(mapper.class_):
            column = mapper.columns[one.column]
            some = select(column, column.table.c.seal_id).where(column.is_not(None)).limit(1)
            for value, seal_id in db.session.execute(some):
                key_ring().open(value, place(column.table.name, one.name, seal_id))
