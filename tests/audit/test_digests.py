"""Each day of the access log is sealed when it is over; whoever changes it straight in the database is found out."""

from datetime import date, timedelta

import pytest
from factories import NOW
from flask.cli import ScriptInfo

from healthbook import clock, jobs
from healthbook.audit import rules, tasks
from healthbook.commands import cli
from healthbook.db import db
from healthbook.models import AccessDigest, AccessLog, Act, Doctor, Place, SealCheck, Why
from healthbook.seal import KeyRing

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)
FITS = "The access log is as it was written."


@pytest.fixture
def looks(app, cast):
    """Cole looks at Ada and Ben on three days, the last of which is today."""
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole).user
        for ago in (2, 1, 0):
            rules.seen(cole, [cast.ada, cast.ben], Place.CHART, Why.TREATING, NOW - ago * DAY, reason="ä")
        db.session.commit()


def seal(app, now=NOW):
    with app.app_context():
        made = [(digest.day, digest.rows) for digest in rules.seal_days(now)]
        db.session.commit()
        return made


def verify(app):
    return app.test_cli_runner().invoke(cli, ["verify-access-log"], obj=ScriptInfo(create_app=lambda: app))


def as_superuser(app, statement):
    """What the database's own administrator can do: triggers do not stop them."""
    with app.app_context():
        db.session.execute(db.text("SET LOCAL session_replication_role = replica"))
        db.session.execute(db.text(statement))
        db.session.execute(db.text("SET LOCAL session_replication_role = origin"))
        db.session.commit()


def test_every_day_that_is_over_is_sealed_once(app, looks):
    assert seal(app) == [(MONDAY - DAY, 2), (MONDAY, 2)]
    assert seal(app) == []
    assert seal(app, NOW + 3 * DAY) == [(MONDAY + DAY, 2), (MONDAY + 2 * DAY, 0), (MONDAY + 3 * DAY, 0)]
    assert FITS in verify(app).output


def test_a_log_that_has_just_begun_has_nothing_to_seal(app, cast):
    assert seal(app) == []
    result = verify(app)
    assert (result.exit_code, "No day of the access log is over yet." in result.output) == (0, True)


def test_a_log_that_fits_is_said_to_with_the_last_digest_to_compare(app, looks):
    seal(app)
    result = verify(app)
    assert result.exit_code == 0
    with app.app_context():
        last = db.session.scalars(db.select(AccessDigest).order_by(AccessDigest.day.desc())).first()
        assert f"Compare with a copy: 2026-11-23 {last.digest.hex()}" in result.output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE access_log SET actor_id = 2 WHERE at < '2026-11-23'", "2026-11-22: a line"),
        ("UPDATE access_log SET why = 'self', reason = NULL WHERE at < '2026-11-23'", "2026-11-22: a line"),
        ("UPDATE access_log SET at = at - interval '1 hour' WHERE at < '2026-11-23'", "2026-11-22: a line"),
        (
            "DELETE FROM access_log WHERE at BETWEEN '2026-11-23' AND '2026-11-24'",
            "2026-11-23: it has 0 lines and had 2",
        ),
        ("TRUNCATE access_log", "2026-11-22: it has 0 lines and had 2"),
        (
            "INSERT INTO access_log (at, actor_id, patient_id, object, action, why) "
            "VALUES ('2026-11-22 10:00Z', 1, 1, 'chart', 'read', 'self')",
            "2026-11-22: it has 3 lines and had 2",
        ),
        (
            "INSERT INTO access_log (at, actor_id, patient_id, object, action, why) "
            "VALUES ('2026-11-01 10:00Z', 1, 1, 'chart', 'read', 'self')",
            "2026-11-01: there are lines from before the first day that was sealed",
        ),
        ("DELETE FROM access_digest WHERE day = '2026-11-22'", "2026-11-22: there are lines from before"),
        ("UPDATE access_digest SET digest = '\\x00' WHERE day = '2026-11-22'", "2026-11-22: a line, or the day before"),
        ("UPDATE access_digest SET rows = 9 WHERE day = '2026-11-23'", "2026-11-23: it has 2 lines and had 9"),
    ],
)
def test_what_a_superuser_changes_is_found_with_its_day(app, looks, change, said):
    """Edited, deleted, emptied, backdated, or with the seals themselves (PR3)."""
    seal(app)
    as_superuser(app, change)
    result = verify(app)
    assert result.exit_code == 1
    assert said in result.output
    assert "The access log is not as it was written." in result.output
    assert FITS not in result.output


def test_a_day_in_the_middle_without_its_seal_is_named(app, looks):
    seal(app, NOW + DAY)
    as_superuser(app, "DELETE FROM access_digest WHERE day = '2026-11-23'")
    output = verify(app).output
    assert "2026-11-23: its seal is missing" in output
    assert "2026-11-22:" not in output


