"""Medicines: what is taken now and what was, each on paper, and stopping one with a reason."""

from datetime import timedelta
from io import BytesIO

import pytest
from factories import NOW
from page import text_of
from pypdf import PdfReader

from healthbook.db import db
from healthbook.errors import Refused
from healthbook.models import Doctor, MedicalRecord, Patient, Prescription
from healthbook.patients.queries.access import reader
from healthbook.records.queries import medicines
from healthbook.records.rules import prescriptions as rules

DAY = timedelta(days=1)


@pytest.fixture
def line(signed, stored):
    """line("Amlodipine"): a medicine that Doctor Cole has prescribed, by its id."""

    def prescribed(name, days=0, **given):
        record = given.pop("record", {})
        signed(f"For {name}", days, lines=[{"medication_name": name} | given], **record)
        return stored(Prescription, "id")[-1]

    return prescribed


def names(page, part):
    """The medicines below a heading."""
    section = next(found for found in page.tree.iter("section") if found.get("aria-labelledby") == f"{part}-h")
    return [text_of(found) for found in section.iter("b")]


def test_now_and_earlier_are_told_apart(browser, line):
    line("Amlodipine", -300)
    line("Nitrofurantoin", -10, duration="3 days")
    line("Ferrous fumarate", -10, duration="3 months")
    line("Ibuprofen", -5, stopped_at=NOW, stop_reason="Stomach ache")
    page = browser("ada").get("/prescriptions")
    assert (page.h1, page.title) == ("My prescriptions", "My prescriptions – Test Clinic")
    assert names(page, "now") == ["Ferrous fumarate", "Amlodipine"]
    assert names(page, "earlier") == ["Ibuprofen", "Nitrofurantoin"]
    said = text_of(page.by_id("prescriptions"))
    for words in (
        "Stopped on 24 November 2026: Stomach ache",
        "Until 16 November 2026",
        "Until 13 February 2027",
        "Since 28 January 2026",
    ):
        assert words in said


def test_the_last_day_is_one_on_which_it_is_taken(browser, line, later):
    line("Nitrofurantoin", duration="3 days")
    ada = browser("ada")
    for days, section in ((0, "now"), (2, "now"), (3, "earlier")):
        later(days=days)
        assert names(browser("ada").get("/prescriptions"), section) == ["Nitrofurantoin"], days
    assert ada


def test_medicines_now_stand_beside_the_records(browser, line):
    line("Amlodipine", dosage="5 mg", frequency="once a day")
    line("Nitrofurantoin", -10, duration="3 days")
    page = browser("ada").get("/records")
    assert names(page, "medicines") == ["Amlodipine"]
    assert "5 mg, once a day" in page.text


def test_nobody_takes_what_stands_in_a_draft(browser, line):
    line("Amlodipine", record={"draft": True})
    page = browser("ada").get("/prescriptions")
    assert names(page, "now") == names(page, "earlier") == []
    assert "No prescription is running" in page.text
    assert "Nothing was prescribed before." in page.text


def test_what_was_comes_in_pages(browser, line):
    for n in range(22):
        line(f"Medicine {n}", -n - 10, duration="1 day")
    ada = browser("ada")
    first, second = (ada.get(f"/prescriptions?page={n}") for n in (1, 2))
    assert names(first, "earlier") == [f"Medicine {n}" for n in range(20)]
    assert names(second, "earlier") == ["Medicine 20", "Medicine 21"]
    assert names(ada.get("/prescriptions?page=9"), "earlier") == names(first, "earlier")


def test_many_medicines_cost_the_same_statements(app, cast, line, statements):
    def count(many):
        for n in range(many):
            line(f"Medicine {n}")
        with app.app_context():
            ada = reader(db.session.get(Patient, cast.ada).user, cast.ada, NOW)
            with statements() as seen:
                taken = medicines.taken(ada, NOW)
                assert [each.line.medical_record.doctor.user.full_name for each in taken.now]
            return len(seen)

    assert count(2) == count(15) == 2


