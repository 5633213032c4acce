"""A doctor's day in a real browser: keys, focus, what others change meanwhile."""

from datetime import timedelta

import factories
import pytest
from browser.test_booking import tab_to

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient

pytestmark = pytest.mark.browser


@pytest.fixture
def visits(committed):
    """The references of Ada's and Ben's visits with Cole today, begun where the day is old enough, and its address."""
    with committed.app.app_context():
        cole = db.session.get(Doctor, committed.cole)
        now = clock.now().astimezone(cole.clinic.zone).replace(minute=0, second=0, microsecond=0)
        start = max(now - timedelta(hours=2), now.replace(hour=0))
        made = [
            factories.appointment(
                db.session.get(Patient, who), cole, start + timedelta(minutes=30 * n), status="confirmed"
            )
            for n, who in enumerate((committed.ada, committed.ben))
        ]
        db.session.commit()
        return [visit.reference for visit in made], f"/agenda?day={made[0].starts_at.date()}"


def status(page, reference):
    return page.locator(f"#appt-{reference} .tag")


def moved(page, reference, word):
    """Wait until the visit stands so, and its form may be sent again."""
    status(page, reference).get_by_text(word).wait_for()
    page.locator(".htmx-request").wait_for(state="detached")


def test_a_visit_is_taken_through_the_day_by_keyboard_alone(person, visits):
    (ada, ben), day = visits
    cole = person("cole")
    page = cole.page
    page.goto(day)
    cole.wait_until_live()
    page.locator(f"#name-{ada}").focus()
    page.keyboard.press("j")
    assert cole.focus == f"appt-{ben}"
    page.keyboard.press("k")
    for word in ("Waiting", "With the doctor", "Completed"):
        page.keyboard.press("c")
        moved(page, ada, word)
        assert cole.focus == f"appt-{ada}"
    page.keyboard.press("j")
    page.keyboard.press("m")
    page.locator(f"#menu-{ben}:popover-open").wait_for()


def test_focus_stays_on_the_button_and_goes_to_the_card_when_there_is_none_left(person, visits):
    (ada, _), day = visits
    cole = person("cole")
    cole.page.goto(day)
    cole.wait_until_live()
    for word in ("Waiting", "With the doctor"):
        cole.page.locator(f"#next-{ada}").press("Enter")
        moved(cole.page, ada, word)
        assert cole.focus == f"next-{ada}"
    cole.page.locator(f"#next-{ada}").press("Enter")
    moved(cole.page, ada, "Completed")
    assert cole.focus == f"appt-{ada}"


def at_desk(page, reference, to):
    """The step of a visit's menu, with the keyboard."""
    page.locator(f"#more-{reference}").press("Enter")
    page.locator(f"#menu-{reference}:popover-open").wait_for()
    tab_to(page, f"#to-{to}-{reference}")
    page.keyboard.press("Enter")


