"""The doctor is ill: whom to call first, other times for all the others at one press, and how it stands with each."""

from datetime import time, timedelta
from threading import Barrier, Thread

import factories
import pytest
from factories import NOW
from page import text_of
from sqlalchemy.exc import IntegrityError

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Guardian, Offer, Patient, TimeOff, User


def at(clock_time, days=0):
    wall = time.fromisoformat(clock_time)
    return NOW.replace(hour=wall.hour, minute=wall.minute) + timedelta(days=days)


@pytest.fixture
def ill(app, cast):
    """Doctor Cole is away from now until Thursday evening."""
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        factories.time_off(doctor.clinic, NOW, at("23:00", 2), doctor_id=doctor.id)
        db.session.commit()


@pytest.fixture
def path(cast):
    return f"/doctors/{cast.cole}/offers"


@pytest.fixture
def press(dot, path):
    """press("today"): the desk's press for that batch, and the page after it."""
    return lambda batch="today": dot.post(path, {"batch": batch}).follow()


@pytest.fixture
def offers(app):
    """offers(): each offer's visit, doctor, start, answer, and whether a row holds it."""

    def read():
        with app.app_context():
            rows = db.session.scalars(db.select(Offer).order_by(Offer.id))
            return [
                (row.replaces.reference, row.doctor_id, row.during.lower, row.answer, bool(row.appointment_id))
                for row in rows
            ]

    return read


@pytest.fixture
def others(app, cast):
    """others(3): so many more patients with a visit at Doctor Cole's on a day from 11:00 on."""

    def add(count, days=0, first=11, **given):
        with app.app_context():
            doctor = db.session.get(Doctor, cast.cole)
            given = {"visit_type_id": doctor.visit_types[0].id} | given
            made = [
                factories.appointment(
                    factories.patient(), doctor, at("00:00", days) + timedelta(hours=first + n / 2), **given
                )
                for n in range(count)
            ]
            db.session.commit()
            return [each.reference for each in made]

    return add


def lines(page):
    found = [each.get("id") for each in page.find_all("li") if (each.get("id") or "").startswith("offers-line-")]
    return [id.removeprefix("offers-line-") for id in found]


def line(page, reference):
    return text_of(page.by_id(f"offers-line-{reference}"))


def test_saving_the_illness_blocks_new_bookings_at_once_and_leads_to_its_visits(browser, dot, visit, cast, path):
    one = visit("ada", "cole", "14:00")
    guest = browser()
    assert guest.get(f"/doctors/{cast.cole}/slots").starts[0].startswith("2026-11-24")
    form = dot.get(f"/doctors/{cast.cole}/hours/time-off").form(id="time-off-form")
    affected = form.submit(act="save", first="2026-11-24", last="2026-11-25").follow()
    assert guest.get(f"/doctors/{cast.cole}/slots").starts[0].startswith("2026-11-26")
    link = affected.by_id("to-offers").get("href")
    assert link == f"{path}?first=2026-11-24&last=2026-11-25"
    assert lines(dot.get(link)) == [one]


def test_the_desk_is_told_of_it_on_today(dot, visit, ill, path):
    visit("ada", "cole", "14:00")
    visit("ben", "dean", "14:00")
    visit("ben", "cole", "14:30", status="cancelled")
    page = dot.get("/clinic")
    assert "Dr Maria Cole is away, and 1 visit is still booked." in page.text
    assert page.has("a", href=path)


def test_nobody_is_away_says_so(dot, path, visit):
    visit("ada", "cole", "14:00")
    assert "No visit needs another time" in dot.get(path).text
    assert "is away" not in dot.get("/clinic").text


def test_visits_are_listed_in_the_order_of_time_and_those_within_two_hours_are_called_first(dot, visit, ill, path):
    late, soon = visit("ada", "cole", "11:42"), visit("ben", "cole", "11:12")
    tomorrow, third = visit("ada", "cole", "09:00", days=1), visit("ada", "cole", "09:00", days=2)
    page = dot.get(path)
    assert lines(page) == [soon, late, tomorrow, third]
    assert [each.get("id") for each in page.find_all("section", class_="card")] == [
        "batch-today",
        "batch-tomorrow",
        "batch-later",
    ]
    assert "Call first" in line(page, soon)
    assert "Call first" not in line(page, late)


