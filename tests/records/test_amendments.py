"""What is signed is never changed: an amendment stands in its place, with the old text and why below it."""

from datetime import timedelta

import factories
import pytest
from browsers import Browser
from factories import NOW
from page import text_of
from sqlalchemy.exc import IntegrityError, NoResultFound

from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.models import Appointment, Doctor, MedicalRecord, Patient, Prescription
from healthbook.patients.queries.access import reader
from healthbook.records.queries.opened import opened
from healthbook.records.rules.drafts import Line, Words
from healthbook.records.rules.signing import hide, sign_notes

DAY = timedelta(days=1)


@pytest.fixture
def number(signed):
    """A signed record of Cole's, with two medicines of which one was stopped."""
    stopped = {"stopped_at": NOW - DAY, "stop_reason": "Swollen ankles"}
    lines = [{"medication_name": "Amlodipine", **stopped}, {"medication_name": "Ramipril", "dosage": "5 mg"}]
    return signed("High blood pressure", days=-30, lines=lines, treatment="Less salt", diagnosis="Hypertension")


@pytest.fixture
def page(browser, number):
    return browser("cole").get(f"/records/{number}/amendment")


def amend(page, **given):
    return page.form(action=page.path).submit(**{"reason": "The dose was wrong"} | given)


def sent(page):
    """The fields of the form, without the token of whoever opened it."""
    return {name: value for name, value in page.form(action=page.path).fields.items() if name != "csrf_token"}


def test_the_form_holds_what_is_signed_but_for_what_was_stopped(page):
    fields = page.form(action=page.path).fields
    assert (fields["title"], fields["record_date"]) == ("High blood pressure", "2026-10-25")
    assert (fields["lines-0-medication_name"], fields["lines-0-dosage"]) == ("Ramipril", "5 mg")
    assert "lines-1-medication_name" not in fields
    assert page.h1 == "Amend the record of 25 October 2026"
    assert "High blood pressure" not in page.title


def test_an_amendment_is_a_new_row_in_place_of_the_old_one(app, page, number, stored, cast):
    """The old row is as it was but for when it was superseded (AZ16)."""
    with app.app_context():
        before = db.session.execute(db.text("SELECT * FROM medical_record")).mappings().one()
    answer = amend(page, treatment="Less salt, walking", **{"lines-0-dosage": "10 mg"})
    with app.app_context():
        old, new = db.session.execute(db.text("SELECT * FROM medical_record ORDER BY id")).mappings()
    assert answer.location == f"/records/{new['id']}"
    assert {name for name in old if old[name] != before[name]} == {"superseded_at"}
    assert (new["supersedes_id"], new["signed_at"], new["superseded_at"]) == (number, NOW, None)
    assert stored(MedicalRecord, "treatment", "record_date")[1] == ("Less salt, walking", NOW - 30 * DAY)
    assert stored(Prescription, "medical_record_id", "medication_name", "dosage", "stop_reason") == [
        (number, "Amlodipine", None, "Swollen ankles"),
        (number, "Ramipril", "5 mg", None),
        (new["id"], "Ramipril", "10 mg", None),
        (new["id"], "Amlodipine", None, "Swollen ankles"),
    ]


def test_the_page_shows_what_was_replaced_by_whom_and_why(page, number, browser):
    shown = amend(page, treatment="Less salt, walking", **{"lines-0-dosage": "10 mg"}).follow()
    version = text_of(shown.by_id(f"version-{number}"))
    assert "Until 24 November 2026" in version
    assert "Dr Maria Cole put another version in its place: The dose was wrong" in version
    assert "Treatment changed since Less salt" in version
    assert "Diagnosis Hypertension" in version
    assert "Medicine changed since Ramipril 5 mg" in version
    assert "Amended" in text_of(shown.by_id("shown"))
    own = browser("ada").get(shown.path)
    assert "The dose was wrong" in own.text


def test_an_old_address_leads_to_the_newest_version(page, number, stored):
    amend(page)
    new = stored(MedicalRecord, "id")[1]
    cole = page.browser
    assert cole.get(f"/records/{number}").headers["Location"] == f"/records/{new}#version-{number}"
    assert cole.get(f"/records/{number}/amendment").location == f"/records/{new}/amendment"


def test_only_the_newest_version_stands_in_lists(page, browser, stored):
    amend(page, title="Blood pressure")
    ada = browser("ada")
    listed = ada.get("/records")
    assert [text_of(found) for found in listed.by_id("mine").iter("b")] == ["Blood pressure"]
    assert "Amended once" in text_of(listed.by_id("mine"))
    names = [text_of(found) for found in ada.get("/prescriptions").by_id("prescriptions").iter("b")]
    assert names == ["Ramipril", "Amlodipine"]


