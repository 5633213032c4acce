"""What becomes of sessions without anybody asking."""

from healthbook import clock, jobs
from healthbook.accounts import rules
from healthbook.db import db


@jobs.every("17 3 * * *")
def sweep_sessions() -> None:
    """Once a day."""
    rules.sweep_sessions(clock.now())
    db.session.commit()
