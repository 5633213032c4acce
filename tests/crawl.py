"""Follows every link that somebody meets, each as a whole page and as the part that htmx asks for."""

import re
from collections import Counter, deque
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from browsers import HTMX

LINK = re.compile(r'\s(?:href|src|action|hx-get)="([^"]*)"')
ALIKE = 3
"""Of addresses that differ in numbers and values only, so many are opened: weeks and days have no end."""


class Answer(NamedTuple):
    """`said` is everything that came: headers, body, and what the session cookie holds."""

    path: str
    status: int
    said: str


def ask(browser, method, path, **sent):
    """One request and its answer, without reading the page: thousands of these must be quick."""
    with browser.client.open(path, method=method, **sent) as response:
        said = f"{response.headers}\n{response.get_data().decode(errors='replace')}"
    if "Set-Cookie" in response.headers:
        with browser.client.session_transaction() as session:
            said += repr(dict(session))
    return Answer(path, response.status_code, said)


def crawl(browser, starts):
    """The answers of these addresses, and of all that can be reached from them."""
    waiting, known, alike = deque(starts), set(starts), Counter()
    while waiting:
        path = waiting.popleft()
        for headers in ({}, HTMX):
            answer = ask(browser, "GET", path, headers=headers)
            yield answer
            for found in links(answer):
                if found not in known and alike[shape(found)] < ALIKE:
                    known.add(found)
                    alike[shape(found)] += 1
                    waiting.append(found)


def links(answer):
    """Addresses of this site in an answer, without its style, script and pictures."""
    away = re.findall(r"^(?:Location|HX-Redirect): (\S+)", answer.said, re.MULTILINE)
    for link in (*LINK.findall(answer.said), *away):
        path = urldefrag(urljoin(answer.path, unescape(link))).url.removeprefix("http://localhost")
        if path.startswith("/") and not path.startswith("/static/"):
            yield path


def shape(path):
    parts = urlsplit(path)
    return re.sub(r"\d+", "0", parts.path), *sorted(name for name, _ in parse_qsl(parts.query))
