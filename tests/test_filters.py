"""How days, times, money and the words of a status are printed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError
from sqlalchemy.dialects.postgresql import Range

from healthbook import clock
from healthbook.models.records import RecordType
from healthbook.models.statuses import ChangeReason, Status

LONDON = ZoneInfo("Europe/London")
BEFORE = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(LONDON)
AFTER = datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(LONDON)


@pytest.fixture
def printed(app):
    """printed("day", value): what a page would show."""

    def show(name, *values):
        with app.test_request_context():
            arguments = ", ".join(f"v{n}" for n in range(1, len(values)))
            template = app.jinja_env.from_string(f"{{{{ v0 | {name}{f'({arguments})' if arguments else ''} }}}}")
            return template.render({f"v{n}": value for n, value in enumerate(values)}).replace("\xa0", " ")

    return show


def test_a_day_has_its_weekday_and_no_year_while_it_is_this_one(printed):
    assert printed("day", date(2026, 11, 25)) == "Wednesday 25 November"
    assert printed("short_day", date(2026, 11, 25)) == "Wed 25 Nov"


def test_a_day_of_another_year_says_so(printed):
    assert printed("day", date(2027, 1, 4)) == "Monday 4 January 2027"
    assert printed("short_day", date(2025, 12, 31)) == "Wed 31 Dec 2025"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-12-24T00:00", "2026-12-25T00:00", "Thu 24 Dec"),
        ("2026-12-24T00:00", "2027-01-02T00:00", "Thu 24 Dec to Fri 1 Jan 2027"),
        ("2026-12-24T09:00", "2026-12-24T12:30", "Thu 24 Dec, 09:00 to 12:30"),
        ("2026-12-24T18:00", "2026-12-25T00:00", "Thu 24 Dec, 18:00 to 24:00"),
        ("2026-12-24T18:00", "2026-12-25T02:00", "Thu 24 Dec, 18:00 to Fri 25 Dec, 02:00"),
        ("2026-07-01T00:00", "2026-07-02T00:00", "Wed 1 Jul"),
        ("2026-10-25T00:30", "2026-10-25T01:30", "Sun 25 Oct, 00:30 to 01:30 BST"),
    ],
)
def test_a_stretch_names_times_only_where_days_are_not_whole(printed, start, end, words):
    during = Range(*(datetime.fromisoformat(at).replace(tzinfo=LONDON).astimezone(UTC) for at in (start, end)))
    assert printed("stretch", during, LONDON) == words


def test_a_date_may_be_said_without_its_weekday(printed):
    assert printed("day_of_month", date(2026, 11, 24)) == "24 November"
    assert printed("day_of_month", date(2025, 11, 24)) == "24 November 2025"


def test_the_new_year_begins_where_the_time_is_told(printed, monkeypatch):
    auckland, noon = ZoneInfo("Pacific/Auckland"), datetime(2026, 12, 31, 12, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    assert printed("day", noon.astimezone(auckland)) == "Friday 1 January"
    assert printed("short_day", (noon - timedelta(hours=2)).astimezone(auckland)) == "Thu 31 Dec 2026"
    assert printed("day", noon) == "Thursday 31 December"


def test_days_are_those_of_the_wall_that_the_time_carries(printed):
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert printed("day", late.astimezone(LONDON)) == "Thursday 2 July"
    assert printed("time_of_day", late.astimezone(LONDON)) == "00:30"


def test_a_time_that_the_clock_shows_twice_names_its_zone_and_no_other_does(printed):
    assert [printed("time_of_day", at) for at in (BEFORE, AFTER)] == ["01:30 BST", "01:30 GMT"]
    hours = [datetime(2026, 10, 25, hour, 59, tzinfo=LONDON) for hour in (0, 2)]
    assert [printed("time_of_day", at) for at in hours] == ["00:59", "02:59"]
    assert printed("time_of_day", datetime(2027, 3, 28, 1, 30, tzinfo=LONDON)) == "01:30"
    assert [printed("day", at) for at in (BEFORE, AFTER)] == ["Sunday 25 October"] * 2


def test_the_zone_has_one_name_on_both_sides_of_a_clock_change(printed):
    assert [printed("zone_name", at) for at in (BEFORE, AFTER)] == ["United Kingdom Time"] * 2


@pytest.mark.parametrize(
    ("hour", "minute", "words"), [(0, 0, "00:00"), (9, 5, "09:05"), (12, 0, "12:00"), (23, 59, "23:59")]
)
def test_times_have_four_digits(printed, hour, minute, words):
    assert printed("time_of_day", datetime(2026, 11, 25, hour, minute, tzinfo=LONDON)) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("85", "GBP", "£85"),
        ("85.00", "GBP", "£85"),
        ("85.50", "GBP", "£85.50"),
        ("0", "GBP", "£0"),
        ("1250.00", "GBP", "£1,250"),
        ("1250.05", "EUR", "€1,250.05"),
        ("5000", "JPY", "JP¥5,000"),
    ],
)
def test_pence_are_printed_where_there_are_any(printed, amount, currency, words):
    assert printed("money", Decimal(amount), currency) == words


def test_a_reference_is_printed_in_halves(printed):
    assert printed("reference", "4F7KM2QA") == "4F7K M2QA"


@pytest.mark.parametrize("name", ["status_word", "staff_word", "status_icon"])
def test_every_status_has_a_word_and_a_picture(printed, name):
    assert all(printed(name, status) for status in Status)


def test_every_reason_has_words(printed):
    assert all(printed("reason_word", reason) for reason in ChangeReason)


def test_patients_read_other_words_than_staff(printed):
    assert (printed("status_word", Status.CONFIRMED), printed("staff_word", Status.CONFIRMED)) == (
        "Booked",
        "Confirmed",
    )
    assert (printed("status_word", Status.NO_SHOW), printed("staff_word", Status.NO_SHOW)) == ("Missed", "Did not come")


def test_a_status_that_does_not_exist_is_a_mistake_and_not_a_blank(printed):
    with pytest.raises((KeyError, UndefinedError)):
        printed("status_word", "lost")


def test_a_day_on_paper_always_has_its_year(printed):
    assert printed("calendar_day", date(2026, 11, 25)) == "25 November 2026"


@pytest.mark.parametrize(("size", "words"), [(0, "1 kB"), (8, "1 kB"), (840_400, "840 kB"), (1_234_567, "1.2 MB")])
def test_bytes_are_counted_as_people_do(printed, size, words):
    assert printed("size", size) == words


def test_every_kind_of_record_has_a_word_and_an_icon(printed):
    for kind in RecordType:
        assert printed("record_word", kind)
        assert printed("record_icon", kind)


@pytest.mark.parametrize(
    ("number", "words"), [("SM-884711", "•••• 4711"), ("12345678", "•••• 5678"), ("1234567", "••••"), ("", "••••")]
)
def test_of_a_number_that_is_masked_the_end_is_left(printed, number, words):
    assert printed("masked", number) == words
