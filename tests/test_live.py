"""What is announced is heard by every open page that listens, after the commit and never instead of it."""

import subprocess
import sys
from contextlib import contextmanager
from itertools import islice
from queue import Queue
from threading import Thread

import pytest
from sqlalchemy.engine import make_url

from healthbook import live
from healthbook.db import db

REFRESH = "event: refresh\ndata: refresh\n\n"
NAME = "its-own-board"


class Reader:
    """An open page, read by a thread as a server would."""

    def __init__(self, app, *topics):
        with app.app_context():
            self.text = live.listen(set(topics), lambda: True)
        self.told = Queue()
        Thread(target=self.read, daemon=True).start()

    def read(self):
        for chunk in self.text:
            self.told.put(chunk)
        self.told.put(None)

    def next(self):
        """What it is told next; None is the end."""
        return self.told.get(timeout=15)

    def settled(self):
        """Past what every page is told first, also once the process listens to the database."""
        assert self.next() == f"retry: 2000\n\n{REFRESH}"
        assert self.next() == REFRESH
        return self


def event(name):
    return f"event: {name}\ndata: {name}\n\n"


@pytest.fixture
def app_of_its_own(committed, monkeypatch):
    """The committed database, and a board that has not listened to it before."""
    url = make_url(committed.app.config["SQLALCHEMY_DATABASE_URI"]).update_query_dict({"application_name": NAME})
    board = live.Board(url.render_as_string(hide_password=False))
    monkeypatch.setitem(committed.app.extensions, "live", board)
    yield committed.app
    board.close()
    cut(committed.app)
    if board.listener:
        board.listener.join(10)


def listeners(app):
    with app.app_context():
        return db.session.scalars(
            db.text("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND application_name = :name"),
            {"name": NAME},
        ).all()


def cut(app):
    """Break off whoever listens to the database."""
    pids = listeners(app)
    with app.app_context():
        db.session.execute(db.text("SELECT pg_terminate_backend(pid) FROM unnest((:pids)::int[]) pid"), {"pids": pids})
        db.session.commit()


@contextmanager
def announced(app, *topics):
    """Said in a transaction that is still open inside the block."""
    with app.app_context():
        live.announce(*topics)
        yield db.session


def say(app, *topics):
    with announced(app, *topics) as session:
        session.commit()


def test_what_is_announced_is_heard_after_the_commit(app_of_its_own):
    page = Reader(app_of_its_own, "doctor-1", "doctor-2").settled()
    with announced(app_of_its_own, "doctor-1") as session:
        say(app_of_its_own, "doctor-2")
        assert page.next() == event("doctor-2")
        session.commit()
    assert page.next() == event("doctor-1")


def test_nothing_is_heard_of_what_was_rolled_back(app_of_its_own):
    page = Reader(app_of_its_own, "doctor-1", "doctor-2").settled()
    with announced(app_of_its_own, "doctor-1") as session:
        session.rollback()
        session.commit()
    say(app_of_its_own, "doctor-2")
    assert page.next() == event("doctor-2")


def test_each_page_hears_its_own_topics(app_of_its_own):
    page = Reader(app_of_its_own, "doctor-1").settled()
    other = Reader(app_of_its_own, "doctor-2")
    assert other.next() == f"retry: 2000\n\n{REFRESH}"
    say(app_of_its_own, "doctor-2")
    say(app_of_its_own, "clinic", "doctor-1")
    assert (page.next(), other.next()) == (event("doctor-1"), event("doctor-2"))


def test_one_change_said_twice_is_heard_once(app_of_its_own):
    page = Reader(app_of_its_own, "doctor-1", "doctor-2").settled()
    say(app_of_its_own, "doctor-1", "doctor-1", "doctor-2")
    assert [page.next(), page.next()] == [event("doctor-1"), event("doctor-2")]


