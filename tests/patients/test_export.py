"""Everything about somebody as one file: whole, after the password, for those who may have it."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import factories
import pytest
from factories import NOW, PASSWORD
from icalendar import Calendar

from healthbook.audit.rules import seen
from healthbook.db import db
from healthbook.models import (
    AccessLog,
    Appointment,
    Attachment,
    Doctor,
    MedicalRecord,
    Message,
    Patient,
    Picture,
    Place,
    Prescription,
    Why,
)
from healthbook.patients import archive
from healthbook.patients import documents as documents_of

DAY = timedelta(days=1)
PDF = b"%PDF-1.7 the scan"
JSON = {"profile", "background", "appointments", "records", "prescriptions", "messages", "access"}


@pytest.fixture
def ada(app, cast):
    """Ada with something of everything; what is private says so."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        ada.allergies, ada.insurance_policy_number, ada.blood_group = "Penicillin", "SM-884711", "AB-"
        factories.added(Picture(user_id=ada.user_id, media_type="image/jpeg", content=b"a photo"))
        for private in (False, True):
            whole_visit(ada, cole, private)
        factories.appointment(ada, cole, NOW + 3 * DAY, status="cancelled", reason="No longer")
        held = {"status": "held", "held_until": NOW + DAY}
        factories.appointment(ada, cole, NOW + 4 * DAY, reason="Not booked yet", **held)
        draft(ada, cole)
        seen(cole.user, [ada.id], Place.CHART, Why.TREATING, NOW - DAY)
        db.session.commit()
        return ada.id


def whole_visit(ada, cole, private):
    of = "Private" if private else "Open"
    visit = factories.appointment(ada, cole, NOW + DAY * (1 + private), status="completed", private=private)
    visit.reason, visit.doctor_notes, visit.prescription = f"{of} reason", f"{of} working notes", f"{of} advice"
    visit.notes = f"{of} note of the desk"
    factories.step(visit, "completed", cole.user_id, remark=f"{of} remark of the doctor")
    factories.step(visit, "completed", ada.user_id, remark=f"{of} remark of the patient")
    db.session.add(
        Message(user_id=ada.user_id, appointment_id=visit.id, kind="booked", channel="email", version=1, due_at=NOW)
    )
    whose = {"patient_id": ada.id, "doctor_id": cole.id, "record_type": "diagnosis", "record_date": NOW}
    first = factories.added(MedicalRecord(**whose, title=f"{of} title", superseded_at=NOW, signed_at=NOW - DAY))
    last = MedicalRecord(**whose, title=f"{of} better title", diagnosis="Flu", amend_reason="A slip", signed_at=NOW)
    last.supersedes_id, last.appointment_id = first.id, visit.id
    for record in (first, factories.added(last)):
        record.private = private and record is first
        line = Prescription(medical_record_id=record.id, medication_name=f"{of} medicine", stop_reason="Rash")
        line.stopped_at, line.stopped_by_id = NOW, cole.user_id
        factories.added(line)
        file = {"media_type": "application/pdf", "size": len(PDF), "content": PDF, "file_name": f"../{of}/scan.pdf"}
        factories.added(Attachment(medical_record_id=record.id, **file))
        seen(cole.user, [ada.id], Place.RECORD, Why.TREATING, NOW - DAY, object_id=record.id)


def draft(ada, cole):
    whose = {"patient_id": ada.id, "doctor_id": cole.id, "record_type": "diagnosis", "record_date": NOW}
    factories.added(MedicalRecord(**whose, title="A draft"))


def take(who, path="/me/export", password=PASSWORD):
    """The answer to the form, with its bytes."""
    form = who.get(path).form(id="export")
    with who.client.post(form.action, data=form.fields | {"password": password}) as response:
        return response, response.get_data()


def opened(content):
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def documents(files):
    return {
        name.removesuffix(".json"): json.loads(content) for name, content in files.items() if name.endswith(".json")
    }


