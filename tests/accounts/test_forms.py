from datetime import date

import pytest

from healthbook.accounts.forms import birthday


def read(reader, written):
    try:
        return reader(written)
    except ValueError:
        return None


@pytest.mark.parametrize(
    "written",
    ["27 3 1990", "27/03/1990", "27.3.1990", "27-03-1990", "27. 3. 1990", "27031990", "1990-03-27", "27 03  1990"],
)
def test_a_birthday_is_read_as_people_write_it(written):
    assert birthday(written) == date(1990, 3, 27)


@pytest.mark.parametrize(
    "written",
    [
        *("", "soon", "31 2 1990", "3 27 1990", "27 3 90", "27 3 1899", "26 11 2026", "27 3 0000", "2731990"),
        *("19900327", "２７ ３ １９９０", "27 3 199٠", "27 3 1990 1", "1" * 60, "27\n3\n1990"),
    ],
)
def test_what_is_no_birthday_of_anybody_alive_is_refused(written):
    assert read(birthday, written) is None


def test_the_first_and_the_last_day_are_whole():
    assert birthday("1 1 1900") == date(1900, 1, 1)
    assert birthday("24 11 2026") == date(2026, 11, 24)
