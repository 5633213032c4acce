"""Many real processes want one time at once, over HTTP, round after round."""

import http.client
import time
from multiprocessing import get_context
from typing import NamedTuple
from urllib.parse import urlencode

# Seconds; a client that fails leaves the others waiting, and then all of them give up.
PATIENCE = 240


class Outcome(NamedTuple):
    """Of all attempts: how many were answered with each status, and their seconds in order."""

    statuses: dict[int, int]
    winners: list[int]
    seconds: list[float]

    def percentile(self, share):
        return self.seconds[int(len(self.seconds) * share)]


def attempt(connection, path, body, headers):
    began = time.perf_counter()
    connection.request("POST", path, body, headers | {"Content-Type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()
    response.read()
    return response.status, time.perf_counter() - began


def client(port, headers, path, bodies, barrier, answers):
    """One patient's browser: waits for the others, tries, and says what it was told."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    told = []
    for body in bodies:
        barrier.wait()
        told.append(attempt(connection, path, body, headers))
        barrier.wait()
    connection.close()
    answers.put(told)


def race(site, emails, doctor_id, visit_type_id, starts, reset):
    """Everybody holds the same start, once for each of `starts`; `reset()` makes it free again between the rounds."""
    context = get_context("spawn")
    barrier, answers = context.Barrier(len(emails) + 1, timeout=PATIENCE), context.Queue()
    path = f"/doctors/{doctor_id}/holds"
    bodies = [urlencode({"start": start, "visit_type": visit_type_id}) for start in starts]
    clients = [
        context.Process(target=client, args=(site.port, site.headers(email), path, bodies, barrier, answers))
        for email in emails
    ]
    for process in clients:
        process.start()
    for _ in starts:
        barrier.wait()
        barrier.wait()
        reset()
    told = [answers.get(timeout=60) for _ in clients]
    for process in clients:
        process.join()
    return outcome(told)


def outcome(told):
    rounds = list(zip(*told, strict=True))
    statuses = [status for one in rounds for status, _ in one]
    winners = [sum(status == 303 for status, _ in one) for one in rounds]
    counted = {status: statuses.count(status) for status in sorted(set(statuses))}
    return Outcome(counted, winners, sorted(seconds for one in rounds for _, seconds in one))


def chooser(port, headers, choices, barrier, answers):
    """One patient's browser that chooses one time after the other, in step with the other patient."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    told = []
    for doctor_id, kind, start in choices:
        barrier.wait()
        body = urlencode({"start": start, "visit_type": kind})
        told.append(attempt(connection, f"/doctors/{doctor_id}/holds", body, headers)[0])
    connection.close()
    answers.put(told)


def swapped(site, wishes, rounds):
    """Two patients choose between two doctors' times at the same moments; the statuses of all attempts."""
    context = get_context("spawn")
    barrier, answers = context.Barrier(len(wishes), timeout=PATIENCE), context.Queue()
    choosers = [
        context.Process(target=chooser, args=(site.port, site.headers(email), list(choices) * rounds, barrier, answers))
        for email, choices in wishes.items()
    ]
    for process in choosers:
        process.start()
    statuses = [status for _ in choosers for status in answers.get(timeout=60)]
    for process in choosers:
        process.join()
    return statuses
