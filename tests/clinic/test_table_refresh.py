"""A table that keeps itself up to date without moving anything away under a finger."""

import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment

PATH = "/clinic/appointments"


@pytest.fixture
def two(visit):
    return [visit("ada", "cole", "10:00"), visit("ben", "cole", "11:00")]


def rows(page):
    return [row.get("id").removeprefix("row-") for row in page.find("tbody").iter("tr")]


def refresh(dot, page, tag=None):
    """What htmx asks for when the stream says that something changed."""
    return dot.get(page.by_id("table").get("hx-get"), htmx=True, headers={"HX-PTag": tag} if tag else None)


def change(app, reference, **values):
    with app.app_context():
        db.session.execute(db.update(Appointment).where(Appointment.reference == reference).values(**values))
        db.session.commit()


def test_the_table_listens(dot, two):
    page = dot.get(PATH)
    assert "clinic from:document" in page.by_id("table").get("hx-trigger")
    assert page.by_id("live").get("hx-sse:connect") == "/events?t=clinic"
    assert text_of(page.by_id("changed")) == "Look again"


def test_a_new_visit_waits_until_it_is_asked_for(dot, two, visit):
    page = dot.get(PATH)
    new = visit("ben", "dean", "09:00")
    later = refresh(dot, page)
    assert rows(later) == two
    assert text_of(later.by_id("changed")) == "1 change, show"
    assert rows(dot.get(later.by_id("changed").get("href"), htmx=True)) == [new, *two]


def test_a_status_changes_in_its_place_even_where_the_filter_would_drop_it(app, dot, two):
    page = dot.get(f"{PATH}?status=scheduled&sort=-time")
    change(app, two[0], status="checked_in")
    later = refresh(dot, page)
    assert rows(later) == two[::-1]
    assert "Waiting" in text_of(later.by_id(f"row-{two[0]}"))
    assert text_of(later.by_id("changed")) == "1 change, show"


def test_a_changed_order_is_offered_and_not_imposed(app, dot, two):
    page = dot.get(f"{PATH}?sort=status")
    change(app, two[0], status="confirmed")
    later = refresh(dot, page)
    assert (rows(later), text_of(later.by_id("changed"))) == (two, "1 change, show")
    assert rows(dot.get(later.by_id("changed").get("href"))) == two[::-1]


def test_a_refresh_without_change_is_empty(app, dot, two):
    page = dot.get(PATH)
    first = refresh(dot, page)
    assert refresh(dot, page, first.headers["HX-PTag"]).status == 304
    change(app, two[0], status="confirmed")
    assert refresh(dot, page, first.headers["HX-PTag"]).status == 200


def test_whoever_asks_for_rows_gets_them_whatever_the_page_had_before(dot, two):
    page = dot.get(PATH)
    tag = refresh(dot, page).headers["HX-PTag"]
    asked = dot.get(PATH, htmx=True, headers={"HX-PTag": tag})
    assert (asked.status, rows(asked)) == (200, two)
    assert "HX-PTag" not in asked.headers


def test_an_empty_table_fills_itself(dot, visit):
    page = dot.get(PATH)
    new = visit("ada", "cole", "10:00")
    assert rows(refresh(dot, page)) == [new]


def test_what_a_page_claims_to_show_is_checked(dot, two):
    for shown in ("x", "00000000.", "0" * 9, ".".join(["ZZZZZZZZ"] * 51), "'; DROP TABLE appointment"):
        page = dot.get(PATH, {"shown": shown})
        assert (page.status, rows(page)) == (200, two), shown
    assert dot.get(PATH, {"shown": "ZZZZZZZZ"}).status == 200


def test_the_address_of_a_full_page_is_short_enough_for_the_server(dot, crowd):
    crowd(50)
    page = dot.get(PATH, {"q": "crowd", "sort": "-patient"})
    assert len(page.by_id("table").get("hx-get")) < 1000
