"""Closing one's account: what is said beforehand comes true at once, and the clinical record stays for its doctors."""

import re
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import factories
import pytest
from browsers import Browser
from factories import NOW, PASSWORD

from healthbook.appointments.queries.closing import years_after
from healthbook.appointments.rules.holds import hold
from healthbook.db import db
from healthbook.errors import NotTheirs
from healthbook.messages import tasks
from healthbook.models import (
    AccessLog,
    Appointment,
    Doctor,
    GuardianInvitation,
    MedicalRecord,
    Message,
    Patient,
    Picture,
    User,
    UserSession,
)

DAY = timedelta(days=1)
FORGOTTEN = {
    "email": "ada@test.example",
    "phone_number": "07700 900123",
    "address": "7 Marker Street",
    "emergency_contact_name": "Tom Marker",
    "emergency_contact_phone": "07700 900456",
    "insurance_provider": "Marker Mutual",
    "insurance_policy_number": "SM-884711",
    "preferred_name": "Adi",
    "pronouns": "she/her",
    "access_needs": "A marker lift",
}


@pytest.fixture
def visit_kind(app, cast):
    with app.app_context():
        return db.session.get(Doctor, cast.cole).visit_types[0].id


@pytest.fixture
def ada(app, cast):
    """Ada as she is known, with a visit that has been and its record, and two that are to come."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        dean = db.session.get(Doctor, cast.dean)
        for name, value in FORGOTTEN.items():
            setattr(ada.user if name in ("email", "phone_number") else ada, name, value)
        ada.allergies = "Penicillin"
        ada.profile_picture = str(
            factories.added(Picture(user_id=ada.user_id, media_type="image/png", content=b"x")).id
        )
        been = factories.appointment(ada, cole, NOW - 40 * DAY, status="completed", reason="A cough")
        whose = {"patient_id": ada.id, "doctor_id": cole.id, "appointment_id": been.id, "record_type": "diagnosis"}
        factories.added(MedicalRecord(**whose, title="Flu", record_date=NOW - 40 * DAY, signed_at=NOW - 40 * DAY))
        factories.appointment(ada, dean, NOW + DAY)
        factories.appointment(ada, cole, NOW + 2 * DAY, status="confirmed")
        held = {"status": "held", "held_until": NOW + timedelta(minutes=5)}
        factories.appointment(ada, cole, NOW + 3 * DAY, **held)
        factories.added(GuardianInvitation(patient_id=ada.id, code_hash="x", expires_at=NOW + DAY))
        db.session.commit()
        return ada.id


def close(who, **given):
    return who.get("/me/closing").form(id="closing").submit(**{"word": "close", "password": PASSWORD} | given)


def test_the_page_says_what_goes_what_stays_why_and_until_when(browser, ada):
    """In plain words, before anything is asked (PR5)."""
    page = browser("ada").get("/me/closing")
    assert page.h1 == "Close my account"
    assert "Wednesday 25 November, 09:41, Dr Maria Dean" in page.text
    assert "Thursday 26 November, 09:41, Dr Maria Cole" in page.text
    assert "Until 15 October 2036 10 years after your last visit." in page.text
    assert "The law asks every clinic to keep them" in page.text


def test_everything_that_the_record_does_not_need_is_gone_at_once(app, browser, ada):
    """Identifiers are removed in the same moment; name and birth date stay with the record (PR5)."""
    page = close(browser("ada"))
    assert page.location == "/"
    assert "Your account is closed." in page.follow().text
    with app.app_context():
        patient = db.session.get(Patient, ada)
        user = patient.user
        left = [getattr(user if name in ("email", "phone_number") else patient, name) for name in FORGOTTEN]
        assert left == [None] * len(FORGOTTEN)
        assert (user.password, user.username, user.is_active) == (None, f"closed-{user.id}", False)
        assert (user.closed_at, user.full_name, user.date_of_birth) == (NOW, "Ada Byrne", date(1990, 5, 12))
        assert (patient.profile_picture, patient.allergies) == (None, "Penicillin")
        for gone in (UserSession, Picture, GuardianInvitation):
            assert db.session.scalars(db.select(gone)).all() == [], gone


def test_nothing_of_it_is_left_in_any_table(app, browser, ada):
    """Not in the queue, the messages or anywhere else, in plain text or in hex (PR6)."""
    close(browser("ada"))
    tables = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
    with app.app_context():
        names = db.session.scalars(db.text(tables)).all()
        text = "\n".join(row for name in names for row in db.session.scalars(db.text(f"SELECT t::text FROM {name} t")))
    assert "Ada" in text
    for value in FORGOTTEN.values():
        assert value not in text
        assert value.encode().hex() not in text


def test_visits_to_come_are_cancelled_and_held_times_are_free(app, browser, ada):
    close(browser("ada"))
    with app.app_context():
        visits = db.session.scalars(db.select(Appointment).order_by(db.func.lower(Appointment.during))).all()
        assert [visit.status for visit in visits] == ["completed", "cancelled", "cancelled"]
        for visit in visits[1:]:
            step = visit.history[0]
            assert (step.new_status, step.change_reason, step.changed_by.full_name) == (
                "cancelled",
                "other",
                "Ada Byrne",
            )
        queued = db.session.scalars(db.text("SELECT task_name FROM procrastinate_jobs ORDER BY id")).all()
    assert len([name for name in queued if name.startswith("appointment_changed:")]) == 2


def test_every_browser_is_signed_out_and_nobody_signs_in_any_more(app, browser, ada):
    """Another device's cookie is dead, the password opens nothing (PR5)."""
    phone, desk = browser("ada"), browser("ada")
    answer = close(phone)
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert phone.get("/me").status == desk.get("/me").status == 303
    page = Browser(app).get("/sign-in").form(action="/sign-in").submit(email=FORGOTTEN["email"], password=PASSWORD)
    assert page.status == 422


