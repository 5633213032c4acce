"""Files on their way to a real server: too many bytes are refused at once, however they are announced."""

import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import factories
import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.models import Attachment, Doctor, Patient
from healthbook.records.files import LARGEST

FORM = b"\r\n".join(
    (
        b"--zq7",
        b'Content-Disposition: form-data; name="file"; filename="a.pdf"',
        b"Content-Type: application/pdf",
        b"",
        b"%PDF-",
    )
)
BLOCK = b"x" * 65_536
TWENTY_MEGABYTES = 20 * 2**20


@pytest.fixture
def place(site, committed):
    """Where Doctor Cole writes a new record about Ada, and the head of a request from him."""
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        factories.appointment(ada, cole, clock.now(), status="completed")
        db.session.commit()
    sent = site.headers("cole@test.example") | {"Host": urlsplit(site.url).netloc, "Connection": "close"}
    sent["Content-Type"] = "multipart/form-data; boundary=zq7"
    head = f"POST /patients/{committed.ada}/records/new HTTP/1.1\r\n"
    return head + "".join(f"{name}: {value}\r\n" for name, value in sent.items())


def status(site, *parts, seconds=5):
    """The status that is answered to these bytes, and after how long; what comes once it is known is not sent."""
    began = time.monotonic()
    with socket.create_connection((urlsplit(site.url).hostname, urlsplit(site.url).port), timeout=seconds) as wire:
        try:
            for part in parts:
                wire.sendall(part)
        except ConnectionError:
            pass
        answer = b""
        try:
            while b"\r\n" not in answer and (more := wire.recv(4096)):
                answer += more
        except ConnectionError:
            pass
    return int(answer.split()[1]), time.monotonic() - began


def chunk(content):
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def left_in_tmp():
    return {path for path in Path("/tmp").glob("tmp*") if path.is_file()}


def test_what_says_that_it_is_too_long_is_not_even_waited_for(site, place):
    """Nothing of twenty megabytes has been sent yet when the answer comes (UP6)."""
    head = f"{place}Content-Length: {TWENTY_MEGABYTES}\r\n\r\n".encode()
    answered, took = status(site, head, FORM)
    assert answered == 413
    assert took < 1


def test_what_does_not_say_how_long_it_is_is_cut_off(site, place):
    """In pieces without a length, until there are too many (UP6)."""
    before = left_in_tmp()
    head = f"{place}Transfer-Encoding: chunked\r\n\r\n".encode()
    blocks = [chunk(BLOCK)] * (TWENTY_MEGABYTES // len(BLOCK))
    answered, _took = status(site, head, chunk(FORM), *blocks, b"0\r\n\r\n", seconds=20)
    assert answered == 413
    assert left_in_tmp() == before


def test_a_length_that_is_not_true_brings_nothing_in(committed, site, place):
    """More bytes than were announced, so that the form has no end (UP6)."""
    head = f"{place}Content-Length: 1000\r\n\r\n".encode()
    answered, _took = status(site, head, FORM, b"x" * 5000)
    assert answered in (400, 413, 422)
    with committed.app.app_context():
        assert db.session.scalar(db.select(db.func.count(Attachment.id))) == 0


def test_others_are_answered_while_a_large_file_comes_slowly(site, place):
    head = f"{place}Content-Length: {LARGEST}\r\n\r\n".encode()
    host = urlsplit(site.url)
    slow = [socket.create_connection((host.hostname, host.port)) for _ in range(10)]
    try:
        for wire in slow:
            wire.sendall(head + FORM)
        answered, took = status(
            site, f"GET /healthz HTTP/1.1\r\nHost: {host.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        assert answered == 200
        assert took < 1
    finally:
        for wire in slow:
            wire.close()
