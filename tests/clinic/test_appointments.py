import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.clinic.queries import appointments as queries
from healthbook.db import db
from healthbook.models import Doctor

PATH = "/clinic/appointments"


def names(page):
    return [text_of(found) for found in page.find_all("th", scope="row")]


def times(page):
    return [text_of(found) for found in page.tree.iter("time")]


def found(page):
    return text_of(page.by_id("found"))


@pytest.fixture
def today(visit):
    """Four visits of today, so that each order of the table is another, and one of tomorrow."""
    visit("ada", "dean", "11:00", status="confirmed")
    visit("ben", "cole", "09:30", status="checked_in")
    visit("ada", "cole", "14:00", status="cancelled")
    visit("ben", "dean", "16:00")
    visit("ada", "cole", "10:00", days=1)


def test_the_table_shows_today_by_time(browser, today):
    page = browser("dot").get(PATH)
    assert (page.status, page.h1, found(page)) == (200, "Appointments", "4 appointments")
    assert times(page) == ["09:30", "11:00", "14:00", "16:00"]
    assert "Ben Byrne Dr Maria Cole Waiting" in page.text


def test_a_held_time_is_no_appointment_yet(browser, visit, now):
    visit("ada", "cole", "10:00", status="held", held_until=now)
    assert found(browser("dot").get(PATH)) == "0 appointments"


FILTERS = [
    ("status=cancelled", ["14:00"]),
    ("q=ben", ["09:30", "16:00"]),
    ("q=byrne+BEN", ["09:30", "16:00"]),
    ("q=nobody", []),
    ("doctor={dean}", ["11:00", "16:00"]),
    ("doctor={cole}&q=ada", ["14:00"]),
    ("from=2026-11-25", ["10:00 Wed 25 Nov"]),
    ("from=2026-11-24&to=2026-11-25&status=scheduled", ["16:00", "10:00 Wed 25 Nov"]),
    ("to=2026-11-25", ["10:00 Wed 25 Nov"]),
    ("from=&to=&doctor=&status=&q=", ["09:30", "11:00", "14:00", "16:00"]),
]


def test_filters_work_by_a_plain_address(browser, cast, today):
    dot = browser("dot")
    for address, expected in FILTERS:
        page = dot.get(f"{PATH}?{address.format(**vars(cast))}")
        assert times(page) == expected, address
        assert found(page).startswith(f"{len(expected)} appointment")


def test_the_form_keeps_what_was_chosen(browser, cast, today):
    form = browser("dot").get(f"{PATH}?q=ada&doctor={cast.cole}&sort=-time").form(id="filters")
    days = {"from": "2026-11-24", "to": "2026-11-24"}
    assert form.fields == days | {"q": "ada", "doctor": str(cast.cole), "status": ""}
    filtered = form.submit(status="cancelled")
    assert (found(filtered), filtered.form(id="filters").fields["status"]) == ("1 appointment", "cancelled")


def test_the_order_that_was_chosen_goes_with_the_form(browser, today):
    order = browser("dot").get(f"{PATH}?sort=-time").by_id("sort")
    assert (order.get("form"), order.get("name"), order.get("value")) == ("filters", "sort", "-time")


def test_only_doctors_who_see_patients_can_be_chosen(browser):
    doctor = browser("dot").get(PATH).by_id("doctor")
    assert [text_of(option) for option in doctor.iter("option")] == ["All doctors", "Dr Maria Cole", "Dr Maria Dean"]


ORDERS = {
    "time": ["09:30", "11:00", "14:00", "16:00"],
    "-time": ["16:00", "14:00", "11:00", "09:30"],
    "patient": ["11:00", "14:00", "09:30", "16:00"],
    "-patient": ["09:30", "16:00", "11:00", "14:00"],
    "doctor": ["09:30", "14:00", "11:00", "16:00"],
    "-doctor": ["11:00", "16:00", "09:30", "14:00"],
    "status": ["16:00", "11:00", "09:30", "14:00"],
    "-status": ["14:00", "09:30", "11:00", "16:00"],
}


def test_the_columns_sort(browser, today):
    dot = browser("dot")
    assert {sort: times(dot.get(f"{PATH}?sort={sort}")) for sort in ORDERS} == ORDERS


def test_the_header_says_the_order_and_turns_it_round(browser, today):
    dot = browser("dot")
    page = dot.get(f"{PATH}?q=byrne&sort=patient")
    directions = {text_of(th): th.get("aria-sort") for th in page.find_all("th", scope="col") if th.get("aria-sort")}
    assert directions == {"Time": "none", "Patient": "ascending", "Doctor": "none", "Status": "none"}
    turned = dot.get(page.by_id("sort-patient").get("href"))
    assert names(turned) == ["Ben Byrne", "Ben Byrne", "Ada Byrne", "Ada Byrne"]
    assert turned.form(id="filters").fields["q"] == "byrne"