def test_the_phone_stands_there_and_of_a_child_that_of_its_guardian(app, dot, visit, ill, path, family, cast):
    with app.app_context():
        db.session.get(Patient, cast.ada).user.phone_number = "0117 496 0199"
        db.session.get(User, family.gina_user).phone_number = "0117 496 0155"
        kim, cole = db.session.get(Patient, family.kim), db.session.get(Doctor, cast.cole)
        child = factories.appointment(kim, cole, at("10:30")).reference
        private = factories.appointment(kim, cole, at("11:00"), private=True).reference
        db.session.commit()
    grown, none = visit("ada", "cole", "10:00"), visit("ben", "cole", "11:30")
    page = dot.get(path)
    assert page.has("a", href="tel:01174960199")
    assert "0117 496 0199" in line(page, grown)
    assert "Gina Marlow: 0117 496 0155" in line(page, child)
    assert "0117 496 0155" not in line(page, private)
    assert "No phone is known" in line(page, none)
    with app.app_context():
        db.session.get(Guardian, family.row).may_book = False
        db.session.commit()
    assert "No phone is known" in line(dot.get(path), child)


def test_the_desk_marks_whom_it_reached(app, dot, visit, ill, path, later):
    one = visit("ada", "cole", "10:00")
    form = dot.get(path).form(action=f"/appointments/{one}/reached")
    page = form.submit(reached="no").follow()
    assert "Not reached by Dot Marsh, Tue 24 Nov, 09:41" in line(page, one)
    assert "Call first" in line(page, one)
    later(minutes=5)
    page = form.submit(reached="yes", htmx=True)
    assert "Reached by Dot Marsh, Tue 24 Nov, 09:46" in line(page, one)
    assert "Call first" not in line(page, one)
    assert form.submit(reached="perhaps").status == 422
    with app.app_context():
        row = db.session.scalar(db.select(Appointment).filter_by(reference=one))
        assert (row.reached, row.reached_at, row.reached_by.first_name) == (True, NOW + timedelta(minutes=5), "Dot")


def test_the_nearest_times_are_a_colleagues_at_the_same_hour_and_the_same_doctors_later(
    app, dot, visit, ill, path, cast
):
    one = visit("ada", "cole", "14:00")
    with app.app_context():
        eyes = factories.doctor(
            db.session.get(Doctor, cast.dean).clinic, factories.specialization("Eyes"), name="Eye Eye"
        )
        factories.override(db.session.get(Doctor, cast.dean), "2026-11-24", time(14), time(15))
        factories.override(db.session.get(Doctor, cast.dean), "2026-11-25")
        factories.override(db.session.get(Doctor, cast.dean), "2026-11-26")
        db.session.commit()
        assert eyes.id
    page = dot.get(path)
    assert "Nearest:" in line(page, one)
    times = [
        text_of(found) for found in page.by_id(f"offers-line-{one}").iter("a") if "time-" in (found.get("id") or "")
    ]
    to = "Move the visit of Ada Byrne to "
    assert [words.removeprefix(to) for words in times] == [
        "14:00, Dr Maria Dean",
        "14:30, Dr Maria Dean",
        "Fri 27 Nov, 09:00",
    ]
    chosen = dot.get(page.by_id(f"time-{one}-1").get("href"))
    assert chosen.form(id="moving").submit().status == 303


def test_where_nothing_is_free_the_page_says_to_call(app, dot, visit, ill, path, change, cast):
    one = visit("ada", "cole", "14:00")
    change(Doctor, cast.dean, is_available=False)
    change(Doctor, cast.cole, is_available=False)
    assert "No free time in sight: call them." in line(dot.get(path), one)


def test_one_press_offers_each_patient_of_a_batch_a_time_that_only_they_can_take(
    browser, dot, visit, ill, press, offers, cast, hold, stored
):
    one, other = visit("ada", "cole", "14:00"), visit("ben", "cole", "15:00", status="confirmed")
    visit("ada", "cole", "10:00", days=1)
    page = press("today")
    assert "2 patients were offered a time." in page.text
    assert offers() == [(one, cast.dean, at("14:00"), None, True), (other, cast.dean, at("15:00"), None, True)]
    assert "Waits for an answer" in line(page, one)
    assert "Offered: Tuesday 24 November at 14:00, Dr Maria Dean" in line(page, one)
    assert "Held until Tue 24 Nov, 11:41." in line(page, one)
    assert at("14:00").isoformat() not in browser().get(f"/doctors/{cast.dean}/slots").starts
    for who in ("ada", "ben"):
        taken = browser(who).post(
            f"/doctors/{cast.dean}/holds", {"start": at("14:00").isoformat(), "visit_type": _kind(browser, cast.dean)}
        )
        assert taken.status == 409


def _kind(browser, doctor_id):
    return browser().get(f"/doctors/{doctor_id}/slots").form(action=f"/doctors/{doctor_id}/holds").fields["visit_type"]


