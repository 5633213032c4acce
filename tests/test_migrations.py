"""What the migrations make is what the models say, compared by PostgreSQL's own words, in both directions."""

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import NullPool, create_engine, text

from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db

SCHEMA = {
    "columns": """SELECT table_name, column_name, data_type, is_nullable, column_default, generation_expression
                  FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                      WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
NOT_OURS = ("procrastinate_", "alembic_version")


def schema(connection, ours=True):
    """What is there, as sets of rows."""
    found = {name: {tuple(row) for row in connection.execute(text(query))} for name, query in SCHEMA.items()}
    if ours:
        found = {name: {row for row in rows if not row[0].startswith(NOT_OURS)} for name, rows in found.items()}
    return found


@pytest.fixture
def empty(server, tmp_path):
    """A new database with nothing in it, and an application for it."""
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS migrated WITH (FORCE)"))
    server.create("migrated")
    app = create_app(Config(tmp_path, "secret", "00" * 32, server.url("migrated"), testing=True))
    with app.app_context():
        yield db.engine
        db.engine.dispose()


def test_the_migrated_schema_is_the_models_schema(empty):
    upgrade()
    with empty.begin() as connection:
        migrated = schema(connection)
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(text(f'DROP TABLE "{table.name}"'))
        db.metadata.create_all(connection)
        assert schema(connection) == migrated


def test_down_leaves_nothing_and_up_again_makes_the_same(empty):
    upgrade()
    with empty.connect() as connection:
        before = schema(connection, ours=False)
    downgrade(revision="base")
    with empty.connect() as connection:
        left = schema(connection, ours=False)
        kinds = connection.scalar(text("SELECT count(*) FROM pg_type WHERE typname LIKE 'procrastinate%'"))
    assert {row[0] for rows in left.values() for row in rows} <= {"alembic_version"}
    assert kinds == 0
    upgrade()
    with empty.connect() as connection:
        assert schema(connection, ours=False) == before


def test_a_second_upgrade_changes_nothing(empty):
    upgrade()
    upgrade()
    with empty.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
