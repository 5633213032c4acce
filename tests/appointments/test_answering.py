"""Another time is accepted, declined or taken back: by the patient, by who books for them, or at the desk."""

import time as clocks
from datetime import time, timedelta
from threading import Thread
from types import SimpleNamespace

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Guardian, Offer, Patient

WHY = "A mole on my shoulder has changed"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def at(clock_time, days=0):
    wall = time.fromisoformat(clock_time)
    return NOW.replace(hour=wall.hour, minute=wall.minute) + timedelta(days=days)


@pytest.fixture
def ill(app, cast):
    """Doctor Cole is away today."""
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        factories.time_off(doctor.clinic, NOW, at("23:00"), doctor_id=doctor.id)
        db.session.commit()


@pytest.fixture
def offered(visit, ill, dot, cast):
    """Ada's visit with Doctor Cole at two, for which she is offered the same hour with Doctor Dean."""
    one = visit("ada", "cole", "14:00", reason=WHY)
    assert dot.post(f"/doctors/{cast.cole}/offers", {"batch": "today"}).status == 303
    return one


@pytest.fixture
def answer(browser):
    """answer("ada", reference, "accept"): from the page as it was drawn for them."""

    def send(who, reference, said, **more):
        page = browser(who).get(f"/appointments/{reference}/offer")
        return page.form(id="answer").submit(answer=said, **more)

    return send


@pytest.fixture
def form(browser, offered):
    """Ada's page with its two buttons, open since before whatever happens."""
    return browser("ada").get(f"/appointments/{offered}/offer").form(id="answer")


@pytest.fixture
def one(app):
    """one(reference): the columns of that row, its reason opened, and its own steps."""

    def read(reference):
        with app.app_context():
            row = db.session.scalars(db.select(Appointment).filter_by(reference=reference)).one()
            columns = {column.key: getattr(row, column.key) for column in Appointment.__mapper__.column_attrs}
            steps = [(step.old_status, step.new_status, step.change_reason, step.changed_by_id) for step in row.history]
            return SimpleNamespace(**columns, reason=row.reason, steps=steps)

    return read


@pytest.fixture
def offer(app):
    """offer(): the last one's answer, who gave it, and whether a row still holds its time."""

    def read():
        with app.app_context():
            row = db.session.scalars(db.select(Offer).order_by(Offer.id.desc())).first()
            held = db.session.scalar(db.select(db.func.count()).select_from(Appointment).filter_by(status="held"))
            assert bool(held) == bool(row.appointment_id)
            return row.answer, row.answered_by_id, bool(row.appointment_id)

    return read


def reference_of(page):
    return page.location.split("/")[-1].split("?")[0]


def user_of(app, patient_id):
    with app.app_context():
        return db.session.get(Patient, patient_id).user_id


def test_a_sick_doctors_patient_takes_a_colleagues_time_at_the_same_hour(
    app, offered, answer, one, offer, cast, stored
):
    page = answer("ada", offered, "accept")
    assert (page.status, "moved=1" in page.location) == (303, True)
    before, after = one(offered), one(reference_of(page))
    assert (before.status, before.doctor_id) == ("rescheduled", cast.cole)
    assert (after.status, after.doctor_id, after.during.lower) == ("scheduled", cast.dean, at("14:00"))
    assert (after.moved_from_id, after.reason) == (before.id, WHY)
    assert (after.ical_uid, after.ical_sequence) == (before.ical_uid, before.ical_sequence + 1)
    ada = user_of(app, cast.ada)
    assert before.steps[0] == ("scheduled", "rescheduled", "doctor_away", ada)
    assert (len(before.steps), after.steps) == (2, [])
    assert offer() == ("accepted", ada, False)
    assert len(stored()) == 2
    assert "Moved: The doctor is away" in text_of(page.follow().by_id("history"))


def test_accepting_twice_is_accepting_once(form, stored):
    first, again = form.submit(answer="accept"), form.submit(answer="accept")
    assert first.location == again.location
    assert len(stored()) == 2


def test_what_was_declined_cannot_be_accepted(form, offered, one, offer, unchanged):
    page = form.submit(answer="decline")
    assert page.location == f"/appointments/{offered}/offer"
    assert "We will call you to find another one." in page.follow().text
    assert form.submit(answer="decline").status == 303
    with unchanged():
        refused = form.submit(answer="accept")
    assert (refused.status, one(offered).status) == (409, "scheduled")
    assert "declined before" in text_of(refused.by_id("refusal"))
    assert (offer()[0], offer()[2]) == ("declined", False)


