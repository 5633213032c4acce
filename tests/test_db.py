"""What every connection to the database keeps."""

from sqlalchemy import text

from healthbook.db import db

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%often%'")


def test_a_statement_that_is_asked_often_stays_prepared_when_requests_roll_back(app):
    """psycopg prepares what a connection has been asked five times."""
    with app.app_context(), db.engine.connect() as connection:
        for _ in range(7):
            connection.execute(text("SELECT 1 AS often"))
            connection.rollback()
        assert connection.scalar(PREPARED) == 1
