"""A visit over another one: only the desk does it, says why, and the time is still nobody else's."""

from datetime import timedelta

import factories
import pytest
from appointments.conftest import at
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient


@pytest.fixture
def over(cast):
    """over(dot, "ada", "10:30"): Dot asks to book her over Doctor Cole's visit at that time."""

    def ask(who, name, clock_time, day="2026-11-24", **given):
        path = f"/clinic/people/{getattr(cast, name)}/doctors/{cast.cole}/overbooking"
        form = who.get(path).form(id="overbook")
        return form.submit(**{"day": day, "time": clock_time, "why": "She cannot wait"} | given)

    return ask


def rows(app, *columns):
    with app.app_context():
        found = db.session.scalars(db.select(Appointment).order_by(Appointment.id))
        return [tuple(getattr(row, column) for column in columns) for row in found]


def test_the_desk_books_over_another_visit_and_says_why(app, cast, dot, visit, over, jobs):
    visit("ben", "cole", "10:30")
    booked = over(dot, "ada", "10:30").follow()
    assert "Booked for Ada Byrne" in booked.text
    assert rows(app, "patient_id", "status", "overbooked", "overbook_reason", "at_desk", "booked_by_id")[1:] == [
        (cast.ada, "scheduled", True, "She cannot wait", True, cast.dot)
    ]
    assert len(jobs("appointment_changed")) == 1


def test_the_page_shows_whom_it_would_be_over(cast, dot, visit):
    reference = visit("ben", "cole", "10:30")
    page = dot.get(f"/clinic/people/{cast.ada}/doctors/{cast.cole}/overbooking")
    assert page.h1 == "Book for Ada Byrne over another visit"
    assert "10:30 Ben Byrne 30 minutes Over this one" in text_of(page.by_id(f"over-{reference}"))
    chosen = dot.get(page.by_id(f"choose-{reference}").get("href"))
    assert chosen.form(id="overbook").fields["time"] == "10:30"
    empty = dot.get(f"/clinic/people/{cast.ada}/doctors/{cast.cole}/overbooking?day=2026-11-25")
    assert "Nobody is booked on this day." in empty.text


def test_it_may_lie_across_the_other_visit(app, cast, dot, visit, over):
    visit("ben", "cole", "10:30")
    assert over(dot, "ada", "10:45").status == 303


@pytest.mark.parametrize(
    ("clock_time", "words"),
    [
        ("14:00", "That time is free."),
        ("20:00", "Nobody is booked at that time."),
        ("09:00", "That time is over."),
    ],
)
def test_nothing_else_is_booked_that_way(app, dot, visit, over, clock_time, words):
    visit("ben", "cole", "10:30")
    refused = over(dot, "ada", clock_time)
    assert (refused.status, words in text_of(refused.by_id("refusal"))) == (409, True)
    assert refused.form(id="overbook").fields["why"] == "She cannot wait"
    assert len(rows(app, "id")) == 1


def test_without_a_reason_nothing_is_booked(app, dot, visit, over):
    visit("ben", "cole", "10:30")
    refused = over(dot, "ada", "10:30", why=" ")
    assert (refused.status, "Say why there is no other way." in refused.text) == (422, True)


def test_the_same_form_twice_is_one_visit(app, dot, cast, visit):
    visit("ben", "cole", "10:30")
    form = dot.get(f"/clinic/people/{cast.ada}/doctors/{cast.cole}/overbooking").form(id="overbook")
    sent = {"day": "2026-11-24", "time": "10:30", "why": "She cannot wait"}
    first, second = form.submit(**sent), form.submit(**sent)
    assert first.location == second.location
    assert len(rows(app, "id")) == 2


def test_a_key_is_its_authors_and_its_patients(app, dot, mo, cast, visit, over):
    visit("ben", "cole", "10:30")
    key = "00000000-0000-4000-8000-000000000009"
    assert over(dot, "ada", "10:30", key=key).status == 303
    assert over(mo, "ada", "10:30", key=key).status == 409
    with app.app_context():
        other = factories.patient().id
        db.session.commit()
    cast.other = other
    assert over(dot, "other", "10:30", key=key).status == 409
    assert len(rows(app, "id")) == 2


def test_a_patient_has_one_visit_at_a_time_all_the_same(app, dot, visit, over):
    visit("ben", "cole", "10:30")
    visit("ada", "dean", "10:30")
    refused = over(dot, "ada", "10:30")
    assert (refused.status, "They have a visit at that time already." in refused.text) == (409, True)


def test_and_the_database_says_so_too(app, cast, visit):
    visit("ben", "cole", "10:30")
    visit("ada", "dean", "10:30")
    with pytest.raises(Exception, match="one_visit_per_patient"):
        visit("ada", "cole", "10:30", overbooked=True)


@pytest.mark.parametrize("name", ["ada", "cole"])
def test_nobody_else_books_over_anybody(app, browser, cast, visit, name):
    visit("ben", "cole", "10:30")
    path = f"/clinic/people/{cast.ada}/doctors/{cast.cole}/overbooking"
    who = browser(name)
    assert who.get(path).status == 403
    assert who.post(path, {"day": "2026-11-24", "time": "10:30", "why": "Me"}).status == 403
    assert len(rows(app, "id")) == 1


