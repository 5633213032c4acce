"""Saying what one needs and finding a day, in place and without script."""

from datetime import time, timedelta

import factories
import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Doctor, DoctorAvailability, Weekday

pytestmark = pytest.mark.browser


@pytest.fixture
def follow_up(committed):
    """Dr Cole sees people who have been here for fifteen minutes."""
    with committed.app.app_context():
        cole = db.session.get(Doctor, committed.cole)
        made = factories.visit_type(cole, name="Follow-up", minutes=15, new_patients=False, position=1)
        db.session.commit()
        return made.id


def test_answers_change_the_page_in_place_and_keep_the_focus(person, committed, follow_up):
    guest = person()
    page = guest.page
    page.goto(f"/doctors/{committed.cole}/slots")
    guest.wait_until_live()
    assert page.get_by_text("Follow-up").count() == 0
    page.locator("#new-0").press("Space")
    page.get_by_text("Follow-up").wait_for()
    assert guest.focus == "new-0"
    assert "new=0" in page.url
    page.locator(f"#type-{follow_up}").press("Space")
    page.get_by_text("Follow-up, 15 minutes").wait_for()
    assert guest.focus == f"type-{follow_up}"
    assert page.locator(f"form#week-times input[name=visit_type][value='{follow_up}']").count() == 1
    assert page.locator("#new-0").is_checked()
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_a_late_answer_about_what_stood_there_before_is_dropped(person, committed, follow_up):
    guest, late = person(), []
    page = guest.page
    page.route(lambda url: "shown=" in url and "new=" not in url, lambda route: late.append((route, route.fetch())))
    page.goto(f"/doctors/{committed.cole}/slots")
    guest.wait_until_live()
    page.wait_for_timeout(500)
    page.locator("#new-0").press("Space")
    page.get_by_text("Follow-up").wait_for()
    for route, answer in late:
        with page.expect_response(lambda response: "shown=" in response.url):
            route.fulfill(response=answer)
    page.wait_for_timeout(300)
    assert late
    assert page.get_by_text("Follow-up").count() == 1
    assert page.locator("#new-0").is_checked()
    assert "new=0" in page.locator("#slots").get_attribute("hx-get")


def test_a_day_of_five_weeks_leads_to_its_times(person, committed):
    ada = person("ada", viewport={"width": 390, "height": 844})
    page = ada.page
    page.goto(f"/doctors/{committed.cole}/slots")
    page.get_by_role("link", name="Five weeks").click()
    page.locator("#month").wait_for()
    chosen = page.locator("#month a[id^=month-day]").nth(4)
    day = chosen.get_attribute("id").removeprefix("month-day-")
    chosen.click()
    page.locator(f"#month-day-{day}[aria-current=date]").wait_for()
    page.wait_for_function("document.activeElement.id === 'day-h'")
    assert f"day={day}" in page.url
    heading = page.locator("#day-h").bounding_box()
    assert 0 < heading["y"] < 844
    page.locator("#day button.slot").first.click()
    page.get_by_role("heading", name="Nearly there").wait_for()


def test_it_all_works_without_script(person, committed, follow_up):
    page = person("ada", java_script_enabled=False).page
    guest = person(java_script_enabled=False).page
    guest.goto(f"/doctors/{committed.cole}/slots")
    guest.locator("#new-0").check()
    guest.get_by_role("button", name="Show times for this").click()
    guest.locator(f"#type-{follow_up}").check()
    guest.get_by_role("button", name="Show times for this").click()
    assert guest.get_by_text("Follow-up, 15 minutes").count() == 1
    page.goto(f"/doctors/{committed.cole}/slots")
    page.get_by_role("link", name="Five weeks").click()
    page.locator("#month a[id^=month-day]").nth(3).click()
    page.locator("#day button.slot").last.click()
    page.get_by_role("heading", name="Nearly there").wait_for()


def test_a_day_that_somebody_books_up_changes_in_the_open_calendar(person, committed):
    ada, ben = person("ada"), person("ben")
    ada.page.goto(f"/doctors/{committed.cole}/slots?from={clock.now().date() + timedelta(days=7)}")
    ada.wait_until_live()
    square = ada.page.locator("#month a[id^=month-day]").first
    assert "16" in square.locator("small").inner_text()
    ben.page.goto(f"/doctors/{committed.cole}/slots?{square.get_attribute('href').partition('?')[2]}")
    ben.page.locator("#day button.slot").first.click()
    ben.page.get_by_role("heading", name="Nearly there").wait_for()
    square.locator("small", has_text="15").wait_for()
    ada.page.locator("#day .is-taken").wait_for()


def test_times_kept_for_today_are_announced_and_come_into_the_open_page(person, committed):
    with committed.app.app_context():
        cole = db.session.get(Doctor, committed.cole)
        cole.clinic.time_zone = where_it_is_noon()
        for row in cole.availability:
            db.session.delete(row)
        for weekday in Weekday:
            factories.hours(cole, weekday, time(0), time(0), opens_at=time(22))
        db.session.commit()
    guest = person()
    guest.page.goto(f"/doctors/{committed.cole}/slots")
    guest.wait_until_live()
    assert guest.page.get_by_text("More times for today open at 22:00.").count() == 1
    assert guest.page.locator("button.slot").count() == 0
    with committed.app.app_context():
        db.session.execute(db.update(DoctorAvailability).values(opens_at=None))
        announce(f"doctor-{committed.cole}")
        db.session.commit()
    guest.page.locator("button.slot").first.wait_for()
    assert guest.page.get_by_text("More times for today").count() == 0


def where_it_is_noon():
    """A zone without clock changes; its name counts from it to Greenwich."""
    ahead = (12 - clock.now().hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
