"""The page of a new record, sent again from the browser's history: what was signed by then stays as it is."""

from io import BytesIO

import pytest

from healthbook.models import Attachment, MedicalRecord

WORDS = {"record_type": "lab_result", "record_date": "2026-11-24", "title": "Blood count"}
A_PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def send(browser, treated, cast):
    """send(do="sign"): always from the same page, as Doctor Cole opened it."""
    page = browser("cole").get(f"/patients/{cast.ada}/records/new")
    return lambda **given: page.form(action=page.path).submit(**WORDS | given)


def a_file(name="Laboratory.pdf"):
    return BytesIO(A_PDF), name


def test_what_was_signed_keeps_its_day(send, stored, later):
    """Signing twice is signing once (AZ16)."""
    first, (signed_at,) = send(do="sign"), stored(MedicalRecord, "signed_at")
    later(minutes=5)
    again = send(do="sign")
    assert (again.status, again.location) == (303, first.location)
    assert stored(MedicalRecord, "signed_at") == [signed_at]


def test_no_file_comes_to_what_was_signed(send, stored, unchanged):
    """A record that was signed gets no file by sending its first page again (AZ16)."""
    send(do="sign")
    with unchanged():
        page = send(file=a_file())
    assert page.status == 409
    assert "This was signed meanwhile" in page.text
    assert stored(Attachment, "id") == []


def test_no_file_is_taken_off_what_was_signed(send, stored, unchanged):
    """Nor loses one (AZ16)."""
    send(do="sign", file=a_file())
    (file,) = stored(Attachment, "id")
    with unchanged():
        assert send(do=f"drop-{file}").status == 409


def test_the_same_file_again_is_no_trouble(send, stored, unchanged):
    first = send(do="sign", file=a_file())
    with unchanged():
        again = send(do="sign", file=a_file())
    assert (again.status, again.location) == (303, first.location)


def test_a_draft_that_was_not_signed_takes_the_file(send, stored):
    send()
    assert send(file=a_file()).status == 303
    assert stored(Attachment, "file_name") == ["Laboratory.pdf"]
