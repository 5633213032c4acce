"""The doctor ends a visit with "see again in about six weeks": the patient gets the free times of then."""

from datetime import date

import factories
import pytest
from page import text_of

from healthbook.appointments.follow_up import WHENS, due, when
from healthbook.db import db
from healthbook.models import Appointment, Doctor


@pytest.fixture
def seen(visit):
    return visit("ada", "cole", "09:00", status="completed")


def again(browser, reference, when, **given):
    page = browser("cole").get(f"/agenda/{reference}")
    return page.form(id="follow-up").submit(when=when, **given)


def wanted(app):
    with app.app_context():
        return db.session.execute(db.select(Appointment.follow_up_required, Appointment.follow_up_date)).one()


def test_the_patient_gets_a_ready_picker_at_that_time_with_the_same_doctor(app, browser, cast, seen):
    with app.app_context():
        kind = factories.visit_type(
            db.session.get(Doctor, cast.cole), appointment_type="follow_up", name="Follow-up"
        ).id
        db.session.commit()
    assert again(browser, seen, "6w").status == 303
    assert wanted(app) == (True, date(2027, 1, 5))
    card = browser("ada").get(f"/appointments/{seen}").by_id("again-about")
    assert "Dr Maria Cole would like to see you again" in text_of(card)
    picker = browser("ada").get(card.find(".//a").get("href"))
    assert (picker.status, "Week of Mon 4 Jan 2027" in picker.text) == (200, True)
    assert picker.find("input", name="type", checked="").get("value") == str(kind)
    assert picker.starts


def test_the_doctor_changes_it_and_takes_it_back(app, browser, seen):
    again(browser, seen, "6w")
    assert browser("cole").get(f"/agenda/{seen}").form(id="follow-up").fields["when"] == "6w"
    assert again(browser, seen, "", htmx=True).status == 200
    assert wanted(app) == (False, None)
    assert "would like to see you again" not in browser("ada").get(f"/appointments/{seen}").text


def test_nothing_is_decided_before_the_patient_was_seen(browser, visit, unchanged):
    reference = visit("ada", "cole", "10:00")
    assert not browser("cole").get(f"/agenda/{reference}").has("form", id="follow-up")
    with unchanged():
        assert browser("cole").post(f"/agenda/{reference}/follow-up", {"when": "6w"}).status == 409


@pytest.mark.parametrize("when", ["x", "0w", "9999m", "6w\n"])
def test_what_is_not_on_the_list_is_refused(browser, seen, unchanged, when):
    with unchanged():
        assert browser("cole").post(f"/agenda/{seen}/follow-up", {"when": when}).status == 422


@pytest.mark.parametrize(("who", "status"), [("dean", 404), ("ada", 403), ("dot", 403), (None, 303)])
def test_only_the_doctor_of_the_visit_decides(browser, seen, unchanged, who, status):
    with unchanged():
        assert browser(who).post(f"/agenda/{seen}/follow-up", {"when": "6w"}).status == status


@pytest.mark.parametrize(
    ("day", "key", "then"),
    [
        (date(2028, 2, 29), "12m", date(2029, 2, 28)),
        (date(2026, 11, 30), "3m", date(2027, 2, 28)),
        (date(2026, 12, 31), "6w", date(2027, 2, 11)),
        (date(2026, 1, 31), "", None),
    ],
)
def test_weeks_and_months_are_counted_as_people_count_them(day, key, then):
    assert due(day, key) == then
    assert when(day, then) == key


def test_no_two_choices_are_one_day():
    days = [due(date(2026, 11, 24), key) for key in WHENS]
    assert len(set(days)) == len(days)
