"""The notes of a visit become its record: looked at once more, completed with a title and medicines, and signed."""

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import AccessLog, Appointment, Doctor, MedicalRecord, Patient, Prescription

NOTES = "Plaques on both elbows"


@pytest.fixture
def visit(app, cast):
    """visit(status="completed"): Ada's visit with Cole this morning, with notes; its address."""

    def made(**given):
        with app.app_context():
            ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
            about = {"status": "in_progress", "doctor_notes": NOTES, "visit_type_id": cole.visit_types[0].id}
            reference = factories.appointment(ada, cole, NOW.replace(hour=9, minute=0), **about | given).reference
            db.session.commit()
            return f"/appointments/{reference}/record"

    return made


@pytest.fixture
def cole(browser):
    return browser("cole")


def form(page):
    return page.form(action=page.path.partition("?")[0])


def records(app):
    with app.app_context():
        return [
            (record.title, record.description, record.private, [line.medication_name for line in record.prescriptions])
            for record in db.session.scalars(db.select(MedicalRecord))
        ]


def test_the_page_has_the_notes_in_it_and_says_who_reads_them(cole, visit):
    page = cole.get(visit())
    assert (page.status, page.h1) == (200, "The record of this visit")
    assert "The patient reads it as it stands here." in page.text
    fields = form(page).fields
    assert (fields["title"], fields["description"].strip()) == ("New problem", NOTES)
    assert (fields["record_date"], fields["record_type"]) == ("2026-11-24", "diagnosis")


def test_signing_makes_the_record_of_the_visit(app, cole, visit, cast):
    path = visit()
    signed = form(cole.get(path)).submit(title="Plaque psoriasis", diagnosis="L40.0", do="sign")
    assert signed.status == 303
    assert records(app) == [("Plaque psoriasis", NOTES, False, [])]
    with app.app_context():
        made = db.session.scalar(db.select(MedicalRecord))
        assert (made.signed_at, made.patient_id, made.doctor_id) == (NOW, cast.ada, cast.cole)
        assert made.appointment_id == db.session.scalar(db.select(Appointment)).id
        assert signed.location == f"/records/{made.id}"
    assert "Plaque psoriasis" in signed.follow().text


def test_medicines_are_added_line_by_line_on_the_way(app, cole, visit):
    page = form(cole.get(visit())).submit(do="add")
    assert page.status == 200
    assert form(page).submit(do="sign", **{"lines-0-medication_name": "Adalimumab"}).status == 303
    assert records(app)[0][3] == ["Adalimumab"]
    with app.app_context():
        assert db.session.scalar(db.select(Prescription)).stopped_at is None


@pytest.mark.parametrize("htmx", [False, True])
def test_without_a_title_it_is_not_signed(app, cole, visit, htmx):
    page = form(cole.get(visit())).submit(title="", do="sign", htmx=htmx)
    assert page.status == 422
    assert "Say in a few words what this is about." in text_of(page.by_id("errors"))
    assert form(page).fields["description"].strip() == NOTES
    assert records(app) == []


def test_pressing_twice_signs_once(app, cole, visit):
    sent = form(cole.get(visit()))
    assert sent.submit(do="sign").status == 303
    again = sent.submit(do="sign")
    assert again.status == 409
    assert "This visit has its record already." in text_of(again.by_id("refusal"))
    assert len(records(app)) == 1


def test_what_has_its_record_leads_to_it(app, cole, visit):
    path = visit()
    there = form(cole.get(path)).submit(do="sign").location
    assert cole.get(path).location == there


def test_a_visit_that_has_not_begun_has_no_record_yet(app, cole, visit):
    page = form(cole.get(visit(status="confirmed"))).submit(do="sign")
    assert page.status == 409
    assert "The visit has not begun yet." in text_of(page.by_id("refusal"))
    assert records(app) == []


def test_the_record_of_a_private_visit_is_private(app, cole, visit):
    form(cole.get(visit(private=True))).submit(do="sign")
    assert records(app)[0][2] is True


@pytest.mark.parametrize(("name", "status"), [("dean", 404), ("ada", 403), ("ben", 403), ("dot", 403), ("mo", 403)])
def test_nobody_signs_another_s_notes(app, browser, visit, name, status):
    """D1 signs D2's visit: as if it were not there (AZ12)."""
    path, who = visit(), browser(name)
    for page in (
        who.get(path),
        who.post(path, {"title": "x", "record_type": "diagnosis", "record_date": "2026-11-24"}),
    ):
        assert (page.status, NOTES in page.body) == (status, False)
    assert records(app) == []


def test_a_doctor_who_no_longer_treats_the_patient_signs_nothing(app, cole, visit):
    """The visit was cancelled: the record is closed to its doctor (AZ10)."""
    path = visit(status="cancelled")
    assert cole.get(path).status == 404
    assert cole.post(path, {"title": "x"}).status == 404


def test_what_is_read_on_the_way_is_written_down(app, cole, visit, cast):
    cole.get(visit())
    with app.app_context():
        found = db.session.scalars(db.select(AccessLog).order_by(AccessLog.id))
        assert [(row.object, row.why, row.patient_id) for row in found] == [
            ("background", "treating", cast.ada),
            ("appointment", "treating", cast.ada),
        ]


def test_twenty_thousand_letters_of_any_script_are_signed(app, cole, visit):
    path, words = visit(), "\u4e2d" * 20_000
    fields = form(cole.get(path)).fields | {"description": words, "do": "sign"}
    assert cole.open("POST", path, data=fields, content_type="multipart/form-data").status == 303
    assert records(app)[0][1] == words
