from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from healthbook.messages.letters import Unwritable, Writer, letter

AT = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
CLINIC = Writer("Clínica do Porto", "clinic@test.example", "desk@test.example")


def written(**given):
    fields = {"to": "ada@test.example", "subject": "Booked", "text": "Hello\n", "key": "7.1", "at": AT}
    return letter(CLINIC, **(fields | given))


def test_a_letter_survives_the_way_through_seven_bits():
    raw = written(subject="Às 09:15, Clínica do Porto", text="São 09:15 – até já\n").as_bytes()
    assert raw.isascii()
    read = message_from_bytes(raw, policy=default)
    assert read["Subject"] == "Às 09:15, Clínica do Porto"
    assert read["From"].addresses[0].display_name == "Clínica do Porto"
    assert read.get_content().splitlines() == ["São 09:15 – até já"]


def test_every_line_ends_as_mail_servers_want_it():
    assert b"\n" not in written().as_bytes().replace(b"\r\n", b"")


def test_the_same_key_names_the_same_letter():
    assert written()["Message-ID"] == written(text="again\n")["Message-ID"] == "<7.1@test.example>"


def test_it_says_that_no_person_wrote_it():
    assert written()["Auto-Submitted"] == "auto-generated"
    assert written()["Date"] == "Tue, 24 Nov 2026 09:41:00 +0000"


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"),
        ("ada@почта.example", "ada@xn--80a1acny.example"),
        ("a.d+a@Test.example", "a.d+a@Test.example"),
        ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
        ("ädä@bücher.example", "ädä@xn--bcher-kva.example"),
    ],
)
def test_an_address_in_any_script_is_written_as_mail_servers_know_it(address, header):
    assert f"To: {header}\r\n".encode() in written(to=address).as_bytes()


def test_the_clinic_s_own_addresses_are_written_so_too():
    made = letter(Writer("Arzt", "a@bücher.example", "b@bücher.example"), "ada@test.example", "Hi", "Hi\n", "7.1", AT)
    assert made["From"] == "Arzt <a@xn--bcher-kva.example>"
    assert made["Reply-To"] == "b@xn--bcher-kva.example"
    assert made["Message-ID"] == "<7.1@xn--bcher-kva.example>"


@pytest.mark.parametrize("address", ["ada@-ü.example", "ada@ü..example", "ada@" + "ü" * 80 + ".example", "ada@a\nb"])
def test_what_is_no_address_is_refused_by_name(address):
    with pytest.raises(Unwritable):
        written(to=address)


@pytest.mark.parametrize("field", ["subject", "to", "key"])
def test_a_line_break_cannot_begin_another_header(field):
    with pytest.raises(ValueError):  # noqa: PT011
        written(**{field: "x@test.example\r\nBcc: everybody@test.example"})
