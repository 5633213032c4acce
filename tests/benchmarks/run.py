"""Measures a real server and prints one JSON object a line: name, value, unit, budget. It reports and never fails."""

import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode
from urllib.request import Request, urlopen

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent.parent)]

import chart
import factories
import psutil
import psycopg
import streams
from flask_migrate import upgrade
from races import race
from sites import Site
from sqlalchemy.engine import make_url

from healthbook import clock
from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db
from healthbook.models import Appointment, Doctor
from healthbook.postgres import Postgres
from healthbook.scheduling import queries

STREAMS, PICKERS, CLIENTS, ROUNDS = 1000, 100, 32, 200


def report(name, value, unit, budget=None):
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "budget": budget}), flush=True)


class Measured(Site):
    def memory(self):
        """MiB of the workers together."""
        master = psutil.Process(self.processes[0].pid)
        return sum(worker.memory_info().rss for worker in master.children()) / 2**20

    def connection(self):
        url = make_url(self.app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def clinic():
    """A doctor with free times, and as many patients as there are clients; their addresses, and what is free."""
    doctor = factories.doctor(factories.clinic(), email="doctor@test.example")
    emails = [factories.patient().user.email for _ in range(CLIENTS)]
    db.session.commit()
    kind, now = queries.visit_type(doctor, None), clock.now()
    today = now.astimezone(doctor.clinic.zone).date()
    return emails, kind.id, queries.free(doctor, kind, today, today.replace(year=today.year + 1), now)


def hold(site, email, kind, start):
    body = urlencode({"start": start.isoformat(), "visit_type": kind}).encode()
    headers = site.headers(email) | {"HX-Request": "true"}
    with urlopen(Request(f"{site.url}/doctors/1/holds", body, headers)) as answer:
        assert answer.status == 204


def empty(app):
    with app.app_context():
        db.session.execute(db.delete(Appointment))
        db.session.commit()


def main(site):
    with site.app.app_context():
        emails, kind, free = clinic()
    site.start("serve", "worker")
    path = f"/doctors/1/slots?week={free[0].date()}"
    with site.connection() as connection:
        notify = lambda: connection.execute("SELECT pg_notify('healthbook', 'doctor-1')")  # noqa: E731
        for name, measured in asyncio.run(streams.measure(site, notify, path, STREAMS)).items():
            report(name, *measured)
    seconds = asyncio.run(
        streams.pickers_changed(
            site.port, 1, path, f'value="{free[0].isoformat()}"', lambda: hold(site, emails[0], kind, free[0]), PICKERS
        )
    )
    report(f"last of {PICKERS} pickers shows a booking", seconds[-1], "s", 1.5)
    empty(site.app)
    outcome = race(site, emails, 1, kind, [free[0].isoformat()] * ROUNDS, lambda: empty(site.app))
    for status, count in outcome.statuses.items():
        report(f"{ROUNDS} rounds of {CLIENTS} clients: answers {status}", count, "answers")
    report("rounds with exactly one winner", outcome.winners.count(1), "rounds", ROUNDS)
    report("deadlocks in the log", site.log.count("40P01"), "deadlocks", 0)
    report("a hold under contention, p99", outcome.percentile(0.99), "s", 1)
    with site.app.app_context():
        patient_id = chart.patient(db.session.get(Doctor, 1))
    for measured in chart.measure(site, "doctor@test.example", patient_id):
        report(*measured)
    report("the server ends when told", site.stop(), "s", 4)


if __name__ == "__main__":
    with TemporaryDirectory(prefix="healthbook-bench-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder)).start()
        server.create("bench")
        app = create_app(Config(Path(folder), "secret", "00" * 32, server.url("bench")))
        with app.app_context():
            upgrade()
        bench = Measured(app, Path(folder))
        try:
            main(bench)
        finally:
            bench.stop()
            with app.app_context():
                db.engine.dispose()
            server.stop()
