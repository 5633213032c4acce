"""A worrying reason leads once to "please call": the time stays held, and whoever books all the same is called."""

import pytest
from page import text_of

from healthbook.appointments.worrying import worries
from healthbook.db import db
from healthbook.models import Appointment, Clinic

WORRY = "Chest pain since this morning"


@pytest.fixture
def asked(held_page):
    """The page that asks Ada to call."""
    return held_page("ada", "cole", "10:00", days=1).form(id="book").submit(reason=WORRY)


def row(app):
    with app.app_context():
        return db.session.execute(db.select(Appointment.status, Appointment.call_patient)).one()


def test_who_writes_a_worrying_word_is_asked_to_call_and_the_time_stays_held(app, asked):
    assert asked.status == 200
    assert asked.by_id("call-emergency").get("href") == "tel:112"
    assert row(app) == ("held", False)


def test_whoever_books_all_the_same_is_to_be_called_and_the_desk_does_not_read_why(app, asked, browser):
    page = asked.form(id="book").submit()
    assert (page.status, row(app)) == (303, ("scheduled", True))
    reference = page.location.split("/")[-1].split("?")[0]
    for who, path in (
        ("cole", "/agenda?day=2026-11-25"),
        ("dot", "/clinic/appointments?from=2026-11-25&to=2026-11-25"),
    ):
        shown = browser(who).get(path)
        place = shown.by_id(f"appt-{reference}" if who == "cole" else f"row-{reference}")
        assert "Call this patient" in text_of(place)
        assert ("Chest pain" in shown.body) == (who == "cole")


def test_what_was_written_can_be_changed_and_is_asked_about_once_more_only_if_it_worries(app, asked):
    form = asked.form(id="book")
    form.action = asked.by_id("back").get("formaction")
    page = form.submit()
    assert page.form(id="book").fields["reason"] == WORRY
    assert page.form(id="book").submit(reason="A cough").status == 303
    assert row(app) == ("scheduled", False)


def test_the_words_are_the_clinics_own(app, cast, change, held_page):
    change(Clinic, cast.clinic, worrying_words={"en": ["purple spots"]})
    page = held_page("ada", "cole", "10:00", days=1)
    assert page.form(id="book").submit(reason=WORRY).status == 303
    assert row(app) == ("scheduled", False)


@pytest.mark.parametrize(
    ("reason", "worry"),
    [
        ("I have CHEST PAIN!", True),
        ("chest-pain", True),
        ("I can\u2019t breathe", True),
        ("I cant breathe", True),
        ("chestnut pain", False),
        ("My stroke", True),
        ("Breaststroke hurts my shoulder", False),
        ("", False),
        ("A cough", False),
    ],
)
def test_words_are_found_whole_and_in_whatever_letters(reason, worry):
    assert worries(reason, ["chest pain", "can't breathe", "stroke", " "]) == worry
