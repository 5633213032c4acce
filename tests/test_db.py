"""What every connection to the database keeps."""

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


def test_connections_that_the_server_has_ended_are_replaced_before_anybody_meets_them(app):
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