def test_what_was_accepted_cannot_be_declined_or_taken_back(form, answer, offered, dot, unchanged):
    desk = dot.get(f"/appointments/{offered}/offer").form(id="answer")
    form.submit(answer="accept")
    with unchanged():
        assert form.submit(answer="decline").status == 409
        assert desk.submit(answer="take_back").status == 409


def test_a_declined_time_is_free_for_others_at_once(offered, answer, hold):
    answer("ada", offered, "decline")
    assert hold("ben", "dean", "14:00").status == 303


def test_after_the_deadline_it_still_moves_while_the_time_is_free(form, later, one, cast):
    later(minutes=121)
    after = one(reference_of(form.submit(answer="accept")))
    assert (after.doctor_id, after.during.lower) == (cast.dean, at("14:00"))


def test_after_the_deadline_the_page_says_so(browser, offered, later):
    later(minutes=121)
    page = browser("ada").get(f"/appointments/{offered}/offer")
    assert "It may still be free: nothing moves unless it is." in page.text
    assert not browser("dot").get(f"/appointments/{offered}/offer").has("button", id="take-back")


def test_after_the_deadline_somebody_else_may_have_the_time(form, offered, later, hold, one, unchanged):
    later(minutes=121)
    assert hold("ben", "dean", "14:00").status == 303
    with unchanged():
        page = form.submit(answer="accept")
    assert (page.status, one(offered).status) == (409, "scheduled")
    assert "That time has gone. Your appointment stays as it was." in text_of(page.by_id("refusal"))


def test_when_its_own_time_has_begun_it_is_too_late(form, later, offered, one, unchanged):
    later(hours=5)
    with unchanged():
        assert form.submit(answer="accept").status == 409
    assert one(offered).status == "scheduled"


def test_an_older_offer_than_the_open_one_is_told(app, form, offered, later, dot, cast, unchanged):
    later(minutes=121)
    dot.post(f"/doctors/{cast.cole}/offers", {"batch": "today"})
    with unchanged():
        page = form.submit(answer="accept")
    assert page.status == 409
    assert "It was too late for this time." in text_of(page.by_id("refusal"))
    assert page.form(id="answer").submit(answer="accept").status == 303


def test_the_desk_takes_an_unanswered_offer_back_and_the_patient_is_told(
    dot, form, offered, one, offer, jobs, hold, cast, unchanged
):
    desk = dot.get(f"/appointments/{offered}/offer").form(id="answer")
    page = desk.submit(answer="take_back")
    assert page.location == f"/doctors/{cast.cole}/offers"
    assert "Taken back" in text_of(page.follow().by_id(f"offers-line-{offered}"))
    assert offer() == ("taken_back", cast.dot, False)
    assert len(jobs("offer_taken_back")) == 1
    with unchanged():
        assert desk.submit(answer="take_back").status == 303
        refused = form.submit(answer="accept")
    assert (refused.status, one(offered).status) == (409, "scheduled")
    assert "no longer offered" in text_of(refused.by_id("refusal"))
    assert hold("ben", "dean", "14:00").status == 303


def test_what_has_run_out_cannot_be_taken_back(dot, offered, later, unchanged):
    desk = dot.get(f"/appointments/{offered}/offer").form(id="answer")
    later(minutes=120)
    with unchanged():
        page = desk.submit(answer="take_back")
    assert (page.status, "the time is free for all" in text_of(page.by_id("refusal"))) == (409, True)


def test_a_patient_takes_no_offer_back(form, unchanged):
    with unchanged():
        assert form.submit(answer="take_back").status == 403


def test_the_desk_answers_for_a_patient_on_the_phone(app, dot, offered, answer, one, offer, cast):
    page = dot.get(f"/appointments/{offered}/offer")
    assert page.h1 == "Another time for the visit of Ada Byrne"
    assert text_of(page.by_id("accept")) == "Ada Byrne takes Tuesday 24 November at 14:00"
    after = one(reference_of(answer("dot", offered, "accept")))
    assert (after.doctor_id, offer()) == (cast.dean, ("accepted", cast.dot, False))
    listed = dot.get(f"/doctors/{cast.cole}/offers")
    assert "Accepted" in text_of(listed.by_id(f"offers-line-{offered}"))
    assert "Answered by Dot Marsh." in text_of(listed.by_id(f"offers-line-{offered}"))


def test_a_strangers_offer_is_not_there(browser, offered, form, unchanged):
    with unchanged():
        for who in ("ben", "dean", "cole"):
            status = 404 if who == "ben" else 403
            assert browser(who).get(f"/appointments/{offered}/offer").status == status
            sent = {"answer": "accept", "offer": form.fields["offer"]}
            assert browser(who).post(f"/appointments/{offered}/offer", sent).status == status


