"""Dot at the desk books for whoever calls; what she holds waits for her, and is in nobody's way but the time's."""

from datetime import timedelta

import factories
import pytest
from appointments.conftest import at
from factories import NOW
from page import text_of

from healthbook.appointments.rules.closing import close
from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, Doctor, Message, Patient, Status


@pytest.fixture
def una(app, cast):
    """Una was entered at the desk: she has no e-mail address and cannot sign in."""
    with app.app_context():
        id = factories.entered().id
        db.session.commit()
    return id


@pytest.fixture
def times(cast):
    """times(dot, patient_id, "cole"): the page on which the desk chooses a time for somebody."""
    return lambda who, patient, doctor="cole", **asked: who.get(
        f"/clinic/people/{patient}/doctors/{getattr(cast, doctor)}"
        + ("?" + "&".join(f"{name}={value}" for name, value in asked.items()) if asked else "")
    )


@pytest.fixture
def choose(times, cast):
    """choose(dot, patient_id, "10:00"): she takes that time, and this is the answer."""

    def chosen(who, patient, clock_time, doctor="cole", days=0, **given):
        action = f"/clinic/people/{patient}/doctors/{getattr(cast, doctor)}/holds"
        form = times(who, patient, doctor).form(action=action)
        return form.submit(start=at(clock_time, days).isoformat(), **given)

    return chosen


def rows(app, *columns):
    with app.app_context():
        found = db.session.scalars(db.select(Appointment).order_by(Appointment.id))
        return [tuple(getattr(row, column) for column in columns) for row in found]


def test_the_page_says_first_for_whom(dot, una, times):
    page = times(dot, una)
    assert (page.status, page.h1) == (200, "Book for Una Abara")
    assert page.title.startswith("Book for Una Abara with Dr Maria Cole")
    assert "born 27 March 1980, 0117 496 0777" in page.text
    assert "When can Una come?" in page.text


def test_the_desk_books_for_somebody_who_cannot_sign_in(app, cast, dot, una, choose, jobs):
    held = choose(dot, una, "10:30").follow()
    assert held.h1 == "Book for Una Abara"
    assert "Book for Una Abara, Tuesday 24 November at 10:30" in held.text
    shown = held.form(id="book").submit(notes="Comes with her brother").follow()
    assert "Booked for Una Abara" in shown.text
    assert rows(app, "patient_id", "status", "at_desk", "booked_by_id", "notes") == [
        (una, Status.SCHEDULED, True, cast.dot, "Comes with her brother")
    ]
    assert len(jobs("appointment_changed")) == 1


def test_a_hold_of_the_desk_lasts_its_own_minutes(app, dot, una, choose, change):
    with app.app_context():
        db.session.execute(db.text("UPDATE clinic SET desk_hold_minutes = 20"))
        db.session.commit()
    choose(dot, una, "10:30")
    assert rows(app, "held_until") == [(NOW + timedelta(minutes=20),)]


def test_what_stands_unfinished_can_be_gone_on_with_or_let_go(app, cast, dot, una, choose):
    choose(dot, una, "10:30")
    choose(dot, cast.ben, "11:00", "dean")
    unfinished = text_of(dot.get("/clinic").by_id("unfinished"))
    assert "Una Abara Tuesday 24 November at 10:30, Dr Maria Cole until 09:56, by Dot Marsh Go on" in unfinished
    assert "Ben Byrne Tuesday 24 November at 11:00, Dr Maria Dean until 09:56, by Dot Marsh Go on" in unfinished
    (reference,), (other,) = rows(app, "reference")
    assert dot.get(f"/clinic/holds/{reference}").h1 == "Book for Una Abara"
    gone = dot.get("/clinic").form(action=f"/clinic/holds/{other}/release").submit(today="1")
    assert gone.location == "/clinic"
    assert rows(app, "reference") == [(reference,)]


def test_nothing_unfinished_takes_no_place(dot):
    assert "Unfinished" not in dot.get("/clinic").text


