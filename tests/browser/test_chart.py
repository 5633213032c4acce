"""A patient's chart in a real browser: allergies stay in sight, and what is earlier comes when it is asked for."""

from datetime import timedelta

import factories
import pytest
from factories import PASSWORD

from healthbook import clock
from healthbook.db import db
from healthbook.models import Doctor, EmergencyAccess, MedicalRecord, Patient

pytestmark = pytest.mark.browser


@pytest.fixture
def chart(committed):
    """The address of Ada's chart, with forty-five records and a visit at Cole's."""
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        ada.allergies, now = "Latex", clock.now()
        factories.appointment(ada, cole, now - timedelta(days=100), status="completed")
        about = {"patient_id": ada.id, "doctor_id": cole.id, "record_type": "diagnosis", "signed_at": now}
        for n in range(45):
            made = MedicalRecord(title=f"Record {n:02}", record_date=now - timedelta(days=n), **about)
            factories.added(made)
        db.session.commit()
        return f"/patients/{ada.id}"


def rows(page):
    return page.locator(".entries li").count()


def test_earlier_entries_come_below_and_the_focus_goes_to_the_first_of_them(person, chart):
    cole = person("cole")
    page = cole.page
    page.goto(chart)
    assert rows(page) == 20
    for shown, first in ((40, "Record 20"), (46, "Record 40")):
        page.locator("#earlier").press("Enter")
        page.wait_for_function("n => document.querySelectorAll('.entries li').length === n", arg=shown)
        assert page.evaluate("document.activeElement.textContent") == first
    assert not page.locator("#earlier").count()
    ids = page.locator(".entries li").evaluate_all("rows => rows.map(row => row.id)")
    assert len(set(ids)) == len(ids) == 46
    assert page.locator("#vitals").bounding_box()["y"] < 200


def test_the_search_is_used_by_keyboard_and_the_way_back_is_the_browser_s(person, chart):
    cole = person("cole")
    page = cole.page
    page.goto(chart)
    page.focus("#q")
    page.keyboard.type("record 07")
    page.keyboard.press("Enter")
    page.get_by_text("“record 07”: found once").wait_for()
    assert (rows(page), cole.focus) == (1, "q")
    assert page.url.endswith("?q=record+07")
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.entries li').length === 20")


def test_without_script_the_pages_follow_one_another(person, chart):
    page = person("cole", java_script_enabled=False).page
    page.goto(chart)
    page.click("#earlier")
    assert rows(page) == 20
    page.click("#earlier")
    assert rows(page) == 6
    page.click("#latest")
    page.fill("#q", "record 07")
    page.click("#search")
    assert rows(page) == 1


def test_a_record_is_opened_in_an_emergency_by_keyboard_alone(person, committed):
    dean = person("dean")
    page = dean.page
    page.goto("/patients")
    page.focus("#full_name")
    page.keyboard.type("Ada Byrne")
    page.keyboard.press("Tab")
    page.keyboard.type("12 5 1990")
    page.keyboard.press("Enter")
    page.locator(f"#emergency-{committed.ada}").press("Enter")
    page.get_by_role("heading", name="Ada Byrne").wait_for()
    page.focus("#reason")
    page.keyboard.type("Found unconscious")
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    page.locator("#errors").wait_for()
    assert dean.focus == "errors"
    page.focus("#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#vitals").wait_for()
    assert "Emergency access until" in page.inner_text("#emergency")
    with committed.app.app_context():
        assert db.session.scalar(db.select(EmergencyAccess)).reason == "Found unconscious"


def test_on_paper_the_chart_is_what_it_says_and_nothing_to_press(person, chart):
    page = person("cole").page
    page.goto(f"{chart}?print=1")
    page.emulate_media(media="print")
    assert page.locator("#allergies").is_visible()
    assert rows(page) == 46
    for pressed in ("header .nav", "#back", "[data-print]", "#timeline form", "footer"):
        assert page.locator(pressed).first.is_hidden(), pressed
