"""Whose hours the clinic's staff keep: every approved doctor, found by name, with the pages to keep."""

import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor


@pytest.mark.parametrize("who", ["dot", "mo"])
def test_every_doctor_is_listed_with_the_pages_to_keep(browser, cast, who):
    page = browser(who).get("/clinic/hours")
    assert page.h1 == "Hours"
    row = page.by_id(f"hours-{cast.cole}")
    links = [link.get("href") for link in row.iter("a")]
    own = f"/doctors/{cast.cole}"
    assert links == [f"{own}/hours", f"{own}/hours/dates", f"{own}/hours/time-off", f"{own}/visit-types"]
    assert all(browser(who).get(link).status == 200 for link in links)
    assert not page.has("li", id=f"hours-{cast.pat}")
    assert ("/clinic/closures" in page.links) == (who == "mo")


def test_who_takes_no_new_bookings_is_marked(browser, app, cast):
    with app.app_context():
        db.session.get(Doctor, cast.dean).is_available = False
        db.session.commit()
    page = browser("dot").get("/clinic/hours")
    assert "No new bookings" in text_of(page.by_id(f"hours-{cast.dean}"))
    assert "No new bookings" not in text_of(page.by_id(f"hours-{cast.cole}"))


def test_a_doctor_is_found_by_name(browser, cast):
    page = browser("dot").get("/clinic/hours").find("form", role="search")
    assert page.get("action") == "/clinic/hours"
    found = browser("dot").get("/clinic/hours?q=dean", htmx=True)
    assert found.has("li", id=f"hours-{cast.dean}")
    assert not found.has("li", id=f"hours-{cast.cole}")
    assert "No doctor fits" in browser("dot").get("/clinic/hours?q=nobody").text


def test_the_admin_finds_them_beside_each_doctor(browser, cast):
    page = browser("mo").get("/clinic/doctors")
    assert page.by_id(f"hours-{cast.cole}").get("href") == f"/doctors/{cast.cole}/hours"