@pytest.mark.parametrize(
    "given", [{"reason": " "}, {"title": ""}, {"reason": "x" * 201}, {"record_date": "2027-01-01"}]
)
def test_an_amendment_says_why_and_is_right_in_form(page, unchanged, given):
    with unchanged():
        again = amend(page, **given)
    assert again.status == 422
    assert again.has("div", id="errors")


def test_long_texts_in_any_alphabet_are_taken(page, stored):
    long = "ж" * 20_000
    fields = page.form(action=page.path).fields | {"reason": "Longer"}
    fields |= dict.fromkeys(("description", "diagnosis", "treatment", "medications"), long)
    sent = page.browser.open("POST", page.path, data=fields, content_type="multipart/form-data")
    assert sent.status == 303
    assert stored(MedicalRecord, "treatment")[1] == long
    assert page.form(action=page.path).element.get("enctype") == "multipart/form-data"


def test_lines_are_added_to_an_amendment_without_script(page, unchanged):
    with unchanged():
        again = amend(page, do="add")
        assert "lines-1-medication_name" in again.form(action=page.path).fields


@pytest.mark.parametrize("htmx", [False, True])
def test_the_second_of_two_doctors_sees_both_texts(page, browser, treats, number, stored, htmx):
    """Two who amend one version at once: nothing is overwritten (AZ16)."""
    treats("dean", start=NOW - 3 * DAY)
    dean = browser("dean").get(page.path)
    amend(page, treatment="Cole's words")
    late = dean.form(action=page.path).submit(htmx=htmx, reason="Another dose", treatment="Dean's words")
    assert late.status == 409
    assert "amended this record a moment before you" in text_of(late.by_id("refusal"))
    assert "Cole's words" in text_of(late.by_id("kept"))
    new = stored(MedicalRecord, "id")[1]
    fields = late.form(action=f"/records/{new}/amendment").fields
    assert (fields["treatment"].strip(), fields["reason"]) == ("Dean's words", "Another dose")
    assert stored(MedicalRecord, "treatment") == ["Less salt", "Cole's words"]
    assert late.form(action=f"/records/{new}/amendment").submit(treatment="Both").status == 303
    assert stored(MedicalRecord, "treatment", "supersedes_id")[2] == ("Both", new)


def test_any_doctor_who_treats_amends_and_the_version_says_who(page, browser, treats, cast, stored):
    treats("dean", start=NOW - 3 * DAY)
    dean = browser("dean").get(page.path)
    amend(dean)
    assert stored(MedicalRecord, "doctor_id") == [cast.cole, cast.dean]


def test_the_database_itself_lets_nobody_supersede_twice(app, page, number, cast):
    amend(page)
    about = {"patient_id": cast.ada, "doctor_id": cast.dean, "record_type": "diagnosis", "record_date": NOW}
    with app.app_context():
        twice = MedicalRecord(title="x", supersedes_id=number, **about)
        with pytest.raises(IntegrityError, match="uq_medical_record_supersedes_id"):
            factories.added(twice)


def test_two_who_press_at_once_are_told_apart_by_the_lock(committed, monkeypatch):
    """On real connections, one after the other at the row's lock: the second finds it superseded (AZ16)."""
    monkeypatch.setattr("healthbook.clock.now", lambda: NOW)
    with committed.app.app_context():
        ada = db.session.get(Patient, committed.ada)
        for name in ("cole", "dean"):
            doctor = db.session.get(Doctor, getattr(committed, name))
            factories.appointment(ada, doctor, NOW - (1 if name == "cole" else 2) * DAY, status="completed")
        about = {"patient_id": ada.id, "doctor_id": committed.cole, "record_type": "diagnosis", "record_date": NOW}
        number = factories.added(MedicalRecord(title="Cough", signed_at=NOW, **about)).id
        db.session.commit()
    pages = [
        Browser(committed.app).as_person(f"{name}@test.example").get(f"/records/{number}/amendment")
        for name in ("cole", "dean")
    ]
    assert [amend(page, title=page.browser.app.name).status for page in pages] == [303, 409]


@pytest.mark.parametrize("name", ["ada", "ben", "dean", "pat", "dot", "mo"])
def test_whoever_does_not_treat_amends_nothing(page, browser, unchanged, name):
    """Not even the patient herself (AZ16)."""
    with unchanged():
        who = browser(name)
        assert who.get(page.path).status in (403, 404)
        assert who.post(page.path, sent(page) | {"reason": "x"}).status in (403, 404)


