"""What the benchmarks measure can still be made."""

from contextlib import contextmanager

from benchmarks import bulk

from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db
from healthbook.models import Appointment, Doctor


def test_a_clinic_to_measure_is_made_whatever_its_tables_have_become(server, tmp_path, monkeypatch):
    @contextmanager
    def application(name):
        app = create_app(Config(tmp_path, "secret", "00" * 32, server.url(name), testing=True))
        yield app
        with app.app_context():
            db.engine.dispose()

    for name, value in {"DOCTORS": 20, "PATIENTS": 60, "SPECIALIZATIONS": 4, "FULL": range(19, 21)}.items():
        monkeypatch.setattr(bulk, name, value)
    name = bulk.ready(server, 200, application)
    with application(name) as app, app.app_context():
        assert db.session.query(Doctor).count() == 20
        assert db.session.query(Appointment).count() == 200
    assert bulk.ready(server, 200, None) == name
