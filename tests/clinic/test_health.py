from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from healthbook.db import db


def test_healthz_says_ok_and_no_more(browser, statements):
    guest = browser()
    with statements() as seen:
        page = guest.get("/healthz")
    assert (page.status, page.body, seen) == (200, "ok\n", [])


def test_healthz_answers_while_the_database_is_away(browser, monkeypatch):
    monkeypatch.setattr(db.session, "execute", away)
    monkeypatch.setattr(db.session, "scalar", away)
    assert browser().get("/healthz").status == 200


def away(*args, **kwargs):
    raise OperationalError("SELECT secret", {}, Exception("server at /secret/path is gone"))


def test_readyz_is_ready_when_every_migration_is_applied(browser):
    page = browser().get("/readyz")
    assert (page.status, page.body) == (200, "ready\n")


def test_readyz_waits_for_the_migrations(app, browser):
    with app.app_context():
        db.session.execute(db.text("UPDATE alembic_version SET version_num = '001'"))
        db.session.commit()
    page = browser().get("/readyz")
    assert (page.status, page.body) == (503, "not ready\n")
    assert page.headers["Retry-After"]


def test_readyz_waits_for_the_database_and_says_nothing_of_it(browser, monkeypatch):
    monkeypatch.setattr(db.session, "scalars", away)
    page = browser().get("/readyz")
    assert (page.status, page.body) == (503, "not ready\n")


def test_there_is_one_newest_migration(app):
    assert len(ScriptDirectory(app.extensions["migrate"].directory).get_heads()) == 1