def test_a_doctor_who_is_a_patient_too_answers_for_none_of_their_own_patients(
    app, browser, offered, form, cast, unchanged
):
    with app.app_context():
        factories.added(Patient(user_id=db.session.get(Doctor, cast.cole).user_id))
        db.session.commit()
    with unchanged():
        cole = browser("cole")
        assert cole.get(f"/appointments/{offered}/offer").status == 404
        sent = {"answer": "accept", "offer": form.fields["offer"]}
        assert cole.post(f"/appointments/{offered}/offer", sent).status == 404


def test_an_offer_of_another_visit_is_not_there(browser, offered, form, visit, unchanged):
    mine = visit("ben", "dean", "16:00")
    with unchanged():
        for id in (form.fields["offer"], "0", "x", "", "99999999999"):
            sent = {"answer": "accept", "offer": id}
            assert browser("ben").post(f"/appointments/{mine}/offer", sent).status == 404


def test_a_shape_that_cannot_be_changes_nothing(form, unchanged):
    with unchanged():
        assert form.submit(answer="perhaps").status == 422


@pytest.fixture
def kims(app, cast, family, ill, dot):
    """Kim's visit, which has an open offer."""
    with app.app_context():
        kim, cole = db.session.get(Patient, family.kim), db.session.get(Doctor, cast.cole)
        made = factories.appointment(kim, cole, at("15:00"), visit_type_id=cole.visit_types[0].id).reference
        db.session.commit()
    dot.post(f"/doctors/{cast.cole}/offers", {"batch": "today"})
    return made


def test_a_guardian_who_may_book_answers_for_the_child(browser, kims, answer, offer, family):
    page = browser("gina").get(f"/appointments/{kims}/offer")
    assert page.h1 == "Another time for the visit of Kim Marlow"
    assert answer("gina", kims, "accept").status == 303
    assert offer()[:2] == ("accepted", family.gina_user)


@pytest.mark.parametrize(("row", "columns"), [("guardian", {"may_book": False}), ("visit", {"private": True})])
def test_a_guardian_who_may_not_finds_nothing(app, browser, kims, family, row, columns, unchanged):
    gina = browser("gina")
    form = gina.get(f"/appointments/{kims}/offer").form(id="answer")
    with app.app_context():
        found = db.session.get(Guardian, family.row)
        if row == "visit":
            found = db.session.scalar(db.select(Appointment).filter_by(reference=kims))
        for name, value in columns.items():
            setattr(found, name, value)
        db.session.commit()
    with unchanged():
        assert gina.get(f"/appointments/{kims}/offer").status == 404
        assert form.submit(answer="accept").status == 404


def test_a_visit_that_was_moved_or_cancelled_meanwhile_stays_so(browser, form, offered, one, offer, hold, later):
    browser("ada").post(f"/appointments/{offered}/cancellation", {"reason": "cannot_come"})
    assert (offer()[0], offer()[2]) == ("taken_back", False)
    page = form.submit(answer="accept")
    assert (page.status, one(offered).status) == (409, "cancelled")
    assert hold("ben", "dean", "14:00").status == 303


def test_a_patient_who_moves_it_themself_gives_the_offer_up(dot, browser, form, offered, one, offer, unchanged, cast):
    moved = dot.post(f"/appointments/{offered}/rescheduling", {"start": at("16:00").isoformat(), "doctor": cast.dean})
    after = reference_of(moved)
    assert (moved.status, offer()[0], offer()[2]) == (303, "taken_back", False)
    with unchanged():
        page = form.submit(answer="accept")
    assert page.status == 409
    assert one(after).status == "scheduled"
    assert browser("ada").get(f"/appointments/{offered}/offer").location == f"/appointments/{offered}"


@pytest.mark.parametrize("to", ["checked_in", "no_show"])
def test_any_step_of_the_visit_ends_its_offer(dot, offered, offer, to, later, hold):
    later(hours=1 if to == "checked_in" else 5)
    dot.post(f"/clinic/appointments/{offered}/status", {"seen": "scheduled", "to": to})
    assert offer()[0] == ("taken_back" if to == "checked_in" else "run_out")
    assert offer()[2] is False


def test_an_account_that_is_closed_leaves_no_offer(app, browser, offered, offer, hold):
    page = browser("ada").get("/me/closing")
    closed = page.form(action="/me/closing").submit(word="close", password=factories.PASSWORD)
    assert closed.status in (200, 303)
    assert (offer()[0], offer()[2]) == ("taken_back", False)


