"""Passwords: hashed with Argon2id, off the event loop, and never one that the first guess would find."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _
from gevent import monkey
from gevent.threadpool import ThreadPool

from healthbook.errors import Busy

SHORTEST, LONGEST = 12, 128
THREADS = 2
MOST_WAITING = 20
OBVIOUS = (
    *("123456789", "12345678", "1234567", "123456", "12345", "qwertyuiop", "qwerty", "abcdef", "abc123"),
    *("password", "passwort", "passw0rd", "letmein", "iloveyou", "welcome", "secret", "admin", "healthbook"),
)

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# What the password of somebody we do not know is compared with, so that it takes as long.
nobodys = hasher.hash("nobody's")
waiting = 0


def normal(password: str | None) -> str:
    """One spelling for letters that can be typed in two ways (NFC)."""
    return normalize("NFC", password or "")


def hash_password(password: str) -> str:
    """Takes about 30 ms and 19 MiB, so no database connection should be held. Raises Busy."""
    return off_the_loop(hasher.hash, normal(password))


def verify(hashed: str | None, password: str) -> bool:
    """Whether it is the password. Without a hash it is not, after the same work. Raises Busy."""
    return off_the_loop(fits, hashed or nobodys, normal(password)) and hashed is not None


def fits(hashed: str, password: str) -> bool:
    """Answers rather than raises: gevent would print what is raised in its threads."""
    try:
        return hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def off_the_loop(work: Callable, *given: str) -> Any:
    """Argon2 would stop every page of this worker for as long as it takes. The pool is small: it is a brake, too."""
    global waiting
    if not monkey.is_module_patched("socket"):
        return work(*given)
    if waiting >= MOST_WAITING:
        raise Busy(_("Many people are signing in just now. Please try again in a few seconds."))
    waiting += 1
    try:
        return threads().apply(work, given)
    finally:
        waiting -= 1


@cache
def threads() -> ThreadPool:
    return ThreadPool(THREADS)


def guessable(password: str, *known: str) -> bool:
    """Whether fewer than six different characters are left without obvious words and what others know of the person."""
    words = {word for text in known for word in (text.casefold(), *re.split(r"[\s@._-]+", text.casefold()))}
    left = normal(password).casefold()
    for word in sorted(words | set(OBVIOUS), key=len, reverse=True):
        left = left.replace(word, "") if len(word) > 2 else left
    return len(set(left)) < 6
