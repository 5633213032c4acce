"""Two tabs of one browser: what was open before somebody signed in is sent again with one press, as it was typed."""

import pytest
from factories import PASSWORD

from healthbook.db import db
from healthbook.models import Appointment

pytestmark = pytest.mark.browser


def sign_in_beside(person):
    """In another tab of the same browser."""
    tab = person.context.new_page()
    tab.goto("/register")
    if tab.locator("#sign-in").count() == 0:
        tab.locator(".me button").click()
        tab.goto("/sign-in")
    tab.fill("#email", "ben@test.example")
    tab.fill("#password", PASSWORD)
    tab.click("#sign-in-go")
    tab.get_by_text("Ben Byrne").wait_for()
    tab.close()


def held(person, doctor_id):
    """The page of a held time, with a reason typed."""
    person.page.goto(f"/doctors/{doctor_id}/slots")
    person.page.locator("button.slot").nth(2).click()
    person.page.locator("#book").wait_for()
    person.page.fill("#reason", "A mole")


def test_a_form_that_is_older_than_the_session_keeps_its_words_and_goes_through_the_second_time(person, committed):
    ben = person("ben")
    held(ben, committed.cole)
    sign_in_beside(ben)
    ben.page.click("#book-it")
    ben.page.get_by_text("This page was open before you signed in as Ben Byrne.").wait_for()
    assert ben.page.locator("#reason").input_value() == "A mole"
    ben.page.click("#book-it")
    ben.page.get_by_text("You are booked in").wait_for()
    with committed.app.app_context():
        assert [visit.reason for visit in db.session.scalars(db.select(Appointment))] == ["A mole"]


def test_without_script_the_answer_sends_it_again(person, committed):
    ben = person("ben", java_script_enabled=False)
    held(ben, committed.cole)
    sign_in_beside(ben)
    ben.page.click("#book-it")
    ben.page.get_by_role("heading", name="Please send that again").wait_for()
    ben.page.get_by_role("button", name="Send it again").click()
    ben.page.get_by_text("You are booked in").wait_for()