def test_the_colleague_who_has_become_ill_too_takes_nobody(app, form, offered, one, cast, unchanged):
    with app.app_context():
        dean = db.session.get(Doctor, cast.dean)
        factories.time_off(dean.clinic, at("13:00"), at("23:00"), doctor_id=dean.id)
        db.session.commit()
    with unchanged():
        page = form.submit(answer="accept")
    assert (page.status, one(offered).status) == (409, "scheduled")


@pytest.mark.parametrize("columns", [{"status": "suspended"}, {"is_available": False}])
def test_a_colleague_who_takes_no_bookings_by_now_takes_nobody(form, change, cast, columns, unchanged):
    change(Doctor, cast.dean, **columns)
    with unchanged():
        assert form.submit(answer="accept").status == 409


def test_another_visit_of_the_patient_then_is_in_the_way(app, browser, visit, cast, unchanged):
    reference = visit("ada", "cole", "14:00")
    with app.app_context():
        dean, ada = db.session.get(Doctor, cast.dean), db.session.get(Patient, cast.ada)
        row = db.session.scalar(db.select(Appointment).filter_by(reference=reference))
        factories.offer(row, dean, at("15:00"))
        eyes = factories.doctor(dean.clinic, factories.specialization("Eyes"))
        factories.appointment(ada, eyes, at("15:15"))
        db.session.commit()
    form = browser("ada").get(f"/appointments/{reference}/offer").form(id="answer")
    with unchanged():
        page = form.submit(answer="accept")
    assert (page.status, "You have a visit at that time already" in page.text) == (409, True)


def test_what_the_patient_holds_stays_theirs(app, form, hold):
    hold("ada", "dean", "16:00")
    assert form.submit(answer="accept").status == 303
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Appointment).filter_by(status="held")) == 1


def test_it_is_accepted_however_short_the_notice_of_the_clinic(app, form, later, cast):
    with app.app_context():
        clinic = db.session.get(Doctor, cast.cole).clinic
        clinic.cancel_hours, clinic.lead_minutes, clinic.max_open_bookings = 240, 600, 1
        db.session.commit()
    later(minutes=60)
    assert form.submit(answer="accept").status == 303


def test_what_was_confirmed_stays_so(visit, ill, dot, answer, one, cast):
    reference = visit("ada", "cole", "14:00", status="confirmed")
    dot.post(f"/doctors/{cast.cole}/offers", {"batch": "today"})
    assert one(reference_of(answer("ada", reference, "accept"))).status == "confirmed"


def test_a_time_that_overlaps_the_visit_itself_is_a_move_made_when_it_is_accepted(
    app, visit, dot, answer, one, cast, offer
):
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        cole.slot_step_minutes = 10
        factories.time_off(cole.clinic, at("13:50"), at("14:10"), doctor_id=cole.id)
        db.session.get(Doctor, cast.dean).is_available = False
        db.session.commit()
    reference = visit("ada", "cole", "14:00")
    dot.post(f"/doctors/{cast.cole}/offers", {"batch": "today"})
    assert offer() == (None, None, False)
    assert "overlaps the one that stands, so it cannot be held" in dot.get(f"/appointments/{reference}/offer").text
    after = one(reference_of(answer("ada", reference, "accept")))
    assert (after.doctor_id, after.during.lower) == (cast.cole, at("14:10"))
    assert one(reference).status == "rescheduled"


def test_two_visits_are_not_offered_one_time_that_nobody_holds(app, visit, dot, cast):
    """What no row holds is kept clear all the same, and so is the visit that still stands."""
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        cole.slot_step_minutes = 10
        factories.time_off(cole.clinic, at("13:00"), at("14:10"), doctor_id=cole.id)
        db.session.get(Doctor, cast.dean).is_available = False
        db.session.commit()
    visit("ada", "cole", "14:00"), visit("ben", "cole", "13:00")
    dot.post(f"/doctors/{cast.cole}/offers", {"batch": "today"})
    with app.app_context():
        stretches = sorted((row.during.lower, row.during.upper) for row in db.session.scalars(db.select(Offer)))
    assert stretches == [(at("14:30"), at("15:00")), (at("15:00"), at("15:30"))]


