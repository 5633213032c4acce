"""Sealed columns: clinical text is AES-GCM ciphertext in the database, bound to its row, table and column.

The bytes are: four that name the key, twelve of nonce, then ciphertext and tag.
"""

import hmac
import os
from base64 import b64encode
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column


class KeyRing:
    """The key that seals, and any older ones (comma-separated, 32 bytes in hex each) that still open."""

    def __init__(self, keys: str):
        sealing, *older = (bytes.fromhex(key) for key in keys.split(","))
        self.sealing = self.key_id(sealing)
        self.ciphers = {self.key_id(key): AESGCM(key) for key in (sealing, *older)}

    @staticmethod
    def key_id(key: bytes) -> bytes:
        return sha256(key).digest()[:4]

    def seal(self, text: bytes, place: bytes) -> bytes:
        nonce = os.urandom(12)
        return self.sealing + nonce + self.ciphers[self.sealing].encrypt(nonce, text, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Raises KeyError without the right key, and InvalidTag for bytes of another place."""
        return self.ciphers[sealed[:4]].decrypt(sealed[4:16], sealed[16:], place)


class SealedRow:
    """A row with sealed columns. Its seal_id goes into every seal, so that rows cannot be swapped."""

    seal_id: Mapped[UUID] = mapped_column()

    def __init__(self, **columns: Any):
        super().__init__(seal_id=columns.pop("seal_id", None) or uuid4(), **columns)


class Sealed:
    """Text over a bytea column `<name>_sealed`: sealed when set, opened when read, never part of a query."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.column = name, f"{name}_sealed"

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self.column)
        return None if sealed is None else self.decode(key_ring().open(sealed, self.place(row)))

    def __set__(self, row: Any, value: Any) -> None:
        setattr(row, self.column, None if value is None else key_ring().seal(self.encode(value), self.place(row)))

    encode = staticmethod(str.encode)
    decode = staticmethod(bytes.decode)

    def place(self, row: Any) -> bytes:
        return place(row.__tablename__, self.name, row.seal_id)

    def __eq__(self, other: object) -> bool:
        raise TypeError(f"{self.name} is sealed: it cannot be compared in a query")

    __hash__ = object.__hash__


class SealedBytes(Sealed):
    """The same for the content of a file."""

    encode = decode = staticmethod(bytes)


def place(table: str, name: str, seal_id: UUID | str) -> bytes:
    """Where a sealed value belongs; in any other place it does not open."""
    return f"{table}.{name}.{seal_id}".encode()


def sealed(model: type) -> list[Sealed]:
    """What is sealed in the rows of a model."""
    return [found for found in vars(model).values() if isinstance(found, Sealed)]


def key_ring() -> KeyRing:
    return current_app.extensions["key_ring"]


def device_key(user_id: int) -> str:
    """In base64: with it a person's own pages seal what their browser keeps, and nobody else's page can open it."""
    secret = current_app.secret_key
    return b64encode(hmac.digest(str(secret).encode(), f"device.{user_id}".encode(), "sha256")).decode()
