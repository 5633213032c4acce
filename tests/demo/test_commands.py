"""The demo is made nowhere by accident."""

import signal
import socket
import time
from dataclasses import replace

import click
import pytest
from flask.cli import ScriptInfo
from flask_migrate import downgrade
from sqlalchemy import func, select

from healthbook.commands import cli
from healthbook.db import db
from healthbook.demo import children, commands
from healthbook.models import User


def run(app, *words, **environ):
    return app.test_cli_runner(env=environ).invoke(cli, words, obj=ScriptInfo(create_app=lambda: app))


def people(app):
    with app.app_context():
        return db.session.scalar(select(func.count(User.id)))


@pytest.fixture
def as_demo(committed, monkeypatch):
    """An installation with people in it that somebody starts as a demo."""
    monkeypatch.setitem(committed.app.extensions, "config", replace(committed.app.extensions["config"], demo=True))
    return committed.app


def test_seed_makes_nobody_outside_the_demo(committed):
    before = people(committed.app)
    result = run(committed.app, "seed")
    assert result.exit_code == 1
    assert result.output == "Error: The demo's people are only made with HEALTHBOOK_DEMO=1. Nothing was changed.\n"
    assert people(committed.app) == before


def test_a_database_of_other_people_is_refused_and_left_alone(as_demo, monkeypatch):
    monkeypatch.setattr(commands, "upgrade", lambda: pytest.fail("it was migrated"))
    before = people(as_demo)
    result = run(as_demo, "seed")
    assert result.exit_code == 1
    assert "This database holds people who are not the demo's. Nothing was changed" in result.output
    assert people(as_demo) == before


def test_an_empty_database_is_migrated_and_filled(new_database, monkeypatch):
    app, made_at = new_database("demo_empty"), []
    with app.app_context():
        downgrade(revision="base")
    monkeypatch.setattr(commands, "fill", lambda now: made_at.append(now) or people(app) == 0)
    assert "The demo clinic has been made." in run(app, "seed").output
    assert len(made_at) == 1


def test_a_demo_is_kept_as_it_was_left(demo_app):
    before = people(demo_app)
    result = run(demo_app, "seed")
    assert (result.exit_code, result.output) == (0, "The demo clinic is there, as it was left.\n")
    assert people(demo_app) == before


def test_a_taken_port_is_named_before_anything_is_made(app):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run(app, "demo", PORT=str(port), HOST="127.0.0.1")
    assert result.exit_code == 1
    assert f"Port {port} on 127.0.0.1: Address already in use." in result.output
    assert f"PORT={port + 1} make demo" in result.output


@pytest.fixture
def quiet(monkeypatch):
    """Signals are left alone: here they are pytest's."""
    monkeypatch.setattr(children.signal, "signal", lambda number, what: None)


def test_children_are_asked_to_end_and_then_made_to(quiet, monkeypatch):
    monkeypatch.setattr(children, "ENDING_SECONDS", 1)
    deaf = ("sh", "-c", "trap '' TERM; exec sleep 60")
    with children.running(("sleep", "60"), deaf) as started:
        time.sleep(0.5)
    assert [child.returncode for child in started] == [-signal.SIGTERM, -signal.SIGKILL]


def test_a_part_that_ends_by_itself_ends_the_demo(quiet, monkeypatch):
    monkeypatch.setattr(children, "SERVE", ("sleep", "60"))
    monkeypatch.setattr(children, "WORK", ("false",))
    with pytest.raises(click.ClickException, match="ended by itself"):
        commands.run("127.0.0.1", 9, "http://127.0.0.1:9")
