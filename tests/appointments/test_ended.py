"""What became of a hold that is over: its row is gone, and only whoever held it is told that it was there."""

from datetime import timedelta

import pytest
from factories import NOW, PASSWORD

from healthbook.appointments.rules import ending
from healthbook.db import db
from healthbook.models import Doctor


@pytest.fixture
def swept(app, cast, held_page):
    """The page of a hold of Ada's that ran out and was swept away while it was open."""
    page = held_page("ada", "cole", "10:00")
    with app.app_context():
        ending.sweep(cast.cole, NOW + timedelta(minutes=6))
        db.session.commit()
    return page


def test_its_page_says_that_it_is_over_and_leads_to_other_times(cast, swept):
    page = swept.browser.get(swept.path)
    assert (page.status, page.h1) == (410, "This time is no longer held for you.")
    assert "What you have booked stands among your appointments." in page.text
    assert {f"/doctors/{cast.cole}/slots", "/appointments"} <= set(page.links)
    assert "See free times with Dr Maria Cole" in page.text


def test_letting_it_go_once_more_says_the_same(held_page):
    page = held_page("ada", "cole", "10:00")
    let_go = page.form(action=f"{page.path}/release")
    assert let_go.submit().status == 303
    assert (let_go.submit().status, let_go.submit().h1) == (410, "This time is no longer held for you.")
    assert page.browser.get(page.path).status == 410


def test_sending_its_form_without_the_time_that_it_named_says_the_same(swept):
    form = swept.form(id="book")
    assert form.submit(reason="A cough", start=None).status == 410
    part = form.submit(reason="A cough", start=None, htmx=True)
    assert (part.status, part.has("h1")) == (410, False)
    assert "This time is no longer held for you." in part.text


def test_a_stranger_is_told_nothing_of_it(browser, swept):
    ben = browser("ben")
    for page in (ben.get(swept.path), ben.post(f"{swept.path}/release"), ben.post(swept.path, {"reason": "A cough"})):
        assert (page.status, page.h1) == (404, "We cannot find this page")


def test_who_signs_in_next_in_the_same_browser_is_a_stranger_too(swept):
    swept.browser.post("/sign-in", {"email": "ben@test.example", "password": PASSWORD})
    assert swept.browser.get(swept.path).status == 404


def test_when_the_doctor_takes_no_bookings_any_more_the_way_leads_to_all_of_them(cast, swept, change):
    change(Doctor, cast.cole, is_available=False)
    page = swept.browser.get(swept.path)
    assert (page.status, "/doctors" in page.links, f"/doctors/{cast.cole}/slots" in page.links) == (410, True, False)


def test_the_last_five_are_remembered(cast, browser):
    ada, paths = browser("ada"), []
    times = ada.get(f"/doctors/{cast.cole}/slots")
    for start in times.starts[:7]:
        paths.append(times.form(action=f"/doctors/{cast.cole}/holds").submit(start=start).location)
    assert [ada.get(path).status for path in paths] == [404, 404, 410, 410, 410, 410, 200]


def test_what_was_booked_is_found_as_ever(held_page):
    page = held_page("ada", "cole", "10:00")
    page.form(id="book").submit(reason="A cough")
    assert page.browser.get(page.path).status == 303
