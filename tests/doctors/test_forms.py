from decimal import Decimal

import pytest

from healthbook.doctors.forms import lines, money, years


def read(reader, written):
    try:
        return reader(written)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("written", "amount"), [("0", "0"), ("85", "85"), ("85.5", "85.50"), ("999999.99", "999999.99")]
)
def test_an_amount_is_digits_with_at_most_two_after_the_point(written, amount):
    assert money(written) == Decimal(amount)


@pytest.mark.parametrize(
    "written",
    [
        *("", "-5", "+5", "NaN", "Infinity", "1e3", "1_0", "８５", "٨٥", "85,50", "10.005", "0.001", ".5", "5."),
        *("1000000", "1e308", "free", "8 5", "85\n"),
    ],
)
def test_what_python_would_read_as_a_number_is_not_yet_an_amount(written):
    assert read(money, written) is None


def test_years_go_from_none_to_eighty():
    assert (years("0"), years("14"), years("80")) == (0, 14, 80)


@pytest.mark.parametrize("written", ["", "-1", "81", "1.5", "1_0", "１４", "2147483648", "9" * 5000, "many"])
def test_other_years_are_refused(written):
    assert read(years, written) is None


def test_a_text_keeps_its_lines():
    assert lines(" Listens   first.\r\n\r\n\u202eThen\tasks.\n") == "Listens first.\n\nThen asks."