def test_the_desk_goes_back_where_life_does_by_keyboard_and_the_open_agenda_follows(person, visits):
    (ada, _), day = visits
    cole, dot = person("cole"), person("dot")
    cole.page.goto(day)
    cole.wait_until_live()
    dot.page.goto(f"/clinic/appointments?from={day[-10:]}&to={day[-10:]}")
    dot.page.locator(f"#next-{ada}").press("Enter")
    status(cole.page, ada).get_by_text("Waiting").wait_for()
    dot.page.locator(f"#to-confirmed-{ada}").wait_for(state="attached")
    at_desk(dot.page, ada, "confirmed")
    status(cole.page, ada).get_by_text("Confirmed").wait_for()
    dot.page.locator(f"#to-no_show-{ada}").wait_for(state="attached")
    at_desk(dot.page, ada, "no_show")
    status(cole.page, ada).get_by_text("Did not come").wait_for()
    dot.page.locator(f"#to-checked_in-{ada}").wait_for(state="attached")
    at_desk(dot.page, ada, "checked_in")
    status(cole.page, ada).get_by_text("Waiting").wait_for()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_the_doctor_interrupts_and_reopens_what_was_completed(person, visits, options):
    (ada, _), day = visits
    page = person("cole", **options).page
    page.goto(day)
    for word in ("Waiting", "With the doctor"):
        page.locator(f"#next-{ada}").click()
        status(page, ada).get_by_text(word).wait_for()
    page.locator(f"#more-{ada}").click()
    page.locator(f"#to-checked_in-{ada}").click()
    for word in ("Waiting", "With the doctor", "Completed"):
        status(page, ada).get_by_text(word).wait_for()
        if word != "Completed":
            page.locator(f"#next-{ada}").click()
    page.locator(f"#more-{ada}").click()
    page.locator(f"#to-in_progress-{ada}").click()
    status(page, ada).get_by_text("With the doctor").wait_for()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_an_undo_whose_time_was_given_away_says_so(person, committed, visits, options):
    (ada, _), day = visits
    page = person("cole", **options).page
    page.goto(day)
    page.locator(f"#more-{ada}").click()
    page.locator(f"#to-no_show-{ada}").click()
    status(page, ada).get_by_text("Did not come").wait_for()
    with committed.app.app_context():
        missed = db.session.scalars(db.select(Appointment).filter_by(reference=ada)).one()
        factories.appointment(factories.patient(), missed.doctor, missed.starts_at, status="confirmed")
        db.session.commit()
    page.locator(f"#more-{ada}").click()
    page.locator(f"#to-checked_in-{ada}").click()
    page.locator("#refusal").get_by_text("The time was given to somebody else meanwhile").wait_for()
    status(page, ada).get_by_text("Did not come").wait_for()


def test_what_the_desk_changes_appears_under_an_open_menu_and_leaves_it_open(person, visits):
    (ada, ben), day = visits
    cole, dot = person("cole"), person("dot")
    cole.page.goto(day)
    cole.wait_until_live()
    cole.page.locator(f"#more-{ben}").press("Enter")
    dot.page.goto(f"/clinic/appointments?from={day[-10:]}&to={day[-10:]}")
    dot.page.locator(f"#next-{ada}").click()
    status(cole.page, ada).get_by_text("Waiting").wait_for(timeout=3000)
    assert cole.page.locator(f"#menu-{ben}:popover-open").count() == 1
    assert cole.focus == f"more-{ben}"


def test_who_comes_a_moment_late_is_told_and_the_words_stay_while_the_day_refreshes(person, visits):
    (ada, _), day = visits
    cole, other = person("cole"), person("cole")
    cole.page.route("**/events*", lambda route: route.fulfill(status=503))
    for one in (cole, other):
        one.page.goto(day)
        one.page.locator("#agenda[data-htmx-powered]").wait_for()
    other.page.locator(f"#next-{ada}").click()
    status(other.page, ada).get_by_text("Waiting").wait_for()
    cole.page.locator(f"#next-{ada}").click()
    cole.page.locator("#refusal").wait_for()
    assert cole.focus == "refusal"
    with cole.page.expect_response(lambda answer: "/agenda?day" in answer.url):
        cole.page.evaluate("htmx.trigger(document, 'refresh')")
    assert (cole.focus, cole.page.locator("#refusal").count()) == ("refusal", 1)
    cole.page.locator(f"#next-{ada}").click()
    status(cole.page, ada).get_by_text("With the doctor").wait_for()
    assert cole.page.locator("#refusal").count() == 0


def test_newer_notes_are_not_written_over_unseen(person, visits):
    (ada, _), _ = visits
    cole, other = person("cole"), person("cole")
    for one in (cole, other):
        one.page.goto(f"/agenda/{ada}")
    # One after the other, each at once: they would save themselves while somebody waits.
    other.page.fill("#doctor_notes", "Second")
    other.page.click("#save-notes")
    other.page.locator("#saved .saved").wait_for()
    assert other.focus == "save-notes"
    cole.page.fill("#doctor_notes", "First")
    cole.page.click("#save-notes")
    cole.page.locator("#refusal").wait_for()
    assert cole.focus == "refusal"
    assert cole.page.locator("#saved-now").inner_text() == "Second"
    assert cole.page.locator("#doctor_notes").input_value() == "First"
