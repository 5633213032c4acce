"""Files of a record: attached to drafts, looked at, sealed, and taken away by whoever may read the record."""

import sys
from dataclasses import replace
from io import BytesIO

import factories
import pytest
from browsers import Browser
from cryptography.exceptions import InvalidTag
from factories import NOW
from page import text_of
from PIL import Image
from test_images import MARK, ORIENTATION, picture, png_of

from healthbook.db import db
from healthbook.models import Attachment, Doctor, MedicalRecord, Patient
from healthbook.records import files
from healthbook.records.views.drafts import ROOM

WORDS = {"record_type": "lab_result", "record_date": "2026-11-24", "title": "Blood count"}
HTML = b"<html><script>alert(1)</script></html>"
A_PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"


@pytest.fixture
def page(browser, treated, cast):
    """The page of a new record, as Doctor Cole opened it."""
    return browser("cole").get(f"/patients/{cast.ada}/records/new")


def attach(page, content, name="Laboratory.pdf", **given):
    return page.form(action=page.path.split("?")[0]).submit(**WORDS | {"file": (BytesIO(content), name)} | given)


def multipart(fields, content, name="Laboratory.pdf"):
    """A form with a file in it, as bytes: the test client would put a large one into a file of its own."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    about = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
    body = b"".join(b"--zq7\r\n" + part + b"\r\n" for part in [*parts, about.encode() + content]) + b"--zq7--\r\n"
    return {"data": body, "content_type": "multipart/form-data; boundary=zq7"}


def attach_large(page, content):
    fields = page.form(action=page.path).fields | WORDS
    fields.pop("file")
    return page.browser.open("POST", page.path, **multipart(fields, content))


@pytest.fixture
def draft(page):
    return page.form(action=page.path).submit(**WORDS).follow()


def test_a_file_comes_with_a_new_record(page, stored, cast, app):
    answer = attach(page, A_PDF, do="sign")
    assert answer.status == 303
    rows = stored(Attachment, "file_name", "media_type", "size", "content", "created_at")
    assert rows == [("Laboratory.pdf", "application/pdf", len(A_PDF), A_PDF, NOW)]
    shown = answer.follow()
    assert "Laboratory.pdf" in text_of(shown.by_id("shown"))
    with app.app_context():
        coles = db.session.get(Doctor, cast.cole).user_id
    assert stored(Attachment, "created_by_id") == [coles]


def test_more_come_with_a_draft_and_the_words_are_kept_with_them(draft, stored):
    page = attach(draft, A_PDF, description="With a letter").follow()
    page = attach(page, picture(), "Scan.jpg").follow()
    assert stored(Attachment, "file_name") == ["Laboratory.pdf", "Scan.jpg"]
    assert stored(MedicalRecord, "description", "version") == [("With a letter", 3)]
    listed = text_of(page.by_id("attached"))
    assert "Laboratory.pdf PDF, 1 kB" in listed
    assert "Scan.jpg JPEG, 1 kB" in listed


def test_it_is_sealed_in_the_database(app, page):
    """Neither its name nor its content lies there in plain (UP11)."""
    attach(page, A_PDF + b"zq7 marker")
    with app.app_context():
        held = db.session.scalar(db.text("SELECT attachment::text FROM attachment"))
    for words in (b"zq7 marker", b"Laboratory", b"%PDF"):
        assert words.decode() not in held
        assert words.hex() not in held


def test_a_file_is_taken_off_a_draft(draft, stored):
    page = attach(draft, A_PDF).follow()
    number = stored(Attachment, "id")[0]
    page = page.form(action=page.path.split("?")[0]).submit(do=f"drop-{number}", treatment="None").follow()
    assert stored(Attachment, "id") == []
    assert stored(MedicalRecord, "treatment") == ["None"]
    assert page.status == 200


def test_a_file_of_another_record_is_not_taken_off(draft, signed, stored, unchanged):
    """The number of a file in a form about another draft (AZ3, AZ5)."""
    signed(files=["Other.pdf"])
    number = stored(Attachment, "id")[0]
    with unchanged():
        answer = draft.form(action=draft.path.split("?")[0]).submit(do=f"drop-{number}")
    assert answer.status == 404


def test_what_is_signed_takes_no_file(draft, stored, unchanged):
    draft.form(action=draft.path.split("?")[0]).submit(do="sign")
    with unchanged():
        assert attach(draft, A_PDF).status == 409


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (HTML, "letter.pdf"),
        (HTML * 20 + b"%PDF-1.7", "letter.pdf"),
        (b"MZ\x90\0" + b"x" * 500, "scan.png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "scan.svg"),
        (b"<?xml version='1.0'?><x/>", "letter.xml"),
        (b"GIF89a/*" + MARK + b"*/=1;", "scan.gif"),
        (picture("GIF"), "scan.png"),
        (b"\x89PNG\r\n\x1a\n" + MARK, "scan.png"),
        (b"\xff\xd8\xff" + MARK, "scan.jpg"),
        (png_of(20_000, 20_000), "scan.png"),
        (png_of(12_000, 12_000), "scan.png"),
        (b"PK\x03\x04", "letter.docx"),
    ],
    ids=lambda value: repr(value[:9]),
)
def test_what_is_no_pdf_jpeg_or_png_is_refused(page, unchanged, content, name):
    """By its content, whatever it is called; bombs too (UP2, UP3, UP5)."""
    with unchanged():
        answer = attach(page, content, name, treatment="Rest")
    assert answer.status == 415
    assert answer.has("div", id="refusal")
    assert answer.form(action=page.path).fields["treatment"].strip() == "Rest"


def test_a_polyglot_is_not_kept_as_it_came(page, stored):
    """A picture with a script behind it, and where it was taken (UP3, UP4)."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010E] = 6, "zq7 at home"
    sent = picture(exif=exif) + MARK
    attach(page, sent, "Scan.JPG")
    ((name, kind, size, content),) = stored(Attachment, "file_name", "media_type", "size", "content")
    assert (name, kind, size) == ("Scan.JPG", "image/jpeg", len(content))
    assert MARK not in content
    assert b"zq7" not in content
    assert Image.open(BytesIO(content)).size == (40, 60)