def test_across_the_night_on_which_the_clocks_go_back(app, cast, monkeypatch, browser):
    """A visit at 01:30, the second one, goes to a colleague at the same instant and not an hour off."""
    night = NOW.replace(month=10, day=24, hour=20, minute=0)
    monkeypatch.setattr("healthbook.clock.now", lambda: night)
    second = night.replace(day=25, hour=1, minute=30)
    with app.app_context():
        cole, dean = db.session.get(Doctor, cast.cole), db.session.get(Doctor, cast.dean)
        factories.override(dean, "2026-10-25", time(0), time(5))
        factories.time_off(cole.clinic, night, night + timedelta(hours=12), doctor_id=cole.id)
        ada = db.session.get(Patient, cast.ada)
        factories.appointment(ada, cole, second, visit_type_id=cole.visit_types[0].id)
        db.session.commit()
    dot = browser("dot")
    page = dot.post(f"/doctors/{cast.cole}/offers", {"batch": "tomorrow"}).follow()
    assert "Offered: Sunday 25 October at 01:30 GMT, Dr Maria Dean" in page.text
    with app.app_context():
        assert db.session.scalars(db.select(Offer)).one().during.lower == second


def test_nothing_clinical_is_read_at_the_desk(dot, offered, statements):
    with statements() as seen:
        assert WHY not in dot.get(f"/appointments/{offered}/offer").body
    assert not any("appointment.reason " in statement for statement in seen)


def test_a_visit_without_an_offer_says_so(browser, visit):
    reference = visit("ada", "cole", "14:00")
    assert (
        "No other time has been offered for this visit." in browser("ada").get(f"/appointments/{reference}/offer").text
    )


@pytest.fixture
def really(real):
    """Ada's open offer in the committed database: its reference, and what an answer sends."""
    with real.app.app_context():
        ada, cole = db.session.get(Patient, real.ada), db.session.get(Doctor, real.cole)
        visit = factories.appointment(ada, cole, at("14:00"), visit_type_id=cole.visit_types[0].id)
        made = factories.offer(visit, db.session.get(Doctor, real.dean), at("14:00"))
        real.reference, real.sent = visit.reference, {"offer": made.id}
        db.session.commit()
    return real


def test_accepting_while_the_desk_takes_it_back_one_wins_and_the_other_sees_why(really):
    """Both wait for the visit's doctor; whoever is first is the one that counts."""
    really.beside.execute("SELECT id FROM doctor WHERE id = %s FOR NO KEY UPDATE", [really.cole])
    answers = {}

    def send(who, said):
        browser = really.browser(who)
        sent = really.sent | {"answer": said, "csrf_token": browser.token()}
        answers[said] = browser.post(f"/appointments/{really.reference}/offer", sent)

    threads = [Thread(target=send, args=each) for each in (("ada", "accept"), ("dot", "take_back"))]
    for each in threads:
        each.start()
    for _ in range(300):
        really.beside.execute("SELECT pg_stat_clear_snapshot()")
        if really.beside.execute(WAITING).fetchone()[0] == 2:
            break
        clocks.sleep(0.01)
    really.beside.commit()
    for each in threads:
        each.join(10)
    assert sorted(page.status for page in answers.values()) == [303, 409]
    won = "accept" if answers["accept"].status == 303 else "take_back"
    with really.app.app_context():
        offer = db.session.scalars(db.select(Offer)).one()
        rows = [row.status for row in db.session.scalars(db.select(Appointment).order_by(Appointment.id))]
    assert offer.answer == {"accept": "accepted", "take_back": "taken_back"}[won]
    assert rows == {"accept": ["rescheduled", "scheduled"], "take_back": ["scheduled"]}[won]


@pytest.mark.parametrize("said", ["accept", "decline"])
def test_a_guardianship_that_ended_while_one_waited_counts(really, said):
    """The right to answer is asked again under the locks; to whoever has lost it the visit is not there."""
    with really.app.app_context():
        gina = factories.patient(name="Gina Marlow", email="gina@test.example")
        row = factories.guardian(gina.user_id, db.session.get(Patient, really.ada)).id
        db.session.commit()
    gina, answers = really.browser("gina"), []
    sent = really.sent | {"answer": said, "csrf_token": gina.token()}
    really.beside.execute("SELECT id FROM doctor WHERE id = %s FOR NO KEY UPDATE", [really.cole])
    waiting = Thread(target=lambda: answers.append(gina.post(f"/appointments/{really.reference}/offer", sent)))
    waiting.start()
    for _ in range(300):
        really.beside.execute("SELECT pg_stat_clear_snapshot()")
        if really.beside.execute(WAITING).fetchone()[0]:
            break
        clocks.sleep(0.01)
    really.beside.execute("UPDATE guardian SET may_book = false WHERE id = %s", [row])
    really.beside.commit()
    waiting.join(10)
    assert answers[0].status == 404
    with really.app.app_context():
        assert db.session.scalars(db.select(Offer)).one().answer is None
