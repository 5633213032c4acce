"""A crowd that wants the same few times: real processes hold, book, move, cancel and let go, over HTTP.

Some patients have two browsers, and now and then a browser sends the same form twice at once, as an impatient thumb
does. One doctor is ill: the desk offers their patients other times, and both answer. What was answered is kept, and
looked for in the database afterwards.
"""

import http.client
import re
import time
from itertools import chain
from multiprocessing import get_context
from queue import Empty
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

# Seconds; whoever waits longer for the others has lost them.
PATIENCE = 3600
TWICE = 0.1
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OFFER = re.compile(rb'name="offer" value="([0-9]+)"')


class Time(NamedTuple):
    """Something to choose, as the picker sends it."""

    doctor_id: int
    visit_type_id: int
    start: str


class Answer(NamedTuple):
    """What one attempt was told, after how many seconds; for a redirect, about which visit or hold."""

    act: str
    status: int
    seconds: float
    about: str = ""
    became: str = ""


class Ill(NamedTuple):
    """The doctor who is, and the references of the visits that cannot be."""

    doctor_id: int
    visits: list[str]


class Person(NamedTuple):
    """Whose browser it is: what it sends, and which of the visits that cannot be are theirs."""

    headers: dict[str, str]
    visits: list[str]
    desk: bool = False


class Browser:
    """Of one patient, with what it knows of their visits."""

    def __init__(self, port, person, times, ill, seed):
        self.headers, self.times, self.random = person.headers | FORM, times, Random(seed)
        self.ill, self.asked = ill, [*person.visits]
        self.lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(2)]
        self.held, self.visits, self.answers, self.looks = "", [], [], []

    def sent(self, act, path, fields, about=""):
        """The answers to one form, sent once or twice at the same moment; the last one's is followed."""
        lines = self.lines if self.random.random() < TWICE else self.lines[:1]
        began, body = time.perf_counter(), urlencode(fields)
        for line in lines:
            line.request("POST", path, body, self.headers)
        for line in lines:
            response = line.getresponse()
            response.read()
            where = (response.getheader("Location") or "").partition("?")[0].rpartition("/")[2]
            self.answers.append(Answer(act, response.status, time.perf_counter() - began, about, where))
        # The server closes what nobody uses for some seconds, perhaps just when it is used again.
        if len(lines) > 1:
            for line in lines:
                line.close()
        return self.answers[-1]

    def look_around(self):
        """Nobody chooses a time without having seen it."""
        for doctor_id in {chosen.doctor_id for chosen in self.times}:
            self.lines[0].request("GET", f"/doctors/{doctor_id}/slots", headers=self.headers)
            self.lines[0].getresponse().read()
        self.lines[0].close()

    def act(self):
        if self.asked and self.random.random() < 0.2:
            return self.answer(self.random.choice(self.asked), ("accept", "accept", "decline"))
        if self.held and self.random.random() < 0.8:
            return self.book() if self.random.random() < 0.8 else self.let_go()
        if self.visits and self.random.random() < 0.5:
            return self.move() if self.random.random() < 0.6 else self.cancel()
        return self.hold()

    def hold(self):
        chosen = self.random.choice(self.times)
        fields = {"start": chosen.start, "visit_type": chosen.visit_type_id}
        told = self.sent("hold", f"/doctors/{chosen.doctor_id}/holds", fields)
        if told.status == 303:
            self.held = told.became

    def book(self):
        held, self.held = self.held, ""
        told = self.sent("book", f"/holds/{held}", {"reason": "A cough"}, held)
        if told.status == 303:
            self.visits.append(told.became)

    def let_go(self):
        held, self.held = self.held, ""
        self.sent("let go", f"/holds/{held}/release", {}, held)

    def move(self):
        visit, chosen = self.visits.pop(), self.random.choice(self.times)
        fields = {"start": chosen.start, "doctor": chosen.doctor_id}
        told = self.sent("move", f"/appointments/{visit}/rescheduling", fields, visit)
        self.visits.insert(0, told.became if told.status == 303 else visit)

    def answer(self, visit, words):
        """To the offer on the page, if there is one; what is accepted by somebody else meanwhile is theirs to know."""
        path, began = f"/appointments/{visit}/offer", time.perf_counter()
        self.lines[0].request("GET", path, headers=self.headers)
        response = self.lines[0].getresponse()
        offer = OFFER.search(response.read())
        self.looks.append(Answer("look", response.status, time.perf_counter() - began, visit))
        if offer:
            said = self.random.choice(words)
            self.sent(said, path, {"offer": offer[1].decode(), "answer": said}, visit)

    def cancel(self):
        visit = self.visits.pop(0)
        told = self.sent("cancel", f"/appointments/{visit}/cancellation", {"reason": "cannot_come"}, visit)
        if told.status != 303:
            self.visits.append(visit)


class Desk(Browser):
    """Makes offers to whoever has none, answers for people, and takes back."""

    def act(self):
        if self.random.random() < 0.3:
            self.sent("offer", f"/doctors/{self.ill.doctor_id}/offers", {"batch": "later"})
        else:
            self.answer(self.random.choice(self.ill.visits), ("accept", "decline", "take_back"))


def client(port, person, times, ill, seed, attempts, barrier, answers):
    browser = (Desk if person.desk else Browser)(port, person, times, ill, seed)
    browser.look_around()
    barrier.wait()
    while len(browser.answers) < attempts:
        browser.act()
    answers.put(browser.answers + browser.looks)


def one(answers, processes):
    """What one of them was told; raises Empty when somebody failed, since the others wait for them."""
    while all(process.exitcode in (None, 0) for process in processes):
        try:
            return answers.get(timeout=1)
        except Empty:
            continue
    for process in processes:
        process.kill()
    raise Empty


def gathered(site, emails, desk, ill, clients):
    """As many people as clients: patients, some twice, each with a visit that cannot be; two are at the desk."""
    patients = [Person(site.headers(email), [visit]) for email, visit in zip(emails, ill.visits, strict=True)]
    at_desk = [Person(site.headers(desk), [], desk=True)] * 2
    return [*(patients[n % len(patients)] for n in range(clients - len(at_desk))), *at_desk]


def crowd(site, people, times, ill, attempts):
    """All answers to so many attempts, of a client for each of the people, and to what they look at between them."""
    context = get_context("spawn")
    barrier, answers = context.Barrier(len(people), timeout=PATIENCE), context.Queue()
    each, port = -(-attempts // len(people)), site.port
    processes = [
        context.Process(target=client, args=(port, person, times, ill, seed, each, barrier, answers))
        for seed, person in enumerate(people)
    ]
    for process in processes:
        process.start()
    told = list(chain.from_iterable(one(answers, processes) for _ in processes))
    for process in processes:
        process.join()
    return told
