"""Visits that nobody has closed by the end of their day wait under "To close", at the desk and on My day."""

from datetime import time, timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Doctor


def open_ones(page):
    section = page.by_id("to-close")
    return [found.get("id").removeprefix("close-") for found in section.iter("li")]


def close(page, reference, to, **more):
    action = next(f.get("action") for f in page.by_id(f"close-{reference}").iter("form"))
    return page.form(action=action).submit(to=to, **more)


def buttons(page, reference):
    return [b.get("value") for b in page.by_id(f"close-{reference}").iter("button") if b.get("name") == "to"]


@pytest.fixture
def status(app):
    def read(reference):
        with app.app_context():
            return db.session.scalar(db.select(Appointment.status).filter_by(reference=reference))

    return read


@pytest.mark.parametrize("left", ["scheduled", "confirmed", "checked_in", "in_progress"])
def test_what_is_left_from_yesterday_stands_under_to_close(browser, visit, left):
    one = visit("ada", "cole", "10:00", days=-1, status=left)
    for who, path in (("dot", "/clinic"), ("mo", "/clinic"), ("cole", "/agenda")):
        page = browser(who).get(path)
        assert open_ones(page) == [one]
        assert "Mon 23 Nov, 10:00 Ada Byrne Dr Maria Cole" in text_of(page.by_id(f"close-{one}"))


@pytest.mark.parametrize("done", ["completed", "cancelled", "no_show", "rescheduled"])
def test_what_is_closed_does_not(browser, visit, done):
    visit("ada", "cole", "10:00", days=-1, status=done)
    assert open_ones(browser("dot").get("/clinic")) == open_ones(browser("cole").get("/agenda")) == []


def test_today_counts_when_the_doctors_hours_are_over(browser, visit, later):
    one = visit("ada", "cole", "08:00")
    dot, cole = browser("dot"), browser("cole")
    later(hours=7, minutes=18)
    assert open_ones(dot.get("/clinic")) == open_ones(cole.get("/agenda")) == []
    later(hours=7, minutes=19)
    assert open_ones(dot.get("/clinic")) == open_ones(cole.get("/agenda")) == [one]
    assert "08:00 Ada Byrne" in text_of(cole.get("/agenda").by_id(f"close-{one}"))


def test_a_visit_after_hours_counts_when_it_is_over(browser, visit, later):
    one = visit("ada", "cole", "17:30")
    dot = browser("dot")
    later(hours=8, minutes=18)
    assert open_ones(dot.get("/clinic")) == []
    later(hours=8, minutes=19)
    assert open_ones(dot.get("/clinic")) == [one]


def test_a_night_that_runs_over_midnight_closes_in_the_morning(app, browser, cast, visit, later):
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        factories.override(cole, "2026-11-24", time(20), time(4))
        db.session.commit()
    one = visit("ada", "cole", "22:00")
    later(hours=18, minutes=18)
    assert open_ones(browser("dot").get("/clinic")) == []
    later(hours=18, minutes=19)
    assert open_ones(browser("dot").get("/clinic")) == [one]


def test_a_day_without_hours_closes_at_midnight(app, browser, cast, visit, later):
    with app.app_context():
        factories.override(db.session.get(Doctor, cast.cole), "2026-11-24")
        db.session.commit()
    one = visit("ada", "cole", "08:00")
    later(hours=14, minutes=18)
    assert open_ones(browser("dot").get("/clinic")) == []
    later(hours=14, minutes=19)
    assert open_ones(browser("dot").get("/clinic")) == [one]


