"""Holding what this patient may not book, or what was changed while they chose: told kindly, and nothing is booked."""

from datetime import timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.appointments.rules import holds
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.models import Appointment, Doctor, Patient, VisitType

TEN = NOW.replace(hour=10, minute=0)


@pytest.fixture
def first(app, cast):
    """The id of Dr Cole's first visit type."""
    with app.app_context():
        return db.session.get(Doctor, cast.cole).visit_types[0].id


@pytest.fixture
def follow_up(app, cast):
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        made = factories.visit_type(cole, name="Follow-up", new_patients=False, minutes=15, position=1).id
        db.session.commit()
    return made


@pytest.fixture
def been(app, cast):
    """been("ada"): she has had a visit with Dr Dean, which was completed."""

    def visited(patient):
        with app.app_context():
            who, dean = db.session.get(Patient, getattr(cast, patient)), db.session.get(Doctor, cast.dean)
            factories.appointment(who, dean, NOW - timedelta(days=30), status="completed")
            db.session.commit()

    return visited


def retype(browser, cast, kind, **wanted):
    """Dr Cole changes a visit type on the page for it."""
    path = f"/doctors/{cast.cole}/visit-types/{kind}"
    assert browser("cole").get(path).form(action=path).submit(**wanted).status == 303


def test_an_open_page_with_what_was_changed_meanwhile_is_told_so_with_the_new_times(browser, cast, first, unchanged):
    page = browser("ada").get(f"/doctors/{cast.cole}/slots")
    retype(browser, cast, first, minutes="45", fee="100")
    with unchanged():
        answer = page.form(action=f"/doctors/{cast.cole}/holds").submit(start=TEN.isoformat())
    assert answer.status == 409
    assert "What you chose has just been changed here." in text_of(answer.by_id("refusal"))
    assert "“New problem” has been changed since you opened this page." in text_of(answer.by_id("said"))
    assert "New problem, 45 minutes" in answer.text
    near = [text_of(found) for found in answer.by_id("refusal").iter("button")]
    assert near[0] == "Tue 24 Nov Tuesday 24 November at 09:45"
    again = answer.form(action=f"/doctors/{cast.cole}/holds", id="week-times").submit(start=answer.starts[0])
    assert again.status == 303


def test_where_nothing_takes_its_place_the_page_says_whom_to_call(browser, cast, first, unchanged):
    page = browser("ada").get(f"/doctors/{cast.cole}/slots")
    removal = f"/doctors/{cast.cole}/visit-types/{first}/removal"
    assert browser("cole").post(removal).status == 303
    with unchanged():
        answer = page.form(action=f"/doctors/{cast.cole}/holds").submit(start=TEN.isoformat())
    assert (answer.status, answer.starts) == (409, [])
    assert "takes no bookings here at the moment" in answer.text


def test_a_hold_made_before_the_change_is_booked_as_it_was(app, browser, cast, first, held_page):
    page = held_page("ada", "cole", "10:00")
    retype(browser, cast, first, name="Quick look", minutes="10", fee="5")
    assert "New problem, 30 minutes, £85" in browser("ada").get(page.path).text
    assert page.form(action=page.path).submit(reason="A cough").status == 303
    with app.app_context():
        booked = db.session.scalars(db.select(Appointment)).one()
        assert (booked.status, booked.minutes, booked.fee) == ("scheduled", 30, 85)


def test_one_that_ran_out_meanwhile_is_told_like_an_open_page(browser, cast, first, held_page, later, unchanged):
    page = held_page("ada", "cole", "10:00")
    retype(browser, cast, first, minutes="45")
    later(minutes=6)
    with unchanged():
        answer = page.form(action=page.path).submit(reason="A cough")
    assert answer.status == 409
    assert "What you chose has just been changed here." in text_of(answer.by_id("refusal"))


def test_what_is_for_known_patients_is_refused_to_a_new_one(hold, follow_up, first, unchanged):
    with unchanged():
        page = hold("ada", "cole", "10:00", visit_type=follow_up)
    assert page.status == 409
    assert "“Follow-up” is for people who have been here before." in text_of(page.by_id("refusal"))
    assert not list(page.by_id("refusal").iter("button"))
    assert page.form(id="week-times").fields["visit_type"] == str(first)


def test_whoever_has_been_here_may_hold_it(hold, follow_up, been, stored, cast):
    been("ada")
    assert hold("ada", "cole", "10:00", visit_type=follow_up).status == 303
    assert stored("visit_type_id")[-1] == (follow_up,)


def test_a_doctor_without_room_takes_known_patients_only(hold, change, been, cast, unchanged, browser):
    page = browser("ada").get(f"/doctors/{cast.cole}/slots")
    change(Doctor, cast.cole, accepts_new_patients=False)
    form = page.form(action=f"/doctors/{cast.cole}/holds")
    with unchanged():
        answer = form.submit(start=TEN.isoformat())
    assert (answer.status, answer.starts) == (409, [])
    assert "Dr Maria Cole takes no new patients at the moment." in text_of(answer.by_id("refusal"))
    been("ada")
    assert form.submit(start=TEN.isoformat()).status == 303


def test_it_is_asked_again_under_the_lock(app, cast, first, monkeypatch):
    """The doctor makes it one for known patients while a new one waits for the lock."""

    def meanwhile(*ids):
        db.session.execute(db.update(VisitType).where(VisitType.id == first).values(new_patients=False))
        db.session.expire_all()

    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        monkeypatch.setattr(holds, "lock", meanwhile)
        with pytest.raises(Refused, match="for people who have been here before"):
            holds.hold(ada.user, ada, cole, TEN, first, NOW)
        assert not db.session.scalars(db.select(Appointment)).all()


def test_a_guest_who_said_they_had_been_here_is_told_after_signing_in(browser, cast, follow_up, unchanged):
    guest = browser()
    page = guest.get(f"/doctors/{cast.cole}/slots", {"new": "0", "type": follow_up})
    sign_in = page.form(action=f"/doctors/{cast.cole}/holds").submit(start=page.starts[0]).follow()
    with unchanged():
        answer = sign_in.form(action="/sign-in").submit(email="ada@test.example", password=factories.PASSWORD).follow()
    assert answer.status == 409
    assert "for people who have been here before" in text_of(answer.by_id("refusal"))
