"""A real server: what open pages cost, how fast they hear, and many clients that want one time at once."""

import asyncio
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import chart
import factories
import psutil
import psycopg
import streams
from races import race
from reports import report, report_machine
from sites import Site
from sqlalchemy.engine import make_url

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Doctor
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.visit_types import visit_type

STREAMS, PICKERS, CLIENTS, ROUNDS, ROUNDS_OF_MANY = 1000, 100, 32, 200, 50


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
    return emails, *offered(doctor)


def offered(doctor):
    """What the doctor's first visit type is, and its free times by the real clock."""
    kind, now = visit_type(doctor, None), clock.now()
    today = now.astimezone(doctor.clinic.zone).date()
    return kind.id, free(doctor, kind, today, today.replace(year=today.year + 1), now)


def hold(site, email, kind, start):
    body = urlencode({"start": start.isoformat(), "visit_type": kind}).encode()
    headers = site.headers(email) | {"HX-Request": "true"}
    with urlopen(Request(f"{site.url}/doctors/1/holds", body, headers)) as answer:
        assert answer.status == 204


def empty(app):
    with app.app_context():
        db.session.execute(db.delete(Appointment))
        db.session.commit()


def measure(site):
    """On a database that is as the migrations made it."""
    report_machine("before streams and races")
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
    raced(site, emails, 1, kind, [free[0].isoformat()] * ROUNDS, lambda: empty(site.app))
    with site.app.app_context():
        patient_id = chart.patient(db.session.get(Doctor, 1))
    for measured in chart.measure(site, "doctor@test.example", patient_id):
        report(*measured)
    report("the server ends when told", site.stop(), "s", 4)


def raced(site, emails, doctor_id, kind, starts, reset, where=""):
    outcome, rounds = race(site, emails, doctor_id, kind, starts, reset), len(starts)
    for status, count in outcome.statuses.items():
        report(f"{rounds} rounds of {CLIENTS} clients{where}: answers {status}", count, "answers")
    report(f"rounds with exactly one winner{where}", outcome.winners.count(1), "rounds", rounds)
    report(f"deadlocks in the log{where}", site.log.count("40P01"), "deadlocks", 0)
    report(f"a hold under contention{where}, p50", outcome.percentile(0.5), "s")
    report(f"a hold under contention{where}, p99", outcome.percentile(0.99), "s", 1)
    return outcome


def contended(sites):
    """The same race in the large clinic, for each number of visits."""
    seconds = {}
    for number, site in sites.items():
        report_machine(f"before a race among {number:,} visits")
        with site.app.app_context():
            last = db.session.scalar(db.text("SELECT max(id) FROM appointment"))
            doctor = db.session.get(Doctor, 1)
            kind, free = offered(doctor)
        emails = [f"patient{n}@test.example" for n in range(1, CLIENTS + 1)]
        site.start("serve", "worker")
        starts, gone = [free[0].isoformat()] * ROUNDS_OF_MANY, lambda site=site, last=last: later_gone(site.app, last)
        outcome = raced(site, emails, doctor.id, kind, starts, gone, f", {number:,} visits")
        site.stop()
        seconds[number] = outcome.percentile(0.5)
    fewest, most = min(seconds), max(seconds)
    report(
        f"a hold under contention, {most:,} to {fewest:,} visits", seconds[most] / seconds[fewest], "times as long", 1.3
    )


def later_gone(app, last):
    with app.app_context():
        db.session.execute(db.delete(Appointment).where(Appointment.id > last))
        db.session.commit()