def test_an_unknown_order_is_that_of_time(browser, today):
    dot = browser("dot")
    for sort in ("password", "(select pg_sleep(5))", "time desc;--", "name,(case when 1=1 then 1 end)", "--time", "'"):
        page = dot.get(PATH, {"sort": sort})
        assert (page.status, page.by_id("sort").get("value"), times(page)) == (200, "time", ORDERS["time"]), sort


def test_signs_with_a_meaning_in_sql_are_letters_of_a_name(app, cast, browser, today):
    dot = browser("dot")
    for q in ("%", "_", "\\", "%_'\\", "'; DROP TABLE appointment; --", "%' OR '1'='1"):
        page = dot.get(PATH, {"q": q})
        assert (page.status, found(page)) == (200, "0 appointments"), q
    with app.app_context():
        odd = factories.patient(name="Per_cent O'100%")
        factories.appointment(odd, db.session.get(Doctor, cast.cole), NOW.replace(hour=20))
        db.session.commit()
    assert names(dot.get(PATH, {"q": "0% r_c o'1"})) == ["Per_cent O'100%"]


SENSELESS = [
    ({"from": "31/01/2027"}, "Write the day like 2027-01-31."),
    ({"from": "2026-02-30"}, "Write the day like 2027-01-31."),
    ({"from": "x", "to": "y"}, "Write the day like 2027-01-31."),
    ({"to": "0001-01-01"}, "Choose a day between 1900 and 2199."),
    ({"from": "9999-12-31"}, "Choose a day between 1900 and 2199."),
    ({"from": "2026-11-24", "to": "2026-11-23"}, "Choose a last day within a year after the first."),
    ({"from": "2026-01-01", "to": "2028-01-01"}, "Choose a last day within a year after the first."),
    ({"q": "x" * 101}, "At most 100 letters."),
    ({"status": "held"}, "Not a valid choice."),
    ({"doctor": "9" * 30}, "Not a valid choice."),
    ({"doctor": "cole"}, "Invalid Choice: could not coerce."),
]


def test_a_filter_that_makes_no_sense_is_told_so(browser, today):
    dot = browser("dot")
    for address, words in SENSELESS:
        page = dot.get(PATH, address)
        assert page.status == 422, address
        assert text_of(page.by_id("errors")) == f"There is a problem {words}"
        assert page.title.startswith("Error: ")
        assert not page.has("tbody")


def test_when_nothing_fits_the_way_back_is_shown(browser, today):
    page = browser("dot").get(f"{PATH}?q=nobody")
    assert "No appointment fits" in page.text
    assert any(text_of(link) == "Show all of today" and link.get("href") == PATH for link in page.tree.iter("a"))


PAGES = {
    **dict.fromkeys(("1", "-1", "0", "1e3", "9e99", "two", "9" * 5000), ("Crowd Number000", "1 to 5 of 7")),
    **dict.fromkeys(("2", "3", "10000", str(10**20)), ("Crowd Number005", "6 to 7 of 7")),
}


def test_every_page_that_is_asked_for_is_one_that_there_is(browser, crowd, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 5)
    crowd(7)
    dot = browser("dot")
    for number, (first, words) in PAGES.items():
        page = dot.get(PATH, {"page": number})
        assert (page.status, names(page)[0]) == (200, first), number
        assert words in page.text
    later = dot.get(f"{PATH}?q=crowd&sort=-time").by_id("page-later").get("href")
    assert later == f"{PATH}?q=crowd&sort=-time&page=2"
    last = dot.get(later)
    assert names(last) == ["Crowd Number001", "Crowd Number000"]
    assert not last.has("a", id="page-later")


def test_fifty_rows_cost_no_more_statements_than_five(browser, crowd, statements):
    dot = browser("dot")
    crowd(5)
    dot.get(PATH)
    with statements() as few:
        dot.get(PATH)
    crowd(45, first=5)
    with statements() as many:
        page = dot.get(PATH)
    assert len(names(page)) == 50
    assert len(many) == len(few) <= 6


def test_the_index_finds_the_day(app, years_of_visits):
    day = NOW.date()
    with app.app_context():
        statement = queries.visits().where(*queries.fitting(queries.Filters(day, day)))
        written = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
        db.session.execute(db.text("SET LOCAL enable_seqscan = off"))
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN {written}").scalars().all()
    assert any("ix_appointment_start" in line for line in plan), plan


def test_htmx_gets_the_table_alone(browser, today):
    part = browser("dot").get(PATH, htmx=True)
    assert part.status == 200
    assert part.by_id("table") is not None
    assert not part.has("h1")
    assert "HX-Request" in part.headers["Vary"]