def test_a_pdf_is_kept_as_it_came(page, stored):
    """Script in it, or encrypted: it is never opened here (UP7)."""
    bomb = b"%PDF-1.7\n/Encrypt /FlateDecode stream " + b"\0" * 1000
    attach(page, bomb)
    assert stored(Attachment, "content") == [bomb]


def test_a_name_is_cleaned_before_it_is_kept(page, stored):
    """A path, turned letters, and an ending that is another's (UP1)."""
    attach(page, A_PDF, "../../\u202egpj.exe")
    assert stored(Attachment, "file_name") == ["gpj.exe.pdf"]


@pytest.mark.parametrize("more", [1, 400_000, 10_000_000])
def test_more_than_ten_megabytes_are_refused_at_once(page, unchanged, more):
    """A little too much, and much too much (UP6)."""
    with unchanged():
        answer = attach_large(page, b"%PDF-" + b"x" * (files.LARGEST - 5 + more))
    assert answer.status == 413


def test_ten_megabytes_are_kept(page, stored):
    assert attach_large(page, b"%PDF-" + b"x" * (files.LARGEST - 5)).status == 303
    assert stored(Attachment, "size") == [files.LARGEST]


def test_a_thousand_parts_and_a_field_without_end_are_refused(page, unchanged):
    """(UP6)"""
    fields = page.form(action=page.path).fields | WORDS
    with unchanged():
        for more in ({f"f{n}": "" for n in range(1000)}, {"description": "x" * 600_000}):
            assert page.browser.open("POST", page.path, **multipart(fields | more, A_PDF)).status == 413


@pytest.mark.parametrize("name", [None, "ada", "ben", "pat", "dot", "mo"])
def test_only_of_whom_may_send_files_more_than_a_form_is_read(browser, page, name):
    """(UP6)"""
    answer = browser(name).post(page.path, {"file": (BytesIO(b"%PDF-" + b"x" * 100_000), "a.pdf")})
    assert answer.status == 413


def test_other_pages_read_no_more_than_before(page, signed):
    number = signed()
    for path in (f"/records/{number}/privacy", f"/prescriptions/{number}/stop", "/sign-out"):
        assert page.browser.open("POST", path, **multipart({"reason": "x"}, b"x" * 100_000)).status == 413
    assert page.browser.post(page.path, {"description": "y" * 100_000}).status == 413


