"""Who starts the server, who joins it, and who stops it, with real processes that end in every way."""

import fcntl
import os
import signal
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen

import psutil
import pytest

from healthbook.postgres import ALONE, ALONE_AT_ONCE, Postgres
from healthbook.unprivileged import Unusable

ROOT = Path(__file__).parents[2]
FORGETS = "del server; __import__('gc').collect(); sys.stdin.read()"
FORKS = "if not os.fork(): print('forked', flush=True)\nos.read(0, 1)"
BECOMES_ANOTHER = "os.execv(sys.executable, [sys.executable, '-c', 'print(\"another\", flush=True); input()'])"
WATCHES_AND_STAYS = """
import sys, time
from healthbook.postgres import Postgres
Postgres(sys.argv[1]).wait_and_stop()
print("stopped", flush=True)
time.sleep(60)
"""
COMES_AND_GOES = """
server.stop()
for _ in range(5):
    server.start()
    server.run("psql", "-X", "-c", "SELECT 1")
    server.stop()
print("done", flush=True)
"""


def test_who_comes_second_joins_the_same_server(folder, program, postmaster):
    program(folder).ready()
    first = postmaster(folder)
    program(folder).ready()
    assert postmaster(folder) == first


def test_four_at_once_in_an_empty_folder_share_one_server(place, program, ask, watcher):
    together = [program(place / "data") for _ in range(4)]
    for one in together:
        one.ready()
    assert ask(place / "data", "SELECT 1") == "1"
    assert watcher(place / "data")


def test_the_last_one_out_stops_the_server(folder, program, at_work, soon):
    first, second = program(folder).ready(), program(folder).ready()
    first.go()
    assert at_work(folder)
    second.go()
    soon(lambda: not at_work(folder))


def test_stop_returns_when_the_server_is_gone(folder):
    server = Postgres(folder).start()
    server.stop()
    server.stop()
    assert not (folder / "pgdata/postmaster.pid").exists()


def test_stop_is_not_misled_by_a_watcher_that_looks_at_the_same_moment(folder, monkeypatch):
    server = Postgres(folder).start()
    hold, refused = server.hold, []

    def refused_once(name, how):
        if (name, how) == ("users", ALONE_AT_ONCE) and not refused:
            refused.append(name)
            return None
        return hold(name, how)

    monkeypatch.setattr(server, "hold", refused_once)
    server.stop()
    assert refused
    assert not (folder / "pgdata/postmaster.pid").exists()


def suspend_while_it_waits(server, late):
    """Just begun it has the lock of the users for a moment: suspended with it, it would keep everybody waiting."""
    while True:
        late.suspend()
        # Told to stop it may still run on for a moment, and take the lock when the server's last user lets go of it.
        while late.status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        lock = server.hold("users", fcntl.LOCK_SH | fcntl.LOCK_NB)
        if lock is not None:
            return os.close(lock)
        late.resume()
        time.sleep(0.05)


def test_nothing_is_written_into_the_folder_after_stop(folder, watcher, soon):
    server = Postgres(folder).start()
    late = watcher(folder)
    suspend_while_it_waits(server, late)
    server.stop()
    for lock in folder.glob(".*.lock"):
        lock.unlink()
    late.resume()
    soon(lambda: not watcher(folder))
    assert not list(folder.glob(".*.lock"))


def test_others_go_on_when_one_of_them_is_killed(folder, program, ask, at_work, soon):
    starter, other = program(folder).ready(), program(folder).ready()
    starter.kill(signal.SIGKILL)
    assert ask(folder, "SELECT 1") == "1"
    other.go()
    soon(lambda: not at_work(folder))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_only_one_is_killed(folder, program, at_work, soon, how):
    program(folder).ready().kill(how)
    soon(lambda: not at_work(folder))


def test_the_server_stays_when_its_object_is_forgotten(folder, program, ask):
    program(folder, FORGETS).ready()
    assert ask(folder, "SELECT 1") == "1"


def test_a_program_that_becomes_another_goes_on_using_the_server(folder, program, ask):
    other = program(folder, BECOMES_ANOTHER).ready()
    assert other.process.stdout.readline() == "another\n"
    assert ask(folder, "SELECT 1") == "1"


def test_a_forked_worker_keeps_the_server_when_its_master_is_killed(folder, program, ask, at_work, soon):
    master = program(folder, FORKS).ready()
    assert master.process.stdout.readline() == "forked\n"
    master.process.kill()
    master.process.wait()
    assert ask(folder, "SELECT 1") == "1"
    master.kill(signal.SIGKILL)
    soon(lambda: not at_work(folder))


def test_who_comes_while_the_server_is_being_stopped_gets_a_new_one(folder, program):
    for one in [program(folder, COMES_AND_GOES) for _ in range(3)]:
        one.ready()
        assert one.process.stdout.read() == "done\n"


def test_a_killed_watcher_is_replaced_by_the_next_to_come(folder, program, watcher, at_work, soon):
    first = program(folder).ready()
    watcher(folder).kill()
    second = program(folder).ready()
    first.kill(signal.SIGKILL)
    second.kill(signal.SIGKILL)
    soon(lambda: not at_work(folder))


def test_a_watcher_that_has_stopped_the_server_watches_no_more(folder):
    server = Postgres(folder).start()
    server.stop()
    lock = server.hold("watch", ALONE)
    watcher = Popen([sys.executable, "-c", WATCHES_AND_STAYS, folder], stdin=lock, stdout=PIPE, text=True, cwd=ROOT)
    os.close(lock)
    with watcher:
        assert watcher.stdout.readline() == "stopped\n"
        os.close(server.hold("watch", ALONE_AT_ONCE))
        watcher.kill()


def test_a_start_that_fails_says_why_and_leaves_nobody_behind(folder, at_work, soon):
    conf = folder / "pgdata/postgresql.conf"
    whole = conf.read_text()
    conf.write_text(whole + "no_such_setting = 1\n")
    try:
        with pytest.raises(Unusable, match="no_such_setting"):
            Postgres(folder).start()
        soon(lambda: not at_work(folder))
    finally:
        conf.write_text(whole)
    Postgres(folder).start().stop()
