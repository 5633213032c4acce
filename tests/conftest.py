"""A migrated database on an embedded server of its own; each test in one transaction that is rolled back.

Tests that need real commits (live, races, browsers) use `committed`, a second database.
"""

import os
from contextlib import contextmanager
from datetime import timedelta
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import factories
import pytest
from browsers import Browser
from chromium import running
from flask_migrate import upgrade
from sites import Site
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from healthbook import clock
from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db
from healthbook.postgres import Postgres

KEY = "00" * 32
# Whatever is set here, no test and no process that a test starts may touch a database of somebody's own.
os.environ.pop("DATABASE_URL", None)


def pytest_collection_modifyitems(items):
    """What watches a real server, or a browser, does not run beside other tests."""
    for item in items:
        if item.get_closest_marker("browser") or "served" in item.fixturenames:
            item.add_marker("alone")


@pytest.fixture(scope="session")
def server():
    """The server of this run. Not in tmp_path: under root PostgreSQL runs as somebody who cannot enter there."""
    with TemporaryDirectory(prefix="healthbook-") as folder:
        started = Postgres(folder).start()
        yield started
        started.stop()


@contextmanager
def migrated(server, folder, name):
    """An application on a new database of this name, made by the migrations."""
    server.create(name)
    app = create_app(Config(folder, "secret", KEY, server.url(name), mail_url=f"file:{folder / 'mail'}", testing=True))
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def app(server, tmp_path_factory):
    with migrated(server, tmp_path_factory.mktemp("data"), "plain") as app:
        yield app


@pytest.fixture(autouse=True)
def _push_request_context():
    """pytest-flask would keep one request open for the whole test, and with it one person signed in."""


@contextmanager
def all_undone(app):
    """Everything that is done meanwhile is undone, also what is committed."""
    with app.app_context():
        engine = db.engines[None]
    connection = engine.connect()
    outer = connection.begin()
    factory = db.session.session_factory
    with app.app_context():
        db.engines[None] = connection
    factory.configure(join_transaction_mode="create_savepoint")
    try:
        yield
    finally:
        with app.app_context():
            db.session.remove()
            db.engines[None] = engine
        factory.configure(join_transaction_mode="conditional_savepoint")
        outer.rollback()
        connection.close()


@pytest.fixture
def rolled_back(app):
    with all_undone(app):
        yield


def people():
    """The fixed cast: Ada and Ben are patients, Cole and Dean doctors, Dot is at the desk, Mo the admin, Pat waits."""
    clinic = factories.clinic()
    cast = {
        name: factories.patient(name=f"{name.title()} Byrne", email=f"{name}@test.example") for name in ("ada", "ben")
    }
    cast |= {
        name: factories.doctor(clinic, name=f"Maria {name.title()}", email=f"{name}@test.example")
        for name in ("cole", "dean")
    }
    cast["pat"] = factories.doctor(clinic, name="Pat Novak", email="pat@test.example", status="pending")
    cast["dot"] = factories.user("desk", name="Dot Marsh", email="dot@test.example")
    cast["mo"] = factories.user("admin", name="Mo Stone", email="mo@test.example")
    return SimpleNamespace(clinic=clinic.id, **{name: row.id for name, row in cast.items()})


@pytest.fixture(scope="session")
def whole_cast(app):
    """Made once: every test undoes what it did to them."""
    with pytest.MonkeyPatch.context() as patched, app.app_context():
        patched.setattr(clock, "now", lambda: factories.NOW)
        ids = people()
        db.session.commit()
    return ids


@pytest.fixture
def cast(whole_cast, rolled_back):
    """The ids of the cast (patients', doctors', users'), at a time that stands still."""
    return whole_cast


def gina_and_kim(cast, **given):
    """Gina looks after Kim, a child of seven who cannot sign in; Dot at the desk has confirmed it."""
    gina, kim = factories.patient(name="Gina Marlow", email="gina@test.example"), factories.child(name="Kim Marlow")
    terms = factories.guardian(gina.user_id, kim, confirmed_by_id=cast.dot, reviewed_age=7, **given)
    return SimpleNamespace(gina=gina.id, kim=kim.id, row=terms.id, gina_user=gina.user_id, kim_user=kim.user_id)


@pytest.fixture
def family(app, cast):
    """The ids of Gina and Kim as patients and as users, and of Gina's guardianship."""
    with app.app_context():
        ids = gina_and_kim(cast)
        db.session.commit()
    return ids