def test_an_offer_ends_when_its_own_time_begins_if_not_before(dot, visit, ill, press, app):
    visit("ada", "cole", "10:00")
    press()
    with app.app_context():
        offer = db.session.scalars(db.select(Offer)).one()
        assert offer.expires_at == offer.held.held_until == at("10:00")


def test_pressing_again_offers_nobody_a_second_time(visit, ill, press, offers):
    visit("ada", "cole", "14:00")
    press()
    page = press()
    assert "0 patients were offered a time." in page.text
    assert len(offers()) == 1


def test_the_other_batches_wait_for_their_own_press(dot, visit, ill, path, press, offers):
    today, tomorrow, third = (visit("ada", "cole", "14:00", days=days) for days in range(3))
    press("tomorrow")
    assert [offer[0] for offer in offers()] == [tomorrow]
    page = press("later")
    assert [offer[0] for offer in offers()] == [tomorrow, third]
    assert page.has("button", id="offer-today")
    assert not page.has("button", id="offer-later")
    assert "Not offered yet" in line(page, today)
    assert dot.post(path, {"batch": "someday"}).status == 422


@pytest.mark.parametrize("status", ["checked_in", "in_progress", "completed", "cancelled", "no_show", "rescheduled"])
def test_offers_never_go_to_visits_that_are_not_ahead(visit, ill, press, offers, status, dot, path):
    one = visit("ada", "cole", "14:00", status=status)
    press()
    assert offers() == []
    page = dot.get(path)
    if status == "checked_in":
        assert "Is here: tell them" in line(page, one)
    else:
        assert one not in lines(page)


def test_a_colleague_keeps_the_share_that_the_clinic_has_set(app, visit, ill, press, offers, others, cast):
    with app.app_context():
        dean = db.session.get(Doctor, cast.dean)
        factories.override(dean, "2026-11-24", time(11), time(13))
        for days in (25, 26, 27):
            factories.override(dean, f"2026-11-{days}")
        dean.clinic.offer_share_percent = 50
        db.session.commit()
    others(4)
    press()
    assert [offer[1:3] for offer in offers()] == [
        (cast.dean, at("11:00")),
        (cast.dean, at("11:30")),
        (cast.cole, at("09:00", 3)),
        (cast.cole, at("09:30", 3)),
    ]


def test_what_was_accepted_still_counts_in_the_share(app, dot, ill, press, offers, others, cast):
    with app.app_context():
        dean = db.session.get(Doctor, cast.dean)
        factories.override(dean, "2026-11-24", time(11), time(13))
        for days in (25, 26, 27):
            factories.override(dean, f"2026-11-{days}")
        db.session.commit()
    ones = others(3)
    press()
    assert [offer[1] for offer in offers()] == [cast.dean, cast.dean, cast.cole]
    for reference, said in zip(ones, ("accept", "accept", "take_back"), strict=True):
        dot.get(f"/appointments/{reference}/offer").form(id="answer").submit(answer=said)
    press()
    assert [offer[1] for offer in offers()] == [cast.dean, cast.dean, cast.cole, cast.cole]


def test_with_more_visits_than_times_those_without_are_said(app, ill, press, offers, others, change, cast, dot):
    change(Doctor, cast.cole, is_available=False)
    with app.app_context():
        dean = db.session.get(Doctor, cast.dean)
        db.session.execute(db.text("DELETE FROM doctor_availability WHERE doctor_id = :id"), {"id": dean.id})
        factories.override(dean, "2026-11-24", time(11), time(12))
        dean.clinic.offer_share_percent = 100
        db.session.commit()
    ones = others(3)
    page = press()
    assert "2 patients were offered a time." in page.text
    assert "For 1 visit there is no free time left. Please call them." in page.text
    assert len({offer[2] for offer in offers()}) == 2
    assert "No free time in sight: call them." in line(page, ones[2])


def test_a_new_patient_is_not_offered_what_is_for_known_ones(app, ill, press, offers, visit, change, cast):
    visit("ada", "cole", "14:00")
    change(Doctor, cast.dean, accepts_new_patients=False)
    press()
    assert [offer[1:3] for offer in offers()] == [(cast.cole, at("09:00", 3))]


def test_a_patient_who_is_the_colleague_is_not_offered_themself(app, ill, press, offers, cast):
    with app.app_context():
        dean = db.session.get(Doctor, cast.dean)
        own = factories.added(Patient(user_id=dean.user_id))
        factories.appointment(own, db.session.get(Doctor, cast.cole), at("14:00"))
        db.session.commit()
    press()
    assert [offer[1] for offer in offers()] == [cast.cole]


