"""Who is told of a visit: the patient, or the guardian who booked it, and no guardian of what is private."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import factories
import pytest

from healthbook.db import db
from healthbook.messages import rules, tasks
from healthbook.models import Appointment, Doctor, Guardian, Message, Patient, User

TOMORROW = factories.NOW + timedelta(days=1)


@pytest.fixture
def letters(app, tmp_path, monkeypatch):
    """letters(): subject and words of each that was sent, by whom it is to and of what kind."""
    config = replace(app.extensions["config"], mail_url=f"file:{tmp_path}", public_url="https://book.example")
    monkeypatch.setitem(app.extensions, "config", config)

    def sent():
        found = [message_from_bytes(path.read_bytes(), policy=default) for path in tmp_path.glob("*.eml")]
        said = {letter: (letter["Subject"], letter.get_content().replace("\r\n", "\n")) for letter in found}
        return {(letter["To"], words[0].split(":")[0]): words for letter, words in said.items()}

    return sent


@pytest.fixture
def tom(app, cast, family):
    """Kim's other guardian, who came after Gina; his user's id."""
    with app.app_context():
        made = factories.patient(name="Tom Reed", email="tom@test.example")
        kim = db.session.get(Patient, family.kim)
        factories.guardian(made.user_id, kim, confirmed_by_id=cast.dot, reviewed_age=7)
        db.session.commit()
        return made.user_id


@pytest.fixture
def told(app, cast, family):
    """told(by=user_id): books for Kim (or `patient_id`) and runs the job; the addresses that got a letter."""

    def booked(by, patient_id=None, **given):
        with app.app_context():
            patient, cole = db.session.get(Patient, patient_id or family.kim), db.session.get(Doctor, cast.cole)
            made = factories.appointment(patient, cole, TOMORROW, booked_by_id=by, **given)
            db.session.commit()
            tasks.appointment_changed(history_id=made.history[0].id)
            rows = db.session.scalars(db.select(Message).order_by(Message.id)).all()
            assert all(row.sent_at for row in rows)
            return [row.user.email for row in rows]

    return booked


@pytest.fixture
def rights(app):
    def change(user_id, **columns):
        with app.app_context():
            db.session.execute(db.update(Guardian).where(Guardian.user_id == user_id).values(columns))
            db.session.commit()

    return change


def test_of_a_child_s_visit_the_guardian_hears_who_booked_it_and_no_other(family, tom, told, letters):
    assert told(by=tom) == ["tom@test.example"]
    subject, words = letters()["tom@test.example", "Booked"]
    assert subject == "Booked: Wednesday 25 November at 09:41, Test Clinic"
    assert words.startswith("The appointment for Kim at Test Clinic is booked.\n")
    assert "gina" not in words.lower()


def test_when_they_no_longer_act_for_the_child_whoever_still_does_hears_it(family, tom, told, rights):
    rights(family.gina_user, may_book=False)
    assert told(by=family.gina_user) == ["tom@test.example"]


def test_of_what_the_desk_booked_everybody_hears_who_may_book(cast, family, tom, told):
    assert told(by=cast.dot) == ["gina@test.example", "tom@test.example"]


def test_whoever_may_only_see_the_record_hears_nothing(cast, family, tom, told, rights):
    rights(tom, may_book=False)
    assert told(by=cast.dot) == ["gina@test.example"]


def test_with_nobody_left_nobody_is_told(family, told, rights):
    rights(family.gina_user, may_book=False)
    assert told(by=family.gina_user) == []


@pytest.fixture
def carer(app, cast):
    """Ben may book for Ada; his user's id."""
    with app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
        factories.guardian(ben.user_id, ada)
        db.session.commit()
        return ben.user_id


def test_an_adult_hears_of_their_visit_and_so_does_the_guardian_who_booked_it(cast, carer, told, letters):
    assert told(by=carer, patient_id=cast.ada) == ["ada@test.example", "ben@test.example"]
    sent = letters()
    assert sent["ada@test.example", "Booked"][1].startswith("Your appointment at Test Clinic is booked.\n")
    assert sent["ben@test.example", "Booked"][1].startswith("The appointment for Ada at Test Clinic is booked.\n")


def test_but_no_guardian_who_did_not_book_it(app, cast, carer, told):
    with app.app_context():
        ada = db.session.get(Patient, cast.ada).user_id
    assert told(by=ada, patient_id=cast.ada) == ["ada@test.example"]


def test_what_is_private_is_told_to_no_guardian(cast, family, carer, told):
    assert told(by=family.gina_user, private=True) == []
    assert told(by=carer, patient_id=cast.ada, private=True, overbooked=True) == ["ada@test.example"]


@pytest.mark.parametrize("change", ["private", "ended"])
def test_nor_what_has_become_so_since_it_was_written_down(app, cast, family, rights, letters, change):
    with app.app_context():
        kim, cole = db.session.get(Patient, family.kim), db.session.get(Doctor, cast.cole)
        made = factories.appointment(kim, cole, TOMORROW, booked_by_id=family.gina_user)
        db.session.commit()
        (message_id,) = rules.note(made.history[0], factories.NOW)
        db.session.commit()
        if change == "private":
            db.session.get(Appointment, made.id).private = True
        else:
            db.session.get(Guardian, family.row).may_book = False
        db.session.commit()
        tasks.send(message_id)
        assert db.session.get(Message, message_id).error == "overtaken"
    assert letters() == {}


def test_the_same_job_twice_tells_each_once(app, cast, family, carer, letters):
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        made = factories.appointment(ada, cole, TOMORROW, booked_by_id=carer)
        db.session.commit()
        for _ in range(2):
            tasks.appointment_changed(history_id=made.history[0].id)
        assert len(db.session.scalars(db.select(Message)).all()) == 2
    assert len(letters()) == 2


def test_a_cancellation_is_told_to_the_guardian_who_booked(app, family, tom, told, letters):
    told(by=family.gina_user)
    with app.app_context():
        visit = db.session.scalar(db.select(Appointment))
        visit.status = "cancelled"
        step = factories.step(visit, "cancelled", tom, before="scheduled")
        db.session.commit()
        tasks.appointment_changed(history_id=step.id)
    assert {to for to, kind in letters()} == {"gina@test.example"}
    _, words = letters()["gina@test.example", "Cancelled"]
    assert words.startswith("The appointment for Kim at Test Clinic is cancelled. You need not come.\n")


def test_whoever_can_no_longer_act_for_somebody_is_told_once_and_for_whom_not(app, family, letters):
    """No name and no reason stands in the letter."""
    with app.app_context():
        for _ in range(2):
            tasks.guardian_ended(user_id=family.gina_user, version=7)
        (row,) = db.session.scalars(db.select(Message)).all()
        assert (row.kind, row.user_id, row.appointment_id) == ("guardian_ended", family.gina_user, None)
        tasks.guardian_ended(user_id=family.gina_user, version=8)
        assert len(db.session.scalars(db.select(Message)).all()) == 2
    ((subject, words),) = {*letters().values()}
    assert subject == "For whom you can act, Test Clinic"
    assert "\nhttps://book.example/family\n" in words
    assert "Kim" not in words


def test_whoever_has_no_address_by_then_is_left_alone(app, family, letters):
    with app.app_context():
        db.session.get(User, family.gina_user).email = None
        db.session.commit()
        tasks.guardian_ended(user_id=family.gina_user, version=7)
        assert db.session.scalar(db.select(Message)).sent_at is None
    assert letters() == {}
