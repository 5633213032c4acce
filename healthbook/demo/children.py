"""The processes of the demo: started together, ended together."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException

SERVE = (sys.executable, "-m", "gunicorn", "-c", "python:healthbook.server")
WORK = (sys.executable, "-m", "healthbook", "worker")
ENDING_SECONDS = 5
LOOK_SECONDS = 0.1
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def unusable(host: str, port: int) -> str:
    """Why nobody can wait at this address now, or ''."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror
    return ""


def answers(host: str, port: int) -> bool:
    """Whether the server says that it can work."""
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def running(*commands: tuple[str, ...]) -> Iterator[list[subprocess.Popen]]:
    """The commands as children, all ended when the block is left."""
    children: list[subprocess.Popen] = []
    try:
        for command in commands:
            children.append(start(command))
        yield children
    finally:
        for stop in STOPS:
            signal.signal(stop, signal.SIG_IGN)
        end(children)


def start(command: tuple[str, ...]) -> subprocess.Popen:
    """In a session of its own: Ctrl-C reaches the demo alone, which then ends its children in order."""
    return subprocess.Popen(command, start_new_session=True)


def end(children: list[subprocess.Popen]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + ENDING_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
    for child in children:
        child.kill()
        child.wait()


def stop_when_told() -> None:
    """From now on TERM and a closed terminal stop this process as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for signal_number in STOPS:
        signal.signal(signal_number, stop)


def all_alive(children: list[subprocess.Popen]) -> bool:
    return all(child.poll() is None for child in children)
