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


def report_load(when):
    report(f"load average {when}", os.getloadavg()[0], "processes")


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


def timed(act, cases, rounds=1):
    """The median milliseconds of `act(case)`, once warm, and the most statements that one of them took."""
    cases = list(cases)
    for case in cases[:3]:
        act(case)
    with statements() as seen:
        counts = []
        for case in cases[:5]:
            seen.clear()
            act(case)
            counts.append(len(seen))
    seconds = []
    for case in cases * rounds:
        began = time.perf_counter()
        act(case)
        seconds.append(time.perf_counter() - began)
    return median(seconds) * 1000, max(counts)
