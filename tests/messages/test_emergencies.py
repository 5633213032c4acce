"""Who is told that a record was opened in an emergency: the patient, or who cares for them, and every admin."""

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import factories
import pytest
from factories import NOW

from healthbook.db import db
from healthbook.messages import tasks
from healthbook.models import Doctor, EmergencyAccess, Message, Patient

REASON = "Overdose-5517"


@pytest.fixture
def letters(app, cast, tmp_path, monkeypatch):
    """letters(): what has been sent so far, by the address it went to."""
    folder = tmp_path / "mail"
    config = replace(app.extensions["config"], mail_url=f"file:{folder}", public_url="https://book.example")
    monkeypatch.setitem(app.extensions, "config", config)

    def read():
        sent = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]
        return {letter["To"]: letter for letter in sent}

    return read


@pytest.fixture
def opened(app, cast):
    """opened(patient_id): Dean opened that record; its id."""

    def open_record(patient_id=None):
        about = {"doctor_id": cast.dean, "patient_id": patient_id or cast.ada, "reason": REASON}
        with app.app_context():
            made = factories.added(EmergencyAccess(**about, starts_at=NOW, ends_at=NOW + timedelta(hours=1))).id
            db.session.commit()
            return made

    return open_record


def tell(app, emergency_id):
    with app.app_context():
        tasks.emergency_opened(emergency_id=emergency_id)


def words(letter):
    return letter.get_content().replace("\r\n", "\n")


def test_the_patient_and_every_admin_get_a_letter_of_their_own(app, cast, letters, opened):
    with app.app_context():
        factories.user("admin", name="Max Stone", email="max@test.example")
        factories.user("admin", name="Gone Stone", email="gone@test.example", is_active=False)
        db.session.commit()
    tell(app, opened())
    assert set(letters()) == {"ada@test.example", "mo@test.example", "max@test.example"}
    patient, admin = letters()["ada@test.example"], letters()["mo@test.example"]
    assert patient["Subject"] == "About your record, Test Clinic"
    assert "on Tuesday 24 November at 09:41" in words(patient)
    assert "\nhttps://book.example/me/access\n" in words(patient)
    assert admin["Subject"] == "Please look at an emergency access, Test Clinic"
    assert "\nhttps://book.example/clinic/emergencies\n" in words(admin)


def test_no_letter_says_why_or_whose_or_who(app, letters, opened):
    tell(app, opened())
    for letter in letters().values():
        said = f"{letter['Subject']} {words(letter)}"
        assert not [word for word in (REASON, "Ada", "Byrne", "Dean", "practice") if word in said]


def test_of_a_child_those_who_care_for_it_and_may_read_are_told(app, cast, letters, opened):
    with app.app_context():
        child = factories.child()
        parents = [db.session.get(Patient, id).user_id for id in (cast.ada, cast.ben)]
        given = {"confirmed_by_id": cast.dot, "reviewed_age": 7}
        factories.guardian(parents[0], child, **given)
        factories.guardian(parents[1], child, may_see_record=False, **given)
        about = child.id
        db.session.commit()
    tell(app, opened(about))
    assert set(letters()) == {"ada@test.example", "mo@test.example"}
    assert f"https://book.example/me/access?patient={about}\n" in words(letters()["ada@test.example"])


def test_whoever_must_be_looked_at_again_is_not_told(app, cast, letters, opened):
    """The child has turned 13: until the desk has looked at it, the page that the letter leads to is closed (AZ10)."""
    with app.app_context():
        child = factories.child(born=date(2013, 5, 12))
        parent = db.session.get(Patient, cast.ada).user_id
        factories.guardian(parent, child, confirmed_by_id=cast.dot, reviewed_age=12)
        about = child.id
        db.session.commit()
    tell(app, opened(about))
    assert set(letters()) == {"mo@test.example"}


def test_a_patient_whom_no_letter_reaches_is_no_error(app, cast, letters, opened):
    with app.app_context():
        alone = factories.patient(email=None).id
        db.session.commit()
    tell(app, opened(alone))
    assert set(letters()) == {"mo@test.example"}


def test_told_twice_is_one_letter_each(app, letters, opened):
    made = opened()
    tell(app, made)
    tell(app, made)
    with app.app_context():
        rows = db.session.scalars(db.select(Message).order_by(Message.kind)).all()
        assert [(row.kind, row.tries, row.sent_at) for row in rows] == [
            ("emergency_patient", 1, NOW),
            ("emergency_staff", 1, NOW),
        ]


def test_one_letter_that_does_not_leave_keeps_no_other_back_and_is_tried_again(app, letters, opened, monkeypatch):
    made, working = opened(), tasks.sender

    def refusing(mail_url):
        def send(letter):
            if letter["To"] == "ada@test.example":
                raise OSError
            working(mail_url)(letter)

        return send

    monkeypatch.setattr(tasks, "sender", refusing)
    with pytest.raises(tasks.NotSent, match="OSError"):
        tell(app, made)
    assert set(letters()) == {"mo@test.example"}
    monkeypatch.setattr(tasks, "sender", working)
    tell(app, made)
    assert set(letters()) == {"ada@test.example", "mo@test.example"}


def test_two_emergencies_are_two_letters(app, cast, letters, opened, tmp_path):
    for _ in range(2):
        tell(app, opened())
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 4


def test_each_is_written_in_the_reader_s_language_and_names_the_doctor_nowhere(app, cast, letters, opened):
    with app.app_context():
        db.session.get(Patient, cast.ada).user.locale = "en_US"
        doctor = db.session.get(Doctor, cast.dean).name
        db.session.commit()
    tell(app, opened())
    assert all(doctor not in words(letter) for letter in letters().values())