def test_the_address_is_free_for_a_new_account_that_knows_nothing_of_the_old(app, browser, ada):
    close(browser("ada"))
    with app.app_context():
        factories.patient(name="Ada Byrne", email=FORGOTTEN["email"])
        db.session.commit()
    page = browser("ada").get("/appointments?show=past")
    assert "Dr Maria Cole" not in page.text


def test_the_doctor_who_treated_them_still_reads_the_record_and_others_do_not(app, browser, cast, ada):
    """Restricted, not deleted, as the law wants it (PR5)."""
    with app.app_context():
        factories.guardian(db.session.get(Patient, cast.ben).user_id, db.session.get(Patient, ada))
        db.session.commit()
    assert browser("ben").get(f"/records?patient={ada}").status == 200
    close(browser("ada"))
    page = browser("cole").get(f"/patients/{ada}")
    assert (page.status, "Penicillin" in page.text, "Flu" in page.text) == (200, True, True)
    assert browser("dean").get(f"/patients/{ada}").status == 404
    assert browser("dean").get(f"/patients/{ada}/emergency").status == 404
    for path in ("/records", "/me/background", "/me/access", "/me/export"):
        assert browser("ben").get(f"{path}?patient={ada}").status == 404


def test_the_access_log_stays_without_free_text(app, browser, ada):
    """Who looked, when and why remains; nothing that somebody wrote (PR5)."""
    who = browser("ada")
    who.get("/me/background")
    close(who)
    with app.app_context():
        rows = db.session.scalars(db.select(AccessLog)).all()
        assert [(row.object, row.why, row.reason) for row in rows] == [("background", "self", None)]


@pytest.fixture
def post(app, tmp_path, monkeypatch):
    """post(): the letters that were sent, once the queue has been worked through."""
    config = replace(app.extensions["config"], mail_url=f"file:{tmp_path / 'mail'}")
    monkeypatch.setitem(app.extensions, "config", config)

    def worked():
        with app.app_context():
            jobs = "SELECT task_name, args FROM procrastinate_jobs ORDER BY id"
            for name, args in db.session.execute(db.text(jobs)).all():
                if name.endswith(":healthbook.messages.tasks"):
                    getattr(tasks, name.partition(":")[0])(**args)
        return [message_from_bytes(path.read_bytes(), policy=default) for path in (tmp_path / "mail").glob("*.eml")]

    return worked


def test_one_last_letter_goes_to_the_address_that_was_deleted(app, browser, ada, post):
    """The queue carries the address sealed; the row of the message does not carry it at all (PR6)."""
    close(browser("ada"))
    (letter,) = post()
    assert letter["To"] == FORGOTTEN["email"]
    assert letter["Subject"] == "Your account is closed, Test Clinic"
    text = letter.get_content()
    assert "If it was not you who closed the account, call us now: 0117 496 0100." in text
    assert not re.search("Cole|Dean|Flu|Penicillin", text)
    with app.app_context():
        message = db.session.scalars(db.select(Message)).one()
        assert (message.kind, message.sent_at) == ("account_closed", NOW)
    assert len(post()) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"word": "yes"}, "Type “close”."),
        ({"word": ""}, "Type “close”."),
        ({"password": ""}, "Enter your password."),
        ({"password": "wrong horse battery"}, "That is not your password."),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_slip_of_the_hand_closes_nothing(app, browser, ada, given, words, htmx):
    who = browser("ada")
    page = close(who, htmx=htmx, **given)
    assert page.status == 422
    assert words in page.text
    assert who.get("/me").status == 200
    with app.app_context():
        assert db.session.get(Patient, ada).user.closed_at is None