def test_a_record_has_at_most_twenty_files(page, signed, stored, unchanged, browser):
    """(UP9)"""
    number = signed("Draft", draft=True, files=[f"{n}.pdf" for n in range(20)])
    page = browser("cole").get(f"/records/{number}/edit")
    with unchanged():
        answer = attach(page, A_PDF)
    assert (answer.status, "at most 20 files" in text_of(answer.by_id("refusal"))) == (409, True)


def test_a_patient_has_at_most_two_hundred_megabytes(page, app, signed, change, stored, unchanged, cast):
    """Of all records together, drafts and old versions too (UP9)."""
    signed("Old", files=["a.pdf"], superseded_at=NOW)
    change(Attachment, stored(Attachment, "id")[0], size=files.MOST_OF_A_PATIENT - len(A_PDF) + 1)
    with unchanged():
        answer = attach(page, A_PDF)
    assert (answer.status, "200 MB" in text_of(answer.by_id("refusal"))) == (409, True)
    change(Attachment, stored(Attachment, "id")[0], size=files.MOST_OF_A_PATIENT - len(A_PDF))
    assert attach(page, A_PDF).status == 303


def test_the_same_file_twice_counts_once(draft, stored):
    page = attach(draft, A_PDF).follow()
    attach(page, A_PDF)
    assert stored(Attachment, "size") == [len(A_PDF)]


def test_a_file_chosen_while_a_line_is_added_is_asked_for_again(page, unchanged):
    with unchanged():
        answer = attach(page, A_PDF, do="add")
    assert "choose it once more" in text_of(answer.by_id("attached"))


def test_no_row_is_kept_without_its_file_when_the_process_dies(committed, monkeypatch):
    """Killed before the commit, neither record nor file is there; the bytes lie in the same transaction (UP10)."""
    monkeypatch.setattr("healthbook.clock.now", lambda: NOW)
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        factories.appointment(ada, cole, NOW, status="completed")
        db.session.commit()
    browser = Browser(committed.app).as_person("cole@test.example")
    page = browser.get(f"/patients/{committed.ada}/records/new")

    def killed(*_):
        raise SystemExit

    monkeypatch.setattr("healthbook.records.views.drafts.done", killed)
    with pytest.raises(SystemExit):
        attach(page, A_PDF)
    with committed.app.app_context():
        assert db.session.scalar(db.select(db.func.count(MedicalRecord.id))) == 0
        assert db.session.scalar(db.select(db.func.count(Attachment.id))) == 0


