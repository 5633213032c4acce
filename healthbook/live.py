"""Live pages: announce(topic) inside the transaction is heard after its commit by every open page that listens.

Each process has one listening connection, outside the pool, and a bounded queue for each open page. A stream carries
bare names and never content; after each (re)connection it says "refresh", since what happened meanwhile is lost.
"""

import time
from collections.abc import Callable, Iterator
from queue import Empty, Full, Queue
from threading import Lock, Thread

import psycopg
from flask import Flask, current_app
from gevent import monkey
from sqlalchemy import text
from sqlalchemy.engine import make_url

from healthbook.db import db

CHANNEL = "healthbook"
REFRESH = "refresh"
PING = "ping"
PING_SECONDS = 20
WAITING = 16
MOST = 1900


TELL = text("SELECT pg_notify(:channel, topic) FROM unnest(CAST(:topics AS text[])) AS topic")


def announce(*topics: str) -> None:
    """Say that something changed, once this transaction has committed."""
    db.session.execute(TELL, {"channel": CHANNEL, "topics": list(topics)})


def listen(topics: set[str], still_welcome: Callable[[], bool]) -> Iterator[str]:
    """The text of a stream for these topics. It ends when the person is no longer welcome or the server stops."""
    # The board is looked up now: when the first line is asked for, the request is over.
    return told(current_app.extensions["live"].page(topics), still_welcome)


def told(page: "Page", still_welcome: Callable[[], bool]) -> Iterator[str]:
    with page:
        yield f"retry: 2000\n\n{event(REFRESH)}"
        due = time.monotonic() + PING_SECONDS
        while True:
            # Also where something is told all the time, or a busy clinic would never look at the session.
            if time.monotonic() >= due:
                if not still_welcome():
                    return
                yield event(PING)
                due = time.monotonic() + PING_SECONDS
            try:
                name = page.get(timeout=max(due - time.monotonic(), 0))
            except Empty:
                continue
            if name is None:
                return
            yield event(name)


def crowded() -> bool:
    """Whether this process has as many open pages as it can keep."""
    return len(current_app.extensions["live"].pages.get(REFRESH, ())) >= MOST


def event(name: str) -> str:
    return f"event: {name}\ndata: {name}\n\n"


class Page(Queue):
    """What an open page has yet to be told; None ends its stream."""

    def __init__(self, board: "Board", topics: set[str]):
        super().__init__(WAITING)
        self.board, self.topics = board, topics

    def __enter__(self) -> "Page":
        self.board.join(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.board.leave(self)

    def tell(self, name: str | None) -> None:
        """A page too slow to read is dropped: its browser connects again and refreshes."""
        try:
            self.put_nowait(name)
        except Full:
            self.board.leave(self)
            self.queue.clear()
            self.queue.append(None)


class Board:
    """The open pages of one process by topic, and the connection that hears the database."""

    def __init__(self, database_url: str):
        self.conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.pages: dict[str, set[Page]] = {}
        self.lock, self.listener, self.closed = Lock(), None, False

    def page(self, topics: set[str]) -> Page:
        return Page(self, topics | {REFRESH})

    def join(self, page: Page) -> None:
        with self.lock:
            for topic in page.topics:
                self.pages.setdefault(topic, set()).add(page)
            if self.listener is None:
                self.listener = Thread(target=self.hear, name="live", daemon=True)
                self.listener.start()

    def leave(self, page: Page) -> None:
        for topic in page.topics:
            if pages := self.pages.get(topic):
                pages.discard(page)
                if not pages:
                    del self.pages[topic]

    def hear(self) -> None:
        """Until the process ends: listen, pass on, and after a lost connection tell every page to refresh."""
        refuse_blocking_wait()
        while not self.closed:
            try:
                with psycopg.connect(self.conninfo, autocommit=True, keepalives_idle=30) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self.tell(REFRESH, REFRESH)
                    for note in connection.notifies():
                        self.tell(note.payload, note.payload)
            except psycopg.Error:
                time.sleep(0.5)

    def tell(self, topic: str, name: str | None) -> None:
        for page in tuple(self.pages.get(topic, ())):
            page.tell(name)

    def close(self) -> None:
        """End every stream, so that a server that is told to stop need not wait for them."""
        self.closed = True
        self.tell(REFRESH, None)


def refuse_blocking_wait() -> None:
    """psycopg imported before gevent's patch would wait with the whole process, not with one greenlet."""
    if monkey.is_module_patched("socket") and psycopg.waiting.wait is not psycopg.waiting.wait_poll:
        raise RuntimeError(
            "psycopg was imported before gevent patched the process: start with `python -m healthbook serve`."
        )


def init_app(app: Flask) -> None:
    app.extensions["live"] = Board(app.config["SQLALCHEMY_DATABASE_URI"])
