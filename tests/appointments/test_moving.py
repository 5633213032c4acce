"""A visit is moved without ever being lost: to another time, also one that overlaps it, or to a colleague."""

from datetime import timedelta
from types import SimpleNamespace

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.appointments.rules import moving
from healthbook.db import db
from healthbook.models import Appointment, Clinic, Doctor, Patient

TOMORROW = 1
WHY = "A mole on my shoulder has changed"


def at(clock_time, days=TOMORROW):
    hour, minute = map(int, clock_time.split(":"))
    return NOW.replace(hour=hour, minute=minute) + timedelta(days=days)


@pytest.fixture
def mole(visit):
    """Ada's visit with Doctor Cole tomorrow at ten, with its reason, by its reference."""
    return visit("ada", "cole", "10:00", days=TOMORROW, reason=WHY)


@pytest.fixture
def move(browser):
    """move("ada", reference, "11:00"): the answer to the POST."""

    def post(who, reference, clock_time, days=TOMORROW, **more):
        return browser(who).post(
            f"/appointments/{reference}/rescheduling", {"start": at(clock_time, days).isoformat()} | more
        )

    return post


@pytest.fixture
def one(app):
    """one(reference): the columns of that row, its reason opened, and its own steps."""

    def read(reference):
        with app.app_context():
            row = db.session.scalars(db.select(Appointment).filter_by(reference=reference)).one()
            columns = {column.key: getattr(row, column.key) for column in Appointment.__mapper__.column_attrs}
            steps = [(step.old_status, step.new_status) for step in row.history]
            return SimpleNamespace(**columns, reason=row.reason, steps=steps)

    return read


def reference_of(page):
    return page.location.split("/")[-1].split("?")[0]


@pytest.mark.parametrize("who", ["ada", "dot"])
def test_what_somebody_held_until_now_is_free_for_a_move_at_once(mole, visit, move, one, stored, who):
    visit("ben", "cole", "11:00", days=TOMORROW, status="held", held_until=NOW)
    answer = move(who, mole, "11:00")
    assert (answer.status, one(mole).status) == (303, "rescheduled")
    assert one(reference_of(answer)).during.lower == at("11:00")
    assert len(stored()) == 2


def test_the_desk_moves_to_a_time_without_the_notice_that_patients_need(app, cast, mole, move, browser):
    with app.app_context():
        db.session.get(Clinic, cast.clinic).lead_minutes = 120
        db.session.commit()
    soon = at("10:30", days=0).isoformat()
    shown = {
        who: soon in browser(who).get(f"/appointments/{mole}/rescheduling?week={soon[:10]}").body
        for who in ("ada", "dot")
    }
    assert shown == {"ada": False, "dot": True}
    assert [move(who, mole, "10:30", days=0).status for who in ("ada", "dot")] == [409, 303]


def test_a_visit_is_moved_in_one_act(cast, mole, move, one, stored):
    page = move("ada", mole, "11:00")
    after, before = one(reference_of(page)), one(mole)
    assert (page.status, before.status, after.status) == (303, "rescheduled", "scheduled")
    assert (after.during.lower, after.moved_from_id, after.reason) == (at("11:00"), before.id, WHY)
    assert (after.ical_uid, after.ical_sequence) == (before.ical_uid, before.ical_sequence + 1)
    assert (before.steps[0], after.steps) == (("scheduled", "rescheduled"), [])
    assert "It is moved" in page.follow().text


def test_the_old_reference_leads_to_the_new_time_and_the_history_goes_on(browser, mole, move):
    after = reference_of(move("ada", mole, "11:00"))
    for who in ("ada", "cole", "dot"):
        old = browser(who).get(f"/appointments/{mole}")
        assert (old.status, reference_of(old)) == (303, after)
        assert "Moved" in text_of(old.follow().by_id("history"))


def test_ten_minutes_later_overlaps_the_visit_itself(app, browser, cast, mole, move, one, change):
    change(Doctor, cast.cole, slot_step_minutes=10)
    offered = browser("ada").get(f"/appointments/{mole}/rescheduling?week={at('10:00').date()}")
    assert at("10:10").isoformat() in offered.starts
    after = one(reference_of(move("ada", mole, "10:10")))
    assert (after.status, after.during.lower) == ("scheduled", at("10:10"))


def test_the_time_that_stands_is_shown_and_cannot_be_chosen(browser, mole):
    page = browser("ada").get(f"/appointments/{mole}/rescheduling?week={at('10:00').date()}")
    assert at("10:00").isoformat() not in page.starts
    assert "your time" in text_of(page.find("span", class_="is-mine"))
    assert "You keep" in text_of(page.by_id("standing"))


def test_who_chose_a_time_sees_both_before_anything_happens(browser, mole, unchanged):
    with unchanged():
        page = browser("ada").get(
            f"/appointments/{mole}/rescheduling?start={at('11:00').isoformat().replace('+', '%2B')}"
        )
    assert text_of(page.by_id("move-it")).startswith("Move to ")
    assert page.form(id="moving").submit().status == 303


def test_the_loser_keeps_the_old_time(browser, cast, mole, move, visit, one):
    visit("ben", "cole", "11:00", days=TOMORROW)
    page = move("ada", mole, "11:00")
    assert (page.status, one(mole).status) == (409, "scheduled")
    assert "Your appointment stays as it was" in text_of(page.by_id("refusal"))
    assert at("11:00").isoformat() not in page.starts
    assert page.by_id("near").iter("button")


