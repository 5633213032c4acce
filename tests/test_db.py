"""What every connection to the database keeps."""

from sqlalchemy import create_engine, text

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
        kept = [db.engine.connect() for _ in range(3)]
        ended = {connection.scalar(PID) for connection in kept}
        for connection in kept:
            connection.close()
        with create_engine(db.engine.url, isolation_level="AUTOCOMMIT").connect() as other:
            other.execute(text("SELECT pg_terminate_backend(pid, 5000) FROM unnest(:ended) pid"), {"ended": [*ended]})
        kept = [db.engine.connect() for _ in range(3)]
        assert not ended & {connection.scalar(PID) for connection in kept}
        for connection in kept:
            connection.close()
