"""Each day of the access log under a keyed hash, so that a change made straight in the database shows.

The key is not in the database. A day's hash goes into the next day's, so none can be taken out.
"""

import hmac
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row

# Written out: a column that comes later must not change what is sealed already.
COLUMNS = ["id", "at", "actor_id", "patient_id", "object", "object_id", "action", "why", "reason", "request_id", "ip"]


class Made(NamedTuple):
    rows: int
    digest: bytes


def made(secret: str, before: bytes, day: date, rows: Iterable[Row]) -> Made:
    """The digest of a day, which follows on the one `before`; b'' for the first."""
    key, counted = sha256(b"access_digest." + secret.encode()).digest(), 0
    told = hmac.new(key, before + day.isoformat().encode(), sha256)
    for row in rows:
        told.update(b"\n" + json.dumps([plain(getattr(row, name)) for name in COLUMNS]).encode())
        counted += 1
    return Made(counted, told.digest())


def plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