def test_a_doctor_amends_nothing_about_themselves_or_as_a_guardian(app, cast, browser, signed, treats, unchanged):
    """Who reads as the patient, or as one who looks after them, does not write (AZ16, AZ17)."""
    with app.app_context():
        dean = db.session.get(Doctor, cast.dean)
        own = factories.added(Patient(user_id=dean.user_id))
        factories.guardian(dean.user_id, db.session.get(Patient, cast.ada))
        factories.appointment(own, db.session.get(Doctor, cast.cole), NOW - 2 * DAY, status="completed")
        about = {"doctor_id": cast.cole, "record_type": "diagnosis", "record_date": NOW, "signed_at": NOW}
        numbers = [factories.added(MedicalRecord(title="x", patient_id=id, **about)).id for id in (own.id, cast.ada)]
        db.session.commit()
    who = browser("dean")
    for number in numbers:
        assert who.get(f"/records/{number}").status == 200
        with unchanged():
            assert who.get(f"/records/{number}/amendment").status == 404
            given = {"reason": "x", "title": "x", "record_type": "diagnosis", "record_date": "2026-11-24"}
            assert who.post(f"/records/{number}/amendment", given).status == 404
            assert who.post(f"/records/{number}/edit", given | {"version": "1"}).status == 404


def test_editing_what_is_signed_is_refused_with_both_texts(page, browser, treats, number, unchanged):
    """The edit page of a draft is no way round (AZ16)."""
    treats("dean", start=NOW - 3 * DAY)
    fields = sent(page) | {"version": "1", "treatment": "Rewritten"}
    for name in ("cole", "dean"):
        who = browser(name)
        assert who.get(f"/records/{number}/edit").location == f"/records/{number}"
        with unchanged():
            answer = who.post(f"/records/{number}/edit", fields)
        assert (answer.status, "Less salt" in answer.text) == (409, True)


def test_a_draft_is_edited_and_not_amended(browser, signed, unchanged):
    draft = signed("Draft", draft=True)
    cole = browser("cole")
    assert cole.get(f"/records/{draft}/amendment").location == f"/records/{draft}/edit"
    with unchanged():
        given = {"reason": "x", "title": "x", "record_type": "diagnosis", "record_date": "2026-11-24"}
        assert cole.post(f"/records/{draft}/amendment", given).status == 409


class TestPrivacy:
    def test_what_is_private_is_gone_from_guardians(self, browser, guarded, number, cast, stored):
        ada, ben = browser("ada"), browser("ben")
        places = (f"/records/{number}", f"/records/{number}.pdf", f"/records?patient={cast.ada}")
        prescription = f"/prescriptions/{stored(Prescription, 'id')[1]}"
        places += (f"/records?patient={cast.ada}&q=pressure", f"/prescriptions?patient={cast.ada}", prescription)
        before = [ben.get(place) for place in places]
        assert [page.status for page in before] == [200] * 6
        answer = ada.get(f"/records/{number}").form(action=f"/records/{number}/privacy").submit()
        assert answer.location == f"/records/{number}"
        assert "Not for parents and carers" in answer.follow().text
        after = [ben.get(place) for place in places]
        assert [page.status for page in after] == [404, 404, 200, 200, 200, 404]
        for page in after:
            assert "pressure" not in page.body.replace("q=pressure", "").replace("“pressure”", "").replace(
                'value="pressure"', ""
            )
            assert "Ramipril" not in page.body

    def test_it_can_be_shown_again(self, browser, guarded, number, stored):
        cole = browser("cole")
        for private in (True, False):
            cole.get(f"/records/{number}").form(action=f"/records/{number}/privacy").submit()
            assert stored(MedicalRecord, "private") == [private]
        assert browser("ben").get(f"/records/{number}").status == 200

    def test_all_versions_are_private_and_an_amendment_stays_so(self, page, browser, guarded, number, stored):
        amend(page)
        new = stored(MedicalRecord, "id")[1]
        page.browser.post(f"/records/{new}/privacy", {"private": "y"})
        assert stored(MedicalRecord, "private") == [True, True]
        amend(page.browser.get(f"/records/{new}/amendment"))
        assert stored(MedicalRecord, "private") == [True, True, True]
        assert browser("ben").get(f"/records/{number}").status == 404

    def test_a_version_that_came_while_somebody_decided_is_private_too(self, app, page, cast, number, stored):
        """The patient keeps it from guardians at the moment in which the doctor amends it."""
        with app.app_context():
            found = opened(db.session.get(Patient, cast.ada).user, number, NOW)
            amend(page)
            hide(found, True)
            db.session.commit()
        assert stored(MedicalRecord, "private") == [True, True]

    @pytest.mark.parametrize("name", ["ben", "dean", "dot", "mo", "pat"])
    def test_only_the_patient_and_who_treats_them_decide(self, browser, guarded, number, unchanged, name):
        """A guardian who may see the record may not (AZ14)."""
        with unchanged():
            assert browser(name).post(f"/records/{number}/privacy", {"private": "y"}).status in (403, 404)

    def test_in_an_emergency_a_doctor_sees_it_and_does_not_decide(self, browser, number, emergency, change, unchanged):
        change(MedicalRecord, number, private=True)
        emergency("dean")
        dean = browser("dean")
        assert dean.get(f"/records/{number}").status == 200
        with unchanged():
            assert dean.post(f"/records/{number}/privacy").status == 404

    def test_the_record_of_a_private_visit_is_private(self, browser, guarded, private_visit, signed):
        number = signed("Secret", appointment_id=private_visit)
        assert browser("ben").get(f"/records/{number}").status == 404
        assert browser("ada").get(f"/records/{number}").status == 200


