"""One JSON object a line: name, value, unit, budget."""

import json
import os
import time
from contextlib import contextmanager
from statistics import median

from sqlalchemy import event
from sqlalchemy.engine import Engine


def report(name, value, unit, budget=None):
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "budget": budget}), flush=True)


def report_machine(when):
    """What else it does, and how quick it is now: figures of two runs can only be compared beside it."""
    report(f"load average {when}", os.getloadavg()[0], "processes")
    seconds = []
    for _ in range(100):
        began = time.perf_counter()
        sum(range(100_000))
        seconds.append(time.perf_counter() - began)
    report(f"a hundred thousand additions {when}", median(seconds) * 1000, "ms")


@contextmanager
def statements():
    """Counts what is sent to the database inside."""
    seen = []

    def count(connection, cursor, statement, *_):
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def timed(calls, warm):
    """`calls` are lists of equal length, by a key. Of each: the median milliseconds, and the most statements of one.

    They take turns, when so many of each have run before.
    """
    for own in calls.values():
        for call in own[:warm]:
            call()
    seconds, sent = {key: [] for key in calls}, dict.fromkeys(calls, 0)
    for turn in zip(*calls.values(), strict=True):
        for key, call in zip(calls, turn, strict=True):
            with statements() as seen:
                began = time.perf_counter()
                call()
                seconds[key].append(time.perf_counter() - began)
            sent[key] = max(sent[key], len(seen))
    return {key: (median(seconds[key]) * 1000, sent[key]) for key in calls}
