"""Sealing the days of the access log as they end."""

from healthbook import clock
from healthbook.audit import rules
from healthbook.db import db
from healthbook.jobs import every


@every("17 * * * *")
def seal_access_log() -> None:
    """The log of the worker has the digests too: whoever changes the database does not reach them there."""
    sealed = rules.seal_days(clock.now())
    db.session.commit()
    for digest in sealed:
        print(f"access log of {digest.day}: {digest.rows} lines, digest {digest.digest.hex()}", flush=True)
