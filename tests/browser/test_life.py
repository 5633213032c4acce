"""A visit after it was booked: moved by every way that people go, called about, arrived for, seen again."""

from datetime import timedelta

import factories
import pytest
from browser.test_booking import tab_to

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(committed):
    """Ada's visit with Doctor Cole, far enough ahead to be moved; its reference."""
    return booked(committed, days=5)


def booked(committed, status="scheduled", **ahead):
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        start = clock.now().replace(second=0, microsecond=0) + timedelta(**ahead)
        given = {"visit_type_id": cole.visit_types[0].id, "reason": "A mole", "status": status}
        made = factories.appointment(ada, cole, start, **given)
        db.session.commit()
        return made.reference


def visits(committed):
    with committed.app.app_context():
        rows = db.session.scalars(db.select(Appointment).order_by(Appointment.id))
        return [(row.status, row.doctor_id, row.reason) for row in rows]


def moved(committed, doctor="cole"):
    return [
        ("rescheduled", committed.cole, "A mole"),
        ("scheduled", getattr(committed, doctor), "A mole"),
    ]


def choose(page):
    """A time of the next week that has any; the time that stands stays in sight beside it."""
    page.locator("#picker button.slot:not(.is-taken)").nth(2).click()
    page.locator("#move-it").wait_for()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_a_visit_is_moved_by_mouse_with_both_times_in_sight(person, committed, visit, options):
    page = person("ada", **options).page
    page.goto(f"/appointments/{visit}")
    page.get_by_role("link", name="Change day or time").click()
    choose(page)
    assert page.locator("#moving .ticket").count() == 2
    page.locator("#move-it").click()
    page.get_by_text("moved").first.wait_for()
    assert visits(committed) == moved(committed)


def test_a_visit_is_moved_by_keyboard_alone(person, committed, visit):
    ada = person("ada")
    ada.page.goto(f"/appointments/{visit}")
    tab_to(ada.page, "#move")
    ada.page.keyboard.press("Enter")
    ada.page.locator("#picker button.slot").first.wait_for()
    tab_to(ada.page, "button.slot")
    ada.page.keyboard.press("Enter")
    ada.page.locator("#move-it").wait_for()
    assert ada.focus == "move-it"
    ada.page.keyboard.press("Enter")
    ada.page.get_by_text("moved").first.wait_for()
    assert visits(committed) == moved(committed)


def test_who_keeps_the_time_after_all_has_moved_nothing(person, committed, visit):
    page = person("ada").page
    page.goto(f"/appointments/{visit}/rescheduling")
    choose(page)
    page.locator("#keep-it").click()
    page.locator("#move").wait_for()
    assert visits(committed) == [("scheduled", committed.cole, "A mole")]


def test_the_desk_moves_a_visit_to_a_colleague_and_the_patients_open_page_follows(person, committed, visit):
    ada, dot = person("ada"), person("dot")
    ada.page.goto(f"/appointments/{visit}")
    ada.page.locator("#move").wait_for()
    dot.page.goto(f"/appointments/{visit}/rescheduling")
    dot.page.locator(f"#with-{committed.dean}").click()
    choose(dot.page)
    dot.page.locator("#move-it").click()
    ada.page.get_by_text("Maria Dean").first.wait_for()
    assert visits(committed) == moved(committed, "dean")


def test_whoever_comes_late_keeps_their_time_and_is_offered_the_nearest(person, committed, visit):
    """The stream of the late one is cut off: only the answer can tell."""
    ada, ben = person("ada", tolerated=["cut off"]), person("ben")
    ada.cut_off()
    ada.page.goto(f"/appointments/{visit}/rescheduling")
    wanted = ada.page.locator("#picker button.slot").nth(2)
    start = wanted.get_attribute("value")
    wanted.click()
    ada.page.locator("#move-it").wait_for()
    ben.page.goto(f"/doctors/{committed.cole}/slots?week={start[:10]}")
    ben.page.locator(f"button.slot[value='{start}']").click()
    ben.page.locator("#book-it").wait_for()
    ada.page.locator("#move-it").click()
    ada.page.locator("#refusal").wait_for()
    assert ada.focus == "refusal"
    assert ada.page.locator("#refusal button.slot").count() >= 2
    assert visits(committed)[0] == ("scheduled", committed.cole, "A mole")


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_worrying_words_lead_once_to_the_phone_and_are_booked_all_the_same(person, committed, options):
    page = person("ada", **options).page
    page.goto(f"/doctors/{committed.cole}/slots")
    page.locator("button.slot").first.click()
    page.fill("#reason", "Chest pain since this morning")
    page.locator("#book-it").click()
    page.locator("#call-emergency").wait_for()
    page.locator("#back").click()
    page.locator("#reason").wait_for()
    assert page.locator("#reason").input_value() == "Chest pain since this morning"
    page.locator("#book-it").click()
    page.locator("#book-anyway").click()
    page.get_by_text("You are booked in").wait_for()
    (booked,) = visits(committed)
    assert booked == ("scheduled", committed.cole, "Chest pain since this morning")


def test_who_says_here_is_seen_to_at_the_desk_at_once(person, committed):
    reference = booked(committed, minutes=1)
    ada, dot = person("ada"), person("dot")
    dot.page.goto("/clinic")
    dot.wait_until_live()
    ada.page.goto(f"/appointments/{reference}")
    ada.page.locator("#i-am-here").click()
    ada.page.get_by_text("Please wait until the desk has seen you").wait_for()
    dot.page.get_by_text("Says here").first.wait_for()


def test_seen_again_in_six_weeks_the_patient_finds_the_times_ready(person, committed):
    reference = booked(committed, "in_progress", minutes=-20)
    cole, ada = person("cole"), person("ada")
    cole.page.goto(f"/agenda/{reference}")
    cole.page.select_option("#when", index=3)
    cole.page.locator("#save-follow-up").click()
    cole.page.get_by_text("free times around").wait_for()
    ada.page.goto(f"/appointments/{reference}")
    ada.page.locator("#follow-up-times").click()
    ada.page.locator("#picker button.slot").first.wait_for()
