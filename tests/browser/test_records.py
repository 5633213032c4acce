"""Writing a record in a real browser: by keyboard, without script, with a file that is refused, and on paper."""

from io import BytesIO

import factories
import pytest
from pypdf import PdfReader
from test_images import picture

from healthbook import clock
from healthbook.db import db
from healthbook.models import Attachment, Doctor, MedicalRecord, Patient, Prescription

pytestmark = pytest.mark.browser

PDF = {"name": "Letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 zq7"}
HTML = {"name": "Letter.pdf", "mimeType": "application/pdf", "buffer": b"<html></html>"}


@pytest.fixture
def path(committed):
    """Where Doctor Cole writes about Ada, whom he treats."""
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        factories.appointment(ada, cole, clock.now(), status="completed")
        db.session.commit()
    return f"/patients/{committed.ada}/records/new"


def kept(committed):
    with committed.app.app_context():
        record = db.session.scalar(db.select(MedicalRecord))
        names = [line.medication_name for line in db.session.scalars(db.select(Prescription))]
        files = [file.file_name for file in db.session.scalars(db.select(Attachment))]
        return record and (record.title, record.treatment, bool(record.signed_at)), names, files


def test_a_record_is_written_by_keyboard_alone(committed, person, path):
    one = person("cole")
    page = one.page
    page.goto(path)
    page.focus("#title")
    page.keyboard.type("Hand eczema")
    page.focus("#treatment")
    page.keyboard.type("Gloves")
    page.focus("#add")
    page.keyboard.press("Enter")
    page.locator("#lines-0-medication_name").wait_for()
    assert one.focus == "lines-0-medication_name"
    page.keyboard.type("Betamethasone")
    # Enter in a field keeps the draft.
    page.keyboard.press("Enter")
    page.locator(".saved").wait_for()
    assert kept(committed) == (("Hand eczema", "Gloves", False), ["Betamethasone"], [])
    page.focus("#sign")
    page.keyboard.press("Enter")
    page.locator("#record-h").wait_for()
    assert kept(committed)[0] == ("Hand eczema", "Gloves", True)


@pytest.mark.parametrize("script", [True, False])
def test_a_file_that_is_refused_takes_no_word_with_it(committed, person, path, script):
    """Also where the browser has no script (UP2)."""
    page = person("cole", java_script_enabled=script, tolerated=("415",)).page
    page.goto(path)
    page.fill("#title", "Letter")
    page.fill("#treatment", "None")
    page.set_input_files("#file", files=[HTML])
    page.click("#save")
    page.locator("#refusal").wait_for()
    assert "not a PDF, JPEG or PNG" in page.inner_text("#refusal")
    assert page.locator(".toast:visible").count() == 0
    assert page.input_value("#treatment") == "None"
    page.set_input_files("#file", files=[PDF])
    page.click("#save")
    page.locator(".saved").wait_for()
    assert kept(committed) == (("Letter", "None", False), [], ["Letter.pdf"])
    page.set_input_files("#file", files=[{"name": "Scan.jpg", "mimeType": "image/jpeg", "buffer": picture()}])
    page.click("#sign")
    page.locator("#record-h").wait_for()
    assert kept(committed)[2] == ["Letter.pdf", "Scan.jpg"]


def test_a_file_is_taken_away_and_never_opened_in_the_page(committed, person, path):
    """(UP8)"""
    page = person("cole").page
    page.goto(path)
    page.fill("#title", "Letter")
    page.set_input_files("#file", files=[PDF])
    page.click("#sign")
    page.locator("#record-h").wait_for()
    with page.expect_download() as download:
        page.click("text=Letter.pdf")
    assert download.value.suggested_filename == "Letter.pdf"
    assert page.locator("#record-h").is_visible()


def test_searching_leaves_the_reader_where_they_are(committed, person, path):
    cole = person("cole").page
    for title in ("Hand eczema", "Influenza"):
        cole.goto(path)
        cole.fill("#title", title)
        cole.click("#sign")
        cole.locator("#record-h").wait_for()
    one = person("ada")
    one.page.goto("/records")
    one.page.fill("#q", "eczema")
    one.page.keyboard.press("Enter")
    one.page.locator("#all").wait_for()
    assert one.page.locator("#mine li").count() == 1
    assert one.focus == "q"
    one.page.check("input[name=type][value=vaccination]")
    one.page.get_by_text("Nothing found").wait_for()


def test_on_paper_stands_the_record_and_nothing_to_press(committed, person, path):
    page = person("cole").page
    page.goto(path)
    page.fill("#title", "Hand eczema")
    page.fill("#treatment", "Gloves")
    page.click("#sign")
    page.click("#print")
    page.locator("#sheet").wait_for()
    printed = PdfReader(BytesIO(page.pdf(format="A4")))
    text = printed.pages[0].extract_text()
    assert len(printed.pages) == 1
    for words in ("Test Clinic", "Medical record", "Ada Byrne", "Gloves", "Signed by"):
        assert words in text
    for words in ("Back to the record", "My day", "Sign out"):
        assert words not in text


def test_a_long_prescription_runs_over_sheets_with_each_medicine_whole(committed, person, path):
    with committed.app.app_context():
        about = {"patient_id": committed.ada, "doctor_id": committed.cole, "record_type": "prescription"}
        made = factories.added(MedicalRecord(title="Many", record_date=clock.now(), signed_at=clock.now(), **about))
        for n in range(20):
            words = {
                "medication_name": f"Begin{n}.",
                "dosage": "15 mg",
                "instructions": "With food. " * 30 + f"End{n}.",
            }
            line = factories.added(Prescription(medical_record_id=made.id, **words))
        db.session.commit()
        number = line.id
    page = person("ada").page
    page.goto(f"/prescriptions/{number}")
    sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(format="A4"))).pages]
    assert len(sheets) > 1
    for n in range(20):
        assert [f"Begin{n}." in sheet for sheet in sheets] == [f"End{n}." in sheet for sheet in sheets]


def test_a_patient_reads_and_filters_their_record_by_keyboard_alone(committed, person, path):
    with committed.app.app_context():
        for title, kind in (("Hand eczema", "diagnosis"), ("Influenza", "vaccination")):
            about = {"patient_id": committed.ada, "doctor_id": committed.cole, "record_type": kind}
            factories.added(MedicalRecord(title=title, record_date=clock.now(), signed_at=clock.now(), **about))
        db.session.commit()
    one = person("ada")
    page = one.page
    page.goto("/records")
    tab_to(page, "input[name=type]")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.locator("#mine li").get_by_text("Hand eczema").wait_for(state="detached")
    assert page.evaluate("document.activeElement.value") == "vaccination"
    tab_to(page, "#mine li a")
    page.keyboard.press("Enter")
    page.locator("#record-h").wait_for()
    assert page.inner_text("h1") == "Influenza"
    tab_to(page, "#print")
    page.keyboard.press("Enter")
    page.locator("#sheet").wait_for()
    tab_to(page, "#back")
    page.keyboard.press("Enter")
    page.locator("#record-h").wait_for()


def tab_to(page, wanted):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({wanted!r})"):
            return
    raise AssertionError(f"Tab never reaches {wanted}")
