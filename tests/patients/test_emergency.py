"""An emergency opens the record of somebody one does not treat: with a reason, the password, and for an hour."""

from datetime import timedelta
from threading import Thread

import factories
import pytest
from browsers import Browser
from factories import NOW, PASSWORD
from page import text_of

from healthbook import clock
from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.models import AccessLog, Doctor, EmergencyAccess, Patient

REASON = "Found unconscious in the waiting room"
FOUND = {"full_name": "Ada Byrne", "date_of_birth": "12 5 1990"}


@pytest.fixture
def path(cast):
    return f"/patients/{cast.ada}/emergency"


@pytest.fixture
def dean(browser):
    return browser("dean")


@pytest.fixture
def opened(app):
    """opened(): every emergency access there is."""

    def rows():
        with app.app_context():
            found = db.session.scalars(db.select(EmergencyAccess))
            return [(x.doctor_id, x.patient_id, x.reason, x.starts_at, x.ends_at) for x in found]

    return rows


def ask(who, path, **given):
    return who.get(path).form(id="emergency").submit(**{"reason": REASON, "password": PASSWORD} | given)


def test_reason_and_password_open_the_record_for_one_hour(app, dean, path, cast, opened, monkeypatch):
    """D2 breaks the glass: sixty minutes for that one patient, with the reason in the log (AZ9)."""
    chart = f"/patients/{cast.ada}"
    assert dean.get(chart).status == 404
    done = ask(dean, path)
    assert (done.status, done.location) == (303, chart)
    assert opened() == [(cast.dean, cast.ada, REASON, NOW, NOW + timedelta(hours=1))]
    page = done.follow()
    assert page.status == 200
    assert "Emergency access until 10:41." in page.text
    with app.app_context():
        (row,) = db.session.scalars(db.select(AccessLog))
        assert (row.why, row.reason, row.patient_id, row.object) == ("emergency", REASON, cast.ada, "chart")
    assert dean.get(f"/patients/{cast.ben}").status == 404
    for minutes, status in ((59, 200), (60, 404)):
        monkeypatch.setattr(clock, "now", lambda gone=minutes: NOW + timedelta(minutes=gone))
        assert dean.get(chart).status == status


def test_the_page_says_what_will_happen_before_it_does(dean, path):
    dean.get("/patients").form(id="find").submit(**FOUND)
    page = dean.get(path)
    assert (page.h1, page.title) == ("Emergency access", "Emergency access – Test Clinic")
    assert "Ada Byrne born 12 May 1990" in page.text
    for words in ("until 10:41", "The patient gets a message at once.", "The clinic looks at every emergency access."):
        assert words in page.text
    assert "The patient and the clinic read this." in text_of(page.by_id("reason-hint"))


def test_a_number_in_the_address_tells_nobody_s_name(dean, path):
    """Going through the numbers finds no names (AZ8)."""
    page = dean.get(path)
    assert page.status == 200
    assert "Byrne" not in page.body
    assert "does not say whose record it is" in page.text
    wrong = page.form(id="emergency").submit(reason="", password="")
    assert (wrong.status, "Byrne" in wrong.body) == (422, False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reason": ""}, "Say why you need this record now."),
        ({"reason": "  \n "}, "Say why you need this record now."),
        ({"reason": "\u200b\u2060"}, "Say why you need this record now."),
        ({"reason": "\u3164"}, "Say why you need this record now."),
        ({"reason": "..."}, "Say why you need this record now."),
        ({"reason": "x" * 501}, "Please use fewer words"),
        ({"password": ""}, "Enter your password."),
        ({"password": "wrong horse battery"}, "That is not your password."),
        ({"password": PASSWORD + " "}, "That is not your password."),
    ],
)
def test_without_a_reason_or_with_a_wrong_password_it_stays_closed(dean, path, cast, opened, given, words):
    """Break-glass with an empty reason is refused (AZ9)."""
    page = ask(dean, path, **given)
    assert page.status == 422
    assert words in text_of(page.by_id("errors"))
    assert page.title.startswith("Error:")
    assert page.form(id="emergency").fields["password"] == ""
    assert opened() == []
    assert dean.get(f"/patients/{cast.ada}").status == 404


