"""What every connection to the database keeps."""

import pytest
from psycopg import Connection
from sqlalchemy import text

from healthbook.db import db

PID = text("SELECT pg_backend_pid()")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%often%'")


def test_a_statement_that_is_asked_often_stays_prepared_when_requests_roll_back(app):
    """psycopg prepares what a connection has been asked five times."""
    with app.app_context(), db.engine.connect() as connection:
        for _ in range(7):
            connection.execute(text("SELECT 1 AS often"))
            connection.rollback()
        assert connection.scalar(PREPARED) == 1


@pytest.mark.parametrize("idle_seconds", [0, 60])
def test_a_connection_that_the_server_has_ended_is_replaced_before_anybody_meets_it(app, monkeypatch, idle_seconds):
    monkeypatch.setattr("healthbook.db.IDLE_SECONDS", idle_seconds)
    with app.app_context():
        ending, *idle = (db.engine.connect() for _ in range(4))
        ended = {connection.scalar(PID) for connection in idle}
        for connection in idle:
            connection.close()
        ending.execute(text("SELECT pg_terminate_backend(pid, 5000) FROM unnest(:ended) pid"), {"ended": [*ended]})
        idle = [db.engine.connect() for _ in range(3)]
        assert not ended & {connection.scalar(PID) for connection in idle}
        for connection in (ending, *idle):
            connection.close()


def test_a_connection_that_was_just_used_is_not_asked_again(app, monkeypatch):
    asked = []
    monkeypatch.setattr(Connection, "execute", lambda connection, statement: asked.append(statement))
    with app.app_context():
        for idle_seconds in (60, 0):
            monkeypatch.setattr("healthbook.db.IDLE_SECONDS", idle_seconds)
            db.engine.connect().close()
            db.engine.connect().close()
            assert bool(asked) == (idle_seconds == 0)
