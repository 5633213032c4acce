"""The soonest free time, in a real browser: narrowed, live in place, by mouse, by keyboard and without JavaScript."""

import factories
import pytest

from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Appointment, Clinic, Doctor, Patient

pytestmark = pytest.mark.browser


@pytest.fixture
def zoe(committed):
    """A third doctor, the only one who speaks Polish."""
    with committed.app.app_context():
        clinic = db.session.get(Clinic, committed.clinic)
        doctor = factories.doctor(clinic, name="Zoë Żak", languages=["English", "Polish"])
        db.session.commit()
        return doctor.id


def take(committed, slot):
    """Ben books the time of a button, and whoever looks at the doctor is told."""
    doctor_id, minute = map(int, slot.get_attribute("id").split("-")[1:])
    with committed.app.app_context():
        doctor, ben = db.session.get(Doctor, doctor_id), db.session.get(Patient, committed.ben)
        factories.appointment(ben, doctor, factories.NOW.fromtimestamp(minute * 60, factories.NOW.tzinfo))
        announce(f"doctor-{doctor_id}")
        db.session.commit()


def held(committed):
    with committed.app.app_context():
        return [(a.doctor_id, a.status) for a in db.session.scalars(db.select(Appointment))]


def test_a_patient_narrows_the_search_and_holds_the_first_time(person, committed, zoe):
    page = person("ada").page
    page.goto("/")
    page.get_by_role("link", name="Soonest free time").click()
    page.locator("article.doctor").nth(2).wait_for()
    page.select_option("#language", "Polish")
    page.locator("article.doctor").nth(1).wait_for(state="detached")
    assert "language=Polish" in page.url
    page.locator("button.slot").first.click()
    page.locator("textarea[name=reason]").wait_for()
    assert held(committed) == [(zoe, "held")]


def test_a_taken_time_is_struck_where_it_stands_and_the_focus_stays(person, committed):
    one = person()
    one.page.goto("/search")
    one.wait_until_live()
    slot = one.page.locator("button.slot").nth(1)
    slot.focus()
    before = one.page.locator("article.doctor").evaluate_all("cards => cards.map(card => card.id)")
    focused = one.focus
    take(committed, slot)
    one.page.locator(f"#{focused}.is-taken").wait_for()
    assert one.focus == focused
    assert one.page.locator("article.doctor").evaluate_all("cards => cards.map(card => card.id)") == before


def test_a_narrowed_search_hears_of_whom_it_shows_then(person, committed, zoe):
    one = person()
    one.page.goto("/search?q=cole")
    one.wait_until_live()
    one.page.fill("#q", "żak")
    one.page.locator(f"#found-{zoe}").wait_for()
    one.wait_until_live()
    slot = one.page.locator("button.slot").first
    with one.page.expect_response("**/events?*"):
        one.page.fill("#q", "zak")
    slot.wait_for()
    take(committed, slot)
    one.page.locator("button.is-taken").first.wait_for()


def test_sooner_times_wait_until_somebody_asks_for_them(person, committed, zoe):
    one = person()
    one.page.goto("/search?language=Polish")
    one.wait_until_live()
    with committed.app.app_context():
        dean = db.session.get(Doctor, committed.dean)
        dean.languages = ["Polish"]
        announce(f"doctor-{zoe}")
        db.session.commit()
    one.page.locator("#sooner-show").click()
    one.page.locator(f"#found-{committed.dean}").wait_for()
    assert one.page.locator("#sooner-show").count() == 0


def test_the_soonest_time_is_found_and_held_without_javascript(person, committed, zoe):
    page = person("ada", java_script_enabled=False).page
    page.goto("/search")
    page.fill("#q", "zak")
    page.get_by_role("button", name="See free times").click()
    page.wait_for_url("**q=zak**", wait_until="load")
    assert page.locator("article.doctor").count() == 1
    page.locator("button.slot").first.click()
    page.locator("textarea[name=reason]").wait_for()
    assert held(committed) == [(zoe, "held")]


def test_by_keyboard_one_skips_from_doctor_to_doctor(person, committed, zoe):
    one = person()
    one.page.goto("/search")
    one.page.locator("a.skip-inline").first.focus()
    one.page.keyboard.press("Enter")
    cards = one.page.locator("article.doctor h2")
    assert one.focus == cards.nth(1).get_attribute("id")


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_every_part_of_the_day_is_in_sight(person, committed, script):
    page = person(viewport={"width": 390, "height": 844}, java_script_enabled=script).page
    page.goto("/search?part=evening")
    chosen = page.locator(".chip:has(> :checked)").bounding_box()
    assert chosen["x"] + chosen["width"] <= 390
