"""Letters about another time: that it waits for an answer, and that it was taken back. Nothing clinical in them."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import factories
import pytest
from factories import NOW

from healthbook.db import db
from healthbook.messages import tasks
from healthbook.models import Doctor, Message, Offer, Patient

MARKER = "Haemorrhoids-4711"
TWO = NOW.replace(hour=14, minute=0)


@pytest.fixture
def letters(app, tmp_path, monkeypatch):
    """letters(): those that lie in the folder."""
    config = replace(app.extensions["config"], mail_url=f"file:{tmp_path}", public_url="https://book.example")
    monkeypatch.setitem(app.extensions, "config", config)
    return lambda: [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(tmp_path.glob("*.eml"))]


@pytest.fixture
def offered(app, cast):
    """offered(patient_id): the id of an offer with Doctor Dean for a visit at Doctor Cole's."""

    def make(patient_id, **given):
        with app.app_context():
            patient, cole, dean = (
                db.session.get(Patient, patient_id),
                db.session.get(Doctor, cast.cole),
                db.session.get(Doctor, cast.dean),
            )
            visit = factories.appointment(patient, cole, TWO, reason=MARKER, reference="4F7KM2QA", **given)
            made = factories.offer(visit, dean, TWO + timedelta(hours=1)).id
            db.session.commit()
            return made

    return make


@pytest.fixture
def messages(app):
    def read():
        with app.app_context():
            rows = db.session.scalars(db.select(Message).order_by(Message.id))
            return [(row.user.email, row.kind, bool(row.sent_at), row.error) for row in rows]

    return read


def words(letter):
    return letter.get_content().replace("\r\n", "\n")


def test_another_time_is_told_with_until_when_and_where_to_answer(app, cast, letters, offered, messages):
    offer_id = offered(cast.ada)
    with app.app_context():
        tasks.offer_made(offer_id=offer_id)
    (letter,) = letters()
    assert letter["Subject"] == "Another time instead of Tuesday 24 November at 14:00, Test Clinic"
    text = words(letter)
    assert "New time: Tuesday 24 November at 15:00 (United Kingdom Time)" in text
    assert "Held until: Tuesday 24 November at 11:41" in text
    assert "\nhttps://book.example/appointments/4F7KM2QA/offer\n" in text
    assert "4711" not in text
    assert "Cole" not in text
    assert messages() == [("ada@test.example", "offered", True, None)]


def test_that_it_was_taken_back_is_told_too(app, cast, letters, offered):
    offer_id = offered(cast.ada)
    with app.app_context():
        tasks.offer_made(offer_id=offer_id)
        offer = db.session.get(Offer, offer_id)
        offer.answer, offer.answered_at = "taken_back", NOW
        db.session.commit()
        tasks.offer_taken_back(offer_id=offer_id)
    back = next(letter for letter in letters() if letter["Subject"].startswith("No longer offered"))
    assert "We had to take back the time that we held for you: Tuesday 24 November at 15:00." in words(back)
    assert "\nhttps://book.example/appointments/4F7KM2QA\n" in words(back)
    assert "0117 496 0100" in words(back)


def test_the_same_job_twice_sends_one_letter(app, cast, letters, offered, messages):
    offer_id = offered(cast.ada)
    with app.app_context():
        tasks.offer_made(offer_id=offer_id)
        tasks.offer_made(offer_id=offer_id)
    assert len(letters()) == len(messages()) == 1


def test_a_step_and_an_offer_of_one_number_are_two_letters(app, cast, letters, offered):
    """A file, like a mail server, knows a letter by its name only."""
    offer_id = offered(cast.ada)
    with app.app_context():
        step = db.session.get(Offer, offer_id).replaces.history[0]
        db.session.execute(
            db.text("UPDATE offer SET id = :step WHERE id = :offer"), {"step": step.id, "offer": offer_id}
        )
        db.session.commit()
        tasks.offer_made(offer_id=step.id)
        tasks.appointment_changed(history_id=step.id)
    assert len({letter["Message-ID"] for letter in letters()}) == 2


@pytest.mark.parametrize("change", [{"answer": "declined", "answered_at": NOW}, {"expires_at": NOW}])
def test_what_is_no_longer_open_is_told_by_nobody(app, cast, letters, offered, change, messages, now):
    offer_id = offered(cast.ada)
    with app.app_context():
        for name, value in change.items():
            setattr(db.session.get(Offer, offer_id), name, value)
        db.session.commit()
        tasks.offer_made(offer_id=offer_id)
    assert (letters(), messages()) == ([], [("ada@test.example", "offered", False, "overtaken")])


def test_nor_of_a_visit_that_is_cancelled_by_now(app, cast, letters, offered):
    offer_id = offered(cast.ada, status="cancelled")
    with app.app_context():
        tasks.offer_made(offer_id=offer_id)
        tasks.offer_taken_back(offer_id=offer_id)
    assert letters() == []


def test_a_childs_guardian_is_told_by_the_childs_first_name(app, letters, offered, family, messages):
    offer_id = offered(family.kim, booked_by_id=family.gina_user)
    with app.app_context():
        tasks.offer_made(offer_id=offer_id)
    assert messages() == [("gina@test.example", "offered", True, None)]
    assert "The appointment for Kim at Test Clinic cannot be as planned" in words(letters()[0])


def test_no_guardian_is_told_of_what_is_private(app, letters, offered, family):
    offer_id = offered(family.kim, booked_by_id=family.gina_user, private=True)
    with app.app_context():
        tasks.offer_made(offer_id=offer_id)
    assert letters() == []