def test_an_offer_is_not_the_patients_own_hold(app, browser, visit, ill, press, offers, hold, cast):
    one = visit("ada", "cole", "14:00")
    press()
    with app.app_context():
        held = db.session.scalars(db.select(Offer)).one().held.reference
    ada = browser("ada")
    assert ada.get(f"/holds/{held}").status == 404
    assert ada.post(f"/holds/{held}", {"reason": "A cough"}).status == 404
    assert "Held for you until" not in ada.get("/appointments").text
    assert hold("ada", "dean", "16:00").status == 303
    assert hold("ada", "dean", "16:30").status == 303
    assert offers() == [(one, cast.dean, at("14:00"), None, True)]


def test_the_patient_finds_it_from_their_appointments(browser, visit, ill, press):
    one = visit("ada", "cole", "14:00")
    assert "We hold another time" not in browser("ada").get("/appointments").text
    press()
    ada = browser("ada")
    assert ada.get("/appointments").has("a", href=f"/appointments/{one}/offer")
    assert "Another time waits for an answer until Tue 24 Nov, 11:41." in ada.get(f"/appointments/{one}").text
    page = ada.get(ada.get(f"/appointments/{one}").by_id("see-other-time").get("href"))
    assert page.h1 == "Another time for your visit"
    assert "We hold this time for you alone until Tue 24 Nov, 11:41." in page.text


def test_at_the_deadline_the_time_is_free_for_all_and_the_desk_sees_no_answer(
    app, browser, dot, visit, ill, path, press, later, hold, cast, stored
):
    one = visit("ada", "cole", "14:00")
    press()
    later(minutes=119, seconds=59)
    assert hold("ben", "dean", "14:00").status == 409
    later(minutes=120)
    assert "No answer" in line(dot.get(path), one)
    assert "the visit stands" in line(dot.get(path), one)
    assert hold("ben", "dean", "14:00").status == 303
    assert stored()[0] == (cast.ada, cast.cole, at("14:00"), "scheduled")
    assert "Another time waits" not in browser("ada").get(f"/appointments/{one}").text


def test_a_visit_can_be_moved_to_a_time_whose_offer_has_run_out(browser, dot, visit, ill, press, later, cast):
    visit("ada", "cole", "14:00")
    other = visit("ben", "cole", "15:00", days=3)
    press()
    later(minutes=120)
    moved = dot.post(f"/appointments/{other}/rescheduling", {"start": at("14:00").isoformat(), "doctor": cast.dean})
    assert moved.status == 303


def test_who_gave_no_answer_is_offered_again_and_who_declined_is_called(dot, visit, ill, press, later, offers, path):
    one, other = visit("ada", "cole", "14:00"), visit("ben", "cole", "15:00")
    press()
    dot.get(f"/appointments/{other}/offer").form(id="answer").submit(answer="decline")
    later(minutes=120)
    page = press()
    assert [(offer[0], offer[3]) for offer in offers()] == [(one, "run_out"), (other, "declined"), (one, None)]
    assert "Declined: call them" in line(page, other)
    assert not page.has("button", id="offer-today")


def test_the_database_allows_one_open_offer_for_a_visit(app, visit, ill, press, cast):
    visit("ada", "cole", "14:00")
    press()
    with app.app_context():
        first = db.session.scalars(db.select(Offer)).one()
        with pytest.raises(IntegrityError, match="uq_offer_replaces_id"):
            factories.offer(first.replaces, db.session.get(Doctor, cast.dean), at("16:00"))
        db.session.rollback()


def test_many_cost_what_a_few_cost(dot, visit, ill, path, others, statements):
    others(2, first=14)
    visit("ada", "cole", "10:00", days=1)
    dot.get(path)
    with statements() as few:
        dot.get(path)
    others(16, days=1, first=12)
    dot.post(path, {"batch": "tomorrow"})
    with statements() as many:
        assert len(lines(dot.get(path))) == 19
    assert len(few) == len(many) <= 20


def test_one_more_offer_costs_what_is_written_of_it(dot, ill, path, others, statements):
    counts = []
    for days, count in ((1, 2), (2, 10)):
        others(count, days=days)
        with statements() as seen:
            dot.post(path, {"batch": ("tomorrow", "later")[days - 1]})
        counts.append(len(seen))
    assert counts[1] - counts[0] <= 8 * 7


def test_each_patient_gets_a_letter_and_the_run_out_is_told(visit, ill, press, jobs):
    visit("ada", "cole", "14:00")
    press()
    assert len(jobs("offer_made")) == 1
    assert [when for _, when in jobs("hold_ended")] == [NOW + timedelta(hours=2)]


