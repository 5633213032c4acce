"""The demo as a newcomer meets it: one command, a line that says where, a sign-in, and an end that leaves nothing."""

import os
import re
import signal
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import psutil
import pytest
from sites import free_port

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "demo-healthbook-2027"
STREAM_SECONDS = 60


def patience(seconds):
    """A machine that is busy with other things takes longer."""
    return seconds * max(1, os.getloadavg()[0] / (os.cpu_count() or 1))


def alive(family):
    """Those of them that are at work; the dead whom nobody has buried are not."""
    return [one for one in family if is_alive(one)]


def is_alive(one):
    try:
        return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Demo:
    """`python -m healthbook demo` in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.port, self.known = folder, free_port(), []
        environ = os.environ | {"PORT": str(self.port), "HEALTHBOOK_DATA": str(folder)}
        for name in ("HOST", "DATABASE_URL", "PUBLIC_URL", "MAIL_URL"):
            environ.pop(name, None)
        with open(folder / "demo.log", "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "healthbook", "demo"], cwd=ROOT, env=environ, stdout=log, stderr=log
            )

    @property
    def said(self):
        return (self.folder / "demo.log").read_text()

    def until_ready(self):
        deadline = time.monotonic() + patience(30)
        while not re.search(r"^healthbook is ready on http://", self.said, re.M):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    @property
    def family(self):
        """All processes that came of it, the database's too."""
        postmaster = int((self.folder / "pgdata/postmaster.pid").read_text().split()[0])
        roots = [psutil.Process(self.process.pid), psutil.Process(postmaster), *self.watchers()]
        self.known = [one for root in roots for one in (root, *root.children(recursive=True))]
        return self.known

    def watchers(self):
        known = psutil.process_iter(["cmdline"])
        return [one for one in known if str(self.folder) in " ".join(one.info["cmdline"] or ())]

    def left(self, family, seconds):
        """What is still at work of them after so long at most."""
        deadline = time.monotonic() + patience(seconds)
        while (still := alive(family)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return still


@pytest.fixture(scope="module")
def folder():
    """Not in tmp_path: under root PostgreSQL runs as somebody who cannot enter there."""
    with TemporaryDirectory(prefix="healthbook demo ") as folder:
        yield Path(folder)


@pytest.fixture
def demo(folder):
    demo = Demo(folder)
    try:
        demo.until_ready()
        yield demo
    finally:
        demo.process.kill()
        demo.process.wait()
        # What a test that failed found at work.
        for one in alive(demo.known):
            one.kill()


def browser():
    return build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))


def sign_in(url, email):
    """The page that somebody comes to with the demo's password."""
    opener = browser()
    page = opener.open(f"{url}/sign-in", timeout=10).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    fields = {"csrf_token": token, "email": email, "password": PASSWORD}
    opener.open(f"{url}/sign-in", urlencode(fields).encode(), timeout=10).read()
    return opener.open(f"{url}/appointments", timeout=10).read().decode()


def test_a_newcomer_signs_in_and_term_ends_everything(demo):
    url = f"http://127.0.0.1:{demo.port}"
    assert f"healthbook is ready on {url}\n" in demo.said
    assert re.search(r"^  ada@demo\.example +patient$", demo.said, re.M)
    assert f"Password of all: {PASSWORD}\n" in demo.said
    assert "Marian Cole" in sign_in(url, "ada@demo.example")
    family = demo.family
    assert len(family) > 8
    streams = [browser().open(f"{url}/events?t=doctor-1", timeout=STREAM_SECONDS) for _ in range(5)]
    assert [stream.readline() for stream in streams] == [b"retry: 2000\n"] * 5
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(patience(4)) == 0, demo.said
    assert demo.left(family, 2) == []
    # They were ended, and not cut off: that would raise here.
    for stream in streams:
        assert stream.read().endswith(b"data: refresh\n\n")


def test_a_demo_that_is_killed_leaves_nothing_running(demo):
    assert "The demo clinic is there, as it was left." in demo.said
    family = demo.family
    demo.process.kill()
    demo.process.wait()
    assert demo.left(family, 5) == []
