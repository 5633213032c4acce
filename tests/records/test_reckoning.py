"""What records need and no database: names and kinds of files, until when a medicine is taken, and finding words."""

from datetime import UTC, date, datetime
from io import BytesIO
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from healthbook.records import pdf
from healthbook.records.files import LONGEST_NAME, PDF, display_name, media_type
from healthbook.records.finding import holds_all, plain
from healthbook.records.medicines import last_day
from healthbook.records.pdf import Dose, Section, Sheet

STARTED = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Letter.pdf", "Letter.pdf"),
        ("LETTER.PDF", "LETTER.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\x", "x.pdf"),
        ("C:\\x", "x.pdf"),
        ("/abs", "abs.pdf"),
        ("a/b.pdf", "b.pdf"),
        ("%2e%2e", "%2e%2e.pdf"),
        ("", "file.pdf"),
        (None, "file.pdf"),
        (".", "file.pdf"),
        ("..", "file.pdf"),
        (".pdf", "pdf.pdf"),
        ("CON", "_CON.pdf"),
        ("com1.pdf", "_com1.pdf"),
        ("a\0b\r\nX: y.pdf", "ab X_ y.pdf"),
        ("\u202egpj.exe", "gpj.exe.pdf"),
        ("\u2066a\u2069.pdf", "a.pdf"),
        ('<a href="x">.pdf', "_a href=_x__.pdf"),
        ("Größe 😀.pdf", "Größe 😀.pdf"),
        ("می‌خواهم.pdf", "می‌خواهم.pdf"),
        ("photo.jpg", "photo.jpg.pdf"),
        ("a" * 300, "a" * 116 + ".pdf"),
    ],
)
def test_a_files_name_is_cleaned_to_be_shown(given, shown):
    """Paths, controls, turned letters, devices, and names that are too long (UP1)."""
    assert display_name(given, PDF) == shown


@given(st.text(max_size=400))
def test_whatever_it_is_called_it_can_be_shown(name):
    """(UP1)"""
    shown = display_name(name, "image/png")
    assert 4 < len(shown) <= LONGEST_NAME
    assert shown.lower().endswith(".png")
    assert not set(shown) & set('/\\:"<>|?*')
    assert all(letter in "\u200c\u200d" or not category(letter).startswith("C") for letter in shown)
    assert display_name(shown, "image/png") == shown


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", PDF),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"<html>%PDF-1.7", None),
        (b" %PDF-1.7", None),
        (b"MZ\x90", None),
        (b"GIF89a", None),
        (b"<svg/>", None),
        (b"<?xml", None),
        (b"PK\x03\x04", None),
        (b"%PDF", None),
        (b"", None),
    ],
)
def test_a_files_kind_is_what_it_begins_with(content, kind):
    """Never its name, and nothing that comes later in it (UP2)."""
    assert media_type(content) == kind


@pytest.mark.parametrize(
    ("duration", "until"),
    [
        ("3 days", date(2026, 11, 26)),
        ("1 day", STARTED),
        ("one day", STARTED),
        ("2 weeks", date(2026, 12, 7)),
        ("a week", date(2026, 11, 30)),
        ("For 10 days.", date(2026, 12, 3)),
        ("3 months", date(2027, 2, 23)),
        ("12 months", date(2027, 11, 23)),
        ("1 Year", date(2027, 11, 23)),
        ("", None),
        (None, None),
        ("until better", None),
        ("2-3 weeks", None),
        ("3 days, then stop", None),
        ("999 years", date(3025, 11, 23)),
        ("9999 days", None),
    ],
)
def test_the_last_day_of_a_medicine(duration, until):
    assert last_day(STARTED, duration) == until


@pytest.mark.parametrize(
    ("started", "until"), [(date(2026, 1, 31), date(2026, 2, 27)), (date(2024, 1, 30), date(2024, 2, 28))]
)
def test_a_month_from_a_day_that_the_next_has_not(started, until):
    assert last_day(started, "1 month") == until


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.integers(1, 999))
def test_a_span_is_as_long_as_it_says(started, many):
    assert (last_day(started, f"{many} days") - started).days == many - 1
    months = last_day(started, f"{many} months")
    assert 28 * many - 1 <= (months - started).days <= 31 * many


@pytest.mark.parametrize(
    ("asked", "texts", "found"),
    [
        ("eczema", ["Hand eczema"], True),
        ("ECZÉMA", ["hand eczema"], True),
        ("strasse", ["Hauptstraße"], True),
        ("hand eczema", ["Eczema", None, "both hands"], True),
        ("foot", ["Hand eczema"], False),
        ("", ["anything"], True),
    ],
)
def test_words_are_found_however_they_are_written(asked, texts, found):
    assert holds_all(plain(asked).split(), texts) is found


