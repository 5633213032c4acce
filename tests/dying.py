"""The application with a worker that is killed when what a form did is committed, and not yet answered.

It happens once for each file named `die` that somebody puts into the data folder.
"""

import os
import signal

from flask import has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session

from healthbook import app as healthbook


def create_app():
    app = healthbook.create_app()
    wish = app.extensions["config"].folder / "die"

    @event.listens_for(Session, "after_commit")
    def die(session):
        if has_request_context() and request.method == "POST" and wish.exists():
            wish.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    return app