class TestPaper:
    def test_medicines_of_one_record_stand_on_one_paper(self, browser, signed, stored):
        stopped = {"medication_name": "Ibuprofen", "stopped_at": NOW, "stop_reason": "Stomach ache"}
        signed("Blood pressure", lines=["Amlodipine", "Ramipril", stopped], diagnosis="Hypertension")
        one, two, three = stored(Prescription, "id")
        ada = browser("ada")
        for id in (one, two):
            sheet = text_of(ada.get(f"/prescriptions/{id}").by_id("sheet"))
            assert "Amlodipine" in sheet
            assert "Ramipril" in sheet
            assert "Ibuprofen" not in sheet
            assert "Hypertension" not in sheet
        sheet = text_of(ada.get(f"/prescriptions/{three}").by_id("sheet"))
        assert "Stopped on 24 November 2026: Stomach ache" in sheet
        assert "Amlodipine" not in sheet

    def test_the_pdf_says_who_prescribed_it(self, browser, line):
        id = line("Ferrous fumarate", dosage="210 mg", instructions="With orange juice")
        answer = browser("cole").get(f"/prescriptions/{id}.pdf")
        assert answer.headers["Content-Disposition"] == "attachment; filename=prescription-2026-11-24.pdf"
        text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
        for words in ("Prescription", "Ferrous fumarate", "210 mg", "With orange juice", "Dr Maria Cole", "Ada Byrne"):
            assert words in text

    def test_paper_is_written_down(self, browser, line, log):
        id = line("Amlodipine")
        ada, cole = browser("ada"), browser("cole")
        ada.get("/prescriptions")
        ada.get(f"/prescriptions/{id}")
        cole.get(f"/prescriptions/{id}.pdf")
        assert log() == [
            ("Ada", "records", None, "read", "self"),
            ("Ada", "prescription", id, "printed", "self"),
            ("Cole", "prescription", id, "printed", "treating"),
        ]

    @pytest.mark.parametrize("name", ["ben", "dean", "pat", "dot", "mo"])
    @pytest.mark.parametrize("path", ["", ".pdf", "/stop"])
    def test_nobody_else_sees_it(self, browser, line, name, path):
        """Guessing a number gets another's prescription for nobody (AZ8, AZ11)."""
        id = line("Amlodipine")
        answer = browser(name).get(f"/prescriptions/{id}{path}")
        assert answer.status in (403, 404)
        assert "Amlodipine" not in answer.body

    def test_what_stands_in_a_draft_is_on_no_paper(self, browser, line):
        id = line("Amlodipine", record={"draft": True})
        cole = browser("cole")
        for path in ("", ".pdf", "/stop"):
            assert cole.get(f"/prescriptions/{id}{path}").status == 404


class TestStopping:
    @pytest.fixture
    def id(self, line):
        return line("Amlodipine", dosage="5 mg")

    @pytest.fixture
    def page(self, browser, id):
        return browser("cole").get(f"/prescriptions/{id}/stop")

    def stop(self, page, **given):
        return page.form(action=page.path).submit(**{"reason": "Swollen ankles"} | given)

    def test_it_stays_with_when_by_whom_and_why(self, app, page, cast, stored):
        answer = self.stop(page)
        with app.app_context():
            coles = db.session.get(Doctor, cast.cole).user_id
        assert stored(Prescription, "stopped_at", "stopped_by_id", "stop_reason") == [(NOW, coles, "Swollen ankles")]
        assert answer.location == f"/records/{stored(MedicalRecord, 'id')[0]}"
        assert "On 24 November 2026: Swollen ankles (Maria Cole)" in answer.follow().text

    def test_the_patient_reads_why(self, page, browser):
        self.stop(page)
        shown = browser("ada").get("/prescriptions")
        assert names(shown, "now") == []
        assert "Swollen ankles" in shown.text

    def test_a_reason_is_needed(self, page, unchanged):
        with unchanged():
            again = self.stop(page, reason=" ")
        assert (again.status, "Say in a few words why." in text_of(again.by_id("errors"))) == (422, True)

    def test_the_second_who_stops_it_is_told(self, page, stored):
        self.stop(page)
        late = self.stop(page, reason="Something else")
        assert late.status == 409
        assert "a moment before you" in text_of(late.by_id("refusal"))
        assert stored(Prescription, "stop_reason") == ["Swollen ankles"]

    def test_in_an_earlier_version_nothing_is_stopped(self, page, browser, stored, unchanged):
        number = stored(MedicalRecord, "id")[0]
        form = browser("cole").get(f"/records/{number}/amendment").form(action=f"/records/{number}/amendment")
        form.submit(reason="Wrong dose")
        with unchanged():
            late = self.stop(page)
        assert (late.status, "earlier version" in text_of(late.by_id("refusal"))) == (409, True)

    def test_a_record_that_is_amended_while_somebody_stops_its_medicine_wins(self, app, cast, id):
        """Its row's lock is waited for, and what is known of it then counts."""
        with app.app_context():
            record, line = medicines.one(db.session.get(Doctor, cast.cole).user, id, NOW)
            db.session.execute(db.text("UPDATE medical_record SET superseded_at = now()"))
            with pytest.raises(Refused, match="earlier version"):
                rules.stop(record, line, "Swollen ankles", NOW)

    @pytest.mark.parametrize("name", ["ada", "ben", "dean", "pat", "dot", "mo"])
    def test_only_who_treats_the_patient_stops_it(self, browser, id, unchanged, name):
        """Neither the patient nor a stranger (AZ14, AZ17)."""
        with unchanged():
            assert browser(name).post(f"/prescriptions/{id}/stop", {"reason": "x"}).status in (403, 404)

    def test_in_an_emergency_a_doctor_stops_it(self, browser, id, emergency, stored):
        emergency("dean")
        page = browser("dean").get(f"/prescriptions/{id}/stop")
        self.stop(page)
        assert stored(Prescription, "stop_reason") == ["Swollen ankles"]
