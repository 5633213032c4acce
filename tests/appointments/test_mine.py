"""The list of a person's visits."""

from datetime import timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient

PATH = "/appointments"


@pytest.fixture
def many(app, cast):
    """many(45, days=1): so many visits of Ada's with both doctors, half an hour apart."""

    def book(number, days=0, **given):
        with app.app_context():
            ada, doctors = (
                db.session.get(Patient, cast.ada),
                [db.session.get(Doctor, d) for d in (cast.cole, cast.dean)],
            )
            first = NOW.replace(hour=10, minute=0) + timedelta(days=days)
            for n in range(number):
                doctor, start = doctors[n % 2], first + n * timedelta(minutes=30)
                factories.appointment(ada, doctor, start, visit_type_id=doctor.visit_types[0].id, **given)
            db.session.commit()

    return book


def listed(page):
    """The visits as the list reads: when, with whom for what, and how it stands."""
    return [
        (text_of(row.find(".//a")), *(text_of(words) for words in row.findall(".//span[@class]")[-2:]))
        for row in page.find_all("li")
        if (row.get("id") or "").startswith("visit-")
    ]


def statuses(page):
    return [status for *_, status in listed(page)]


def test_what_is_coming_stands_first_to_last(browser, visit):
    visit("ada", "dean", "11:00", days=7, status="confirmed")
    visit("ada", "cole", "10:00", days=1)
    visit("ada", "cole", "09:30", status="in_progress")
    visit("ada", "cole", "09:00", status="completed")
    visit("ben", "cole", "12:00")
    page = browser("ada").get(PATH)
    assert (page.status, page.h1) == (200, "My appointments")
    assert listed(page) == [
        ("Tuesday 24 November at 09:30", "Dr Maria Cole, New problem", "With the doctor"),
        ("Wednesday 25 November at 10:00", "Dr Maria Cole, New problem", "Booked"),
        ("Tuesday 1 December at 11:00", "Dr Maria Dean, New problem", "Booked"),
    ]


def test_what_is_over_stands_last_to_first(browser, visit):
    visit("ada", "cole", "09:00", status="completed")
    visit("ada", "dean", "10:00", days=-8, status="no_show")
    visit("ada", "cole", "11:00", days=-1)
    visit("ada", "cole", "12:00", status="cancelled")
    page = browser("ada").get(PATH, {"show": "past"})
    assert statuses(page) == ["Done", "Booked", "Missed"]


def test_a_visit_is_past_when_it_has_ended_and_not_before(browser, visit, later):
    visit("ada", "cole", "10:00")
    later(minutes=48)
    assert len(listed(browser("ada").get(PATH))) == 1
    later(minutes=49)
    assert listed(browser("ada").get(PATH)) == []
    assert len(listed(browser("ada").get(PATH, {"show": "past"}))) == 1


def test_what_was_cancelled_or_moved_stands_apart(browser, visit):
    visit("ada", "cole", "10:00", days=1, status="cancelled")
    visit("ada", "cole", "11:00", days=2, status="rescheduled")
    page = browser("ada").get(PATH, {"show": "cancelled"})
    assert statuses(page) == ["Moved", "Cancelled"]
    assert listed(browser("ada").get(PATH)) == []


def test_each_list_says_where_one_is_and_what_to_do_when_it_is_empty(browser):
    ada = browser("ada")
    for which, words, way in (
        ("upcoming", "You have no visit booked", "/doctors"),
        ("past", "No visits yet", PATH),
        ("cancelled", "Nothing was cancelled", PATH),
    ):
        page = ada.get(PATH, {"show": which})
        assert page.by_id(f"show-{which}").get("aria-current") == "page"
        (empty,) = page.find_all("div", class_="empty")
        assert words in text_of(empty)
        assert [link.get("href") for link in empty.iter("a")] == [way]


def test_a_visit_leads_to_its_page(browser, visit):
    reference = visit("ada", "cole", "10:00", days=1)
    page = browser("ada").get(PATH)
    assert page.by_id(f"open-{reference}").get("href") == f"/appointments/{reference}"


def test_a_time_that_is_held_waits_at_the_top_until_it_runs_out(browser, visit, later):
    reference = visit("ada", "cole", "10:00", status="held")
    visit("ben", "cole", "11:00", status="held")
    page = browser("ada").get(PATH)
    assert "Held for you until 09:46, not booked yet: Tuesday 24 November at 10:00" in text_of(page.by_id("mine-held"))
    assert page.by_id("finish").get("href") == f"/holds/{reference}"
    assert listed(page) == []
    assert not browser("ada").get(PATH, {"show": "past"}).has("p", id="mine-held")
    later(minutes=5)
    assert not browser("ada").get(PATH).has("p", id="mine-held")


def test_a_long_list_is_turned_page_by_page(browser, many):
    many(45, days=1)
    ada, seen, pages = browser("ada"), [], []
    page = ada.get(PATH)
    while True:
        seen += [row.get("id") for row in page.find_all("li") if (row.get("id") or "").startswith("visit-")]
        pages.append(len(listed(page)))
        if not page.has("a", id="page-later"):
            break
        page = ada.get(page.by_id("page-later").get("href"))
    assert (pages, len(set(seen))) == ([20, 20, 5], 45)
    assert page.by_id("page-earlier").get("href") == "/appointments?show=upcoming&page=2"


def test_a_page_after_the_last_is_the_last(browser, many):
    many(21, days=1)
    for number in (2, 999, 99999999999999999999):
        page = browser("ada").get(f"{PATH}?page={number}")
        assert (page.status, len(listed(page))) == (200, 1)
        assert "Page 2 of 2" in page.text


def test_nonsense_in_the_address_is_the_first_page(browser, many):
    many(21, days=1)
    ada = browser("ada")
    for address in ("show=x", "page=-1", "page=0", "page=x", "show=past'--"):
        page = ada.get(f"{PATH}?{address}")
        assert page.status == 200
        assert len(listed(page)) == 20


def test_who_asks_again_is_told_when_nothing_has_changed(browser, visit, app):
    reference = visit("ada", "cole", "10:00", days=1)
    ada = browser("ada")
    part = ada.get(PATH, htmx=True)
    assert not part.has("h1")
    same = {"HX-PTag": part.headers["HX-PTag"]}
    assert ada.get(PATH, htmx=True, headers=same).status == 304
    with app.app_context():
        db.session.execute(db.update(Appointment).values(status="confirmed"))
        db.session.commit()
    changed = ada.get(PATH, htmx=True, headers=same)
    assert (changed.status, changed.has("li", id=f"visit-{reference}")) == (200, True)


def test_ten_times_as_many_visits_cost_no_statement_more(browser, many, statements):
    ada, counted = browser("ada"), []
    for number in (2, 18):
        many(number, days=1 + number)
        ada.get(PATH)
        with statements() as seen:
            page = ada.get(PATH)
        counted.append((len(seen), len(listed(page))))
    assert [rows for _, rows in counted] == [2, 20]
    assert counted[0][0] == counted[1][0] <= 8


def test_the_list_asks_the_database_for_nothing_clinical(browser, visit, statements):
    visit("ada", "cole", "10:00", days=1)
    ada = browser("ada")
    with statements() as seen:
        ada.get(PATH)
    for statement in seen:
        assert not any(f"appointment.{name}" in statement for name in ("doctor_notes", "prescription", "reason"))