def test_a_reason_is_kept_without_what_turns_the_words_around_it(app, dean, path):
    """On the patient's page it stands in a line with others (BI1)."""
    assert ask(dean, path, reason=" Found\u202e un\u200bconscious\r\nat home ").status == 303
    with app.app_context():
        assert db.session.scalar(db.select(EmergencyAccess.reason)) == "Found unconscious\nat home"


def test_each_wrong_password_costs_a_whole_hash(dean, path, monkeypatch):
    """Guessing here is no quicker than at the sign-in (AU3)."""
    hashed, verify = [], passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda *given: hashed.append(1) or verify(*given))
    for _ in range(3):
        ask(dean, path, password="wrong horse battery")
    assert len(hashed) == 3


def test_no_connection_waits_while_the_password_is_hashed(app, dean, path, monkeypatch):
    held = []
    monkeypatch.setattr(passwords, "verify", lambda *given: held.append(db.session.registry().in_transaction()) or True)
    assert ask(dean, path).status == 303
    assert held == [False]


def test_pressing_twice_opens_it_once_and_tells_once(app, dean, path, opened):
    form = dean.get(path).form(id="emergency")
    for _ in range(2):
        assert form.submit(reason=REASON, password=PASSWORD).status == 303
    assert len(opened()) == 1
    with app.app_context():
        told = db.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE 'emergency_opened:%'")
        assert db.session.scalar(told) == 1


def test_after_the_hour_it_can_be_opened_again_with_a_reason_of_its_own(dean, path, opened, monkeypatch):
    ask(dean, path)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=61))
    ask(dean, path, reason="Still here")
    assert [row[2] for row in opened()] == [REASON, "Still here"]


def test_whoever_reads_the_record_anyway_needs_no_emergency(app, browser, cast, path, opened):
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        factories.appointment(ada, cole, NOW - timedelta(days=1), status="completed")
        db.session.commit()
    cole = browser("cole")
    for page in (cole.get(path), cole.post(path, {"reason": REASON, "password": PASSWORD})):
        assert (page.status, page.location) == (303, f"/patients/{cast.ada}")
    assert opened() == []


@pytest.mark.parametrize("name", ["ada", "ben", "pat", "dot", "mo"])
def test_nobody_but_a_doctor_breaks_the_glass(browser, path, opened, name):
    """Neither an admin nor a doctor who waits for approval (AZ9, AZ11)."""
    who = browser(name)
    assert who.get(path).status == 403
    assert who.post(path, {"reason": REASON, "password": PASSWORD}).status == 403
    assert opened() == []


@pytest.mark.parametrize("closed", [False, True])
def test_whoever_is_no_patient_or_no_longer_one_is_not_there(app, dean, cast, closed):
    if closed:
        with app.app_context():
            db.session.get(Patient, cast.ada).user.closed_at = NOW
            db.session.commit()
    path = f"/patients/{cast.ada if closed else 999_999}/emergency"
    assert dean.get(path).status == 404
    assert dean.post(path, {"reason": REASON, "password": PASSWORD}).status == 404


def test_a_doctor_does_not_open_their_own_record_this_way(app, browser, cast, opened):
    with app.app_context():
        own = factories.added(Patient(user_id=db.session.get(Doctor, cast.dean).user_id)).id
        db.session.commit()
    page = browser("dean").get(f"/patients/{own}/emergency")
    assert page.location == f"/patients/{own}"
    assert opened() == []


def test_an_emergency_of_one_doctor_opens_nothing_to_another(dean, browser, path, cast):
    ask(dean, path)
    assert browser("cole").get(f"/patients/{cast.ada}").status == 404


def test_two_windows_at_once_open_it_once(committed, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    answers = []

    def press():
        dean = Browser(committed.app).as_person("dean@test.example")
        path = f"/patients/{committed.ada}/emergency"
        answers.append(dean.post(path, {"reason": REASON, "password": PASSWORD}).status)

    threads = [Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with committed.app.app_context():
        assert (answers, db.session.query(EmergencyAccess).count()) == ([303] * 4, 1)