def test_a_hold_survives_another_page_another_booking_and_signing_out(app, browser, cast, dot, una, choose):
    choose(dot, una, "10:30")
    choose(dot, una, "14:00")
    choose(dot, cast.ben, "11:00").follow().form(id="book").submit()
    dot.get("/clinic/appointments")
    dot.post("/sign-out")
    assert text_of(browser("dot").get("/clinic").by_id("unfinished")).count("Go on") == 2
    assert [status for (status,) in rows(app, "status")] == ["held", "held", "scheduled"]


def test_the_desks_hold_and_the_patients_own_end_neither_each_other(app, browser, cast, dot, hold, choose):
    hold("ada", "cole", "10:30")
    choose(dot, cast.ada, "14:00")
    hold("ada", "dean", "11:00")
    assert rows(app, "at_desk", "during")[0][0] is True
    assert [(doctor, desk) for doctor, desk in rows(app, "doctor_id", "at_desk")] == [
        (cast.cole, True),
        (cast.dean, False),
    ]


def test_what_the_desk_holds_is_not_the_patients_to_book(app, browser, cast, dot, choose):
    choose(dot, cast.ada, "14:00")
    ((reference,),) = rows(app, "reference")
    ada = browser("ada")
    assert ada.get(f"/holds/{reference}").status == 404
    assert ada.post(f"/holds/{reference}", {"reason": "Mine"}).status == 404
    assert ada.post(f"/holds/{reference}/release").status == 404
    assert "Held for you" not in ada.get("/appointments").text


def test_choosing_the_same_time_twice_is_one_hold(app, browser, dot, mo, una, choose):
    assert choose(dot, una, "10:30").location == choose(dot, una, "10:30").location
    # A colleague who presses the same finds what is held already.
    assert choose(mo, una, "10:30").location == f"/clinic/holds/{rows(app, 'reference')[0][0]}"
    assert len(rows(app, "id")) == 1


def test_the_same_confirmation_twice_is_one_visit(app, dot, una, choose):
    form = choose(dot, una, "10:30").follow().form(id="book")
    first, second = form.submit(notes="One"), form.submit(notes="Two")
    assert first.location == second.location
    assert rows(app, "status", "notes") == [("scheduled", "One")]
    with app.app_context():
        assert len(db.session.scalars(db.select(AppointmentHistory)).all()) == 1


def test_two_of_the_desk_who_want_one_time(app, cast, dot, mo, una, choose):
    choose(dot, una, "10:30")
    late = choose(mo, cast.ben, "10:30")
    assert (late.status, "That time has gone. Nothing has been booked." in late.text) == (409, True)
    assert "The nearest free times:" in late.text
    assert len(rows(app, "id")) == 1


def test_a_patient_does_not_get_what_the_desk_holds(app, cast, dot, una, hold, choose):
    choose(dot, una, "10:30")
    assert hold("ada", "cole", "10:30").status == 409


def test_the_desk_does_not_get_what_a_patient_holds(app, dot, una, hold, choose):
    hold("ada", "cole", "10:30")
    assert choose(dot, una, "10:30").status == 409


def test_a_hold_that_ran_out_still_books_while_the_time_is_free(app, dot, una, choose, later):
    form = choose(dot, una, "10:30").follow().form(id="book")
    later(minutes=16)
    assert form.submit(notes="Kept").status == 303
    assert rows(app, "status", "notes") == [("scheduled", "Kept")]


def test_also_when_its_row_was_swept_away(app, dot, una, choose, later):
    form = choose(dot, una, "10:30").follow().form(id="book")
    later(minutes=16)
    with app.app_context():
        db.session.execute(db.delete(Appointment))
        db.session.commit()
    assert form.submit(notes="Kept").status == 303
    assert rows(app, "patient_id", "status", "notes") == [(una, "scheduled", "Kept")]


