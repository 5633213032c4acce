"""One JSON object a line: name, value, unit, budget."""

import json
import os
import time
from contextlib import contextmanager
from statistics import median

from sqlalchemy import event
from sqlalchemy.engine import Engine

WARM = 5


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


def timed(calls):
    """`calls` are lists of equal length, by a key. Of each: the median milliseconds, and the most statements of one.
    There must be more than WARM.

    They take turns. The first few warm it up and have their statements counted, which takes time too.
    """
    sent, seconds = {}, {key: [] for key in calls}
    for key, own in calls.items():
        counts = []
        for call in own[:WARM]:
            with statements() as seen:
                call()
            counts.append(len(seen))
        sent[key] = max(counts)
    for turn in zip(*(own[WARM:] for own in calls.values()), strict=True):
        for key, call in zip(calls, turn, strict=True):
            began = time.perf_counter()
            call()
            seconds[key].append(time.perf_counter() - began)
    return {key: (median(seconds[key]) * 1000, sent[key]) for key in calls}
