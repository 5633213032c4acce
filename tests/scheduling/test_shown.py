"""What an open page says that it shows: short, read back whole, and nothing when it is not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from healthbook.scheduling import shown

NINE = 29933460
WEEK = 7 * 24 * 60


@given(some.sets(some.integers(NINE, NINE + WEEK - 1), max_size=150))
def test_what_is_written_is_read_back(minutes):
    assert shown.read(shown.write(sorted(minutes))) == sorted(minutes)


@given(some.text("0123456789*.", max_size=60))
def test_whatever_comes_back_is_read_without_harm(text):
    minutes = shown.read(text)
    assert minutes == sorted(set(minutes))
    assert len(minutes) <= 8 * 24 * 60 + 1


def test_a_full_week_takes_few_letters():
    worked = [quarter for quarter in range(34) if not 14 <= quarter < 18]
    minutes = [NINE + day * 1440 + quarter * 15 for day in range(5) for quarter in worked]
    assert len(minutes) == 150
    assert len(shown.write(minutes)) <= 100


def test_what_is_too_long_for_an_address_loses_its_end():
    minutes = [NINE + n * n % 7 + n * 8 for n in range(1200)]
    text = shown.write(minutes)
    assert len(text) <= shown.LONGEST
    assert shown.read(text) == minutes[: len(shown.read(text))]
    assert len(shown.read(text)) > 100


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1.", ".1", "1.0", "1.-5", "1*2", "1.15*0", "1.15**2", "٢.15", "1.15\n", "1.15*9999", "1.99999"),
        "1" * 10,
        "1" + ".1" * 800,
        "0.9999*9999.9999*9999",
    ],
)
def test_what_is_not_ours_is_nothing(text):
    assert shown.read(text) == []
