"""One record as its patient, their doctors and their guardians open it; on the screen, on paper, and as PDF."""

from io import BytesIO

import pytest
from factories import NOW
from page import text_of
from pypdf import PdfReader

from healthbook.models import Patient, Prescription

LINE = {
    "medication_name": "Amlodipine",
    "dosage": "5 mg",
    "frequency": "once a day",
    "duration": "3 months",
    "instructions": "Ankles may swell a little",
}


@pytest.fixture
def number(signed, treated):
    words = {"diagnosis": "Essential hypertension", "description": "148/92", "treatment": "Less salt\nWalking"}
    return signed("Raised blood pressure", lines=[LINE], files=["Ł ECG.pdf"], appointment_id=treated, **words)


@pytest.fixture
def page(browser, number):
    return browser("ada").get(f"/records/{number}")


def pdf(answer):
    reader = PdfReader(BytesIO(answer.content))
    return reader, "\n".join(page.extract_text() for page in reader.pages)


def test_it_says_what_it_is_and_who_signed_it(page):
    assert page.h1 == "Raised blood pressure"
    said = text_of(page.by_id("shown"))
    for words in ("Essential hypertension", "148/92", "Amlodipine", "5 mg, once a day, 3 months", "Ł ECG.pdf"):
        assert words in said
    assert "Signed by Dr Maria Cole on 24 November 2026 at 09:41." in said


def test_nothing_clinical_stands_in_the_title_or_in_addresses(page, browser, number):
    cole = browser("cole")
    for shown in (page, page.browser.get(f"/records/{number}?print=1"), cole.get(f"/records/{number}/amendment")):
        for words in ("pressure", "hypertension", "Amlodipine"):
            assert words not in shown.title.lower()
            assert not [link for link in shown.links if words in link]
    assert page.title == "Record of 24 November 2026 – Test Clinic"


def test_what_a_person_wrote_is_no_html(browser, signed):
    number = signed("<b>Bold</b>", diagnosis="<img src=x onerror=alert(1)>", lines=["<i>x</i>"], files=["<u>.pdf"])
    for name, query in (("ada", ""), ("cole", ""), ("ada", "?print=1")):
        shown = browser(name).get(f"/records/{number}{query}")
        assert not shown.has("img")
        assert "<b>Bold</b>" in shown.text


def test_the_patient_reads_and_does_not_write(page, number):
    hrefs = page.links
    assert f"/records/{number}/amendment" not in hrefs
    assert not [href for href in hrefs if href.endswith("/stop") or "repeat=" in href]
    assert page.by_id("to-records").get("href") == "/records"


def test_the_doctor_amends_repeats_and_stops(browser, number, cast, stored):
    page = browser("cole").get(f"/records/{number}")
    line = stored(Prescription, "id")[0]
    wanted = {f"/records/{number}/amendment", f"/prescriptions/{line}/stop"}
    assert wanted | {f"/patients/{cast.ada}/records/new?repeat={line}", f"/patients/{cast.ada}"} <= set(page.links)


def test_a_guardian_reads_it_and_goes_back_to_whose_record_it_is(browser, guarded, number, cast):
    page = browser("ben").get(f"/records/{number}")
    assert page.h1 == "Raised blood pressure"
    assert page.by_id("to-records").get("href") == f"/records?patient={cast.ada}"
    assert not page.has("button", id="hide")


@pytest.mark.parametrize("name", ["ben", "dean", "pat", "dot", "mo"])
@pytest.mark.parametrize("path", ["", ".pdf", "?print=1", "/edit", "/amendment"])
def test_nobody_else_reads_it(browser, number, name, path):
    """Another patient, another doctor (AZ8), the desk and the admin (AZ11)."""
    answer = browser(name).get(f"/records/{number}{path}")
    assert answer.status in (403, 404)
    for words in ("pressure", "hypertension", "Amlodipine"):
        assert words not in answer.body
    if answer.status == 404:
        assert answer.text == browser(name).get(f"/records/999999{path}").text


def test_every_look_is_written_down(browser, number, log):
    """Reading, printing and taking away are told apart (PR1)."""
    ada, cole = browser("ada"), browser("cole")
    for who, path in ((ada, ""), (cole, ""), (cole, "?print=1"), (ada, ".pdf"), (cole, "/amendment")):
        assert who.get(f"/records/{number}{path}").status == 200
    assert log() == [
        ("Ada", "record", number, "read", "self"),
        ("Cole", "record", number, "read", "treating"),
        ("Cole", "record", number, "printed", "treating"),
        ("Ada", "record", number, "printed", "self"),
        ("Cole", "background", None, "read", "treating"),
    ]


def test_what_cannot_be_written_down_is_not_shown(browser, number, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("no log")

    ada = browser("ada")
    monkeypatch.setattr("healthbook.reading.seen", broken)
    for path in (f"/records/{number}", f"/records/{number}.pdf", "/records", "/prescriptions"):
        with pytest.raises(RuntimeError):
            ada.get(path)


class TestPaper:
    def test_the_summary_of_a_visit_is_a_clean_page(self, browser, number):
        page = browser("ada").get(f"/records/{number}?print=1")
        assert page.h1 == "Visit summary"
        sheet = text_of(page.by_id("sheet"))
        for words in ("Test Clinic", "Ada Byrne, born 12 May 1990", "Dr Maria Cole", "Less salt Walking", "Amlodipine"):
            assert words in sheet
        assert page.by_id("pdf").get("href") == f"/records/{number}.pdf"

    def test_another_record_says_its_kind(self, browser, signed):
        number = signed("Blood count", record_type="lab_result")
        page = browser("ada").get(f"/records/{number}?print=1")
        assert page.h1 == "Medical record"
        assert "Test result Blood count" in text_of(page.by_id("sheet"))

    def test_the_pdf_says_the_same(self, browser, number):
        answer = browser("ada").get(f"/records/{number}.pdf")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == "attachment; filename=record-2026-11-24.pdf"
        reader, text = pdf(answer)
        for words in ("Test Clinic", "Visit summary", "Ada Byrne, born 12 May 1990", "Essential hypertension"):
            assert words in text
        for words in ("148/92", "Amlodipine", "5 mg, once a day, 3 months", "Ankles may swell a little", "Page 1 of 1"):
            assert words in text
        assert "pressure" not in str(reader.metadata)
        assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx([595.28, 841.89])

    def test_it_is_the_newest_version(self, browser, number):
        cole = browser("cole")
        cole.get(f"/records/{number}/amendment").form(action=f"/records/{number}/amendment").submit(
            reason="Wrong", diagnosis="White coat hypertension"
        )
        _reader, text = pdf(cole.get(f"/records/{number}.pdf"))
        assert "White coat" in text
        assert "Essential" not in text

    def test_a_draft_is_not_for_paper(self, browser, signed):
        number = signed("Draft", draft=True)
        assert browser("cole").get(f"/records/{number}.pdf").status == 404

    def test_it_says_in_full_whose_it_is(self, browser, number, change, cast, app):
        change(Patient, cast.ada, preferred_name="Adi")
        _reader, text = pdf(browser("cole").get(f"/records/{number}.pdf"))
        assert "Ada Byrne" in text
        assert NOW.strftime("%Y") in text
