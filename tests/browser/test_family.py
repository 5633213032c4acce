"""A guardian and a child in real browsers: chosen, changed and booked by keyboard, by mouse and without JavaScript."""

from datetime import timedelta

import factories
import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Guardian, Patient

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(committed):
    """Ada looks after Kim; the patient's id."""
    with committed.app.app_context():
        ada, child = db.session.get(Patient, committed.ada), factories.child()
        factories.guardian(ada.user_id, child, confirmed_by_id=committed.dot)
        db.session.commit()
        return child.id


def booked(committed):
    with committed.app.app_context():
        rows = db.session.scalars(db.select(Appointment).order_by(Appointment.id))
        return [(a.patient.user.first_name, a.status, a.reason) for a in rows]


def tab_to(page, wanted, limit=120):
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({wanted!r})"):
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def test_a_guardian_books_for_a_child_by_keyboard_alone(person, committed, kim):
    page = person("ada").page
    page.goto(f"/doctors/{committed.cole}/slots")
    tab_to(page, f"#whom-{kim}")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="When can Kim come?").wait_for()
    assert "for Kim Byrne" in page.title()
    tab_to(page, "button.slot")
    page.keyboard.press("Enter")
    page.locator("textarea[name=reason]").wait_for()
    tab_to(page, "textarea")
    page.keyboard.type("A rash")
    tab_to(page, "#book-it")
    assert page.evaluate("document.activeElement.innerText").startswith("Book for Kim Byrne,")
    page.keyboard.press("Enter")
    page.get_by_text("Kim Byrne is booked in").wait_for()
    assert booked(committed) == [("Kim", "scheduled", "A rash")]


def test_changing_for_whom_keeps_the_words_the_minutes_and_the_place(person, committed, kim):
    ada = person("ada")
    page = ada.page
    page.goto(f"/doctors/{committed.cole}/slots")
    page.locator("button.slot").nth(2).click()
    page.locator("#book[data-htmx-powered]").wait_for()
    address, until = page.url, page.locator("#holding b").inner_text()
    page.fill("#reason", "A rash on both arms")
    page.focus(f"#whom-{kim}")
    page.keyboard.press("Enter")
    page.locator(f"#whom-{kim}[aria-pressed=true]").wait_for()
    assert ada.focus == f"whom-{kim}"
    assert page.locator("#reason").input_value() == "A rash on both arms"
    assert (page.url, page.locator("#holding b").inner_text()) == (address, until)
    page.get_by_role("button", name="Book for Kim Byrne").click()
    page.get_by_text("Kim Byrne is booked in").wait_for()
    assert booked(committed) == [("Kim", "scheduled", "A rash on both arms")]


def test_without_javascript_too(person, committed, kim):
    page = person("ada", java_script_enabled=False).page
    page.goto(f"/doctors/{committed.cole}/slots")
    page.locator("button.slot").first.click()
    page.locator(f"#whom-{kim}").click()
    assert "Book for Kim Byrne" in page.title()
    page.fill("textarea[name=reason]", "A rash")
    page.locator("#book-it").click()
    assert page.get_by_text("Kim Byrne is booked in").is_visible()
    assert booked(committed) == [("Kim", "scheduled", "A rash")]


def test_on_the_doctors_own_page_the_times_are_for_whom_one_chose(person, committed, kim):
    page = person("ada").page
    page.goto(f"/doctors/{committed.cole}")
    page.locator(f"#whom-{kim}").click()
    page.get_by_role("heading", name="When can Kim come?").wait_for()
    page.locator("button.slot").first.click()
    page.get_by_role("button", name="Book for Kim Byrne").wait_for()


def test_a_code_goes_from_hand_to_hand_and_the_adult_decides(person, committed):
    ada, ben = person("ada"), person("ben")
    ada.page.goto("/family")
    ada.page.locator("#invite").click()
    ada.page.locator("#new-code").wait_for()
    assert ada.focus == "new-code"
    code = ada.page.locator("b.code").inner_text()
    ben.page.goto("/family")
    ben.page.fill("#code", "XXXX XXXX")
    ben.page.locator("#use-code").click()
    ben.page.locator("#errors").wait_for()
    assert ben.focus == "errors"
    ben.page.fill("#code", code)
    ben.page.locator("#use-code").click()
    ben.page.get_by_text("We have asked Ada Byrne.").wait_for()
    ada.page.goto("/family")
    ada.page.get_by_label("Book and cancel visits for me").check()
    ada.page.get_by_role("button", name="Allow this").click()
    ada.page.get_by_text("Saved. Ben Byrne sees it on their page.").wait_for()
    with committed.app.app_context():
        row = db.session.scalar(db.select(Guardian))
        assert (row.may_book, row.may_see_record) == (True, False)


def test_a_visit_that_becomes_private_goes_from_the_open_list_of_the_guardian(person, committed):
    with committed.app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (committed.ada, committed.ben))
        factories.guardian(ben.user_id, ada)
        cole = db.session.get(factories.Doctor, committed.cole)
        reference = factories.appointment(ada, cole, clock.now() + timedelta(days=1)).reference
        db.session.commit()
    carer, patient = person("ben"), person("ada")
    carer.page.goto("/appointments")
    carer.page.locator(f"#open-{reference}").wait_for()
    carer.wait_until_live()
    patient.page.goto(f"/appointments/{reference}")
    patient.page.locator("#mark").click()
    patient.page.get_by_text("Nobody who acts for the patient sees this visit").wait_for()
    carer.page.locator(f"#open-{reference}").wait_for(state="detached")