def test_the_word_may_be_typed_in_capitals(browser, ada):
    assert close(browser("ada"), word=" CLOSE ").location == "/"


@pytest.mark.parametrize("status", ["scheduled", "checked_in", "in_progress"])
def test_while_a_visit_is_under_way_nothing_is_closed(app, browser, cast, ada, status):
    with app.app_context():
        patient, cole = db.session.get(Patient, ada), db.session.get(Doctor, cast.cole)
        factories.appointment(patient, cole, NOW - timedelta(minutes=10), status=status)
        db.session.commit()
    page = close(browser("ada"))
    assert page.status == 409
    assert "You have a visit just now." in page.text
    with app.app_context():
        assert db.session.get(Patient, ada).user.email == FORGOTTEN["email"]
        open_visits = db.select(Appointment).where(Appointment.status.in_(("scheduled", "confirmed", status)))
        assert len(db.session.scalars(open_visits).all()) == 3


@pytest.mark.parametrize(("status", "began"), [("checked_in", -20), ("in_progress", 55)])
def test_whoever_is_here_is_not_gone_yet_whatever_the_clock_says(app, browser, cast, ada, status, began):
    """They came early and wait, or the visit takes longer than it was to (minutes ago that it began)."""
    with app.app_context():
        patient, cole = db.session.get(Patient, ada), db.session.get(Doctor, cast.cole)
        factories.appointment(patient, cole, NOW - timedelta(minutes=began), status=status)
        db.session.commit()
    assert close(browser("ada")).status == 409


def test_a_closed_account_books_nothing_with_a_request_that_was_on_its_way(app, cast, visit_kind):
    """The session was looked at before the account closed, the time is held after it."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        closed, unseen = db.update(User).values(is_active=False), {"synchronize_session": False}
        db.session.execute(closed.where(User.id == ada.user_id), execution_options=unseen)
        with pytest.raises(NotTheirs):
            hold(ada.user, ada, cole, NOW + timedelta(hours=3, minutes=19), visit_kind, NOW)


def test_a_visit_that_was_never_completed_is_not_in_the_way_for_ever(app, browser, cast, ada):
    with app.app_context():
        patient, cole = db.session.get(Patient, ada), db.session.get(Doctor, cast.cole)
        factories.appointment(patient, cole, NOW - 2 * DAY, status="in_progress")
        db.session.commit()
    assert close(browser("ada")).location == "/"


def test_whoever_works_here_does_not_close_their_account_themself(app, browser, cast):
    """Neither a doctor nor an admin who is a patient too, however the form is sent (AZ23)."""
    with app.app_context():
        mo, cole = db.session.get(User, cast.mo), db.session.get(Doctor, cast.cole)
        db.session.add_all([Patient(user_id=mo.id), Patient(user_id=cole.user_id)])
        db.session.commit()
    for name in ("mo", "cole"):
        who = browser(name)
        page = who.get("/me/closing")
        assert "You work here" in page.text
        assert not page.has("form", id="closing")
        refused = who.post("/me/closing", {"word": "close", "password": PASSWORD})
        assert refused.status == 409
        assert who.get("/me").status == 200


def test_guardians_are_told_and_those_looked_after_keep_their_visits(app, browser, cast, ada):
    with app.app_context():
        patient, ben = db.session.get(Patient, ada), db.session.get(Patient, cast.ben)
        factories.guardian(ben.user_id, patient)
        kim = factories.child()
        factories.guardian(patient.user_id, kim, confirmed_by_id=cast.dot)
        visit = factories.appointment(kim, db.session.get(Doctor, cast.cole), NOW + 9 * DAY).id
        db.session.commit()
    close(browser("ada"))
    with app.app_context():
        assert db.session.get(Appointment, visit).status == "scheduled"
        told = "SELECT args FROM procrastinate_jobs WHERE task_name LIKE 'guardian_ended:%'"
        (args,) = db.session.scalars(db.text(told)).all()
        assert args["user_id"] == db.session.get(Patient, cast.ben).user_id
    assert "Ada" not in browser("ben").get("/family").text


def test_a_clinic_that_never_saw_them_keeps_from_today(browser):
    assert "Until 24 November 2036" in browser("ben").get("/me/closing").text


@pytest.mark.parametrize(
    ("day", "years", "until"),
    [
        (date(2026, 11, 24), 10, date(2036, 11, 24)),
        (date(2028, 2, 29), 10, date(2038, 3, 1)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_the_years_are_counted_on_the_calendar(day, years, until):
    assert years_after(day, years) == until