def test_a_night_on_which_the_clocks_go_back_is_an_hour_longer(app, browser, cast, visit, monkeypatch):
    """Hours until 04:00 on 25 October 2026: after the clocks have gone back."""
    from_clock = NOW.replace(month=10, day=25, hour=3, minute=59)
    with app.app_context():
        factories.override(db.session.get(Doctor, cast.cole), "2026-10-24", time(20), time(4))
        db.session.commit()
    one = visit("ada", "cole", "22:00", days=-31)
    dot = browser("dot")
    monkeypatch.setattr("healthbook.clock.now", lambda: from_clock)
    assert open_ones(dot.get("/clinic")) == []
    monkeypatch.setattr("healthbook.clock.now", lambda: from_clock + timedelta(minutes=1))
    assert open_ones(dot.get("/clinic")) == [one]


def test_a_doctor_closes_only_their_own(browser, visit):
    visit("ada", "cole", "10:00", days=-1)
    assert open_ones(browser("dean").get("/agenda")) == []


def test_the_buttons_are_those_of_the_table_and_the_likely_one_comes_first(browser, visit):
    booked = visit("ada", "cole", "10:00", days=-1)
    under_way = visit("ben", "cole", "11:00", days=-1, status="in_progress")
    desk, doctor = browser("dot").get("/clinic"), browser("cole").get("/agenda")
    assert buttons(desk, booked) == ["no_show", "confirmed", "checked_in"]
    assert buttons(doctor, booked) == ["no_show", "confirmed", "checked_in"]
    assert buttons(desk, under_way) == []
    assert buttons(doctor, under_way) == ["completed", "checked_in"]


def test_the_desk_closes_what_nobody_came_to(browser, visit, status):
    one = visit("ada", "cole", "10:00", days=-1)
    page = browser("dot").get("/clinic")
    answer = close(page, one, "no_show")
    assert (answer.status, answer.location, status(one)) == (303, "/clinic", "no_show")
    after = answer.follow()
    assert open_ones(after) == []
    assert "Nothing is left open" in text_of(after.by_id("to-close"))


def test_the_doctor_completes_and_stays_on_today(browser, visit, status):
    one = visit("ada", "cole", "10:00", days=-1, status="in_progress")
    answer = close(browser("cole").get("/agenda"), one, "completed")
    assert (answer.location, status(one)) == ("/agenda?day=2026-11-24", "completed")
    assert open_ones(answer.follow()) == []


def test_what_somebody_closed_meanwhile_is_told(browser, visit, status):
    one = visit("ada", "cole", "10:00", days=-1)
    for who, path in (("dot", "/clinic"), ("cole", "/agenda")):
        page = browser(who).get(path)
        if status(one) == "scheduled":
            close(page, one, "no_show")
        answer = close(page, one, "no_show") if who == "dot" else None
        if answer:
            assert answer.status == 409
            assert "Did not come" in text_of(answer.by_id("refusal"))
            assert open_ones(answer) == []


def test_a_step_that_is_none_is_told(browser, visit, unchanged):
    one = visit("ada", "cole", "10:00", days=-1)
    page = browser("dot").get("/clinic")
    with unchanged():
        assert close(page, one, "lost").status == 422
        assert close(page, one, "completed").status == 409


def test_another_day_of_the_doctor_has_no_such_list(browser, visit):
    visit("ada", "cole", "10:00", days=-1)
    assert not browser("cole").get("/agenda?day=2026-11-23").has("section", id="to-close")


def test_many_cost_what_a_few_cost(browser, visit, statements):
    dot, cole, counts = browser("dot"), browser("cole"), []
    for hours in (range(9, 11), range(11, 17)):
        for hour in hours:
            visit("ada", "cole", f"{hour:02}:00", days=-1)
            visit("ben", "dean", f"{hour:02}:00", days=-1)
        with statements() as seen:
            assert dot.get("/clinic").status == cole.get("/agenda").status == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_press_with_htmx_is_answered_with_what_is_left(browser, visit):
    one, other = visit("ada", "cole", "10:00", days=-1), visit("ben", "cole", "11:00", days=-1)
    answer = close(browser("dot").get("/clinic"), one, "no_show", htmx=True)
    assert (answer.status, open_ones(answer)) == (200, [other])
    assert answer.by_id("today") is not None