class TestDownload:
    @pytest.fixture
    def path(self, signed, stored):
        signed(files=["Befund Größe ‘x’.pdf"])
        return f"/files/{stored(Attachment, 'id')[0]}"

    def test_it_is_taken_away_and_nothing_it_says_is_done(self, browser, path):
        """What the browser is told of a file (UP8)."""
        answer = browser("ada").get(path)
        told = answer.headers
        assert (answer.status, answer.content) == (200, b"%PDF-1.7")
        assert told["Content-Type"] == "application/pdf"
        kept, _, name = told["Content-Disposition"].partition("filename*=UTF-8''")
        assert kept.startswith("attachment; filename=")
        assert name == "Befund%20Gr%C3%B6%C3%9Fe%20%E2%80%98x%E2%80%99.pdf"
        assert told["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["Cross-Origin-Resource-Policy"] == "same-origin"
        assert told["Cache-Control"] == "no-store"
        assert "ETag" not in told

    def test_the_type_is_ours_and_never_the_senders(self, page, stored):
        """(UP8)"""
        fields = page.form(action=page.path).fields | WORDS
        page.browser.post(page.path, fields | {"file": (BytesIO(A_PDF), "x.html", "text/html")})
        answer = page.browser.get(f"/files/{stored(Attachment, 'id')[0]}")
        assert answer.headers["Content-Type"] == "application/pdf"

    def test_every_file_is_written_down(self, browser, path, log):
        browser("ada").get(path)
        browser("cole").get(path)
        number = int(path.rpartition("/")[2])
        assert log() == [
            ("Ada", "file", number, "downloaded", "self"),
            ("Cole", "file", number, "downloaded", "treating"),
        ]

    @pytest.mark.parametrize("name", ["ben", "dean", "pat", "dot", "mo"])
    def test_nobody_guesses_a_file(self, browser, path, name):
        """By its number, another's or the next one's, or in a folder of files (AZ8, AZ11, AZ18)."""
        who, number = browser(name), int(path.rpartition("/")[2])
        theirs = who.get(path)
        assert theirs.status in (403, 404)
        assert b"%PDF" not in theirs.content
        if theirs.status == 404:
            assert theirs.text == who.get(f"/files/{number + 1}").text
        for other in (f"/files/{number - 1}", f"/files/{number}.pdf", f"/uploads/{number}", f"/static/files/{number}"):
            assert who.get(other).status in (403, 404)

    def test_a_file_is_not_found_below_a_record(self, browser, path, signed):
        """There is no address that names both, so none can name two that do not belong together (AZ5)."""
        number = signed("Another")
        assert browser("ada").get(f"/records/{number}{path}").status == 404

    def test_a_file_of_a_draft_is_its_authors(self, browser, signed, stored):
        """(AZ18)"""
        signed("Draft", draft=True, files=["Draft.pdf"])
        path = f"/files/{stored(Attachment, 'id')[0]}"
        assert browser("cole").get(path).status == 200
        assert browser("ada").get(path).status == 404

    def test_a_guardian_has_no_file_of_what_is_private(self, browser, guarded, signed, stored):
        signed(files=["Open.pdf"])
        signed(files=["Secret.pdf"], private=True)
        seen, hidden = (f"/files/{number}" for number in stored(Attachment, "id"))
        assert [browser("ben").get(path).status for path in (seen, hidden)] == [200, 404]

    def test_a_file_outlives_the_amendment_of_its_record(self, browser, signed, stored):
        number = signed(files=["Letter.pdf"])
        cole = browser("cole")
        form = cole.get(f"/records/{number}/amendment").form(action=f"/records/{number}/amendment")
        page = form.submit(reason="Typing error").follow()
        assert "Letter.pdf" in text_of(page.by_id("shown"))
        assert cole.get(f"/files/{stored(Attachment, 'id')[0]}").status == 200

    def test_two_files_that_were_swapped_in_the_database_do_not_open(self, app, browser, signed, stored):
        """Their bytes, each in the other's row (UP12)."""
        signed(files=["One.pdf", "Two.pdf"])
        with app.app_context():
            db.session.execute(
                db.text(
                    "UPDATE attachment a SET content = b.content FROM attachment b WHERE a.id <> b.id"
                    " AND a.medical_record_id = b.medical_record_id"
                )
            )
            db.session.commit()
        with pytest.raises(InvalidTag):
            browser("ada").get(f"/files/{stored(Attachment, 'id')[0]}")


class TestScanner:
    """What a clinic's own virus scanner says (UP15)."""

    @pytest.fixture
    def scanner(self, app, monkeypatch):
        def says(code):
            command = f'{sys.executable} -c "import sys; sys.exit({code})"'
            config = replace(app.extensions["config"], scan_command=command)
            monkeypatch.setitem(app.extensions, "config", config)

        return says

    def test_it_is_asked_and_what_it_refuses_is_not_kept(self, scanner, page, unchanged):
        """It reads the file, and knows this one (UP15)."""
        scanner("b'EICAR' in sys.stdin.buffer.read()")
        with unchanged():
            answer = attach(page, A_PDF + b"EICAR")
        assert (answer.status, "virus scanner refused" in text_of(answer.by_id("refusal"))) == (415, True)
        assert attach(page, A_PDF).status == 303

    @pytest.mark.parametrize("code", ["2", "__import__('os').kill(__import__('os').getpid(), 9)"])
    def test_while_it_cannot_answer_nothing_is_kept(self, scanner, page, unchanged, code):
        """(UP15)"""
        scanner(code)
        with unchanged():
            assert attach(page, A_PDF).status == 429

    def test_a_scanner_that_is_not_there_cannot_answer(self, app, page, unchanged, monkeypatch):
        """(UP15)"""
        config = replace(app.extensions["config"], scan_command="/nonexistent/scan")
        monkeypatch.setitem(app.extensions, "config", config)
        with unchanged():
            assert attach(page, A_PDF).status == 429


def test_room_is_for_one_file_and_the_words():
    assert files.LARGEST + 400_000 < ROOM < files.LARGEST * 1.1