@pytest.fixture
def jobs(app):
    """jobs("appointment_changed"): what was queued for it."""

    def queued(event):
        with app.app_context():
            rows = db.session.execute(
                db.text("SELECT args, scheduled_at FROM procrastinate_jobs WHERE task_name LIKE :e ORDER BY id"),
                {"e": f"{event}:%"},
            )
            return rows.all()

    return queued


@pytest.fixture
def new_installation(app, rolled_back):
    """Nobody is there, not even the cast that other tests of the run have made."""
    with app.app_context():
        factories.empty_everything()
        db.session.commit()


@pytest.fixture(autouse=True)
def now(request, monkeypatch):
    """The time stands still at factories.NOW, but for tests that run against real processes."""
    if not {"committed", "site"} & set(request.fixturenames):
        monkeypatch.setattr(clock, "now", lambda: factories.NOW)
    return factories.NOW


@pytest.fixture
def browser(app, cast):
    """browser("ada"): a browser in which she has signed in; browser(): a guest's."""

    def open_as(name=None):
        browser = Browser(app)
        return browser.as_person(f"{name}@test.example") if name else browser

    return open_as


@pytest.fixture
def cole(browser):
    """The doctor's browser."""
    return browser("cole")


@pytest.fixture
def dot(browser):
    """The desk's."""
    return browser("dot")


@pytest.fixture
def mo(browser):
    """The admin's."""
    return browser("mo")


@pytest.fixture(scope="session")
def committed_app(server, tmp_path_factory):
    with migrated(server, tmp_path_factory.mktemp("committed"), "committed") as app:
        yield app


def emptied():
    """Again where a page of the test before still asks for something, and the two wait for each other."""
    try:
        factories.empty_everything()
    except OperationalError:
        db.session.rollback()
        factories.empty_everything()


@pytest.fixture
def committed(committed_app):
    """The second database, emptied and with the cast: what is done here is really committed."""
    with committed_app.app_context():
        emptied()
        ids = people()
        db.session.commit()
    return SimpleNamespace(app=committed_app, **vars(ids))


@pytest.fixture(scope="session")
def served(committed_app, tmp_path_factory):
    """A real server and worker on the committed database."""
    started = Site(committed_app, tmp_path_factory.mktemp("site")).start("serve", "worker")
    yield started
    started.stop()


@pytest.fixture
def site(served, committed):
    """The real server, with the cast and nothing else in its database."""
    return served


@pytest.fixture(scope="session")
def chromium():
    """One for the whole run: Playwright does not start twice in a process."""
    with running() as browser:
        yield browser


@pytest.fixture
def statements(app):
    """Counts the statements that run inside `with statements() as seen:`."""

    @contextmanager
    def counting():
        seen = []

        def count(connection, cursor, statement, *_):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")):
                seen.append(statement)

        event.listen(Engine, "before_cursor_execute", count)
        try:
            yield seen
        finally:
            event.remove(Engine, "before_cursor_execute", count)

    return counting


@pytest.fixture
def change(app):
    """change(Doctor, id, status="suspended")."""

    def set_columns(model, id, **columns):
        with app.app_context():
            row = db.session.get(model, id)
            for name, value in columns.items():
                setattr(row, name, value)
            db.session.commit()

    return set_columns


@pytest.fixture
def later(monkeypatch):
    """later(minutes=5): the clock stands that much after NOW."""
    return lambda **gone: monkeypatch.setattr(clock, "now", lambda: factories.NOW + timedelta(**gone))


@pytest.fixture
def years_of_visits(app, cast):
    """So many, of so many people, that no index of them all is as cheap as one that finds a family's few."""
    past = db.text("""
        INSERT INTO appointment (patient_id, doctor_id, appointment_type, status, reference, during, blocked, time_zone,
            fee, follow_up_required, overbooked, private, ical_uid, ical_sequence, version, video, seal_id,
            call_patient, cancelled_late, at_desk, created_at, updated_at)
        SELECT (:patients)[1 + n % 100], :doctor, 'consultation', (ARRAY['completed', 'scheduled'])[1 + n % 2],
            lpad(upper(to_hex(n)), 8, '0'), stretch, stretch, 'UTC', 0, false, false, false,
            gen_random_uuid(), 0, 1, false, gen_random_uuid(), false, false, false, now(), now()
        FROM generate_series(1, 3000) n, tstzrange(timestamptz '2020-01-01 09:00+00' + n * interval '1 hour',
            timestamptz '2020-01-01 09:30+00' + n * interval '1 hour') stretch
    """)
    with app.app_context():
        patients = [factories.patient().id for _ in range(100)]
        db.session.execute(past, {"patients": patients, "doctor": cast.dean})
        db.session.execute(db.text("ANALYZE appointment, patient, guardian, custom_user"))
        db.session.commit()
