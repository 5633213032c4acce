"""A worker is killed between the commit and the answer: whoever sends the same form again gets what they had got."""

import http.client
from datetime import date
from urllib.parse import urlencode

import pytest
from sites import ROOT, Site

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, Doctor
from healthbook.scheduling.queries.free import free

pytestmark = pytest.mark.alone


class Fragile(Site):
    def program(self, command):
        return "gunicorn", "--pythonpath", f"{ROOT}/tests", "-c", "python:healthbook.server", "dying:create_app()"


@pytest.fixture
def fragile(committed, tmp_path):
    site = Fragile(committed.app, tmp_path).start("serve")
    yield site
    site.stop()


@pytest.fixture
def starts(committed):
    """Ada's visit type, and free times of Doctor Cole's."""
    with committed.app.app_context():
        doctor, now = db.session.get(Doctor, committed.cole), clock.now()
        times = free(doctor, doctor.visit_types[0], now.date(), date.max, now)
        return doctor.visit_types[0].id, [at.isoformat() for at in times[-2:]]


def post(site, path, fields):
    """Where the answer leads; the connection is a new one, as after a network that went away."""
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    line.request("POST", path, urlencode(fields), site.headers("ada@test.example") | form)
    answer = line.getresponse()
    answer.read()
    line.close()
    assert answer.status == 303
    return answer.getheader("Location").partition("?")[0]


def post_twice(site, path, fields):
    """The first is committed and never answered; where the second leads."""
    wish = site.folder / "die"
    wish.touch()
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        post(site, path, fields)
    assert not wish.exists()
    site.wait()
    return post(site, path, fields)


def visits(app):
    """Each visit's reference and status, and what its history says."""
    with app.app_context():
        noted = {}
        for row in db.session.scalars(db.select(AppointmentHistory).order_by(AppointmentHistory.id)):
            noted.setdefault(row.appointment_id, []).append(row.new_status)
        return [
            (row.reference, row.status, noted.get(row.id, []))
            for row in db.session.scalars(db.select(Appointment).order_by(Appointment.id))
        ]


def test_what_was_committed_and_not_answered_is_found_by_sending_it_again(fragile, committed, starts):
    kind, (first, second) = starts
    held = post_twice(fragile, f"/doctors/{committed.cole}/holds", {"start": first, "visit_type": kind})
    (hold,) = visits(committed.app)
    assert held == f"/holds/{hold[0]}"
    shown = post_twice(fragile, held, {"reason": "A cough"})
    reference = hold[0]
    assert shown == f"/appointments/{reference}"
    assert visits(committed.app) == [(reference, "scheduled", ["scheduled"])]
    moved = post_twice(fragile, f"{shown}/rescheduling", {"start": second})
    old, new = visits(committed.app)
    assert old == (reference, "rescheduled", ["scheduled", "rescheduled"])
    assert (moved, new[1:]) == (f"/appointments/{new[0]}", ("scheduled", []))
    assert post_twice(fragile, f"{moved}/cancellation", {"reason": "cannot_come"}) == moved
    assert visits(committed.app) == [old, (new[0], "cancelled", ["cancelled"])]