def test_a_hold_that_ran_out_and_was_taken_keeps_what_was_written(app, dot, una, hold, choose, later):
    form = choose(dot, una, "10:30").follow().form(id="book")
    later(minutes=16)
    hold("ada", "cole", "10:30")
    lost = form.submit(notes="Comes with her brother")
    assert (lost.status, "The nearest free times:" in lost.text) == (409, True)
    near = lost.form(id="near")
    assert near.fields["notes"] == "Comes with her brother"
    held = near.submit(start=lost.starts[0]).follow()
    assert text_of(held.by_id("notes")) == "Comes with her brother"


def test_what_is_too_long_is_said_at_the_field_and_kept(app, dot, una, choose):
    page = choose(dot, una, "10:30").follow().form(id="book").submit(notes="x" * 501)
    assert page.status == 422
    assert "at most 500 letters" in text_of(page.by_id("notes-err"))
    assert text_of(page.by_id("notes")) == "x" * 501


def test_the_button_books_for_whom_it_says(app, cast, dot, una, choose):
    form = choose(dot, una, "10:30").follow().form(id="book")
    assert form.submit(patient=str(cast.ben)).status == 409
    assert rows(app, "status") == [("held",)]


def test_holding_on_keeps_what_is_written(app, dot, una, choose, later):
    page = choose(dot, una, "10:30").follow()
    later(minutes=10)
    longer = dot.post(page.by_id("hold-on").get("formaction"), {"notes": "Wait"})
    assert "10:06" in text_of(longer.by_id("holding"))
    assert text_of(longer.by_id("notes")) == "Wait"


@pytest.mark.parametrize(("ignored", "free"), [(["lead"], True), ([], False)])
def test_what_the_clinic_lets_the_desk_ignore_is_honoured(app, dot, una, times, choose, ignored, free):
    with app.app_context():
        db.session.execute(db.text("UPDATE clinic SET lead_minutes = 1440, desk_ignores = :i"), {"i": ignored})
        db.session.commit()
    assert (at("10:30").isoformat() in times(dot, una).starts) == free
    assert choose(dot, una, "10:30", visit_type=kind(app)).status == (303 if free else 409)


def kind(app):
    with app.app_context():
        return str(
            db.session.scalars(db.select(Doctor).where(Doctor.status == "approved").order_by("id"))
            .first()
            .visit_types[0]
            .id
        )


def test_who_has_a_visit_then_gets_no_second_one(app, cast, dot, visit, choose):
    visit("ada", "dean", "10:30")
    refused = choose(dot, cast.ada, "10:30")
    assert (refused.status, "They have a visit at that time already." in refused.text) == (409, True)


def test_a_second_visit_that_came_meanwhile_is_refused_by_the_database_too(app, cast, dot, visit, choose):
    form = choose(dot, cast.ada, "10:30").follow().form(id="book")
    visit("ada", "dean", "10:30")
    refused = form.submit()
    assert (refused.status, "They have a visit at that time already." in refused.text) == (409, True)


def test_no_doctor_is_their_own_patient(app, cast, dot, choose, change):
    with app.app_context():
        own = factories.added(Patient(user_id=db.session.get(Doctor, cast.cole).user_id)).id
        db.session.commit()
    assert "Nobody can have a visit with themself." in choose(dot, own, "10:30").text


def test_who_is_over_their_limit_is_booked_by_the_desk(app, cast, dot, visit, choose):
    with app.app_context():
        db.session.execute(db.text("UPDATE clinic SET max_open_bookings = 1"))
        db.session.commit()
    visit("ada", "dean", "16:00")
    assert choose(dot, cast.ada, "10:30").status == 303


def test_nobody_is_booked_whose_account_is_closed(app, cast, dot, una, choose, change):
    form = choose(dot, una, "10:30").follow().form(id="book")
    with app.app_context():
        user = db.session.get(Patient, una).user
        user.is_active, user.closed_at = False, NOW
        db.session.commit()
    assert form.submit().status == 409
    assert dot.get(f"/clinic/people/{una}").status == 404


