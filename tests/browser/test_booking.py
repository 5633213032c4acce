"""The main job, by every way that people go: from finding a doctor to a booked visit."""

import factories
import pytest

from healthbook.db import db
from healthbook.models import Appointment, Doctor

pytestmark = pytest.mark.browser


def booked(committed):
    with committed.app.app_context():
        return [(a.patient.user.first_name, a.status, a.reason) for a in db.session.scalars(db.select(Appointment))]


def test_a_patient_books_by_mouse_in_three_clicks(person, committed):
    page = person("ada").page
    page.goto("/doctors")
    page.get_by_role("link", name="See free times").first.click()
    page.locator("button.slot").first.click()
    page.fill("textarea[name=reason]", "A cough that does not go")
    page.get_by_role("button", name="Book ").click()
    page.get_by_text("You are booked in").wait_for()
    assert booked(committed) == [("Ada", "scheduled", "A cough that does not go")]


def test_a_guest_registers_on_the_way_and_finds_the_chosen_time_held(person, committed):
    page = person().page
    page.goto("/doctors")
    page.get_by_role("link", name="See free times").first.click()
    page.locator("button.slot").first.click()
    page.get_by_role("heading", name="Sign in or register").wait_for()
    form = page.locator("form[action='/register']")
    for name, value in {
        "first_name": "Nia",
        "last_name": "Bowen",
        "date_of_birth": "27 3 1990",
        "email": "nia@test.example",
        "password": "a long enough phrase",
    }.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button").click()
    page.fill("textarea[name=reason]", "Itching")
    page.get_by_role("button", name="Book ").click()
    page.get_by_text("You are booked in").wait_for()
    assert booked(committed) == [("Nia", "scheduled", "Itching")]


def tab_to(page, wanted, limit=120):
    """Press Tab until the focused element fits; what cannot be reached by Tab fails."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({wanted!r})"):
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def test_a_patient_books_by_keyboard_alone(person, committed):
    page = person("ada").page
    page.goto("/doctors")
    tab_to(page, "a[href*='/slots']")
    page.keyboard.press("Enter")
    page.locator("button.slot").first.wait_for()
    tab_to(page, "button.slot")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.matches('button.slot')")
    page.keyboard.press("Enter")
    page.locator("textarea[name=reason]").wait_for()
    tab_to(page, "textarea")
    page.keyboard.type("A cough")
    tab_to(page, "#book-it")
    page.keyboard.press("Enter")
    page.get_by_text("You are booked in").wait_for()
    assert booked(committed) == [("Ada", "scheduled", "A cough")]


def test_a_patient_books_and_cancels_without_javascript(person, committed):
    page = person("ada", java_script_enabled=False).page
    page.goto("/doctors")
    page.get_by_role("link", name="See free times").first.click()
    page.locator("button.slot").first.click()
    page.get_by_role("button", name="Book ").click()
    assert page.locator("#errors").is_visible()
    page.fill("textarea[name=reason]", "A cough")
    page.get_by_role("button", name="Book ").click()
    assert page.get_by_text("You are booked in").is_visible()
    page.get_by_role("link", name="Cancel this appointment").click()
    page.check("input[name=reason][value=cannot_come]")
    page.get_by_role("button", name="Cancel this appointment").click()
    assert booked(committed) == [("Ada", "cancelled", "A cough")]


def test_a_missing_reason_is_said_at_the_field_and_takes_the_focus(person):
    ada = person("ada")
    ada.page.goto("/doctors")
    ada.page.get_by_role("link", name="See free times").first.click()
    ada.page.locator("button.slot").first.click()
    ada.page.locator("#book-it").click()
    ada.page.locator("#errors").wait_for()
    assert ada.focus == "errors"
    assert ada.page.locator("textarea[aria-invalid=true]").count() == 1


def test_the_other_browser_sees_the_time_go_without_losing_its_place(person, committed):
    ada, guest = person("ada"), person()
    for one in (ada, guest):
        one.page.goto(f"/doctors/{committed.cole}/slots")
        one.wait_until_live()
    wanted = guest.page.locator("button.slot").nth(3)
    time = wanted.get_attribute("id")
    wanted.focus()
    guest.page.evaluate("window.scrollTo(0, 120)")
    scrolled = guest.page.evaluate("scrollY")
    ada.page.locator(f"#{time}").click()
    guest.page.locator(f"#{time}.is-taken").wait_for()
    assert guest.focus == time
    assert guest.page.evaluate("scrollY") == scrolled


def test_whoever_comes_a_moment_late_is_told_and_offered_the_nearest(person, committed):
    """The stream of the late one is cut off: only the answer can tell."""
    ada, ben = person("ada"), person("ben", tolerated=["cut off"])
    ben.cut_off()
    for one in (ben, ada):
        one.page.goto(f"/doctors/{committed.cole}/slots")
    time = ben.page.locator("button.slot").nth(2).get_attribute("id")
    ada.page.locator(f"#{time}").click()
    ada.page.locator("#book-it").wait_for()
    ben.page.locator(f"#{time}").click()
    ben.page.locator("#refusal").wait_for()
    assert ben.focus == "refusal"
    assert ben.page.locator("#refusal button.slot").count() >= 2
    assert ben.page.locator(f"#slots #{time}[name=start]").count() == 0


def test_a_booking_arrives_on_the_doctors_open_agenda(person, committed):
    with committed.app.app_context():
        doctor = db.session.get(Doctor, committed.cole)
        for weekday in ("saturday", "sunday"):
            factories.hours(doctor, weekday)
        db.session.commit()
    ada, cole = person("ada"), person("cole")
    ada.page.goto(f"/doctors/{committed.cole}/slots")
    first = ada.page.locator("button.slot").first
    day = first.get_attribute("value")[:10]
    cole.page.goto(f"/agenda?day={day}")
    cole.wait_until_live()
    first.click()
    ada.page.fill("textarea[name=reason]", "A cough")
    ada.page.locator("#book-it").click()
    cole.page.get_by_role("link", name="Ada Byrne", exact=True).wait_for()
    assert cole.page.locator("#agenda-list").get_by_text("A cough").is_visible()
