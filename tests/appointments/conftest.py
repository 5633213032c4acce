"""Times that people hold and visits that they have, and what the database says of them."""

from contextlib import contextmanager
from datetime import time, timedelta
from itertools import takewhile

import factories
import psycopg
import pytest
from browsers import Browser
from factories import NOW
from sqlalchemy.engine import make_url

from healthbook import clock
from healthbook.db import db
from healthbook.live import CHANNEL
from healthbook.models import Appointment, Doctor, Patient, Status

KEPT = ("appointment", "appointment_history", "procrastinate_jobs", "message")


def at(clock_time, days=0):
    wall = time.fromisoformat(clock_time)
    return NOW.replace(hour=wall.hour, minute=wall.minute) + timedelta(days=days)


@pytest.fixture
def visit(app, cast):
    """visit("ada", "cole", "10:30", days=1): books tomorrow's half past ten and gives its reference."""

    def book(patient, doctor, clock_time, days=0, **given):
        with app.app_context():
            whom = db.session.get(Doctor, getattr(cast, doctor))
            given = {"visit_type_id": whom.visit_types[0].id} | given
            if given.get("status") == Status.HELD:
                given.setdefault("held_until", NOW + timedelta(minutes=5))
            who = db.session.get(Patient, getattr(cast, patient))
            made = factories.appointment(who, whom, at(clock_time, days), **given)
            db.session.commit()
            return made.reference

    return book


@pytest.fixture
def hold(browser, cast):
    """hold("ada", "cole", "10:00"): she chooses that time on the doctor's page, and this is the answer."""

    def choose(person, doctor, clock_time, days=0, **given):
        who, doctor_id = browser(person), getattr(cast, doctor)
        page = who.get(f"/doctors/{doctor_id}/slots")
        chosen = {"start": at(clock_time, days).isoformat()} | given
        return page.form(action=f"/doctors/{doctor_id}/holds").submit(**chosen)

    return choose


@pytest.fixture
def held_page(hold):
    """held_page("ada", "cole", "10:00"): the page on which she books what she holds."""
    return lambda *chosen, **given: hold(*chosen, **given).follow()


@pytest.fixture
def stored(app):
    """stored(): each appointment's patient, doctor, start and status; stored("version", ...): other columns."""

    def read(*columns):
        with app.app_context():
            rows = db.session.scalars(db.select(Appointment).order_by(Appointment.id))
            if columns:
                return [tuple(getattr(row, column) for column in columns) for row in rows]
            return [(row.patient_id, row.doctor_id, row.during.lower, row.status) for row in rows]

    return read


@pytest.fixture
def unchanged(app):
    """Whatever happens inside `with unchanged():` leaves visits, history, jobs and messages as they were."""

    def snapshot():
        with app.app_context():
            return {t: db.session.execute(db.text(f"SELECT * FROM {t} ORDER BY id")).all() for t in KEPT}

    @contextmanager
    def checking():
        before = snapshot()
        yield
        assert snapshot() == before

    return checking


@pytest.fixture
def real(committed, monkeypatch):
    """The committed database, at NOW, with real browsers' requests and a connection beside them."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    url = make_url(committed.app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    committed.browser = lambda name: Browser(committed.app).as_person(f"{name}@test.example")
    with psycopg.connect(url.render_as_string(hide_password=False)) as beside:
        committed.beside = beside
        yield committed


@pytest.fixture
def heard(real):
    """heard(): what has been announced since the last time, in order."""
    real.beside.autocommit = True
    real.beside.execute(f"LISTEN {CHANNEL}")

    def told():
        # Notes come in the order of their commits, so that after this one nothing is on its way.
        real.beside.execute("SELECT pg_notify(%s, 'the end')", [CHANNEL])
        return list(takewhile(lambda topic: topic != "the end", (note.payload for note in real.beside.notifies())))

    return told
