"""`rotate-keys`: everything is sealed anew while people work; it can be killed, and nobody's words are lost."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Thread

import factories
import pytest
from conftest import KEY
from factories import NOW
from flask.cli import ScriptInfo
from test_markers import marked, models, planted

from healthbook import clock, rotation, seal_check
from healthbook.commands import cli
from healthbook.config import Misconfigured
from healthbook.db import db
from healthbook.models import Attachment, Doctor, Patient, SealCheck
from healthbook.seal import KeyRing, place, sealed

ROOT = Path(__file__).parent.parent
NEW = "77" * 32


@pytest.fixture
def both(app, monkeypatch):
    """The ring of somebody who is changing keys: the new one seals, the old one still opens."""
    monkeypatch.setitem(app.extensions, "key_ring", KeyRing(f"{NEW},{KEY}"))


def use(monkeypatch, app, keys):
    monkeypatch.setitem(app.extensions, "key_ring", KeyRing(keys))


def rotate(app):
    return app.test_cli_runner().invoke(cli, ["rotate-keys"], obj=ScriptInfo(create_app=lambda: app))


def everything(app):
    """All that is sealed, as it can be read."""
    with app.app_context():
        return {
            (model.__tablename__, row.id, one.name): getattr(row, one.name)
            for model in models()
            for row in (db.session.scalars(db.select(model)) if sealed(model) else ())
            for one in sealed(model)
        }


def test_every_sealed_column_of_every_table_opens_with_the_new_key_alone(app, cast, monkeypatch):
    """The rotation misses nothing, so that the old key can be thrown away (UP13)."""
    with app.app_context():
        planted(cast)
        db.session.commit()
    before = everything(app)
    assert {(table, name) for (table, _, name), words in before.items() if words} == {
        (model.__tablename__, one.name) for model in models() for one in sealed(model)
    }
    use(monkeypatch, app, f"{NEW},{KEY}")
    result = rotate(app)
    assert result.exit_code == 0, result.output
    assert "Take the older ones out" in result.output
    use(monkeypatch, app, NEW)
    assert everything(app) == before


def test_nothing_else_of_a_row_changes(app, cast, monkeypatch):
    use(monkeypatch, app, KEY)
    with app.app_context():
        planted(cast)
        db.session.commit()
        before = plain_columns()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))
    use(monkeypatch, app, f"{NEW},{KEY}")
    rotate(app)
    with app.app_context():
        assert plain_columns() == before


def plain_columns():
    """Every row, without what is sealed."""
    rows = {}
    for model in models():
        hidden = {model.__mapper__.columns[one.column] for one in sealed(model)}
        columns = [column for column in model.__table__.c if column not in hidden]
        rows[model] = db.session.execute(db.select(*columns).order_by(columns[0])).all()
    return rows


def test_what_is_sealed_with_the_new_key_is_left_alone(app, cast, both):
    with app.app_context():
        patient = db.session.get(Patient, cast.ada)
        patient.allergies = "Penicillin"
        db.session.commit()
        before = patient.allergies_sealed
    assert rotate(app).exit_code == 0
    with app.app_context():
        assert db.session.get(Patient, cast.ada).allergies_sealed == before


def test_half_done_everything_opens_and_the_rest_is_done_later(app, cast, monkeypatch):
    """Stopped between two batches, with both keys in use, all can be read (UP13)."""
    monkeypatch.setattr(rotation, "ROWS", 2)
    with app.app_context():
        for number in range(5):
            factories.patient(allergies=f"Penicillin {number}")
        db.session.commit()
    use(monkeypatch, app, f"{NEW},{KEY}")
    before = everything(app)
    with app.app_context():
        sealing = of(Patient)
        assert sealing.left() == 5
        next(sealing.reseal())
        assert sealing.left() == 3
    assert everything(app) == before
    with app.app_context():
        assert list(of(Patient).reseal()) == [2, 1]
        assert of(Patient).left() == 0
    assert everything(app) == before


def of(model):
    return next(sealing for sealing in rotation.sealings() if sealing.table is model.__table__)


def test_large_files_are_not_read_all_at_once():
    assert (of(Attachment).batch, of(Patient).batch) == (rotation.FILES, rotation.ROWS)


def test_what_no_key_opens_stays_as_it_is_and_is_said(app, cast, both):
    """A value sealed with a key that was lost is not thrown away, and the old key is not called needless."""
    with app.app_context():
        patient = db.session.get(Patient, cast.ada)
        patient.allergies_sealed, patient.medical_history = b"lost" + bytes(40), "Asthma"
        db.session.commit()
    result = rotate(app)
    assert result.exit_code == 1
    assert "1 rows are not sealed with the first key" in result.output
    assert "Take the older ones out" not in result.output
    with app.app_context():
        patient = db.session.get(Patient, cast.ada)
        assert patient.allergies_sealed == b"lost" + bytes(40)
        assert patient.medical_history == "Asthma"


def test_a_start_without_the_old_key_is_refused_until_nothing_needs_it(app, cast, monkeypatch):
    """Somebody takes the old key away though the rotation said that it is not done (UP13, UP14)."""
    with app.app_context():
        seal_check.check()
        db.session.get(Patient, cast.ada).allergies_sealed = b"lost" + bytes(40)
        db.session.commit()
    use(monkeypatch, app, f"{NEW},{KEY}")
    assert rotate(app).exit_code == 1
    use(monkeypatch, app, NEW)
    with app.app_context(), pytest.raises(Misconfigured):
        seal_check.check()
    use(monkeypatch, app, f"{NEW},{KEY}")
    with app.app_context():
        db.session.get(Patient, cast.ada).allergies = "Penicillin"
        db.session.commit()
    assert rotate(app).exit_code == 0
    use(monkeypatch, app, NEW)
    with app.app_context():
        seal_check.check()


def test_a_value_moved_to_another_row_is_not_made_good_by_the_rotation(app, cast, monkeypatch):
    """Bytes swapped by SQL do not open before the rotation, nor after it (UP12)."""
    with app.app_context():
        for id, words in ((cast.ada, "Penicillin"), (cast.ben, "Nuts")):
            db.session.get(Patient, id).allergies = words
        db.session.commit()
        adas = db.session.get(Patient, cast.ada).allergies_sealed
        db.session.execute(db.update(Patient).where(Patient.id == cast.ben).values(allergies_sealed=adas))
        db.session.commit()
    use(monkeypatch, app, f"{NEW},{KEY}")
    assert rotate(app).exit_code == 1
    with app.app_context():
        assert db.session.get(Patient, cast.ben).allergies_sealed == adas
        assert db.session.get(Patient, cast.ada).allergies == "Penicillin"


def patients(app, number):
    with app.app_context():
        ids = [factories.patient(allergies=f"Penicillin {one}").id for one in range(number)]
        db.session.commit()
    return ids


def test_words_that_somebody_is_writing_are_not_overwritten(committed, monkeypatch):
    """The row is passed over while it is being changed, and left to the next pass."""
    app, (first, second) = committed.app, patients(committed.app, 2)
    use(monkeypatch, app, f"{NEW},{KEY}")
    with app.app_context(), db.engine.connect() as writer:
        table, id = Patient.__table__, Patient.id == first
        where = place("patient", "allergies", writer.scalar(db.select(table.c.seal_id).where(id)))
        words = KeyRing(KEY).seal(b"Peanuts", where)
        writer.execute(db.update(table).where(id).values(allergies=words))
        assert "1 rows are not sealed with the first key" in rotate(app).output
        writer.commit()
    assert rotate(app).exit_code == 0
    with app.app_context():
        assert db.session.get(Patient, first).allergies == "Peanuts"
        assert db.session.get(Patient, second).allergies == "Penicillin 1"


def test_whoever_comes_while_a_batch_is_under_way_waits_and_wins(committed, monkeypatch):
    app, (first,) = committed.app, patients(committed.app, 1)
    use(monkeypatch, app, f"{NEW},{KEY}")
    waiting, anew = [], rotation.Sealing.anew

    def write():
        with app.app_context():
            db.session.get(Patient, first).allergies = "Peanuts"
            db.session.commit()

    def with_somebody_waiting(sealing, row):
        """The row is locked by now, and somebody else wants to change it."""
        if sealing.table is Patient.__table__:
            waiting.append(Thread(target=write))
            waiting[0].start()
            wait_until_somebody_waits(app)
        anew(sealing, row)

    monkeypatch.setattr(rotation.Sealing, "anew", with_somebody_waiting)
    assert rotate(app).exit_code == 0
    waiting[0].join()
    use(monkeypatch, app, NEW)
    with app.app_context():
        assert db.session.get(Patient, first).allergies == "Peanuts"


def test_killed_in_the_middle_it_goes_on_where_it_was(committed, monkeypatch):
    """kill -9 before the third batch is committed: all can be read, and the next run finishes (UP13)."""
    app, _ = committed.app, patients(committed.app, 7)
    with app.app_context():
        marked(
            factories.appointment(db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole), NOW)
        )
        db.session.commit()
    use(monkeypatch, app, f"{NEW},{KEY}")
    before = everything(app)
    assert killed(app).returncode == -signal.SIGKILL
    with app.app_context():
        # The process that was killed had sealed its own check when it started.
        db.session.delete(db.session.get_one(SealCheck, 1))
        db.session.commit()
        assert of(Patient).left() == 3
    assert everything(app) == before
    assert rotate(app).exit_code == 0
    use(monkeypatch, app, NEW)
    assert everything(app) == before


def killed(app):
    """A process that changes keys two rows at a time, and is killed when it would commit the third time."""
    environ = {
        "HEALTHBOOK_DATA": str(app.extensions["config"].folder),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "HEALTHBOOK_SEAL_KEY": f"{NEW},{KEY}",
    }
    return subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=os.environ | environ, timeout=60)


KILLED = """
import os
from healthbook import clock, rotation
from healthbook.app import create_app
from healthbook.db import db

rotation.ROWS = 2
with create_app().app_context():
    sealing = next(one for one in rotation.sealings() if one.table.name == "patient")
    batches = sealing.reseal()
    next(batches), next(batches)
    db.session.commit = lambda: os.kill(os.getpid(), 9)
    next(batches)
"""


def wait_until_somebody_waits(app):
    """Until a lock is waited for, as PostgreSQL itself says."""
    with app.app_context(), db.engine.connect() as connection:
        for _ in range(10_000):
            if connection.scalar(db.text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
            connection.rollback()
    raise AssertionError("nobody waits")
