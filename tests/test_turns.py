"""Few requests at once, in the order in which they came."""

from threading import Thread

import pytest
from flask import Flask
from sqlalchemy.exc import TimeoutError

from healthbook import turns
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