def test_history_says_both_names(app, browser, cast, dot, choose):
    reference = choose(dot, cast.ada, "10:30").follow().form(id="book").submit().location.split("/")[2].split("?")[0]
    said = {
        name: text_of(browser(name).get(f"/appointments/{reference}").by_id("history"))
        for name in ("ada", "dot", "mo", "cole")
    }
    assert "Booked by Dot Marsh at the desk for you" in said["ada"]
    assert "Booked by you at the desk for Ada Byrne" in said["dot"]
    assert "Booked by Dot Marsh at the desk for Ada Byrne" in said["mo"]
    assert "Booked by Dot Marsh at the desk for Ada Byrne" in said["cole"]


def test_the_staff_sees_that_nobody_can_be_written_to(app, browser, cast, dot, una, choose):
    page = choose(dot, una, "10:30").follow()
    assert "No e-mail address is known" in page.text
    shown = page.form(id="book").submit().follow()
    assert text_of(shown.by_id("letters")) == "None: no e-mail address is known. Please tell them."


def test_and_what_became_of_a_letter(app, cast, dot, choose):
    shown = choose(dot, cast.ada, "10:30").follow().form(id="book").submit().follow()
    assert text_of(shown.by_id("letters")) == "None yet."
    with app.app_context():
        row = db.session.scalar(db.select(Appointment))
        about = {"user_id": row.patient.user_id, "appointment_id": row.id, "kind": "booked", "channel": "email"}
        factories.added(Message(**about, version=1, due_at=NOW, sent_at=NOW))
        db.session.commit()
    assert text_of(dot.get(f"/appointments/{shown.path.split('/')[2].split('?')[0]}").by_id("letters")) == (
        "Booked: sent Tue 24 Nov, 09:41"
    )


def test_a_doctors_picker_leads_the_desk_to_for_whom(app, cast, dot, una):
    page = dot.get(f"/doctors/{cast.cole}/slots")
    assert not any("/holds" in form.get("action", "") for form in page.find_all("form"))
    asked = page.form(id="week-times").submit(start=at("10:30").isoformat())
    assert (asked.h1, "Tuesday 24 November at 10:30, Dr Maria Cole" in asked.text) == ("For whom?", True)
    found = asked.form(id="seek").submit(name="una")
    held = found.form(action=f"/clinic/people/{una}/doctors/{cast.cole}/holds").submit(start=at("10:30").isoformat())
    assert held.follow().h1 == "Book for Una Abara"


def test_a_patients_picker_is_as_it_was(app, cast, browser):
    page = browser("ada").get(f"/doctors/{cast.cole}/slots")
    assert page.form(action=f"/doctors/{cast.cole}/holds")
    assert not page.has("a", id="book-for")


def test_the_page_of_a_person_costs_the_same_however_much_is_booked(app, cast, dot, statements, visit):
    dot.get(f"/clinic/people/{cast.ada}")
    with statements() as few:
        dot.get(f"/clinic/people/{cast.ada}")
    for hour in range(10, 17):
        visit("ada", "cole", f"{hour}:00", days=1)
    with statements() as many:
        page = dot.get(f"/clinic/people/{cast.ada}")
    assert page.text.count("Dr Maria Cole") == 9
    assert len(many) == len(few)


def test_unfinished_costs_the_same_however_many(app, cast, dot, statements, choose):
    choose(dot, cast.ada, "10:30")
    with statements() as few:
        dot.get("/clinic")
    for hour in range(11, 16):
        choose(dot, cast.ada, f"{hour}:00")
    with statements() as many:
        dot.get("/clinic")
    assert len(many) == len(few)


def test_whoever_closes_their_account_leaves_no_hold_of_the_desk(app, cast, dot, choose):
    choose(dot, cast.ada, "10:30")
    with app.app_context():
        close(db.session.get(Patient, cast.ada), NOW)
        db.session.commit()
    assert rows(app, "id") == []
