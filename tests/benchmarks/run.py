"""Measures and prints one JSON object a line: name, value, unit, budget. It reports and never fails.

Its parts are `live` (a real server under load), `large` (a clinic of ten thousand doctors, made once and kept in the
data folder) and `contenders` (the race for one time in the large clinic); all of them, or those that are named.
"""

import os
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent.parent)]

import bulk
import large
import live
from flask_migrate import upgrade

from healthbook.app import create_app
from healthbook.config import Config, own_folder
from healthbook.db import db
from healthbook.postgres import Postgres

FEW, MANY = 10_000, 1_000_000
KEY = "00" * 32


@contextmanager
def application(server, folder, name):
    app = create_app(Config(Path(folder), "secret", KEY, server.url(name)))
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def serving(app, folder):
    site = live.Measured(app, Path(folder))
    try:
        yield site
    finally:
        site.stop()


def on_a_new_clinic():
    with TemporaryDirectory(prefix="healthbook-bench-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder)).start()
        server.create("bench")
        with application(server, folder, "bench") as app, serving(app, folder) as site:
            with app.app_context():
                upgrade()
            live.measure(site)
        server.stop()


def on_the_large_clinic(parts):
    folder = Path(os.environ.get("HEALTHBOOK_DATA") or own_folder()).expanduser().absolute() / "bench"
    server = Postgres(folder).start()
    with ExitStack() as stack:
        apps = {}
        for number in (FEW, MANY):
            name = bulk.ready(server, number, lambda name: application(server, folder, name))
            apps[number] = stack.enter_context(application(server, folder, name))
        if "large" in parts:
            large.measure(apps)
        if "contenders" in parts:
            live.contended({number: stack.enter_context(serving(app, folder)) for number, app in apps.items()})
    server.stop()


def main(parts):
    if "live" in parts:
        on_a_new_clinic()
    if {"large", "contenders"} & set(parts):
        on_the_large_clinic(parts)


if __name__ == "__main__":
    main(sys.argv[1:] or ["live", "large", "contenders"])