def sheet(**given):
    return Sheet(
        **{
            "language": "en",
            "clinic": "Riverside Clinic",
            "reached": "12 Quay Street. 0117 496 0123",
            "heading": "Visit summary",
            "about": [("Patient", "Ada Byrne")],
            "sections": [],
            "medicines": "Medicines",
            "doses": [],
            "closing": "Signed.",
            "pages": "Page {n} of {nb}",
            "lost": "Letters are lost.",
        }
        | given
    )


def text_of(made):
    return [page.extract_text() for page in PdfReader(BytesIO(made)).pages]


AT = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)


def test_names_of_many_alphabets_are_printed():
    (page,) = text_of(pdf.made(sheet(about=[("Patient", "Łukasz Őry, Жанна, Ωμέγα, Şebnem, Đỗ")]), AT))
    assert "Łukasz Őry, Жанна, Ωμέγα, Şebnem, Đỗ" in page
    assert "lost" not in page


@pytest.mark.parametrize("name", ["王小明", "مريم", "שרה"])
def test_letters_that_cannot_be_printed_leave_a_box_and_a_word_about_it(name, caplog):
    (page,) = text_of(pdf.made(sheet(about=[("Patient", f"{name} Byrne")]), AT))
    assert "□" * len(name) + " Byrne" in page
    assert "Letters are lost." in page
    assert not caplog.records


def test_long_text_runs_over_pages_that_are_numbered():
    long = Section("What was found", "\n".join(f"Line {n}" for n in range(120)))
    pages = text_of(pdf.made(sheet(sections=[long], doses=[Dose("Amlodipine", "5 mg", "Swollen ankles")]), AT))
    assert len(pages) == 3
    assert [f"Page {n} of 3" in page for n, page in enumerate(pages, 1)] == [True] * 3
    assert "Line 119" in pages[2]
    assert pages[2].index("Amlodipine") < pages[2].index("5 mg") < pages[2].index("Swollen ankles")


def test_a_medicine_stands_on_one_page_whole():
    """What to take care of is not read on the next sheet."""
    doses = [Dose(f"Begin {n}, " + "tablets " * 20, "15 mg", "With food. " * 40 + f"End{n}.") for n in range(20)]
    pages = text_of(pdf.made(sheet(doses=doses), AT))
    assert len(pages) > 2
    for n in range(20):
        assert [f"Begin {n}," in page for page in pages] == [f"End{n}." in page for page in pages]


def test_a_medicine_longer_than_a_page_runs_over_several():
    pages = text_of(pdf.made(sheet(doses=[Dose("Begin", "15 mg", "With food. " * 900 + "End")]), AT))
    assert "Medicines\nBegin" in pages[0]
    assert "End" in pages[-1]


@pytest.mark.parametrize("lines", [29, 30, 32, 34, 35])
def test_the_heading_of_the_medicines_stands_above_the_first(lines):
    found, dose = Section("What was found", "x\n" * lines), Dose("Amlodipine", "5 mg", "Swollen ankles\n" * 4)
    assert "Medicines\nAmlodipine\n5 mg\nSwollen" in "".join(
        text_of(pdf.made(sheet(sections=[found], doses=[dose]), AT))
    )


def test_one_word_without_an_end_does_not_leave_the_paper():
    pages = text_of(pdf.made(sheet(sections=[Section("x", "y" * 5000)]), AT))
    assert "".join(pages).count("y") >= 5000


def test_marks_upon_marks_end_somewhere():
    """Twenty thousand on one letter would keep everybody else's papers waiting for minutes (BI1)."""
    for mark in ("\u0301", "\u200d"):
        (page,) = text_of(pdf.made(sheet(sections=[Section("x", f"Jose{mark * 200} is here")]), AT))
        assert 1 <= page.count(mark) <= pdf.MARKS
        assert "is here" in page


def test_words_that_look_like_a_number_of_pages_are_words():
    pages = text_of(pdf.made(sheet(sections=[Section("x", "Ward {nb}, bed {n}")]), AT))
    assert "Ward {nb}, bed {n}" in pages[0]
    assert "Page 1 of 1" in pages[0]


def test_the_same_sheet_makes_the_same_file():
    assert pdf.made(sheet(), AT) == pdf.made(sheet(), AT)


def test_the_file_says_nothing_of_what_is_in_it():
    made = PdfReader(BytesIO(pdf.made(sheet(sections=[Section("Secret", "Secret")]), AT)))
    assert {key: str(value) for key, value in made.metadata.items()} == {
        "/CreationDate": "D:20261124094100Z",
        "/Title": "Visit summary",
    }
