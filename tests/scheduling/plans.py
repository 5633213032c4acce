"""How PostgreSQL would answer."""

import re

from healthbook.db import db


def as_of_thousands(table):
    """For the planner, until the transaction ends: of a few rows any index is as good.

    What other tests' rows have left is out of its sight too: their statistics, and the pages that an index keeps.
    """
    db.session.execute(db.text(f"REINDEX TABLE {table}"))
    for statement in (
        "UPDATE pg_class SET reltuples = 10000, relpages = 1 WHERE relname = :table",
        "DELETE FROM pg_statistic WHERE starelid = (:table)::regclass",
    ):
        db.session.execute(db.text(statement), {"table": table})


def plan_of(statement):
    """How PostgreSQL would answer the statement again and again, without looking at its values."""
    known = {}
    compiled = str(statement.compile(db.engine))
    generic = re.sub(r"%\((\w+)\)s", lambda found: f"${known.setdefault(found[1], len(known) + 1)}", compiled)
    connection = db.session.connection()
    # In a small table the planner may sort as well, by statistics that no test has made.
    for way in ("seqscan", "sort"):
        connection.execute(db.text(f"SET LOCAL enable_{way} = off"))
    return "\n".join(connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN) {generic}").scalars())
