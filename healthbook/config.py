"""Every setting of the installation, read from the environment once. What has no safe default must be given."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from platformdirs import user_data_path

WHOLE_ADDRESS = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d+)?/?")
SEAL_KEYS = re.compile(r"[0-9a-fA-F]{64}(,[0-9a-fA-F]{64})*")


class Misconfigured(Exception):
    """A setting is missing or cannot be used; the message says which, and what to do."""


@dataclass(frozen=True)
class Config:
    """`database_url` None means the embedded server in `folder`; keys not given are made there on first start."""

    folder: Path
    secret_key: str
    seal_key: str
    database_url: str | None = None
    public_url: str = "http://127.0.0.1:8000"
    mail_url: str = "console:"
    mail_from: str = "clinic@localhost"
    scan_command: str = ""
    demo: bool = False
    testing: bool = False

    @property
    def https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """The settings as the environment names them; .env.example says what each is for."""
        folder = Path(environ.get("HEALTHBOOK_DATA") or own_folder()).expanduser().absolute()
        demo = environ.get("HEALTHBOOK_DEMO") == "1"
        port = address(environ)[1]
        return cls(
            folder=folder,
            secret_key=environ.get("SECRET_KEY") or kept_key(folder / "secret.key"),
            seal_key=seal_key(environ.get("HEALTHBOOK_SEAL_KEY") or kept_key(folder / "seal.key")),
            database_url=database_url(environ.get("DATABASE_URL")),
            public_url=public_url(environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}"),
            mail_url=environ.get("MAIL_URL") or (f"file:{folder / 'mail'}" if demo else "console:"),
            mail_from=environ.get("MAIL_FROM") or "clinic@localhost",
            scan_command=environ.get("HEALTHBOOK_SCAN_COMMAND") or "",
            demo=demo,
        )


def own_folder() -> Path:
    """Root's home is closed to the account that runs PostgreSQL for root."""
    return Path("/var/lib/healthbook") if os.geteuid() == 0 else user_data_path("healthbook")


def address(environ: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """HOST and PORT: where the server waits for browsers."""
    port = environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise Misconfigured("PORT must be a number from 1 to 65535.")
    return environ.get("HOST") or "127.0.0.1", int(port)


def database_url(given: str | None) -> str | None:
    """The address as SQLAlchemy wants it, with psycopg as its driver."""
    if not given:
        return None
    scheme, found, rest = given.partition("://")
    if not found or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise Misconfigured("DATABASE_URL must begin with postgresql:// (healthbook works on PostgreSQL only).")
    return f"postgresql+psycopg://{rest}"


def public_url(given: str) -> str:
    """The address that people type, without a slash at its end."""
    if not WHOLE_ADDRESS.fullmatch(given):
        raise Misconfigured("PUBLIC_URL must be the whole address, such as https://booking.example.org.")
    return given.rstrip("/")


def seal_key(given: str) -> str:
    """The key that seals and, after commas, any older ones that still open."""
    if not SEAL_KEYS.fullmatch(given):
        raise Misconfigured("HEALTHBOOK_SEAL_KEY must be 64 hexadecimal digits; older keys follow after commas.")
    return given


def kept_key(path: Path) -> str:
    """A random key of 32 bytes in hex, made on first use and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        # Under another name first: who starts at the same moment finds a whole key or none.
        with NamedTemporaryFile("w", dir=path.parent) as made, suppress(FileExistsError):
            made.write(secrets.token_hex(32))
            made.flush()
            os.link(made.name, path)
    key = path.read_text().strip()
    if len(key) < 64:
        raise Misconfigured(
            f"{path} is not a whole key. Put the right one back; a new one could not read what is sealed."
        )
    return key
