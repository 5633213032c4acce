"""What happens when the database or the server is taken away under open pages."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import factories
import psutil
import pytest
from browsers import Browser
from flask_migrate import upgrade
from sites import ROOT, Site, free_port

from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db
from healthbook.failures import RETRY_SECONDS
from healthbook.postgres import ALONE_AT_ONCE, Postgres

PHONE = "0117 496 0100"
STREAMS = 40


@pytest.fixture(scope="module")
def cluster():
    """A database server that these tests may take away."""
    with TemporaryDirectory(prefix="healthbook-") as folder:
        started = Postgres(folder).start()
        started.create("clinic")
        yield started
        started.stop()


@pytest.fixture(scope="module")
def site(cluster, tmp_path_factory):
    """An application and a real server on that database, with a clinic, a doctor and Ada."""
    folder = tmp_path_factory.mktemp("site")
    app = create_app(Config(folder, "secret", "00" * 32, cluster.url("clinic"), testing=True))
    with app.app_context():
        upgrade()
        factories.doctor(factories.clinic(), name="Maria Cole")
        factories.patient(name="Ada Byrne", email="ada@test.example")
        db.session.commit()
    started = Site(app, folder).start("serve")
    yield started
    started.stop()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def away(cluster, site):
    """away(): the database is gone, until back() or the end of the test."""

    def call(*words):
        assert cluster.call("pg_ctl", *words) == 0

    def go():
        call("stop", "-m", "fast")

    def back():
        # The lock that the server keeps for its life, without which another process would think it dead.
        lock = cluster.hold("server", ALONE_AT_ONCE)
        cluster.run("pg_ctl", "start", "-s", "-w", "-l", "postgres.log", lock=lock)
        os.close(lock)

    yield SimpleNamespace(go=go, back=back)
    if not cluster.answers():
        back()


class Stream:
    """An open page of the real server."""

    def __init__(self, site, topic="doctor-1"):
        self.socket = socket.create_connection(("127.0.0.1", site.port), timeout=15)
        self.socket.sendall(f"GET /events?t={topic} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n".encode())
        self.text = b""

    def refreshes(self, number):
        """Waits until so many refreshes have come."""
        while self.text.count(b"event: refresh") < number:
            read = self.socket.recv(4096)
            assert read, f"the stream ended: {self.text!r}"
            self.text += read
        return self.text.count(b"event: refresh")

    def rest(self):
        """What still comes until the server ends the stream."""
        while read := self.socket.recv(4096):
            self.text += read
        return self.text


@contextmanager
def streams(site, number=STREAMS):
    """So many open pages, all of which have begun."""
    opened = [Stream(site) for _ in range(number)]
    try:
        for stream in opened:
            stream.refreshes(1)
        yield opened
    finally:
        for stream in opened:
            stream.socket.close()


def eventually(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.05)


def asked(site, path, headers=None):
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=15)
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{site.port}\r\n{lines}\r\n".encode())
    with connection, connection.makefile("rb") as answer:
        return answer.read()


def status(site, path, headers=None):
    return int(asked(site, path, headers).split(b" ", 2)[1])


def test_while_the_database_is_away_everybody_is_told_whom_to_call_and_then_all_is_as_before(site, away):
    ada, guest = Browser(site.app).as_person("ada@test.example"), Browser(site.app)
    assert ada.get("/appointments").status == guest.get("/doctors").status == 200
    away.go()
    for who in (ada, guest):
        for htmx in (False, True):
            page = who.get("/doctors", htmx=htmx)
            assert (page.status, page.headers["Retry-After"]) == (503, RETRY_SECONDS)
            assert "We will be back in a moment" in page.text
            assert htmx or PHONE in page.text
    assert ada.get("/appointments").status == 503
    page = ada.get("/no/such/page")
    assert (page.status, page.h1) == (404, "We cannot find this page")
    assert "postgres" not in page.body.lower()
    assert (guest.get("/healthz").status, guest.get("/readyz").status) == (200, 503)
    away.back()
    assert ada.get("/appointments").has("button", title="Sign out")
    assert (guest.get("/doctors").status, guest.get("/readyz").status) == (200, 200)


def test_a_database_that_goes_in_the_middle_of_a_request_is_told_as_well(site, away, monkeypatch):
    ada = Browser(site.app).as_person("ada@test.example")

    def interrupted():
        with db.engine.connect() as other:
            own = db.session.scalar(db.text("SELECT pg_backend_pid()"))
            other.execute(db.text("SELECT pg_terminate_backend(:own)"), {"own": own})
        return db.session.scalar(db.text("SELECT 1"))

    interrupted.access = site.app.view_functions["appointments.mine"].access
    monkeypatch.setitem(site.app.view_functions, "appointments.mine", interrupted)
    assert ada.get("/appointments").status == 503
    monkeypatch.undo()
    assert ada.get("/appointments").status == 200


def test_after_the_database_came_back_every_open_page_refreshes_and_pages_answer(site, away):
    with streams(site) as pages:
        before = [page.refreshes(1) for page in pages]
        away.go()
        assert status(site, "/doctors") == 503
        assert status(site, "/healthz") == 200
        away.back()
        began = time.monotonic()
        for page, seen in zip(pages, before, strict=True):
            page.refreshes(seen + 1)
        assert time.monotonic() - began < 5
        assert status(site, "/doctors") == status(site, "/readyz") == 200


def test_a_server_that_is_told_to_stop_ends_its_open_pages_and_itself(site):
    with streams(site) as pages:
        assert site.stop() <= 4
        for page in pages:
            assert page.rest().endswith(b"\r\n0\r\n\r\n"), "it was cut off"


@pytest.fixture
def embedded():
    """A server that starts the embedded database itself, with its master's process."""
    with TemporaryDirectory(prefix="healthbook-") as folder:
        port = free_port()
        environ = os.environ | {"PORT": str(port), "HEALTHBOOK_DATA": folder}
        command = [sys.executable, "-m", "healthbook", "serve"]
        with open(Path(folder) / "site.log", "wb") as log:
            master = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        made = SimpleNamespace(port=port, folder=Path(folder), master=master)
        yield made
        master.kill()
        master.wait()
        eventually(lambda: not at_work(made), 15)


def at_work(site):
    """The processes that have to do with this server: by the folder in their environment, or by where they work."""
    found = []
    for process in psutil.process_iter():
        try:
            places = (*process.environ().values(), process.cwd())
            mine = any(str(site.folder) in place for place in places)
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def answers(site):
    try:
        return status(site, "/healthz") == 200
    except OSError:
        return False


def test_a_server_that_is_killed_leaves_nothing_running_not_even_its_database(embedded):
    eventually(lambda: answers(embedded), 30)
    assert (embedded.folder / "pgdata" / "postmaster.pid").exists()
    assert len(at_work(embedded)) > 3
    with streams(embedded, 4):
        embedded.master.send_signal(signal.SIGKILL)
        embedded.master.wait()
        eventually(lambda: not at_work(embedded), 15)
    assert not (embedded.folder / "pgdata" / "postmaster.pid").exists()
