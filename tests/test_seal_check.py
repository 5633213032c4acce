"""An installation whose key does not open what is sealed in it does not start, and says so in plain words."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import factories
import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import NullPool, create_engine, text

from healthbook import seal_check
from healthbook.app import create_app
from healthbook.config import Config, Misconfigured
from healthbook.db import db
from healthbook.models import SealCheck

KEY, OTHER = "00" * 32, "11" * 32


def made(server, name, folder):
    """The settings of an installation with a new database of this name, in which nothing is yet."""
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    server.create(name)
    return Config(folder, "secret", KEY, server.url(name), testing=True)


@pytest.fixture
def new(server, tmp_path):
    return made(server, "new_started", tmp_path)


@pytest.fixture(scope="module")
def migrated(server, tmp_path_factory):
    config = made(server, "old_started", tmp_path_factory.mktemp("started"))
    run(config, upgrade)
    return config


@pytest.fixture
def config(migrated):
    """A database that has been migrated, and nothing sealed in it."""
    forget(migrated)
    run(migrated, factories.empty_everything)
    return migrated


def forget(config):
    with create_engine(config.database_url, poolclass=NullPool).begin() as connection:
        connection.execute(text("DELETE FROM seal_check"))


def run(config, *steps):
    with create_app(config).app_context():
        for step in steps:
            step()
        db.session.commit()
        db.engine.dispose()


def started(config):
    """A process of this installation starts; the words that its key opens then."""
    words = []
    run(config, lambda: words.extend(row.words for row in db.session.scalars(db.select(SealCheck))))
    return words


def test_a_new_database_is_made_by_its_migrations_and_sealed_on_the_start_after_them(new):
    run(new, upgrade)
    (words,) = started(new)
    assert len(words) == 64
    assert started(new) == [words]


def test_a_wrong_or_lost_key_is_refused_and_nothing_is_written(config):
    """Neither a wrong key nor one made anew because the file was lost starts anything (UP14)."""
    (words,) = started(config)
    for key in (OTHER, f"{OTHER},{'22' * 32}"):
        with pytest.raises(Misconfigured, match="does not open what is sealed"):
            create_app(replace(config, seal_key=key))
    assert started(config) == [words]
    assert started(replace(config, seal_key=f"{OTHER},{KEY}")) == [words]


def test_what_was_sealed_before_there_was_a_check_is_looked_at_too(config):
    """A wrong key is refused on the very start that would have made the check (UP14)."""
    run(config, lambda: factories.patient(allergies="Penicillin"))
    forget(config)
    with pytest.raises(Misconfigured):
        create_app(replace(config, seal_key=OTHER))
    assert len(started(config)) == 1


def test_bytes_that_are_not_the_rows_own_are_refused_too(config):
    run(config, lambda: db.session.execute(text("UPDATE seal_check SET seal_id = gen_random_uuid()")))
    with pytest.raises(Misconfigured):
        create_app(config)


def test_a_database_of_the_release_before_is_not_in_the_way_of_its_own_migration(new):
    run(new, upgrade, lambda: downgrade(revision="008_jobs"))
    run(new, upgrade)
    assert len(started(new)) == 1


def test_while_the_database_is_away_the_check_waits_for_the_first_request(config, server, monkeypatch):
    started(config)
    away = replace(config, seal_key=OTHER, database_url=server.url("not_there_yet"))
    app = create_app(away)
    browser = app.test_client()
    assert browser.get("/healthz").status_code == 200
    with app.app_context():
        db.engines[None].dispose()
        monkeypatch.setitem(db._app_engines, app, {None: create_engine(config.database_url, poolclass=NullPool)})
    app.testing = False
    assert browser.get("/healthz").status_code == 500
    monkeypatch.setitem(app.extensions, "key_ring", type(app.extensions["key_ring"])(KEY))
    assert [browser.get("/healthz").status_code for _ in range(2)] == [200, 200]
    assert app.extensions["seal_unchecked"] is False


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_command_says_it_without_a_traceback(config, command):
    """What the terminal shows is one sentence, with where the key belongs (UP14)."""
    started(config)
    environ = os.environ | {
        "HEALTHBOOK_DATA": str(config.folder),
        "DATABASE_URL": config.database_url.replace("+psycopg", ""),
        "HEALTHBOOK_SEAL_KEY": OTHER,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "healthbook", command],
        cwd=Path(__file__).parent.parent,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr == f"healthbook: {seal_check.WRONG}\n"
    assert not ended.stdout
