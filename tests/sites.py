"""A real server: gunicorn with two workers on a free port, and people who have signed in at it."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from healthbook import clock
from healthbook.accounts import rules
from healthbook.db import db
from healthbook.demo.parent import PARENT
from healthbook.models import User

ROOT = Path(__file__).parent.parent
TOKEN = "0" * 40


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@dataclass
class Site:
    """`command` is serve or worker. It runs on the database and with the keys of `app`."""

    app: object
    folder: Path
    port: int = field(default_factory=free_port)
    processes: list = field(default_factory=list)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self):
        return (self.folder / "site.log").read_text()

    def program(self, command):
        return "healthbook", command

    def start(self, *commands):
        environ = os.environ | {
            "PORT": str(self.port),
            "HEALTHBOOK_DATA": str(self.folder),
            "DATABASE_URL": self.app.config["SQLALCHEMY_DATABASE_URI"],
            "SECRET_KEY": self.app.config["SECRET_KEY"],
            "HEALTHBOOK_SEAL_KEY": self.app.extensions["config"].seal_key,
            "MAIL_URL": f"file:{self.folder / 'mail'}",
            "PUBLIC_URL": self.url,
            # Where the tests end without a chance to stop it.
            PARENT: str(os.getpid()),
        }
        with open(self.folder / "site.log", "ab") as log:
            for command in commands:
                self.processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *self.program(command)],
                        cwd=ROOT,
                        env=environ,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        self.wait()
        return self

    def wait(self):
        for _ in range(300):
            try:
                with urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    return answer.read()
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise AssertionError(f"the server did not start: {self.log[-2000:]}")

    def stop(self):
        """Seconds that it took to end after being told."""
        began = time.monotonic()
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(20)
        self.processes.clear()
        return time.monotonic() - began

    def cookie(self, email):
        """The session cookie of somebody who has signed in, with a token for forms in it."""
        with self.app.app_context():
            user = db.session.scalar(db.select(User).where(User.email == email))
            token = rules.open_session(user, clock.now())
            db.session.commit()
        sealer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        return sealer.dumps({"token": token, "csrf_token": TOKEN})

    def headers(self, email):
        """What a browser of this person sends, with the token of its forms."""
        cookie = f"{self.app.config['SESSION_COOKIE_NAME']}={self.cookie(email)}"
        return {"Cookie": cookie, "X-CSRFToken": self.form_token()}

    def form_token(self):
        return URLSafeTimedSerializer(self.app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(TOKEN)
