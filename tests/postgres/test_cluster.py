"""The data directory: whatever its folder is called, whatever was left in it, what was committed is there."""

import os
import signal

import pytest
from sqlalchemy import create_engine, text

from healthbook.cluster import short_folder
from healthbook.postgres import Postgres
from healthbook.unprivileged import Unusable

AWKWARD = 'it\'s "quoted", $(touch owned) `touch owned`; ü \\'
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "data_checksums": "on",
    "unix_socket_permissions": "0700",
    "log_error_verbosity": "terse",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "TimeZone": "UTC",
    "server_encoding": "UTF8",
}


def scalar(url, sql):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text(sql))
    engine.dispose()
    return found


@pytest.fixture
def server(folder):
    started = Postgres(folder).start()
    yield started
    started.stop()


def test_a_folder_may_have_an_awkward_name(place):
    server = Postgres(place / AWKWARD).start()
    server.create("healthbook")
    assert scalar(server.url(), "SELECT current_database()") == "healthbook"
    server.stop()
    assert not list(place.rglob("owned"))


@pytest.mark.parametrize("name", ["a space and ümlauts", "a-long-name-" + "x" * 98], ids=["space", "long"])
def test_a_folder_may_be_moved(place, folder, name):
    folder.rename(place / name)
    try:
        server = Postgres(place / name).start()
        assert scalar(server.url("postgres"), "SELECT 1") == 1
        server.stop()
        assert server.socket == server.data or not server.socket.exists()
    finally:
        (place / name).rename(folder)


def test_a_symbolic_link_leads_to_the_same_server(place, folder, server):
    (place / "link").symlink_to(folder)
    assert Postgres(place / "link").url() == server.url()


def test_a_private_folder_for_the_socket_that_is_not_private_is_refused(place):
    folder = place / ("x" * 100)
    there_first = short_folder(folder.resolve() / "pgdata")
    there_first.mkdir(mode=0o755)
    try:
        with pytest.raises(Unusable, match="not a private folder"):
            Postgres(folder).start()
    finally:
        there_first.rmdir()


def test_the_server_is_set_as_it_should_be(server, ask):
    for name, value in SETTINGS.items():
        assert ask(server.folder, f"SHOW {name}") == value
    locale = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'postgres'"
    assert ask(server.folder, locale) == "b|C.UTF-8"
    assert server.data.stat().st_mode & 0o777 == 0o700


def test_the_environment_of_another_server_does_not_matter(folder, ask, monkeypatch):
    for name, value in {"PGHOST": "nowhere", "PGPORT": "9", "PGDATA": "/nowhere", "PGUSER": "x"}.items():
        monkeypatch.setenv(name, value)
    server = Postgres(folder).start()
    assert scalar(server.url("postgres"), "SELECT current_user") == "postgres"
    monkeypatch.setenv("PGOPTIONS", "-c no_such_setting=1")
    assert ask(folder, "SELECT current_user") == "postgres"
    server.stop()


def test_a_database_is_made_once(server):
    for _ in range(2):
        server.create('it\'s "ours"')
    assert scalar(server.url('it\'s "ours"'), "SHOW server_encoding") == "UTF8"


def test_what_a_program_says_is_in_the_refusal(server):
    with pytest.raises(Unusable, match="no_such_table"):
        server.run("psql", "-X", "-c", "SELECT * FROM no_such_table")


def killed_with_a_row(folder, program, ask, postmaster):
    user = program(folder).ready()
    ask(folder, "DROP TABLE IF EXISTS kept")
    ask(folder, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    postmaster(folder).kill()
    return user


def test_what_was_committed_outlives_a_killed_postmaster(folder, program, ask, postmaster):
    killed_with_a_row(folder, program, ask, postmaster)
    program(folder).ready()
    assert ask(folder, "SELECT count(*) FROM kept") == "1000"


@pytest.mark.parametrize("left", [f"{os.getpid()}\n/somewhere\n", "12", ""], ids=["recycled", "truncated", "empty"])
def test_a_stale_pid_file_is_not_believed(folder, program, ask, postmaster, at_work, soon, left):
    killed_with_a_row(folder, program, ask, postmaster).kill(signal.SIGKILL)
    soon(lambda: not at_work(folder))
    (folder / "pgdata/postmaster.pid").write_text(left)
    (folder / "pgdata/.s.PGSQL.5432.lock").write_text(left)
    program(folder).ready()
    assert ask(folder, "SELECT count(*) FROM kept") == "1000"


def test_a_data_directory_that_was_cut_short_is_made_again(place, program, soon, ask):
    starter = program(place / "data")
    soon(lambda: (place / "data/pgdata.new/PG_VERSION").exists())
    starter.process.kill()
    program(place / "data").ready()
    assert ask(place / "data", "SELECT 1") == "1"


def test_data_of_another_version_is_left_alone_and_said_plainly(folder):
    version = folder / "pgdata/PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(Unusable, match=r"made by PostgreSQL 17, and this is PostgreSQL 18\. Dump it"):
            Postgres(folder).start()
        assert version.read_text() == "17\n"
    finally:
        version.write_text("18\n")