@pytest.mark.parametrize("cancelled", ["under", "over"])
def test_when_one_of_the_two_is_cancelled_the_time_is_not_sold_twice(app, browser, cast, dot, visit, over, cancelled):
    below = visit("ben", "cole", "10:30")
    above = over(dot, "ada", "10:30").location.split("/")[2].split("?")[0]
    gone = {"under": below, "over": above}[cancelled]
    assert dot.post(f"/appointments/{gone}/cancellation", {"reason": "other"}).status == 303
    page = browser("ben").get(f"/doctors/{cast.cole}/slots")
    assert at("10:30").isoformat() not in page.starts
    form = page.form(action=f"/doctors/{cast.cole}/holds")
    assert form.submit(start=at("10:30").isoformat()).status == 409
    assert sum(status == "scheduled" for (status,) in rows(app, "status")) == 1


def test_when_both_are_cancelled_the_time_is_free_again(app, browser, cast, dot, visit, over):
    below = visit("ben", "cole", "10:30")
    above = over(dot, "ada", "10:30").location.split("/")[2].split("?")[0]
    for reference in (below, above):
        dot.post(f"/appointments/{reference}/cancellation", {"reason": "other"})
    assert at("10:30").isoformat() in browser("ben").get(f"/doctors/{cast.cole}/slots").starts


def test_what_lies_across_takes_time_on_both_sides(app, browser, cast, dot, visit, over):
    below = visit("ben", "cole", "10:30")
    over(dot, "ada", "10:45")
    dot.post(f"/appointments/{below}/cancellation", {"reason": "other"})
    starts = browser("ben").get(f"/doctors/{cast.cole}/slots").starts
    assert {at("10:30").isoformat(), at("11:00").isoformat()} & set(starts) == set()


def test_moved_away_it_is_no_longer_overbooked(app, cast, dot, visit, over):
    visit("ben", "cole", "10:30")
    above = over(dot, "ada", "10:30").location.split("/")[2].split("?")[0]
    dot.post(f"/appointments/{above}/rescheduling", {"start": at("14:00").isoformat()})
    assert rows(app, "status", "overbooked")[2] == ("scheduled", False)


def test_the_staff_reads_overbooked_and_the_patients_do_not(app, browser, cast, dot, cole, visit, over):
    below = visit("ben", "cole", "10:30")
    above = over(dot, "ada", "10:30").location.split("/")[2].split("?")[0]
    for page in (
        dot.get("/clinic"),
        dot.get("/clinic/appointments"),
        dot.get(f"/appointments/{above}"),
        dot.get(f"/clinic/people/{cast.ada}"),
        cole.get("/agenda"),
        cole.get(f"/agenda/{above}"),
    ):
        assert page.text.count("Overbooked") >= 1, page.path
    assert "She cannot wait" in dot.get(f"/appointments/{above}").text
    for name, reference in (("ada", above), ("ben", below)):
        for path in ("/appointments", f"/appointments/{reference}"):
            said = browser(name).get(path).text
            assert "verbook" not in said
            assert "She cannot wait" not in said


def test_what_was_done_before_it_can_be_taken_back(app, browser, cast, dot, visit, over):
    """Did not come, came after all: the visit under another has its place still."""
    below = visit("ben", "cole", "09:30")
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        factories.appointment(ada, cole, NOW.replace(minute=30), overbooked=True, overbook_reason="Pain")
        db.session.commit()
    for seen, to in (("scheduled", "no_show"), ("no_show", "checked_in")):
        assert dot.post(f"/clinic/appointments/{below}/status", {"seen": seen, "to": to}).status == 303


def test_the_clock_on_the_wall_says_when(app, cast, dot, visit, over):
    """In summer the clinic is an hour ahead of Greenwich."""
    with app.app_context():
        db.session.execute(db.text("UPDATE clinic SET horizon_days = 365"))
        ben, cole = db.session.get(Patient, cast.ben), db.session.get(Doctor, cast.cole)
        factories.appointment(ben, cole, NOW.replace(year=2027, month=6, day=1, hour=9, minute=30))
        db.session.commit()
    assert over(dot, "ada", "10:30", day="2027-06-01").status == 303
    assert rows(app, "during")[1][0].lower - rows(app, "during")[0][0].lower == timedelta(0)


@pytest.fixture
def third(app, cast):
    """Somebody beside Ada and Ben, by the name that `over` takes."""
    with app.app_context():
        cast.third = factories.patient().id
        db.session.commit()
    return "third"


def test_who_holds_a_time_still_does_when_the_desk_books_across_it(dot, visit, hold, over, third):
    visit("ben", "cole", "10:30")
    first = hold("ada", "cole", "11:00")
    assert over(dot, third, "10:45").status == 303
    again = hold("ada", "cole", "11:00")
    assert (again.status, again.location) == (303, first.location)


def test_who_has_a_time_is_told_so_also_when_somebody_was_booked_over_it(dot, browser, visit, over, third):
    ada, reference = browser("ada"), visit("ada", "cole", "10:30", days=1)
    assert over(dot, third, "10:30", day="2026-11-25").status == 303
    own = {"start": "2026-11-25T10:30:00+00:00"}
    refused = ada.post(f"/appointments/{reference}/rescheduling", own)
    assert (refused.status, "That is the time you have already." in refused.text) == (409, True)


def test_who_was_booked_over_another_is_told_so_too(app, dot, browser, visit, over):
    visit("ben", "cole", "10:30", days=1)
    assert over(dot, "ada", "10:30", day="2026-11-25").status == 303
    (_, (reference,)) = rows(app, "reference")
    refused = browser("ada").post(f"/appointments/{reference}/rescheduling", {"start": "2026-11-25T10:30:00+00:00"})
    assert (refused.status, "That is the time you have already." in refused.text) == (409, True)
