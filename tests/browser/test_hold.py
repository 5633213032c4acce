"""The page of a held time while its minutes run."""

import re
from datetime import timedelta

import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment

pytestmark = pytest.mark.browser


@pytest.fixture
def ada(person, committed):
    """Her browser on the page of a time that she holds."""
    ada = person("ada")
    ada.page.goto(f"/doctors/{committed.cole}/slots")
    ada.page.locator("button.slot").nth(2).click()
    ada.page.locator("#book[data-htmx-powered]").wait_for()
    return ada


def run_out(committed):
    with committed.app.app_context():
        db.session.execute(db.update(Appointment).values(held_until=clock.now() - timedelta(seconds=1)))
        db.session.commit()


def test_the_minutes_are_counted_down_and_their_end_is_said_without_touching_the_words(ada, committed):
    page = ada.page
    assert page.locator("[data-countdown]").inner_text() in ("5:00", "4:59", "4:58", "4:57", "4:56")
    page.fill("#reason", "A mole")
    run_out(committed)
    page.evaluate("htmx.trigger(document, 'refresh')")
    page.locator("#holding").get_by_text("minutes are over").wait_for()
    assert page.locator("#reason").input_value() == "A mole"
    assert ada.focus == "reason"
    page.click("#book-it")
    page.get_by_text("You are booked in").wait_for()


def test_who_lost_the_time_chooses_another_on_the_same_page_which_stays_live(ada, committed, person):
    page, ben = ada.page, person("ben")
    page.fill("#reason", "A mole")
    run_out(committed)
    ben.page.goto(f"/doctors/{committed.cole}/slots")
    ben.page.locator("button.slot").nth(2).click()
    ben.page.locator("#let-go").wait_for()
    page.click("#book-it")
    page.locator("#refusal").wait_for()
    assert ada.focus == "refusal"
    free = page.locator("#slots button.slot:not(.is-taken)")
    known = free.count()
    ben.page.locator("#let-go").click()
    free.nth(known).wait_for()
    assert ada.focus == "refusal"
    page.locator("#refusal button.slot").first.click()
    page.locator("#book").wait_for()


def test_another_time_chosen_in_a_second_tab_is_told_in_the_first_which_keeps_its_words(ada, committed):
    page, second = ada.page, ada.context.new_page()
    page.fill("#reason", "A mole")
    second.goto(f"/doctors/{committed.dean}/slots")
    second.locator("button.slot").nth(4).click()
    second.locator("#book").wait_for()
    page.locator("#holding").get_by_text("another time meanwhile").wait_for()
    assert (page.locator("#reason").input_value(), ada.focus) == ("A mole", "reason")
    assert page.locator("#to-other").get_attribute("href") in second.url
    page.click("#book-it")
    page.get_by_text("You are booked in").wait_for()
    # It may look just between the new hold of the first time and its booking; and where a look fails, or its stream is
    # just being opened again, it looks within half a minute.
    told = second.locator("#holding").get_by_text(re.compile("no longer held|another time meanwhile"))
    told.wait_for(timeout=45_000)