def test_one_connection_listens_for_all_pages_of_a_process(app_of_its_own):
    first = Reader(app_of_its_own, "doctor-1").settled()
    others = [Reader(app_of_its_own, "doctor-1") for _ in range(20)]
    for page in others:
        assert page.next() == f"retry: 2000\n\n{REFRESH}"
    assert len(listeners(app_of_its_own)) == 1
    with app_of_its_own.app_context():
        assert db.engine.pool.checkedout() == 0
    say(app_of_its_own, "doctor-1")
    assert {page.next() for page in (first, *others)} == {event("doctor-1")}


def test_after_the_listening_connection_was_cut_every_page_refreshes_and_hears_again(app_of_its_own):
    pages = [Reader(app_of_its_own, "doctor-1").settled()]
    pages.append(Reader(app_of_its_own, "doctor-2"))
    assert pages[1].next() == f"retry: 2000\n\n{REFRESH}"
    cut(app_of_its_own)
    assert [page.next() for page in pages] == [REFRESH, REFRESH]
    say(app_of_its_own, "doctor-1", "doctor-2")
    assert [page.next() for page in pages] == [event("doctor-1"), event("doctor-2")]


def test_closing_ends_every_stream(app_of_its_own):
    pages = [Reader(app_of_its_own, "doctor-1").settled(), Reader(app_of_its_own, "clinic")]
    assert pages[1].next() == f"retry: 2000\n\n{REFRESH}"
    app_of_its_own.extensions["live"].close()
    assert [page.next() for page in pages] == [None, None]
    assert not app_of_its_own.extensions["live"].pages


@pytest.fixture
def board():
    """A board that reaches no database."""
    made = live.Board("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    made.listener = Thread()
    return made


def test_a_page_too_slow_to_read_is_ended_and_the_others_go_on(board):
    slow, quick = (live.told(board.page({"clinic"}), lambda: True) for _ in range(2))
    next(slow), next(quick)
    for _ in range(live.WAITING + 1):
        board.tell("clinic", "clinic")
        assert next(quick) == event("clinic")
    assert list(islice(slow, 1)) == []
    board.tell("clinic", "clinic")
    assert next(quick) == event("clinic")
    assert len(board.pages["clinic"]) == 1


def test_a_page_that_keeps_up_is_told_all_of_it(board):
    page = live.told(board.page({"clinic", "me-1"}), lambda: True)
    next(page)
    for n in range(live.WAITING):
        board.tell("clinic" if n % 2 else "me-1", "clinic" if n % 2 else "me-1")
    assert [next(page) for _ in range(live.WAITING)] == [event("me-1"), event("clinic")] * (live.WAITING // 2)


def test_a_page_that_was_left_is_forgotten(board):
    page = live.told(board.page({"clinic"}), lambda: True)
    next(page)
    page.close()
    assert board.pages == {}


def test_a_stream_that_was_never_read_is_not_listed(board):
    live.told(board.page({"clinic"}), lambda: True)
    assert board.pages == {}


def test_whoever_is_no_longer_welcome_hears_no_ping(board, monkeypatch):
    monkeypatch.setattr(live, "PING_SECONDS", 0.01)
    answers = iter([True, False])
    page = live.told(board.page({"clinic"}), lambda: next(answers))
    assert list(islice(page, 3)) == [f"retry: 2000\n\n{REFRESH}", event("ping")]


def started(*lines):
    """What a process says that begins with these lines and then looks at how psycopg waits."""
    code = "\n".join([*lines, "from healthbook import live", "live.refuse_blocking_wait()"])
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


PATCH = "from gevent import monkey; monkey.patch_all()"


def test_psycopg_that_would_stop_the_whole_worker_is_refused():
    result = started("import psycopg", PATCH)
    assert "healthbook serve" in result.stderr
    assert result.returncode == 1


def test_psycopg_imported_after_the_patch_is_taken():
    result = started(PATCH, "import psycopg")
    assert result.returncode == 0, result.stderr


def test_a_process_without_gevent_may_wait_as_it_likes():
    result = started("import psycopg")
    assert result.returncode == 0, result.stderr
