"""What somebody holds who has the database, or a copy of it, and not the key."""

import re
from itertools import permutations

import pytest
from cryptography.exceptions import InvalidTag
from test_markers import PLAIN, clinic, marked, models, planted  # noqa: F401

from healthbook.db import db
from healthbook.models import MedicalRecord, Patient
from healthbook.seal import sealed

MARK = re.compile(rb"zq7\.[a-z_]+\.[a-z_]+")
SEALED = [model for model in models() if sealed(model)]


def test_a_dump_of_the_database_holds_no_clinical_word(clinic, server):  # noqa: F811
    """pg_dump as an administrator or a thief would run it; also its bytes, which it writes in hex (UP11)."""
    dump = server.run("pg_dump", clinic.app.config["SQLALCHEMY_DATABASE_URI"].split("/")[-1].split("?")[0])
    assert PLAIN in dump, "the control was not found: the wrong database was dumped"
    written = dump.encode() + b"".join(bytes.fromhex(found) for found in re.findall(r"\\x((?:[0-9a-f]{2})+)", dump))
    assert not MARK.findall(written)


def test_every_row_of_every_table_as_text_holds_no_clinical_word(clinic):  # noqa: F811
    """Whatever SQL can show of the tables, the queue's among them (UP11)."""
    tables = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
    with clinic.app.app_context():
        names = db.session.scalars(db.text(tables)).all()
        text = "\n".join(row for name in names for row in db.session.scalars(db.text(f"SELECT t::text FROM {name} t")))
        db.session.rollback()
    assert "custom_user" in names
    assert PLAIN in text
    assert not MARK.findall(text.encode())


@pytest.mark.parametrize("model", sorted((model for model in SEALED if len(sealed(model)) > 1), key=str))
def test_two_columns_of_a_row_swapped_by_sql_do_not_open(app, cast, model):
    """Each sealed value opens in its own column only (UP12)."""
    with app.app_context():
        planted(cast)
        db.session.commit()
        row = whole(model)[0]
        for one, other in permutations(sealed(model), 2):
            mapper = model.__mapper__
            write(model, row, {mapper.columns[one.column]: getattr(row, other.column)})
            with pytest.raises(InvalidTag):
                getattr(row, one.name)
            db.session.rollback()


@pytest.mark.parametrize("model", [Patient, MedicalRecord])
def test_two_rows_swapped_by_sql_do_not_open(app, cast, model):
    """Each sealed value opens in its own row only (UP12)."""
    with app.app_context():
        planted(cast)
        first = whole(model)[0]
        own = {"user_id": first.user_id} if model is Patient else {}
        other = marked(db.session.get(Patient, cast.ben)) if own else marked(copy_of(first))
        db.session.add(other)
        db.session.commit()
        for one in sealed(model):
            column = model.__mapper__.columns[one.column]
            theirs, ours = getattr(other, one.column), getattr(first, one.column)
            write(model, first, {column: theirs})
            write(model, other, {column: ours})
            for row in (first, other):
                with pytest.raises(InvalidTag):
                    getattr(row, one.name)
            db.session.rollback()


def whole(model):
    """The rows in which everything is sealed, with their bytes."""
    rows = db.session.scalars(db.select(model).order_by(model.id)).all()
    return [row for row in rows if all(getattr(row, one.column) for one in sealed(model))]


def copy_of(record):
    names = ("patient_id", "doctor_id", "record_type", "record_date", "signed_at")
    return MedicalRecord(**{name: getattr(record, name) for name in names})


def write(model, row, values):
    db.session.execute(db.update(model.__table__).where(model.__table__.c.id == row.id).values(values))
    db.session.expire(row)
