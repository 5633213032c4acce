"""Hours in a real browser: by keyboard, without script, and what others see within a second."""

from datetime import timedelta

import factories
import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.models import Doctor, Patient, TimeOff

pytestmark = pytest.mark.browser


@pytest.fixture
def monday(committed):
    """A Monday two weeks ahead, on which Doctor Cole works from 09:00 to 17:00."""
    today = clock.now().date()
    return today + timedelta(days=14 - today.weekday())


@pytest.fixture
def visits(committed, monday):
    """The references of three visits of that Monday."""
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
        start = noon + (monday - noon.date())
        made = [factories.appointment(ada, cole, start + timedelta(hours=n)) for n in range(3)]
        db.session.commit()
        return [visit.reference for visit in made]


def test_hours_are_added_by_keyboard_shown_first_and_then_saved(person, committed):
    cole = person("cole")
    page = cole.page
    page.goto("/hours")
    page.locator("#add-0-6").focus()
    page.keyboard.press("Enter")
    page.locator("#windows-5-start_time").wait_for()
    assert cole.focus == "windows-5-start_time"
    page.keyboard.type("0900")
    page.keyboard.press("Tab")
    page.keyboard.type("12.00")
    # Enter saves nothing: it shows what patients would see.
    page.keyboard.press("Enter")
    page.locator("#preview").wait_for()
    assert cole.focus == "preview-h"
    assert page.locator("#windows-5-end_time").input_value() == "12.00"
    page.locator("#plan-save").focus()
    page.keyboard.press("Enter")
    page.get_by_text("The hours were saved.").wait_for()
    assert page.locator("#windows-5-end_time").input_value() == "12:00"


def test_a_mistake_takes_the_focus_and_leads_to_its_field(person, committed):
    cole = person("cole")
    page = cole.page
    page.goto("/hours")
    page.fill("#windows-0-start_time", "late")
    page.click("#plan-save")
    page.locator("#errors").wait_for()
    assert cole.focus == "errors"
    assert page.title().startswith("Error:")
    page.click("#errors a")
    assert cole.focus == "windows-0-start_time"


def test_all_of_it_works_without_script(person, visits, monday):
    cole = person("cole", java_script_enabled=False)
    page = cole.page
    page.goto("/hours")
    page.click("#weeks-2")
    page.click("#same-B")
    page.click("#add-1-6")
    page.fill("#windows-10-start_time", "09:00")
    page.fill("#windows-10-end_time", "12:00")
    page.click("#plan-show")
    assert page.locator("#preview td.new").count() == 2
    page.click("#plan-save")
    page.get_by_text("The hours were saved.").wait_for()
    page.click("#tab-time-off")
    page.fill("#first", str(monday))
    page.click("#time-off-save")
    assert page.locator("#affected-form li").count() == 3
    page.click("#tick-all")
    page.click("#do-move")
    page.get_by_text("3 visits are marked to be moved.").wait_for()


def test_whoever_looks_sees_a_day_go_within_a_second(person, committed, monday):
    guest, cole = person(), person("cole")
    guest.page.goto(f"/doctors/{committed.cole}/slots?week={monday}")
    guest.wait_until_live()
    times = guest.page.locator(f"#slots button[name=start][value^='{monday}']")
    times.first.wait_for()
    cole.page.goto(f"/doctors/{committed.cole}/hours/dates")
    cole.page.fill("#on", str(monday))
    cole.page.check("#closed")
    cole.page.click("#dates-save")
    times.first.wait_for(state="detached", timeout=2500)


def test_a_closing_is_seen_at_every_doctor(person, committed, monday):
    guests, mo = [person(), person()], person("mo")
    for guest, doctor in zip(guests, (committed.cole, committed.dean), strict=True):
        guest.page.goto(f"/doctors/{doctor}/slots?week={monday}")
        guest.wait_until_live()
        guest.page.locator(f"#slots button[name=start][value^='{monday}']").first.wait_for()
    mo.page.goto("/clinic/closures")
    mo.page.fill("#first", str(monday))
    mo.page.click("#closure-close")
    for guest in guests:
        times = guest.page.locator(f"#slots button[name=start][value^='{monday}']")
        times.first.wait_for(state="detached", timeout=2500)


def test_ticks_are_set_in_place_and_a_decision_is_told(person, committed, visits, monday):
    with committed.app.app_context():
        doctor = db.session.get(Doctor, committed.cole)
        noon = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        start = noon + (monday - noon.date())
        factories.time_off(doctor.clinic, start, start + timedelta(days=1), doctor_id=doctor.id)
        db.session.commit()
    dot = person("dot")
    page = dot.page
    page.goto(f"/affected?doctor={committed.cole}")
    page.click("#tick-all")
    page.locator("#affected-form input:checked").nth(2).wait_for()
    assert dot.focus == "tick-all"
    page.uncheck(f"#tick-{visits[0]}")
    page.click("#do-cancel")
    page.locator("#asked").get_by_text("Cancel 2 visits").wait_for()
    assert dot.focus == "asked-h"
    page.click("#do-cancel")
    page.get_by_text("2 visits were cancelled.").wait_for()
    assert page.locator("#affected-form li").count() == 1
    with committed.app.app_context():
        assert db.session.scalar(db.select(db.func.count(TimeOff.id))) == 1