def test_moved_twice_to_the_same_time_is_moved_once(mole, move, stored):
    first = move("ada", mole, "11:00")
    again = move("ada", mole, "11:00")
    assert (again.status, reference_of(again)) == (303, reference_of(first))
    assert len(stored()) == 2


def test_moved_elsewhere_meanwhile_is_told(mole, move):
    move("dot", mole, "11:00")
    page = move("ada", mole, "14:00")
    assert page.status == 409


def test_a_colleague_of_the_field_takes_the_visit_over_at_the_same_hour(app, browser, cast, mole, move, one):
    page = browser("ada").get(f"/appointments/{mole}/rescheduling?doctor={cast.dean}&week={at('10:00').date()}")
    assert at("10:00").isoformat() in page.starts
    after = one(reference_of(move("ada", mole, "10:00", doctor=cast.dean)))
    assert (after.doctor_id, after.during.lower, after.reason) == (cast.dean, at("10:00"), WHY)


def test_somebody_of_another_field_does_not(app, cast, mole, move, change, unchanged):
    with app.app_context():
        other = factories.specialization("Eyes").id
        db.session.commit()
    change(Doctor, cast.dean, specialization_id=other)
    with unchanged():
        assert move("ada", mole, "10:00", doctor=cast.dean).status == 404


def test_the_doctor_of_before_no_longer_opens_what_a_colleague_took_over(browser, cast, mole, move):
    after = reference_of(move("ada", mole, "10:00", doctor=cast.dean))
    old = browser("cole").get(f"/appointments/{mole}")
    assert (old.status, "Moved" in old.text) == (200, True)
    assert browser("cole").get(f"/appointments/{after}").status == 404
    assert browser("dean").get(f"/appointments/{after}").status == 200


def test_a_patient_moves_within_the_clinics_policy_the_desk_always(browser, mole, move, later, unchanged, one):
    later(hours=23)
    for page in (move("ada", mole, "14:00"), browser("ada").get(f"/appointments/{mole}/rescheduling")):
        assert "call us" in page.text
    assert (move("ada", mole, "14:00").status, one(mole).status) == (409, "scheduled")
    assert "Change day or time" not in text_of(browser("ada").get(f"/appointments/{mole}").by_id("shown"))
    assert move("dot", mole, "14:00").status == 303


@pytest.mark.parametrize(("who", "status"), [("ben", 404), ("dean", 403), ("cole", 403), (None, 303)])
def test_others_move_nothing(browser, mole, who, status, unchanged):
    with unchanged():
        for page in (
            browser(who).get(f"/appointments/{mole}/rescheduling"),
            browser(who).post(f"/appointments/{mole}/rescheduling", {"start": at("11:00").isoformat()}),
        ):
            assert page.status == status


@pytest.mark.parametrize("status", ["checked_in", "in_progress", "completed", "cancelled", "no_show"])
def test_what_is_under_way_or_over_is_not_moved(visit, move, status, unchanged):
    reference = visit("ada", "cole", "10:00", days=TOMORROW, status=status)
    with unchanged():
        for who in ("ada", "dot"):
            assert move(who, reference, "11:00").status == 409


def test_another_visit_of_the_patient_then_is_in_the_way(cast, mole, move, visit, unchanged):
    visit("ada", "dean", "11:00", days=TOMORROW)
    with unchanged():
        page = move("ada", mole, "11:00")
    assert (page.status, "already" in text_of(page.by_id("refusal"))) == (409, True)


def test_what_the_patient_held_is_let_go_and_not_in_the_way(app, mole, move, hold, one):
    hold("ada", "cole", "11:00", days=TOMORROW)
    after = one(reference_of(move("ada", mole, "11:00")))
    assert after.during.lower == at("11:00")
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Appointment).filter_by(status="held")) == 0


def test_moving_by_the_desk_leaves_what_the_patient_holds(app, mole, move, hold):
    hold("ada", "cole", "15:00", days=TOMORROW)
    assert move("dot", mole, "11:00").status == 303
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Appointment).filter_by(status="held")) == 1


def test_what_was_confirmed_stays_so_by_the_desk_only(cast, visit, move, one):
    for who, status in (("dot", "confirmed"), ("ada", "scheduled")):
        reference = visit("ada", "cole", "10:00" if who == "dot" else "12:00", days=TOMORROW, status="confirmed")
        clock_time = "11:00" if who == "dot" else "14:00"
        assert one(reference_of(move(who, reference, clock_time))).status == status


def test_the_patient_is_told_of_both_times(app, mole, move, jobs):
    move("ada", mole, "11:00")
    assert len(jobs("appointment_changed")) == 1


def test_if_the_new_row_cannot_be_the_old_one_stands(app, cast, mole, monkeypatch, browser, one):
    """The database itself says no, after every look said yes."""
    monkeypatch.setattr(moving, "is_free", lambda *given, **more: True)
    monkeypatch.setattr(moving, "no_visit_then", lambda *given, **more: None)
    with app.app_context():
        ben, cole = db.session.get(Patient, cast.ben), db.session.get(Doctor, cast.cole)
        factories.appointment(ben, cole, at("11:00"))
        db.session.commit()
    page = browser("ada").post(f"/appointments/{mole}/rescheduling", {"start": at("11:00").isoformat()})
    assert (page.status, one(mole).status) == (409, "scheduled")
    assert "Your appointment stays as it was" in page.text
