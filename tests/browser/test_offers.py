"""A doctor is ill: the desk offers other times, and whoever has a page open sees what became of it."""

from datetime import timedelta

import factories
import pytest
from browser.test_booking import tab_to

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Clinic, Doctor, Patient

pytestmark = pytest.mark.browser


@pytest.fixture
def ill(committed):
    """Dr Cole is away for a month; the references of Ada's and Ben's visits with him, three days ahead."""
    with committed.app.app_context():
        clinic, cole = db.session.get(Clinic, committed.clinic), db.session.get(Doctor, committed.cole)
        first = (clock.now() + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
        factories.time_off(clinic, first - timedelta(days=1), first + timedelta(days=30), doctor_id=cole.id)
        kind = cole.visit_types[0].id
        visits = [
            factories.appointment(db.session.get(Patient, who), cole, first + timedelta(hours=n), visit_type_id=kind)
            for n, who in enumerate((committed.ada, committed.ben))
        ]
        db.session.commit()
        return [visit.reference for visit in visits]


def offers(committed):
    return f"/doctors/{committed.cole}/offers"


def line(page, reference):
    return page.locator(f"#offers-line-{reference} .tag")


def with_whom(committed, reference):
    """The doctor of what the visit became, and its status."""
    with committed.app.app_context():
        old = db.session.scalars(db.select(Appointment).filter_by(reference=reference)).one()
        new = db.session.scalars(db.select(Appointment).filter_by(moved_from_id=old.id)).one_or_none()
        return old.status, new and (new.doctor_id, new.status)


def test_by_keyboard_alone_the_desk_offers_and_the_patient_answers_and_both_pages_follow(person, committed, ill):
    (ada_s, ben_s), dot, ada = ill, person("dot"), person("ada")
    ada.page.goto(f"/appointments/{ada_s}/offer")
    ada.page.get_by_text("No other time has been offered").wait_for()
    dot.page.goto(offers(committed))
    dot.page.locator("#offers[data-htmx-powered]").wait_for()
    tab_to(dot.page, "#offer-later")
    dot.page.keyboard.press("Enter")
    for reference in ill:
        line(dot.page, reference).get_by_text("Waits for an answer").wait_for()
    ada.page.locator("#accept").wait_for()
    tab_to(ada.page, "#accept")
    ada.page.keyboard.press("Enter")
    ada.page.get_by_text("moved").first.wait_for()
    line(dot.page, ada_s).get_by_text("Accepted").wait_for()
    line(dot.page, ben_s).get_by_text("Waits for an answer").wait_for()
    assert with_whom(committed, ada_s) == ("rescheduled", (committed.dean, "scheduled"))
    assert with_whom(committed, ben_s) == ("scheduled", None)


def test_without_script_too(person, committed, ill):
    (ada_s, ben_s) = ill
    dot, ben = (person(name, java_script_enabled=False).page for name in ("dot", "ben"))
    dot.goto(offers(committed))
    dot.locator("#offer-later").click()
    ben.goto(f"/appointments/{ben_s}/offer")
    ben.locator("#decline").click()
    ben.get_by_text("You said no to the other time").wait_for()
    dot.goto(offers(committed))
    assert line(dot, ben_s).inner_text().strip() == "Declined: call them"
    dot.locator(f"#answer-{ada_s}").click()
    dot.locator("#accept").click()
    dot.goto(offers(committed))
    assert with_whom(committed, ada_s) == ("rescheduled", (committed.dean, "scheduled"))
    assert with_whom(committed, ben_s) == ("scheduled", None)


def test_an_offer_that_is_taken_back_goes_from_the_patients_open_page(person, committed, ill):
    dot, ada = person("dot"), person("ada")
    dot.page.goto(offers(committed))
    dot.page.locator("#offer-later").click()
    line(dot.page, ill[0]).get_by_text("Waits for an answer").wait_for()
    ada.page.goto(f"/appointments/{ill[0]}/offer")
    ada.page.locator("#accept").wait_for()
    dot.page.locator(f"#answer-{ill[0]}").click()
    dot.page.locator("#take-back").click()
    line(dot.page, ill[0]).get_by_text("Taken back").wait_for()
    ada.page.get_by_text("The other time is no longer offered").wait_for()
    assert ada.page.locator("#accept").count() == 0
    assert with_whom(committed, ill[0]) == ("scheduled", None)