def test_seals_taken_away_from_the_end_are_missed(app, looks, monkeypatch):
    """The newest seals removed with what they sealed: days are over that nobody has sealed (PR3)."""
    seal(app, NOW + 5 * DAY)
    monkeypatch.setattr(clock, "now", lambda: NOW + 5 * DAY)
    assert verify(app).exit_code == 0
    as_superuser(app, "DELETE FROM access_digest WHERE day >= '2026-11-25'")
    result = verify(app)
    assert result.exit_code == 1
    assert "The last days have no seal" in result.output


def test_without_the_key_no_seal_can_be_made(app, looks):
    """Somebody with the whole database, and not the key, cannot seal what they changed (PR3)."""
    seal(app)
    as_superuser(app, "UPDATE access_log SET why = 'self'; DELETE FROM access_digest")
    with app.app_context():
        kept = db.session.get_one(SealCheck, 1).words
        db.session.get_one(SealCheck, 1).words = "a guess"
        db.session.commit()
    seal(app)
    with app.app_context():
        db.session.get_one(SealCheck, 1).words = kept
        db.session.commit()
    assert verify(app).exit_code == 1


def test_days_sealed_before_the_key_was_changed_still_fit(app, looks, monkeypatch):
    seal(app)
    ring = f"{'77' * 32},{'00' * 32}"
    monkeypatch.setitem(app.extensions, "key_ring", KeyRing(ring))
    assert app.test_cli_runner().invoke(cli, ["rotate-keys"], obj=ScriptInfo(create_app=lambda: app)).exit_code == 0
    monkeypatch.setitem(app.extensions, "key_ring", KeyRing("77" * 32))
    assert FITS in verify(app).output


def test_the_worker_seals_by_itself_and_says_the_digest(app, looks, capsys):
    assert "healthbook.audit.tasks.seal_access_log" in jobs.queue.tasks
    with app.app_context():
        tasks.seal_access_log()
        digests = db.session.scalars(db.select(AccessDigest).order_by(AccessDigest.day)).all()
        said = [f"access log of {one.day}: {one.rows} lines, digest {one.digest.hex()}" for one in digests]
    assert capsys.readouterr().out.splitlines() == said
    assert len(said) == 2


def report(app, *words):
    return app.test_cli_runner().invoke(cli, ["breach-report", *words], obj=ScriptInfo(create_app=lambda: app))


def test_a_breach_report_lists_whose_records_were_opened_and_by_whom(app, looks):
    """Within a minute it is known whose records somebody has seen (PR8)."""
    result = report(app, "--from", "2026-11-23", "--to", "2026-11-24")
    lines = result.output.splitlines()
    assert lines[0].startswith("at,actor,patient_id,patient,object")
    assert len(lines) == 5
    assert lines[1].startswith("2026-11-23T09:41:00+00:00,Maria Cole,1,Ada Byrne,chart,,read,treating,ä,")
    assert len(report(app, "--from", "2026-11-23", "--to", "2026-11-23").output.splitlines()) == 3
    assert (
        len(
            report(
                app, "--from", "2026-11-01", "--to", "2026-11-30", "--actor", "COLE@test.example"
            ).output.splitlines()
        )
        == 7
    )
    assert (
        len(
            report(
                app, "--from", "2026-11-01", "--to", "2026-11-30", "--actor", "dean@test.example"
            ).output.splitlines()
        )
        == 1
    )


def test_the_lines_of_one_look_are_in_the_order_of_the_patients_whatever_the_plan(app, cast):
    """When the table has grown the planner would like to go the other way round."""
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole).user
        for ago in range(500):
            db.session.add(
                AccessLog(
                    at=NOW - ago * DAY,
                    actor_id=cole.id,
                    patient_id=cast.ada,
                    object=Place.CHART,
                    action=Act.READ,
                    why=Why.TREATING,
                )
            )
        db.session.flush()
        db.session.execute(db.text("ANALYZE access_log"))
        db.session.execute(db.text("SET LOCAL enable_nestloop = off"))
        db.session.execute(db.text("SET LOCAL enable_mergejoin = off"))
        rules.seen(cole, [cast.ben, cast.ada], Place.FILE, Why.TREATING, NOW)
        written = db.select(AccessLog.patient_id).where(AccessLog.object == Place.FILE).order_by(AccessLog.id)
        assert db.session.scalars(written).all() == sorted([cast.ada, cast.ben])


def test_the_log_itself_is_not_changed_by_sealing(app, looks):
    with app.app_context():
        before = db.session.execute(db.select(AccessLog.__table__)).all()
    seal(app)
    with app.app_context():
        assert db.session.execute(db.select(AccessLog.__table__)).all() == before
