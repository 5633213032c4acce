"""What can be typed after `python -m healthbook`."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask.cli import ScriptInfo
from sites import free_port
from sqlalchemy import select

from healthbook import commands
from healthbook.accounts import passwords
from healthbook.commands import cli
from healthbook.config import Misconfigured
from healthbook.db import db
from healthbook.models import Clinic, User

ROOT = Path(__file__).parent.parent
ADMIN = ("create-admin", "--email", "Ann@Clinic.Example", "--first-name", "Ann", "--last-name", "Lee")
CLINIC = (
    *("create-clinic", "--name", "Hill Practice", "--address", "1 Hill", "--phone", "0117 496 0100"),
    *("--email", "desk@hill.example", "--hours", "Monday to Friday", "--currency", "gbp"),
)


def run(app, *words, **environ):
    return app.test_cli_runner(env=environ).invoke(cli, words, obj=ScriptInfo(create_app=lambda: app))


def healthbook(*words, **environ):
    command = [sys.executable, "-m", "healthbook", *words]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, timeout=60)


def test_the_commands_are_listed_without_starting_anything():
    result = healthbook("--help", HEALTHBOOK_DATA="/dev/null/nowhere")
    assert result.returncode == 0, result.stderr
    for name in (
        *("demo", "serve", "worker", "seed", "db", "routes", "create-clinic", "create-admin"),
        *("rotate-keys", "verify-access-log", "breach-report"),
    ):
        assert f"\n  {name} " in result.stdout


@pytest.mark.parametrize(("setting", "value"), [("PORT", "eight"), ("PUBLIC_URL", "clinic.example")])
def test_a_setting_that_cannot_be_used_is_named_without_a_traceback(tmp_path, setting, value):
    given = {"HEALTHBOOK_DATA": str(tmp_path), "PORT": str(free_port()), setting: value}
    result = healthbook("demo", **given)
    assert result.returncode == 1
    assert result.stderr.startswith("healthbook: ")
    assert setting in result.stderr
    assert "Traceback" not in result.stderr


def test_serve_becomes_a_server_that_has_not_seen_the_app(app, monkeypatch):
    became = []
    monkeypatch.setattr(commands.os, "execv", lambda *to: became.append(to))
    run(app, "serve")
    ((program, argv),) = became
    assert program == argv[0] == sys.executable
    assert argv[1:] == ("-m", "gunicorn", "-c", "python:healthbook.server")
    seen = "import sys, healthbook.server as s; print(s.bind, {'psycopg', 'flask', 'sqlalchemy'} & set(sys.modules))"
    environ = os.environ | {"HOST": "::1", "PORT": "8123"}
    result = subprocess.run([sys.executable, "-c", seen], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert result.stdout == "[::1]:8123 set()\n", result.stderr


def test_a_worker_that_could_send_nothing_does_not_start(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "config", replace(app.extensions["config"], mail_url="pigeon:"))
    monkeypatch.setattr(commands.jobs, "work", lambda app: pytest.fail("it started"))
    assert isinstance(run(app, "worker").exception, Misconfigured)


def test_the_first_admin_is_made_with_a_password_from_the_environment(app, new_installation):
    result = run(app, *ADMIN, HEALTHBOOK_ADMIN_PASSWORD="quiet harbour at nine")
    assert result.exit_code == 0, result.output
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        assert (user.email, user.user_type, user.is_staff) == ("Ann@clinic.example", "admin", True)
        assert passwords.verify(user.password, "quiet harbour at nine")


@pytest.mark.parametrize(
    ("password", "words"), [("short", "12 to 128"), ("annlee-annlee-1", "easily guessed"), ("123456789012", "guessed")]
)
def test_an_admin_has_no_weak_password(app, new_installation, password, words):
    result = run(app, *ADMIN, HEALTHBOOK_ADMIN_PASSWORD=password)
    assert result.exit_code
    assert words in result.output
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []


def test_somebody_of_the_desk_is_made_by_the_same_command(app, new_installation):
    run(app, *ADMIN, "--desk", HEALTHBOOK_ADMIN_PASSWORD="quiet harbour at nine")
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        assert (user.user_type, user.is_staff) == ("desk", True)


def test_an_address_that_has_an_account_makes_no_second(app, new_installation):
    run(app, *ADMIN, HEALTHBOOK_ADMIN_PASSWORD="quiet harbour at nine")
    result = run(app, *ADMIN, HEALTHBOOK_ADMIN_PASSWORD="quiet harbour at ten!")
    assert result.exit_code == 1
    assert "There is already an account with this e-mail address." in result.output


def test_an_address_must_be_one(app):
    result = run(app, "create-admin", "--email", "ann", HEALTHBOOK_ADMIN_PASSWORD="quiet harbour at nine")
    assert result.exit_code == 2
    assert "@-sign" in result.output


def test_a_name_must_have_letters_that_can_be_seen(app):
    wanted = {"--first-name": (*ADMIN[:3], "--first-name", "\u3164"), "--name": ("create-clinic", "--name", "\u3164")}
    for option, words in wanted.items():
        result = run(app, *words)
        assert (result.exit_code, option in result.output) == (2, True)
        assert "Write it in letters that can be seen." in result.output


def test_a_clinic_is_made_once(app, new_installation):
    assert run(app, *CLINIC, "--time-zone", "Europe/London").exit_code == 0
    second = run(app, *CLINIC, "--time-zone", "Europe/Paris")
    assert "There is a clinic already." in second.output
    with app.app_context():
        clinic = db.session.scalars(select(Clinic)).one()
        assert (clinic.name, clinic.time_zone, clinic.currency) == ("Hill Practice", "Europe/London", "GBP")


def test_a_clinic_lies_in_a_zone_that_there_is(app, new_installation):
    result = run(app, *CLINIC, "--time-zone", "Europe/Bristol")
    assert result.exit_code == 2
    assert "There is no such time zone." in result.output


def test_a_clinic_is_paid_in_a_currency_that_there_is(app, new_installation):
    result = run(app, *CLINIC, "--time-zone", "Europe/London", "--currency", "pounds")
    assert result.exit_code == 2
    assert "There is no such currency." in result.output
