"""The next step of a visit, taken at the desk."""

import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory

PATH = "/clinic/appointments"


def status_of(app, reference):
    with app.app_context():
        return db.session.scalar(db.select(Appointment.status).where(Appointment.reference == reference))


def last_step(app, reference):
    with app.app_context():
        visit = db.session.scalar(db.select(Appointment).where(Appointment.reference == reference))
        step = visit.history[0]
        return step.old_status, step.new_status, step.changed_by_id, step.change_reason


def form(page, reference):
    row = page.by_id(f"row-{reference}")
    return page.form(action=row.find(".//form").get("action"))


def steps(page, reference):
    row = page.by_id(f"row-{reference}")
    led = ("/cancellation", "/rescheduling")
    return {text_of(found) for found in row.iter() if found.get("name") == "to" or found.get("href", "").endswith(led)}


def test_somebody_is_checked_in_and_the_row_says_so(app, cast, dot, visit):
    ada = visit("ada", "cole", "10:00")
    row = form(dot.get(PATH), ada).submit(htmx=True, to="checked_in")
    assert row.status == 200
    assert "Ada Byrne Dr Maria Cole Waiting" in text_of(row.by_id(f"row-{ada}"))
    assert not row.has("table")
    assert last_step(app, ada) == ("scheduled", "checked_in", cast.dot, None)


def test_without_javascript_the_desk_is_back_in_its_table(dot, visit):
    ada = visit("ada", "cole", "10:00")
    page = form(dot.get(f"{PATH}?q=byrne&sort=-time"), ada).submit(to="checked_in")
    assert (page.status, page.location) == (303, f"{PATH}?q=byrne&sort=-time")
    assert page.headers["Location"].endswith(f"#row-{ada}")
    assert "Waiting" in page.follow().text


def test_the_way_back_is_always_to_the_table(dot, visit):
    ada = visit("ada", "cole", "10:00")
    tricks = "_external=1&_scheme=javascript&_anchor=x&next=//evil.example&endpoint=accounts.sign_out&to=2026-11-24"
    page = dot.post(f"{PATH}/{ada}/status?{tricks}", {"seen": "scheduled", "to": "checked_in"})
    assert page.headers["Location"] == f"{PATH}?to=2026-11-24#row-{ada}"


@pytest.mark.parametrize("htmx", [True, False])
def test_who_comes_second_is_told_and_sees_how_it_is_now(app, dot, browser, visit, htmx):
    ada = visit("ada", "cole", "10:00")
    page = dot.get(PATH)
    form(browser("mo").get(PATH), ada).submit(to="confirmed")
    late = form(page, ada).submit(htmx=htmx, to="checked_in")
    assert late.status == 409
    assert "Somebody changed this visit a moment before you." in late.text or htmx
    assert "Somebody changed this visit a moment before you." in late.body
    assert "Confirmed" in text_of(late.by_id(f"row-{ada}"))
    assert late.has("h1") != htmx
    assert status_of(app, ada) == "confirmed"
    assert form(late, ada).submit(htmx=True, to="checked_in").status == 200


def test_the_desk_is_offered_the_declared_steps_and_no_other(dot, visit):
    expected = {
        "scheduled": {"Check in Ada Byrne", "Confirm", "Did not come", "Change day or time", "Cancel this appointment"},
        "confirmed": {"Check in Ada Byrne", "Did not come", "Change day or time", "Cancel this appointment"},
        "checked_in": {"Is not here", "Cancel this appointment"},
        "in_progress": set(),
        "completed": set(),
        "cancelled": set(),
        "no_show": {"Came after all"},
        "rescheduled": set(),
    }
    hours = dict(zip(expected, ("01:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00", "08:00"), strict=True))
    booked = {status: visit("ada", "cole", hours[status], status=status) for status in expected}
    page = dot.get(PATH)
    assert {status: steps(page, reference) for status, reference in booked.items()} == expected


def test_nobody_is_missed_before_their_time_and_checking_in_comes_first_only_on_the_day(dot, visit):
    later, tomorrow = visit("ada", "cole", "16:00"), visit("ada", "cole", "10:00", days=1)
    page = dot.get(f"{PATH}?from=2026-11-24&to=2026-11-25")
    assert steps(page, later) == {"Check in Ada Byrne", "Confirm", "Change day or time", "Cancel this appointment"}
    assert "Confirm Ada Byrne" in steps(page, tomorrow)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"seen": "scheduled", "to": "completed"}, 409),
        ({"seen": "scheduled", "to": "in_progress"}, 409),
        ({"seen": "scheduled", "to": "held"}, 409),
        ({"seen": "held", "to": "scheduled"}, 409),
        ({"seen": "confirmed", "to": "checked_in"}, 409),
        ({"seen": "scheduled", "to": "no_show"}, 409),
        ({"seen": "scheduled", "to": "gone"}, 422),
        ({"seen": "", "to": "checked_in"}, 422),
        ({"seen": "scheduled"}, 422),
        ({}, 422),
        ({"seen": "scheduled", "to": "cancelled"}, 409),
        ({"seen": "scheduled", "to": "cancelled", "change_reason": "doctor_away"}, 409),
    ],
)
def test_what_is_no_step_of_the_desk_changes_nothing(app, dot, visit, sent, status):
    ada = visit("ada", "cole", "16:00")
    page = dot.post(f"{PATH}/{ada}/status", sent)
    assert (page.status, status_of(app, ada)) == (status, "scheduled")
    assert page.find_all("div", class_="bad")


def test_what_else_is_sent_along_is_not_written(app, dot, visit):
    ada = visit("ada", "cole", "10:00")
    more = {"patient_id": 1, "doctor_id": 1, "fee": 0, "notes": "x", "remark": "x", "changed_by_id": 1, "reason": "x"}
    dot.post(f"{PATH}/{ada}/status", {"seen": "scheduled", "to": "confirmed", **more}, htmx=True)
    with app.app_context():
        visit = db.session.scalar(db.select(Appointment).where(Appointment.reference == ada))
        assert (visit.status, visit.fee, visit.notes, visit.reason) == ("confirmed", 0, None, None)
        assert visit.history[0].remark is None


@pytest.mark.parametrize("reference", ["ZZZZZZZZ", "nothing", "0000000O"])
def test_a_visit_that_is_not_there_is_not_found(dot, reference):
    assert dot.post(f"{PATH}/{reference}/status", {"seen": "scheduled", "to": "checked_in"}).status == 404


def test_a_hold_is_not_for_the_desk(dot, visit, now):
    held = visit("ada", "cole", "16:00", status="held", held_until=now)
    assert dot.post(f"{PATH}/{held}/status", {"seen": "held", "to": "scheduled"}).status == 404


def test_a_step_is_no_link(dot, visit):
    assert dot.get(f"{PATH}/{visit('ada', 'cole', '16:00')}/status").status == 405


def test_a_step_tells_the_open_pages(app, dot, visit, monkeypatch):
    told = []
    monkeypatch.setattr("healthbook.appointments.rules.visits.announce", lambda *topics: told.extend(topics))
    ada = visit("ada", "cole", "10:00")
    dot.post(f"{PATH}/{ada}/status", {"seen": "scheduled", "to": "checked_in"})
    assert {"clinic", f"appointment-{ada}"} < set(told)
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(AppointmentHistory)) == 2