def test_open_pages_of_the_clinic_the_patient_and_the_colleagues_times_hear_of_it(real, heard):
    with real.app.app_context():
        ada, cole = db.session.get(Patient, real.ada), db.session.get(Doctor, real.cole)
        one = factories.appointment(ada, cole, at("14:00"), visit_type_id=cole.visit_types[0].id).reference
        factories.time_off(cole.clinic, NOW, at("23:00"), doctor_id=cole.id)
        me = ada.user_id
        db.session.commit()
    dot = real.browser("dot")
    heard()
    dot.post(f"/doctors/{real.cole}/offers", {"batch": "today"})
    assert {"clinic", f"doctor-{real.dean}", f"me-{me}", f"appointment-{one}"} <= set(heard())
    dot.post(f"/appointments/{one}/reached", {"reached": "yes"})
    assert "clinic" in heard()


def test_two_desks_that_press_at_once_offer_each_patient_one_time(real):
    with real.app.app_context():
        cole = db.session.get(Doctor, real.cole)
        factories.time_off(cole.clinic, NOW, at("23:00"), doctor_id=cole.id)
        for n in range(6):
            start = at("11:00") + timedelta(minutes=30 * n)
            factories.appointment(factories.patient(), cole, start, visit_type_id=cole.visit_types[0].id)
        db.session.commit()
    barrier, answers = Barrier(2), []

    def press(who):
        browser = real.browser(who)
        token = browser.token()
        barrier.wait()
        sent = {"batch": "today", "csrf_token": token}
        answers.append(browser.post(f"/doctors/{real.cole}/offers", sent).status)

    pressing = [Thread(target=press, args=[who]) for who in ("dot", "mo")]
    for each in pressing:
        each.start()
    for each in pressing:
        each.join(20)
    assert answers == [303, 303]
    with real.app.app_context():
        made = db.session.scalars(db.select(Offer)).all()
        assert len(made) == len({offer.replaces_id for offer in made}) == 6
        assert len({(offer.doctor_id, offer.during.lower) for offer in made}) == 6


def test_only_the_staff_makes_offers(browser, ill, path, visit):
    visit("ada", "cole", "14:00")
    for who in ("cole", "dean", "ada"):
        assert browser(who).get(path).status == 403
    assert "Offer other times" not in browser("cole").get("/affected").text


def test_an_address_that_cannot_be_is_no_page(dot, path):
    for wrong in ("?first=soon", "?last=9999-01-01", "?first=2026-02-30"):
        assert dot.get(path + wrong).status == 404
    assert dot.get("/doctors/999999/offers").status == 404


def test_what_the_doctor_wants_to_be_rid_of_is_listed_where_everything_is_asked_for(dot, visit, path):
    one = visit("ada", "cole", "14:00")
    assert lines(dot.get(path)) == []
    assert lines(dot.get(f"{path}?all=1")) == [one]


def test_nothing_clinical_stands_on_the_list(dot, visit, ill, path, statements):
    visit("ada", "cole", "14:00", reason="MARK-7731", doctor_notes="MARK-7731")
    dot.get(path)
    with statements() as seen:
        assert "MARK-7731" not in dot.get(path).body
    assert not any("appointment.reason," in statement for statement in seen)


def test_time_off_that_ends_takes_the_visits_from_the_list(app, dot, visit, ill, path, cast):
    one = visit("ada", "cole", "14:00")
    assert lines(dot.get(path)) == [one]
    with app.app_context():
        db.session.execute(db.delete(TimeOff).where(TimeOff.doctor_id == cast.cole))
        db.session.commit()
    assert lines(dot.get(path)) == []


def test_what_is_offered_stays_on_the_list_when_the_doctor_is_well_again(app, dot, visit, ill, path, cast, press):
    one = visit("ada", "cole", "14:00")
    press()
    with app.app_context():
        db.session.execute(db.delete(TimeOff).where(TimeOff.doctor_id == cast.cole))
        db.session.commit()
    assert lines(dot.get(path)) == [one]
    dot.get(f"/appointments/{one}/offer").form(id="answer").submit(answer="take_back")
    assert lines(dot.get(path)) == []


def test_the_desk_sees_that_the_colleague_is_away_by_now_too(app, dot, visit, ill, path, cast, press):
    one = visit("ada", "cole", "14:00")
    press()
    with app.app_context():
        dean = db.session.get(Doctor, cast.dean)
        factories.time_off(dean.clinic, at("14:29"), at("23:00"), doctor_id=dean.id)
        db.session.commit()
    assert "Away then too: take it back" in line(dot.get(path), one)
