"""Requests take turns: few at once, in the order in which they came.

Who has begun may hold locks for which others wait, and must not be kept waiting by all those who have only just come.
"""

from collections import deque
from collections.abc import Callable
from threading import Event, Lock

from flask import Flask, g, request
from sqlalchemy.exc import TimeoutError

# Seconds; then the person is asked to try again in a moment.
PATIENCE = 5


class Turns:
    """So many at once. What is given back goes to whoever has waited longest, and to nobody who comes just then.

    `door` is called with False when the last is taken, and with True when one is free again.
    """

    def __init__(self, most: int, door: Callable[[bool], None] = lambda open: None):
        self.free, self.waiting, self.lock = most, deque[Event](), Lock()
        self.door = door

    def take(self, seconds: float) -> bool:
        """Whether it came in time."""
        with self.lock:
            if self.free:
                self.free -= 1
                if not self.free:
                    self.door(False)
                return True
            mine = Event()
            self.waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self.lock:
            if not mine.is_set():
                self.waiting.remove(mine)
            return mine.is_set()

    def give_back(self) -> None:
        with self.lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self.free += 1
                self.door(True)


def init_app(app: Flask, most: int) -> None:
    turns = app.extensions["turns"] = Turns(most)

    @app.before_request
    def wait() -> None:
        """Once what was sent has been read, however slowly it came."""
        if request.endpoint == "static":
            return
        if not turns.take(PATIENCE):
            raise TimeoutError
        g.has_turn = True

    @app.teardown_request
    def pass_on(error: BaseException | None) -> None:
        if g.pop("has_turn", False):
            turns.give_back()
