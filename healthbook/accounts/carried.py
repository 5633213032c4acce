"""Words that somebody sent after their session had ended: sealed for them, they go through the sign-in page and back.

Nothing of it is kept on the server, and nobody else who signs in on that page can open it.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from cryptography.exceptions import InvalidTag

from healthbook.seal import key_ring

LONGEST = 150_000


class Carried(NamedTuple):
    """Where it was sent, and what: the values of a form by their names."""

    path: str
    fields: dict[str, str]


def sealed(person_id: int, carried: Carried) -> str | None:
    """For a hidden field. None where it is too long to be carried."""
    packed = zlib.compress(json.dumps(carried).encode())
    text = urlsafe_b64encode(key_ring().seal(packed, place(person_id))).decode()
    return text if len(text) <= LONGEST else None


def opened(person_id: int, text: str) -> Carried | None:
    """None for what is another person's, or was never ours."""
    try:
        path, fields = json.loads(zlib.decompress(key_ring().open(urlsafe_b64decode(text), place(person_id))))
    except (ValueError, KeyError, InvalidTag):
        return None
    return Carried(path, fields)


def place(person_id: int) -> bytes:
    return f"carried.{person_id}".encode()