class TestSigningNotes:
    """What the page of a visit does with the doctor's notes."""

    @pytest.fixture
    def sign(self, app, cast, treated):
        def signing(visit=treated, by="cole", **given):
            with app.app_context():
                doctor, appointment = db.session.get(Doctor, getattr(cast, by)), db.session.get(Appointment, visit)
                writer = reader(doctor.user, appointment.patient_id, NOW)
                words = Words(**{"record_type": "diagnosis", "title": "Cough", "day": NOW.date()} | given)
                made = sign_notes(writer, appointment, words, [Line("Honey", "a spoon")], NOW).id
                db.session.commit()
                return made

        return signing

    def test_they_become_the_record_of_the_visit(self, sign, treated, stored, cast):
        sign()
        row = (cast.ada, cast.cole, treated, NOW, False)
        assert stored(MedicalRecord, "patient_id", "doctor_id", "appointment_id", "signed_at", "private") == [row]
        assert stored(Prescription, "medication_name", "dosage") == [("Honey", "a spoon")]

    def test_a_visit_has_one_record(self, sign, stored):
        sign()
        with pytest.raises(Stale, match="has its record already"):
            sign()
        assert len(stored(MedicalRecord, "id")) == 1

    def test_its_amendment_is_the_record_of_the_visit_then(self, app, sign, treated, browser):
        number = sign()
        amend(browser("cole").get(f"/records/{number}/amendment"), title="Cough, better")
        with app.app_context():
            assert db.session.get(Appointment, treated).record.title == "Cough, better"

    def test_a_private_visit_has_a_private_record(self, sign, private_visit, stored):
        sign()
        assert stored(MedicalRecord, "private") == [True]

    def test_a_visit_is_as_it_is_when_its_notes_are_signed(self, app, cast, treated, stored):
        """Somebody else has just said that nobody came, or the patient that the visit is private."""
        with app.app_context():
            writer = reader(db.session.get(Doctor, cast.cole).user, cast.ada, NOW)
            visit, words = db.session.get(Appointment, treated), Words("diagnosis", "Cough", NOW.date())

            def meanwhile(**columns):
                there, unseen = db.update(Appointment).where(Appointment.id == treated), {"synchronize_session": False}
                db.session.execute(there.values(**columns), execution_options=unseen)

            meanwhile(status="no_show")
            with pytest.raises(Refused, match="has not begun"):
                sign_notes(writer, visit, words, [], NOW)
            meanwhile(status="completed", private=True)
            sign_notes(writer, visit, words, [], NOW)
            db.session.commit()
        assert stored(MedicalRecord, "private") == [True]

    def test_not_before_the_visit_nor_by_another_doctor(self, app, cast, sign, treats, treated, change):
        change(Appointment, treated, status="confirmed")
        with pytest.raises(Refused, match="has not begun"):
            sign()
        other = treats("dean", start=NOW - 3 * DAY)
        with pytest.raises(NoResultFound):
            sign(visit=other)


def test_reading_a_chain_of_many_versions_costs_the_same(app, cast, signed, statements):
    def chain_of(many):
        last = None
        for n in range(many):
            gone = NOW if n < many - 1 else None
            last = signed(f"Version {n}", lines=["A", "B"], supersedes_id=last, superseded_at=gone)
        with app.app_context():
            doctor = db.session.get(Doctor, cast.cole)
            assert doctor.user.roles
            with statements() as seen:
                assert len(opened(doctor.user, last, NOW).versions) == many
                [
                    line.medication_name
                    for version in opened(doctor.user, last, NOW).versions
                    for line in version.prescriptions
                ]
            return len(seen)

    assert chain_of(2) == chain_of(12)
