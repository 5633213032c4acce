"""Few requests at once, in the order in which they came."""

import time
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from threading import Thread
from types import SimpleNamespace

import pytest
from flask import Flask
from sites import Site
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError

from healthbook import turns
from healthbook.app import AT_ONCE
from healthbook.db import db
from healthbook.server import SMALL, is_small, workers
from healthbook.turns import Turns


def waiting(some, how_many):
    while len(some.waiting) < how_many:
        pass


def test_who_waits_longest_is_next_and_nobody_overtakes():
    some, came = Turns(1), []
    assert some.take(0)
    people = []
    for n in range(5):
        people.append(Thread(target=lambda n=n: some.take(10) and came.append(n) is None and some.give_back()))
        people[-1].start()
        waiting(some, n + 1)
    some.give_back()
    for one in people:
        one.join()
    assert came == [0, 1, 2, 3, 4]
    assert some.take(0)
    assert not some.take(0)


def test_who_loses_patience_leaves_the_queue_and_their_turn_to_others():
    some = Turns(1)
    assert some.take(0)
    assert not some.take(0.01)
    assert not some.waiting
    some.give_back()
    assert some.take(0)


def test_the_door_is_shut_while_no_turn_is_free_and_who_waits_is_served_before_it_opens():
    told = []
    some = Turns(2, told.append)
    assert some.take(0)
    assert some.take(0)
    assert told == [False]
    waits = Thread(target=some.take, args=[10])
    waits.start()
    waiting(some, 1)
    some.give_back()
    waits.join()
    assert told == [False]
    some.give_back()
    assert told == [False, True]


@pytest.mark.parametrize(("view", "status"), [(lambda: "done", 200), (lambda: 1 / 0, 500)])
def test_every_request_gives_its_turn_back_also_one_that_fails(view, status, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0)
    app = Flask("some")
    turns.init_app(app, 1)
    app.register_error_handler(TimeoutError, lambda error: ("too many", 429))
    app.add_url_rule("/", view_func=view, endpoint="one")
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(3)] == [status] * 3


def test_whoever_gets_no_turn_is_asked_for_a_moments_patience(browser, monkeypatch):
    monkeypatch.setattr(Turns, "take", lambda self, seconds: False)
    page = browser().get("/doctors")
    assert page.status == 429
    assert page.headers["Retry-After"]


@pytest.mark.parametrize(
    ("header", "small"),
    [
        (("ACCEPT", "*/*"), True),
        (("CONTENT-LENGTH", str(SMALL)), True),
        (("CONTENT-LENGTH", str(SMALL + 1)), False),
        (("TRANSFER-ENCODING", "chunked"), False),
    ],
)
def test_a_file_on_its_way_keeps_its_connection(header, small):
    assert is_small(SimpleNamespace(headers=[header])) == small


@pytest.fixture
def site(committed, tmp_path):
    site = Site(committed.app, tmp_path).start("serve")
    yield site
    site.stop()


def until_blocked(how_many):
    asked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(300):
        if db.session.scalar(asked) >= how_many:
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def ask(line):
    line.request("GET", "/doctors")


def kept(line):
    """Whether the answer leaves the connection for more."""
    answer = line.getresponse()
    answer.read()
    assert answer.status == 200
    return answer.getheader("Connection") != "close"


@contextmanager
def blocked(site, app, how_many):
    """So many connections, each with a request under way that waits until this session's transaction ends."""
    with ExitStack() as stack, app.app_context():
        lines = [HTTPConnection("127.0.0.1", site.port, timeout=30) for _ in range(how_many)]
        db.session.execute(text("LOCK TABLE doctor"))
        for n, line in enumerate(lines):
            stack.callback(line.close)
            ask(line)
            until_blocked(n + 1)
        yield lines


@pytest.mark.alone
def test_who_takes_the_last_turn_is_to_come_by_a_new_connection_next_time(site, committed):
    with blocked(site, committed.app, AT_ONCE * workers) as lines:
        db.session.rollback()
        assert sorted(kept(line) for line in lines) == [False] * workers + [True] * (AT_ONCE - 1) * workers
        ask(lines[0])
        assert kept(lines[0])


@pytest.mark.alone
def test_nobody_waits_at_a_worker_that_has_no_turn_free_while_the_other_has(site, committed):
    with blocked(site, committed.app, AT_ONCE * workers - 1):
        for _ in range(20):
            with closing(HTTPConnection("127.0.0.1", site.port, timeout=2)) as line:
                line.request("GET", "/sign-in")
                assert line.getresponse().status == 200
