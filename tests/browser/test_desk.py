"""Somebody calls: Dot at the desk finds or enters them and books, by keyboard, without script, and interrupted."""

from datetime import timedelta

import factories
import pytest
from browser.test_booking import tab_to

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment

pytestmark = pytest.mark.browser


def booked(committed):
    with committed.app.app_context():
        rows = db.session.scalars(db.select(Appointment).order_by(Appointment.id))
        return [(row.patient.user.full_name, row.status, row.notes) for row in rows]


def test_the_desk_enters_and_books_somebody_by_keyboard_alone(person, committed):
    page = person("dot").page
    page.goto("/clinic")
    tab_to(page, "#book-for")
    page.keyboard.press("Enter")
    page.locator("#seek[data-htmx-powered]").wait_for()
    tab_to(page, "#name")
    page.keyboard.type("Una Abara")
    page.keyboard.press("Enter")
    page.get_by_text("Nobody found").wait_for()
    assert page.evaluate("document.activeElement.id") == "found-h"
    tab_to(page, "#begin-new")
    page.keyboard.press("Enter")
    page.locator("#enter[data-htmx-powered]").wait_for()
    assert page.locator("#last_name").input_value() == "Abara"
    tab_to(page, "#date_of_birth")
    page.keyboard.type("27 3 1980")
    tab_to(page, "#phone_number")
    page.keyboard.type("0117 496 0777")
    page.keyboard.press("Enter")
    page.get_by_text("Una Abara was entered.").wait_for()
    tab_to(page, "a[id^=times-]")
    page.keyboard.press("Enter")
    page.locator("button.slot").first.wait_for()
    tab_to(page, "button.slot")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#book-it").wait_for()
    tab_to(page, "#notes")
    page.keyboard.type("Her brother comes too")
    tab_to(page, "#book-it")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Booked for Una Abara").wait_for()
    assert booked(committed) == [("Una Abara", "scheduled", "Her brother comes too")]


def test_the_desk_books_without_script(person, committed):
    page = person("dot", java_script_enabled=False).page
    page.goto("/clinic")
    page.click("#book-for")
    page.fill("#name", "ada by")
    page.click("#seek-go")
    page.click("#found a")
    page.locator("a[id^=times-]").first.click()
    page.locator("button.slot").nth(1).click()
    page.goto("/clinic")
    page.click("#unfinished a")
    page.fill("#notes", "Rang twice")
    page.click("#hold-on")
    assert page.locator("#notes").input_value() == "Rang twice"
    page.click("#book-it")
    page.get_by_role("heading", name="Booked for Ada Byrne").wait_for()
    assert booked(committed) == [("Ada Byrne", "scheduled", "Rang twice")]


def test_who_may_be_known_already_is_asked_about_first(person, committed):
    page = person("dot").page
    page.goto("/clinic/people/new")
    page.locator("#enter[data-htmx-powered]").wait_for()
    known = {"first_name": "Adah", "last_name": "Byrn", "date_of_birth": "12 5 1990", "phone_number": "0117 496 0999"}
    for name, value in known.items():
        page.fill(f"#{name}", value)
    page.click("#enter-go")
    page.locator("#doubles a", has_text="Ada Byrne").wait_for()
    assert page.evaluate("document.activeElement.id") == "doubles-h"
    page.click("#none-of-these")
    page.get_by_text("Adah Byrn was entered.").wait_for()


@pytest.fixture
def dot(person, committed):
    """Her browser on the page of a time that she holds for Ada."""
    dot = person("dot")
    dot.page.goto(f"/clinic/people/{committed.ada}/doctors/{committed.cole}")
    dot.page.locator("button.slot").nth(2).click()
    dot.page.locator("#book[data-htmx-powered]").wait_for()
    return dot


def test_keeping_on_holding_changes_the_page_in_its_place(dot):
    page = dot.page
    page.fill("#notes", "Rang twice")
    page.click("#hold-on")
    page.locator("[role=status]", has_text="It is yours until").wait_for(state="attached")
    assert page.locator("#held-at-desk").count() == 1
    assert page.locator("#notes").input_value() == "Rang twice"


def test_the_end_of_the_minutes_is_said_without_touching_the_words(dot, committed):
    page = dot.page
    page.fill("#notes", "Rang twice")
    with committed.app.app_context():
        db.session.execute(db.update(Appointment).values(held_until=clock.now() - timedelta(seconds=1)))
        db.session.commit()
    page.evaluate("htmx.trigger(document, 'refresh')")
    page.locator("#holding").get_by_text("The 15 minutes are over").wait_for()
    assert page.locator("#notes").input_value() == "Rang twice"
    page.click("#book-it")
    page.get_by_role("heading", name="Booked for Ada Byrne").wait_for()
    assert booked(committed) == [("Ada Byrne", "scheduled", "Rang twice")]


def test_a_colleague_sees_what_is_held_and_what_was_let_go(person, committed):
    mo = person("mo")
    mo.page.goto("/clinic")
    mo.wait_until_live()
    page = person("dot").page
    page.goto(f"/clinic/people/{committed.ada}/doctors/{committed.cole}")
    page.locator("button.slot").first.click()
    mo.page.locator("#unfinished", has_text="Ada Byrne").wait_for()
    page.locator("#let-go").click()
    mo.page.locator("#unfinished").wait_for(state="detached")


def test_somebody_claims_the_account_with_the_code_that_the_desk_shows(person, committed):
    with committed.app.app_context():
        una = factories.entered().id
        db.session.commit()
    page = person("dot").page
    page.goto(f"/clinic/people/{una}/code")
    page.locator("form[data-htmx-powered] #make-code").click()
    code = page.locator("b.code").inner_text()
    phone = person(viewport={"width": 390, "height": 844}).page
    phone.goto("/sign-in")
    phone.get_by_role("link", name="Use it here").click()
    phone.locator("#claim[data-htmx-powered]").wait_for()
    said = {"code": code, "date_of_birth": "28 3 1980", "email": "una@post.example", "password": "walking by the river"}
    for name, value in said.items():
        phone.fill(f"#{name}", value)
    phone.click("#claim-go")
    phone.locator("#code-err").wait_for()
    phone.fill("#date_of_birth", "27 3 1980")
    phone.fill("#password", "walking by the river")
    phone.click("#claim-go")
    phone.get_by_role("heading", name="My appointments").wait_for()
