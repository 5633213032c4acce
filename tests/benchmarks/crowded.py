"""Prints what a crowd on a real server leaves behind: one JSON object a line with name, value, unit and budget.

ATTEMPTS is how many times its clients try something; they and the server share the machine. It never fails.
"""

import http.client
import os
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlencode

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent.parent)]

import aftermath
import factories
import psutil
from crowd import FORM, Ill, Time, crowd, gathered
from flask_migrate import upgrade
from live import offered
from reports import report, report_machine
from sites import Site

from healthbook import clock
from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db
from healthbook.models import Clinic as Place
from healthbook.postgres import Postgres

CLIENTS, PATIENTS, DOCTORS, TIMES = 32, 24, 3, 20
WARM, LOSSES = 20, 100


class Clinic(NamedTuple):
    """Of whom everybody is known by the e-mail address, and doctors by their ids."""

    emails: list[str]
    desk: str
    times: list[Time]
    doctors: list[int]
    ill: Ill


def clinic():
    """Doctors whose first free times everybody wants, and one who is ill."""
    # No cancellation is late, or soon nobody could book any more.
    place = factories.clinic(cancel_hours=0)
    doctors = [factories.doctor(place) for _ in range(DOCTORS)]
    patients, desk = [factories.patient() for _ in range(PATIENTS)], factories.user("desk")
    first = (clock.now() + timedelta(days=7)).replace(hour=9, minute=0, second=0, microsecond=0)
    ill, visits = factories.ill_doctor(place, patients, first)
    db.session.commit()
    times = []
    for doctor in doctors:
        kind, free = offered(doctor)
        times += [Time(doctor.id, kind, at.isoformat()) for at in free[:TIMES]]
    emails = [patient.user.email for patient in patients]
    return Clinic(emails, desk.email, times, [doctor.id for doctor in doctors], Ill(ill.id, visits))


def processor_seconds(site):
    """Of the server's workers, so far."""
    used = [worker.cpu_times() for worker in psutil.Process(site.processes[0].pid).children()]
    return sum(each.user + each.system for each in used)


def loser(site):
    """The server's processor seconds for an answer to somebody who comes too late, as our pages ask, and alone."""
    with site.app.app_context():
        doctor = factories.doctor(db.session.scalars(db.select(Place)).one())
        kind, (start, *_) = offered(doctor)
        factories.appointment(factories.patient(), doctor, start, visit_type_id=kind)
        email, path = factories.patient().user.email, f"/doctors/{doctor.id}/holds"
        body = urlencode({"start": start.isoformat(), "visit_type": kind})
        db.session.commit()
    headers = site.headers(email) | FORM | {"HX-Request": "true", "HX-Request-Type": "partial"}
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    for n in range(LOSSES + WARM):
        if n == WARM:
            begun = processor_seconds(site)
        line.request("POST", path, body, headers)
        response = line.getresponse()
        response.read()
        assert response.status == 409
    line.close()
    return (processor_seconds(site) - begun) / LOSSES


def measure(site, attempts):
    report_machine("before")
    with site.app.app_context():
        made = clinic()
        deadlocks = aftermath.deadlocks()
    site.start("serve", "worker")
    begun = processor_seconds(site)
    people = gathered(site, made.emails, made.desk, made.ill, CLIENTS)
    answers = crowd(site, people, made.times, made.ill, attempts)
    spent, lost = processor_seconds(site) - begun, loser(site)
    log, _seconds = site.log, site.stop()
    told = Counter((each.act, each.status) for each in answers)
    for (act, status), count in sorted(told.items()):
        report(f"{act}: answers {status}", count, "answers")
    seconds = sorted(each.seconds for each in answers)
    report("attempts", sum(each.act != "look" for each in answers), "attempts", attempts)
    with site.app.app_context():
        report("overlaps of doctors", aftermath.overlaps_of_doctors(), "pairs", 0)
        report("overlaps of patients", aftermath.overlaps_of_patients(), "pairs", 0)
        report("deadlocks", aftermath.deadlocks() - deadlocks + log.count("40P01"), "deadlocks", 0)
        report("5xx", sum(each.status >= 500 for each in answers), "answers", 0)
        report("lost acknowledgements", len(aftermath.lost(answers)), "visits", 0)
        report("visits with a wrong history", len(aftermath.wrongly_noted()), "visits", 0)
        report("moves to other than one visit", len(aftermath.moved_apart()), "visits", 0)
        report("free times that nobody gets", sum(len(aftermath.not_to_be_had(id)) for id in made.doctors), "times", 0)
    report("p50", seconds[len(seconds) // 2], "s")
    report("p99", seconds[int(len(seconds) * 0.99)], "s", 1)
    report("the server's processor time for an answer", spent / len(answers) * 1000, "ms")
    report("the server's processor time for a loser's answer, alone", lost * 1000, "ms", 15)
    report_machine("after")


def main():
    with TemporaryDirectory(prefix="healthbook-races-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder)).start()
        server.create("races")
        app = create_app(Config(Path(folder), "secret", "00" * 32, server.url("races")))
        site = Site(app, Path(folder))
        try:
            with app.app_context():
                upgrade()
            measure(site, int(os.environ.get("ATTEMPTS", "10000")))
        finally:
            site.stop()
            with app.app_context():
                db.engine.dispose()
            server.stop()


if __name__ == "__main__":
    main()
