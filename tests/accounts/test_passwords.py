import subprocess
import sys
from unicodedata import normalize

import pytest

from healthbook.accounts import passwords

PASSWORD = "correct horse battery"

UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import time, gevent
from healthbook.accounts import passwords
from healthbook.errors import Busy
hashed, ticks, answers = passwords.hash_password("correct horse battery"), [], []

def tick():
    while len(answers) < 25:
        ticks.append(time.monotonic())
        gevent.sleep(0.001)

def ask(password):
    try:
        answers.append(passwords.verify(hashed, password))
    except Busy:
        answers.append("busy")

clock = gevent.spawn(tick)
gevent.joinall([gevent.spawn(ask, "correct horse battery" if n % 2 else "wrong") for n in range(25)])
clock.join()
waits = sorted(later - before for before, later in zip(ticks, ticks[1:]))
print(answers.count(True), answers.count(False), answers.count("busy"), len(ticks) > 50, passwords.waiting)
"""


@pytest.fixture(scope="module")
def hashed():
    return passwords.hash_password(PASSWORD)


def test_the_hash_is_argon2id_with_19_mib(hashed):
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.hash_password(PASSWORD) != hashed


def test_only_the_very_password_fits(hashed):
    assert passwords.verify(hashed, PASSWORD)
    for wrong in ("", PASSWORD + " ", PASSWORD.title(), PASSWORD[:-1], PASSWORD + "x" * 72, hashed):
        assert not passwords.verify(hashed, wrong), wrong


def test_a_letter_typed_in_two_ways_is_one_letter():
    composed, taken_apart = (normalize(form, "grüner Café um drei") for form in ("NFC", "NFD"))
    assert composed != taken_apart
    assert passwords.verify(passwords.hash_password(taken_apart), composed)


def test_somebody_unknown_costs_as_much_as_a_wrong_password(monkeypatch, hashed):
    compared = []
    monkeypatch.setattr(passwords, "fits", lambda against, password: compared.append(against) or True)
    assert passwords.verify(None, "nobody's") is False
    assert passwords.verify(hashed, PASSWORD) is True
    with_the_same_costs = [each.rsplit("$", 2)[0] for each in compared]
    assert with_the_same_costs[0] == with_the_same_costs[1]


def test_what_is_no_hash_fits_no_password():
    assert not passwords.verify("!", "!")


@pytest.mark.parametrize(
    "password",
    [
        *("aaaaaaaaaaaaaaaa", "123456123456", "password1234", "PASSWORD-1234", "healthbook 2027", "qwertyqwerty1"),
        *(
            "ada.lovelace@post.example",
            "AdaLovelace1",
            "lovelace-ada-2",
            "riverside clinic",
            "Riverside!!!!",
            "adalovelace",
        ),
    ],
)
def test_an_obvious_password_is_guessable(password):
    assert passwords.guessable(password, "ada.lovelace@post.example", "Ada", "Lovelace", "Riverside Clinic")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "demo-healthbook-2027",
        "Nachts um 3 im Hafen",
        "!$%&/()=?+*#",
        "anniversary party",
        "пароль от двери",
    ],
)
def test_a_sentence_of_ones_own_is_not(password):
    assert not passwords.guessable(password, "al@post.example", "Al", "Ng", "Riverside Clinic")


def test_under_gevent_other_pages_go_on_and_a_crowd_is_turned_away():
    ran = subprocess.run([sys.executable, "-c", UNDER_GEVENT], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == ["10", "10", "5", "True", "0"], ran.stdout + ran.stderr
    assert not ran.stderr
