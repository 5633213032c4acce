"""What a patient is told after a booking or a cancellation: one letter, whatever happens in between."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from smtplib import SMTPRecipientsRefused
from threading import Event, Thread

import factories
import pytest

from healthbook import jobs
from healthbook.db import db
from healthbook.messages import senders, tasks
from healthbook.models import Doctor, Message, Patient, Status

TOMORROW = factories.NOW + timedelta(days=1)
MARKER = "Haemorrhoids-4711"


class Post:
    """The letters that lie in the folder of the file sender."""

    def __init__(self, app, folder, monkeypatch):
        self.folder = folder
        config = replace(app.extensions["config"], mail_url=f"file:{folder}", public_url="https://book.example")
        monkeypatch.setitem(app.extensions, "config", config)

    @property
    def letters(self):
        return [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(self.folder.glob("*"))]

    @property
    def letter(self):
        (letter,) = self.letters
        return letter


def words(letter):
    return letter.get_content().replace("\r\n", "\n")


@pytest.fixture
def post(app, cast, tmp_path, monkeypatch):
    return Post(app, tmp_path / "mail", monkeypatch)


def visit(patient_id, doctor_id, **given):
    patient, doctor = db.session.get(Patient, patient_id), db.session.get(Doctor, doctor_id)
    return factories.appointment(patient, doctor, TOMORROW, reason=MARKER, **given)


def booked(cast, **given):
    """The history row of a booking, committed."""
    made = visit(cast.ada, cast.cole, **given)
    db.session.commit()
    return made.history[0].id


def stepped(history_id, status, before="scheduled"):
    """Another step of the same visit."""
    made = db.session.get(tasks.queries.AppointmentHistory, history_id).appointment
    made.status = status
    added = factories.step(made, status, made.booked_by_id, before=before)
    db.session.commit()
    return added.id


def rows():
    return list(db.session.scalars(db.select(Message).order_by(Message.id)))


@pytest.mark.parametrize("status", ["scheduled", "confirmed"])
def test_a_booking_is_told_once_with_clinic_and_time(app, cast, post, status):
    with app.app_context():
        tasks.appointment_changed(history_id=booked(cast, status=status))
        (row,) = rows()
        assert (row.kind, row.sent_at, row.tries, row.error) == ("booked", factories.NOW, 1, None)
    letter = post.letter
    assert letter["To"] == "ada@test.example"
    assert letter["From"] == "Test Clinic <clinic@localhost>"
    assert letter["Reply-To"] == "desk@clinic.example"
    assert letter["Subject"] == "Booked: Wednesday 25 November at 09:41, Test Clinic"
    text = words(letter)
    assert "When: Wednesday 25 November at 09:41 (United Kingdom Time)\n" in text
    assert "Where: Test Clinic, 1 Test Street\n" in text
    assert "Call us on 0117 496 0100." in text


def test_the_link_comes_from_the_address_that_people_use(app, cast, post):
    with app.app_context():
        history_id = booked(cast, reference="4F7KM2QA")
        tasks.appointment_changed(history_id=history_id)
    assert "\nhttps://book.example/appointments/4F7KM2QA\n" in words(post.letter)


def test_a_cancellation_is_told(app, cast, post):
    with app.app_context():
        cancelled = stepped(booked(cast), Status.CANCELLED)
        tasks.appointment_changed(history_id=cancelled)
        assert [row.kind for row in rows()] == ["cancelled"]
    assert post.letter["Subject"] == "Cancelled: Wednesday 25 November at 09:41, Test Clinic"
    assert "You need not come." in words(post.letter)


@pytest.mark.parametrize(
    ("before", "status"),
    [("scheduled", "confirmed"), ("confirmed", "checked_in"), ("in_progress", "completed"), ("scheduled", "no_show")],
)
def test_other_steps_are_told_by_nobody(app, cast, post, before, status):
    with app.app_context():
        tasks.appointment_changed(history_id=stepped(booked(cast), status, before))
        assert rows() == []
    assert post.letters == []


def test_a_patient_without_an_address_gets_no_letter(app, cast, post):
    with app.app_context():
        history_id = booked(cast)
        db.session.get(Patient, cast.ada).user.email = None
        db.session.commit()
        tasks.appointment_changed(history_id=history_id)
        assert rows() == []
    assert post.letters == []


def test_the_same_job_twice_sends_one_letter(app, cast, post, monkeypatch):
    with app.app_context():
        history_id = booked(cast)
        tasks.appointment_changed(history_id=history_id)
        monkeypatch.setattr(tasks, "sender", lambda url: pytest.fail("it was sent again"))
        tasks.appointment_changed(history_id=history_id)
        assert len(rows()) == 1


def test_booking_again_after_a_cancellation_is_another_letter(app, cast, post):
    with app.app_context():
        for patient in (cast.ada, cast.ben):
            made = visit(patient, cast.cole if patient == cast.ada else cast.dean)
            db.session.commit()
            tasks.appointment_changed(history_id=made.history[0].id)
    assert sorted(letter["To"] for letter in post.letters) == ["ada@test.example", "ben@test.example"]
    assert len({letter["Message-ID"] for letter in post.letters}) == 2


def test_no_letter_says_why_somebody_comes(app, cast, post):
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        doctor.specialization.name, doctor.visit_types[0].name = "Proctology-4711", "Piles-4711"
        doctor.user.last_name = "Colon-4711"
        history_id = booked(cast, visit_type_id=doctor.visit_types[0].id, notes="Note-4711", doctor_notes=MARKER)
        tasks.appointment_changed(history_id=history_id)
        tasks.appointment_changed(history_id=stepped(history_id, Status.CANCELLED))
    assert len(post.letters) == 2
    for letter in post.letters:
        assert "4711" not in letter.as_string()


def failing(app, monkeypatch, failure):
    def fail(letter):
        raise failure

    monkeypatch.setattr(tasks, "sender", lambda url: fail)


def test_a_failure_is_kept_without_the_address_and_tried_again(app, cast, post, monkeypatch):
    with app.app_context():
        history_id = booked(cast)
        failing(app, monkeypatch, SMTPRecipientsRefused({"ada@test.example": (550, b"no such person")}))
        with pytest.raises(tasks.NotSent) as raised:
            tasks.appointment_changed(history_id=history_id)
        assert str(raised.value) == "SMTPRecipientsRefused"
        assert raised.value.__suppress_context__
        assert raised.value.__cause__ is None
        db.session.rollback()
        (row,) = rows()
        assert (row.sent_at, row.tries, row.error) == (None, 1, "SMTPRecipientsRefused")
        monkeypatch.setattr(tasks, "sender", senders.sender)
        tasks.appointment_changed(history_id=history_id)
        (row,) = rows()
        assert (row.sent_at, row.tries, row.error) == (factories.NOW, 2, None)
    assert len(post.letters) == 1


def test_an_address_that_cannot_be_written_to_is_noted_and_not_tried_again(app, cast, post, monkeypatch):
    with app.app_context():
        history_id = booked(cast)
        db.session.get(Patient, cast.ada).user.email = "ada@ü..example"
        db.session.commit()
        tasks.appointment_changed(history_id=history_id)
        (row,) = rows()
        assert (row.sent_at, row.tries, row.error) == (None, 1, "Unwritable")
    assert post.letters == []


@pytest.mark.parametrize("name", ["written", "sender"])
def test_a_letter_that_we_fail_to_write_is_noted_and_tried_again(app, cast, post, monkeypatch, name):
    def fail(*given):
        raise LookupError("ada@test.example")

    with app.app_context():
        history_id = booked(cast)
        monkeypatch.setattr(tasks, name, fail)
        with pytest.raises(tasks.NotSent) as raised:
            tasks.appointment_changed(history_id=history_id)
        assert str(raised.value) == "LookupError"
        db.session.rollback()
        (row,) = rows()
        assert (row.sent_at, row.tries, row.error) == (None, 1, "LookupError")


def tried_in_vain(app, cast, monkeypatch):
    """The history row of a booking whose letter did not leave; the next one would."""
    history_id = booked(cast)
    failing(app, monkeypatch, ConnectionRefusedError())
    with pytest.raises(tasks.NotSent):
        tasks.appointment_changed(history_id=history_id)
    monkeypatch.setattr(tasks, "sender", senders.sender)
    return history_id


def test_nobody_reads_booked_after_cancelled(app, cast, post, monkeypatch):
    with app.app_context():
        history_id = tried_in_vain(app, cast, monkeypatch)
        tasks.appointment_changed(history_id=stepped(history_id, Status.CANCELLED))
        tasks.appointment_changed(history_id=history_id)
        assert {row.kind: row.error for row in rows()} == {"booked": "overtaken", "cancelled": None}
    assert post.letter["Subject"].startswith("Cancelled")


def test_what_was_moved_before_its_letter_left_is_told_once_as_moved(app, cast, post, monkeypatch):
    """Also when the first try came before the move: its letter is about the old time, and stays unsent."""
    with app.app_context():
        history_id = tried_in_vain(app, cast, monkeypatch)
        old = db.session.get(tasks.queries.AppointmentHistory, history_id).appointment
        moved = stepped(history_id, Status.RESCHEDULED)
        factories.appointment(old.patient, old.doctor, TOMORROW + timedelta(hours=1), moved_from_id=old.id)
        db.session.commit()
        tasks.appointment_changed(history_id=moved)
        tasks.appointment_changed(history_id=history_id)
        assert {row.kind: row.error for row in rows()} == {"booked": "overtaken", "moved": None}
    assert post.letter["Subject"].startswith("Moved to Wednesday 25 November at 10:41")


def test_a_name_with_a_line_break_makes_no_header(app, cast, post):
    with app.app_context():
        history_id = booked(cast)
        db.session.get(Doctor, cast.cole).clinic.name = "Test\r\nBcc: everybody@test.example"
        db.session.commit()
        tasks.appointment_changed(history_id=history_id)
    assert post.letter["Bcc"] is None
    assert post.letter["Subject"].endswith("Test Bcc: everybody@test.example")


def test_two_workers_at_once_send_one_letter(committed, tmp_path, monkeypatch):
    post, sending, go_on = Post(committed.app, tmp_path, monkeypatch), Event(), Event()
    with committed.app.app_context():
        history_id = booked(committed)
    sent = []

    def slow(letter):
        sent.append(letter)
        sending.set()
        assert go_on.wait(10)

    monkeypatch.setattr(tasks, "sender", lambda url: slow)

    def work():
        with committed.app.app_context():
            tasks.appointment_changed(history_id=history_id)

    first = Thread(target=work)
    first.start()
    assert sending.wait(10)
    work()
    go_on.set()
    first.join(10)
    assert len(sent) == 1
    with committed.app.app_context():
        assert [(row.tries, row.sent_at is None) for row in rows()] == [(1, False)]
    assert post.letters == []


def test_the_queue_brings_a_booking_to_the_letter_box(committed, tmp_path, monkeypatch):
    post = Post(committed.app, tmp_path / "mail", monkeypatch)
    with committed.app.app_context():
        jobs.tell("appointment_changed", history_id=booked(committed))
        jobs.work(committed.app, wait=False)
        assert post.letters == []
        db.session.commit()
    jobs.work(committed.app, wait=False)
    assert post.letter["To"] == "ada@test.example"