def test_the_file_has_everything_about_the_person(browser, ada):
    """JSON, calendar, original files and access list (PR4)."""
    response, content = take(browser("ada"))
    assert response.status_code == 200
    assert response.mimetype == "application/zip"
    assert response.headers["Content-Disposition"] == "attachment; filename=healthbook-2026-11-24.zip"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    files = opened(content)
    told = documents(files)
    assert told.keys() == JSON
    assert told["profile"]["first_name"] == "Ada"
    assert told["profile"]["insurance_policy_number"] == "SM-884711"
    assert told["background"] == {
        "blood_group": "AB-",
        "allergies": "Penicillin",
        "current_medications": None,
        "medical_history": None,
    }
    assert [visit["reason"] for visit in told["appointments"]] == ["Open reason", "Private reason", "No longer"]
    assert told["appointments"][0]["prescription"] == "Open advice"
    assert told["appointments"][0]["starts_at"] == "2026-11-25T09:41:00+00:00"
    assert [step["remark"] for step in told["appointments"][0]["history"]] == [None, None, "Open remark of the patient"]
    assert {record["title"] for record in told["records"]} == {
        *("Open title", "Open better title"),
        *("Private title", "Private better title"),
    }
    amended = next(record for record in told["records"] if record["title"] == "Open better title")
    assert (amended["diagnosis"], amended["amend_reason"], amended["doctor"]) == ("Flu", "A slip", "Dr Maria Cole")
    assert [line["stop_reason"] for line in told["prescriptions"]] == ["Rash"] * 4
    assert [(one["kind"], one["about"] is not None) for one in told["messages"]] == [("booked", True)] * 2
    assert [look["by"] for look in told["access"]] == ["Maria Cole"] * 5
    assert files["photo.jpeg"] == b"a photo"
    names = [file["file"] for record in told["records"] for file in record["files"]]
    assert sorted(names) == sorted(name for name in files if name.startswith("files/"))
    assert {files[name] for name in names} == {PDF}


def test_a_name_in_the_file_leads_nowhere_else(browser, ada):
    """The name that somebody gave a scan cannot climb out of the folder it is unpacked in (UP1)."""
    for name in opened(take(browser("ada"))[1]):
        assert ".." not in name
        assert name.count("/") <= 1
        assert not name.startswith("/")


@pytest.mark.parametrize("letter", ["x", "\u6aa2", "\u00e9", "\U00020000"])
def test_a_long_name_can_be_unpacked_on_any_disk(app, letter):
    """A file system counts bytes, and takes 255 of them (UP1)."""
    with app.app_context():
        name = documents_of.path(Attachment(id=123456789, file_name=letter * 116 + ".pdf"))
    folder, _, last = name.partition("/")
    assert folder == "files"
    assert last.startswith(f"123456789-{letter}")
    assert last.endswith(f"{letter}.pdf")
    assert len(last.encode()) <= 255


def test_what_others_wrote_for_themselves_is_not_in_it_and_the_page_says_so(browser, ada):
    page = browser("ada").get("/me/export")
    assert "Not in it: the working notes which a doctor keeps during a visit" in page.text
    everything = b"".join(opened(take(browser("ada"))[1]).values())
    for words in (b"working notes", b"note of the desk", b"remark of the doctor", b"A draft", b"Not booked yet"):
        assert words not in everything.replace(b"Not in it: working notes", b"")
    assert b"Open reason" in everything


def test_the_calendar_names_clinic_and_time_only(browser, ada):
    calendar = Calendar.from_ical(opened(take(browser("ada"))[1])["visits.ics"])
    events = calendar.walk("VEVENT")
    assert [str(event["SUMMARY"]) for event in events] == ["Appointment, Test Clinic"] * 3
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert events[0].decoded("DTSTART") == NOW + DAY
    assert {name for event in events for name in event} == {
        *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "STATUS")
    }


def test_without_the_password_there_is_no_file(app, browser, ada):
    """Neither for whoever finds the device open, nor with the password of another time (PR4)."""
    who = browser("ada")
    for password, words in (("", "Enter your password."), ("wrong horse battery", "That is not your password.")):
        page = who.get("/me/export").form(id="export").submit(password=password)
        assert page.status == 422
        assert words in page.text
        assert "SM-884711" not in page.body
    assert who.get("/me/export").status == 200
    with app.app_context():
        assert db.session.scalars(db.select(AccessLog).where(AccessLog.action == "exported")).all() == []


def test_taking_it_is_written_down_and_nothing_is_kept(app, browser, cast, ada):
    """Made at that moment for that one answer (PR4)."""
    before = list(app.extensions["config"].folder.rglob("*"))
    take(browser("ada"))
    with app.app_context():
        (row,) = db.session.scalars(db.select(AccessLog).where(AccessLog.action == "exported"))
        assert (row.object, row.why, row.actor.first_name, row.patient_id) == ("export", "self", "Ada", cast.ada)
    assert list(app.extensions["config"].folder.rglob("*")) == before


def test_a_look_that_cannot_be_written_down_gives_no_file(app, browser, ada, monkeypatch):
    """Without the row there is no export (PR1)."""
    monkeypatch.setattr("healthbook.audit.rules.WRITE", db.text("INSERT INTO not_there VALUES (1)"))
    response, content = take(browser("ada"))
    assert response.status_code == 500
    assert b"Penicillin" not in content
    assert not content.startswith(b"PK")


