"""Who the server runs as. Run as root these tests see another account; run as anybody else, themselves."""

import os
import pwd
import sys
from contextlib import nullcontext

import pytest

from healthbook import cluster
from healthbook.postgres import Postgres
from healthbook.unprivileged import Account, Unusable

ROOT = os.geteuid() == 0


def test_the_server_never_runs_as_root(folder, program, postmaster):
    program(folder).ready()
    assert postmaster(folder).uids().effective == Account().uid != 0
    assert postmaster(folder).gids().effective != 0


def test_an_ordinary_user_runs_the_server_alone(place, program, postmaster):
    user = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.geteuid())
    become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if ROOT else {}
    (place / "home").mkdir()
    os.chown(place / "home", user.pw_uid, -1)
    program(place / "home/data", python=interpreter(Account()), **become).ready()
    assert postmaster(place / "home/data").uids().effective == user.pw_uid
    assert (place / "home/data").stat().st_mode & 0o777 == 0o700
