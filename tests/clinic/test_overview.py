from datetime import timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment


@pytest.fixture
def morning(app, cast, visit):
    """Ada waits for 20 minutes, Ben is late for 09:30, and there is one visit of each other kind."""
    visit("ada", "dean", "08:00", status="completed")
    visit("ben", "dean", "08:30", status="no_show")
    visit("ada", "dean", "09:00", status="cancelled")
    visit("ben", "cole", "09:30", status="confirmed")
    visit("ben", "dean", "16:00")
    visit("ben", "dean", "10:00", days=1)
    waiting = visit("ada", "cole", "09:00", status="checked_in")
    with app.app_context():
        found = db.session.scalar(db.select(Appointment).where(Appointment.reference == waiting))
        db.session.delete(found.history[0])
        factories.step(found, "checked_in", cast.dot, "scheduled", changed_at=NOW - timedelta(minutes=20))
        db.session.commit()


def tiles(page):
    return {text_of(tile.find("span")): int(tile.find("b").text) for tile in page.find("div", class_="stats")}


def section(page, heading):
    return text_of(next(found for found in page.find_all("section") if found.get("aria-labelledby") == heading))


def test_the_desk_sees_how_today_goes(browser, morning):
    page = browser("dot").get("/clinic")
    assert (page.status, page.h1) == (200, "Tuesday 24 November")
    assert tiles(page) == {"Still to come": 2, "Waiting": 1, "With the doctor": 0, "Completed": 1, "Did not come": 1}


def test_who_waits_stands_there_with_the_minutes(browser, morning):
    waiting = section(browser("dot").get("/clinic"), "waiting-h")
    assert "Ada Byrne Dr Maria Cole, 09:00 20 min" in waiting
    assert "Ben" not in waiting


def test_who_is_expected_comes_in_order_and_the_late_are_called_so(browser, morning):
    expected = section(browser("dot").get("/clinic"), "expected-h")
    assert expected.index("09:30") < expected.index("16:00")
    assert "Ben Byrne Dr Maria Cole 11 minutes late" in expected
    assert "Ada" not in expected


def test_the_longest_wait_comes_first(app, cast, browser, crowd):
    crowd(3, status="checked_in")
    with app.app_context():
        for minutes, visit in zip((5, 30, 12), db.session.scalars(db.select(Appointment).order_by("id")), strict=True):
            visit.history[0].changed_at = NOW - timedelta(minutes=minutes)
        db.session.commit()
    page = browser("dot").get("/clinic")
    tags = [text_of(found) for found in page.find_all("span", class_="tag")]
    assert tags == ["30 min of waiting", "12 min of waiting", "5 min of waiting"]
    assert len(page.find_all("span", class_="st-alert")) == 1


def test_an_empty_day_says_so(browser):
    page = browser("dot").get("/clinic")
    assert "Nobody is waiting." in page.text
    assert "Nobody else is expected today." in page.text


def test_today_is_the_clinics_day_and_not_that_of_greenwich(app, browser, visit):
    with app.app_context():
        db.session.execute(db.text("UPDATE clinic SET time_zone = 'Pacific/Honolulu'"))
        db.session.commit()
    visit("ada", "cole", "05:00", time_zone="Pacific/Honolulu")
    visit("ben", "cole", "12:00", time_zone="Pacific/Honolulu")
    page = browser("dot").get("/clinic")
    assert page.h1 == "Monday 23 November"
    assert "Ada Byrne" in section(page, "expected-h")
    assert "Ben Byrne" not in section(page, "expected-h")


def test_the_admin_also_sees_which_doctors_wait_for_a_decision(browser):
    assert "Dr Pat Novak" in section(browser("mo").get("/clinic"), "pending-h")
    desk = browser("dot").get("/clinic")
    assert "Pat Novak" not in desk.text
    assert not desk.has("h2", id="pending-h")


def test_an_unchanged_overview_is_not_sent_again(browser, morning, visit):
    dot = browser("dot")
    first = dot.get("/clinic", htmx=True)
    assert not first.has("h1")
    tag = {"HX-PTag": first.headers["HX-PTag"]}
    assert dot.get("/clinic", htmx=True, headers=tag).status == 304
    visit("ada", "dean", "17:00")
    assert dot.get("/clinic", htmx=True, headers=tag).status == 200


def test_the_overview_keeps_itself_up_to_date(browser):
    page = browser("dot").get("/clinic")
    assert "clinic from:document" in page.by_id("overview").get("hx-trigger")
    assert page.by_id("live").get("hx-sse:connect") == "/events?t=clinic"


@pytest.mark.parametrize("status", ["checked_in", "scheduled"])
def test_a_crowd_costs_no_more_statements(browser, crowd, statements, status):
    dot = browser("dot")
    crowd(5, status=status)
    dot.get("/clinic")
    with statements() as few:
        dot.get("/clinic")
    crowd(45, first=5, status=status)
    with statements() as many:
        dot.get("/clinic")
    assert len(many) == len(few) <= 10