def test_a_guardian_takes_what_is_theirs_to_read(app, browser, cast, ada):
    with app.app_context():
        patient = db.session.get(Patient, ada)
        factories.guardian(db.session.get(Patient, cast.ben).user_id, patient)
        db.session.commit()
    path = f"/me/export?patient={ada}"
    page = browser("ben").get(path)
    assert page.h1 == "Everything about Ada Byrne"
    files = opened(take(browser("ben"), path)[1])
    everything = b"".join(files.values())
    assert b"Private" not in everything.replace(b"What is private", b"")
    told = documents(files)
    assert [visit["reason"] for visit in told["appointments"]] == ["Open reason", "No longer"]
    assert {record["title"] for record in told["records"]} == {"Open title", "Open better title"}
    assert (len(told["prescriptions"]), len(told["messages"]), len(told["access"])) == (2, 1, 3)
    assert len([name for name in files if name.startswith("files/")]) == 2
    assert len(Calendar.from_ical(files["visits.ics"]).walk("VEVENT")) == 2
    with app.app_context():
        (row,) = db.session.scalars(db.select(AccessLog).where(AccessLog.action == "exported"))
        assert (row.why, row.actor.first_name) == ("guardian", "Ben")


def test_a_guardian_takes_no_contact_data_and_no_words_for_the_doctor(app, browser, cast, ada):
    """The pages tell the patient who reads these: the doctors and the desk, not whoever acts for them (AZ6)."""
    with app.app_context():
        patient, ben = db.session.get(Patient, ada), db.session.get(Patient, cast.ben)
        patient.address, patient.access_needs = "12 Quay Street", "A way without steps"
        patient.emergency_contact_name, patient.emergency_contact_phone = "Gus Marlow", "0117 496 0999"
        patient.insurance_provider, patient.user.phone_number = "Sun Mutual", "0117 496 0777"
        factories.guardian(ben.user_id, patient)
        factories.guardian(factories.patient(name="Una Lark").user_id, patient)
        db.session.commit()
    everything = b"".join(opened(take(browser("ben"), f"/me/export?patient={ada}")[1]).values()).decode()
    for words in ("SM-884711", "Sun Mutual", "Quay Street", "without steps", "Gus", "0999", "0777", "ada@test", "Una"):
        assert words not in everything
    assert "remark of the patient" not in everything
    assert "Ben Byrne" in everything
    assert "Gus" not in browser("ben").get(f"/records?patient={ada}").text
    assert "Gus" in browser("ada").get("/records").text


def test_the_patient_takes_what_a_guardian_told_the_doctor_too(app, browser, cast, ada):
    """As on the page of the visit."""
    with app.app_context():
        visit = db.session.scalars(db.select(Appointment).where(Appointment.status == "cancelled")).first()
        factories.step(visit, "cancelled", db.session.get(Patient, cast.ben).user_id, remark="She has a fever")
        factories.step(visit, "cancelled", cast.dot, remark="For the desk")
        db.session.commit()
    told = documents(opened(take(browser("ada"))[1]))
    assert [step["remark"] for step in told["appointments"][2]["history"]] == [None, "She has a fever", None]


def test_whoever_may_not_read_it_takes_nothing(app, browser, cast, ada):
    """A stranger, and a guardian who may only book (AZ6)."""
    who, path = browser("ben"), f"/me/export?patient={ada}"
    assert who.get(path).status == who.post(path, {"password": PASSWORD}).status == 404
    with app.app_context():
        ben = db.session.get(Patient, cast.ben).user_id
        factories.guardian(ben, db.session.get(Patient, ada), may_see_record=False)
        db.session.commit()
    assert who.get(path).status == who.post(path, {"password": PASSWORD}).status == 404


def test_somebody_of_whom_little_is_known_gets_a_file_too(browser):
    files = opened(take(browser("ben"))[1])
    told = documents(files)
    assert told["appointments"] == told["records"] == told["access"] == []
    assert Calendar.from_ical(files["visits.ics"]).walk("VEVENT") == []


def test_many_visits_and_records_cost_no_more_statements(app, browser, cast, statements):
    def cost():
        with statements() as run:
            take(browser("ada"))
        return len([one for one in run if one.startswith("SELECT")])

    with app.app_context():
        whole_visit(db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole), False)
        db.session.commit()
    few = cost()
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        for number in range(5):
            visit = factories.appointment(ada, cole, NOW + (9 + number) * DAY)
            whose = {"patient_id": ada.id, "doctor_id": cole.id, "record_type": "imaging", "record_date": NOW}
            record = MedicalRecord(**whose, title="A title", signed_at=NOW, appointment_id=visit.id)
            factories.added(Prescription(medical_record_id=factories.added(record).id, medication_name="Ramipril"))
        db.session.commit()
    assert cost() <= few


def test_each_file_is_read_when_the_one_before_it_has_been_sent():
    """Two hundred megabytes of files are never in memory at once."""
    asked = []

    def files():
        for number in range(3):
            asked.append(number)
            yield f"files/{number}", bytes(1000)

    stream = archive.streamed(files(), NOW)
    first = next(stream)
    assert asked == [0]
    assert opened(first + b"".join(stream)) == {f"files/{number}": bytes(1000) for number in range(3)}
    assert asked == [0, 1, 2]
