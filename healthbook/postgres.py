"""The embedded PostgreSQL, shared: start it or join it; it is stopped when its last user is gone, however that went.

Four locks of the kernel (flock) decide. A process that dies keeps none of them, whatever it died of:
  .start.lock   held while somebody starts or stops the server; always taken before the others are tried
  .users.lock   shared by all who use the server, each for its life, through fork and exec
  .server.lock  held by the server's own processes; while it can be taken, nothing is at work in the data directory
  .watch.lock   held by the watcher: a small process that waits for .users.lock to be free, then stops the server
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from healthbook.cluster import Cluster
from healthbook.unprivileged import Unusable

SHARED = fcntl.LOCK_SH
ALONE = fcntl.LOCK_EX
ALONE_AT_ONCE = fcntl.LOCK_EX | fcntl.LOCK_NB
CREATE = r"""
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
"""


class Postgres(Cluster):
    """The server whose data lies in a folder. Every process that uses it calls `start()`."""

    users: int | None = None

    def start(self) -> "Postgres":
        """Start or join the server. It answers on return, and lives as long as this process or until `stop()`."""
        if self.users is not None:
            return self
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("start", "users", "server", "watch"):
            self.lock_file(name).touch(mode=0o600)
        with self.starting():
            users = self.hold("users", SHARED)
            try:
                self.admit()
                self.watch()
                self.serve()
            except BaseException:
                os.close(users)
                raise
        # A process that becomes another by exec, as `healthbook serve` becomes gunicorn, goes on using the server.
        os.set_inheritable(users, True)
        self.users = users
        return self

    def stop(self) -> None:
        """Use the server no longer. When nobody else does, it is stopped on return."""
        if self.users is not None:
            os.close(self.users)
            self.users = None
            with self.starting():
                self.stop_unused()

    def create(self, database: str) -> None:
        """Make a database, unless it is there."""
        with self.starting():
            self.run("psql", "-X", "-v", "ON_ERROR_STOP=1", "-v", f"name={database}", script=CREATE)

    def serve(self) -> None:
        """Wait until the server answers, which takes a while after a crash; begin it when nothing of it is alive."""
        for _ in range(6000):
            if self.answers():
                return
            lock = self.hold("server", ALONE_AT_ONCE)
            if lock is None:
                time.sleep(0.05)
                continue
            try:
                self.begin(lock)
            finally:
                os.close(lock)
        raise Unusable(f"PostgreSQL in {self.folder} does not answer.\n{self.last_words()}")

    def watch(self) -> None:
        """Leave a watcher behind, unless one is alive. Its lock is its standard input, held before it begins."""
        lock = self.hold("watch", ALONE_AT_ONCE)
        if lock is None:
            return
        try:
            subprocess.run(
                [sys.executable, "-m", "healthbook.postgres", self.folder],
                cwd=Path(__file__).parent.parent,
                stdin=lock,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                check=True,
            )
        finally:
            os.close(lock)

    def wait_and_stop(self) -> None:
        """What the watcher does."""
        while True:
            os.close(self.hold("users", ALONE))
            with self.starting():
                if self.stop_unused():
                    # While nobody else can start: whoever comes next must find that nobody watches.
                    os.close(0)
                    return

    def stop_unused(self) -> bool:
        """Stop the server if nobody uses it, and wait until all of it is gone; whether nobody does."""
        users = self.hold("users", ALONE_AT_ONCE)
        if users is None:
            # The watcher may have had it for a moment: from there on it waits for the lock of whoever starts or stops.
            os.close(self.hold("users", SHARED))
            users = self.hold("users", ALONE_AT_ONCE)
        if users is None:
            return False
        while (lock := self.hold("server", ALONE_AT_ONCE)) is None:
            self.call("pg_ctl", "stop", "-m", "fast")
            time.sleep(0.01)
        if self.socket != self.data:
            shutil.rmtree(self.socket, ignore_errors=True)
        os.close(lock)
        os.close(users)
        return True

    @contextmanager
    def starting(self) -> Iterator[None]:
        lock = self.hold("start", ALONE)
        try:
            yield
        finally:
            os.close(lock)

    def lock_file(self, name: str) -> Path:
        return self.folder / f".{name}.lock"

    def hold(self, name: str, how: int) -> int | None:
        """Lock a file of the folder until the descriptor is closed. None if it cannot be had at once."""
        lock = os.open(self.lock_file(name), os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, how)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock


if __name__ == "__main__" and os.fork() == 0:
    Postgres(Path(sys.argv[1])).wait_and_stop()
