"""A doctor's day: who comes, what is free, and the next step of each visit."""

from datetime import timedelta
from itertools import pairwise

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Clinic, Doctor, Patient, Weekday

PATH = "/agenda"


@pytest.fixture
def crowd(app, cast):
    """crowd(50): so many patients, each with a short visit at Cole's today."""

    def book(number, first=0):
        with app.app_context():
            doctor = db.session.get(Doctor, cast.cole)
            for n in range(first, first + number):
                start = NOW.replace(hour=8, minute=0) + timedelta(minutes=10 * n)
                who = factories.patient(name=f"Crowd Number{n:03}")
                factories.appointment(who, doctor, start, minutes=10, visit_type_id=doctor.visit_types[0].id)
            db.session.commit()

    return book


def read(page):
    """The lines of the day, as they read from top to bottom."""
    rows = page.by_id("agenda-list").findall("li") if page.has("ol", id="agenda-list") else []
    return [
        (row.get("id").split("-")[0], text_of(row.find(".//time") if row.find(".//time") is not None else row))
        for row in rows
    ]


def card(page, reference):
    return page.by_id(f"appt-{reference}")


def status(page, reference):
    (tag,) = (found for found in card(page, reference).iter("span") if "tag" in found.get("class", "").split())
    return text_of(tag)


def form(page, reference):
    return page.form(action=f"/agenda/{reference}/status")


def steps(page, reference):
    """The next step that stands open, and those in the menu."""
    found = list(card(page, reference).iter("button"))
    first = [button.get("value") for button in found if button.get("id") == f"next-{reference}"]
    links = [a.get("href") for a in card(page, reference).iter("a") if "/cancellation" in a.get("href")]
    menu = [b.get("value") for b in found if b.get("name") == "to" and b.get("id") != f"next-{reference}"]
    return first[0] if first else None, set(menu) | ({"cancelled"} if links else set())


def test_the_day_stands_in_the_order_of_the_clock_with_now_and_what_is_free(cole, visit):
    visit("ben", "cole", "11:00", reason="A rash", status="confirmed")
    visit("ada", "cole", "09:00", status="completed")
    visit("ada", "cole", "12:00", status="cancelled")
    page = cole.get(PATH)
    assert (page.status, page.h1) == (200, "Tuesday 24 November")
    assert read(page) == [
        ("agenda", "09:00"),
        ("now", "Now, 09:41"),
        ("free", "09:45"),
        ("agenda", "11:00"),
        ("free", "11:30"),
        ("agenda", "12:00"),
    ]
    free = [text_of(gap) for gap in page.find_all("div", class_="gap")]
    assert free == ["Free until 11:00", "Free until 17:00"]
    assert [text_of(box) for box in page.by_id("stats").findall("div")] == [
        "1 To come",
        "0 Waiting",
        "1 Completed",
        "1 Did not come or cancelled",
    ]


def test_each_visit_says_who_comes_for_what_and_why(app, cole, visit):
    reference = visit("ada", "cole", "11:00", reason="A rash <b>", status="confirmed")
    page = cole.get(PATH)
    (main,) = (found for found in card(page, reference).iter("div") if found.get("class") == "main")
    assert [text_of(part) for part in main] == ["Ada Byrne 36, New problem, 30 min Chart of Ada Byrne", "A rash <b>"]
    assert status(page, reference) == "Confirmed"
    assert page.by_id(f"name-{reference}").get("href") == f"/agenda/{reference}"


def test_the_chart_is_a_step_away_for_whom_the_doctor_may_read_and_for_nobody_else(cast, cole, visit):
    ada, ben = visit("ada", "cole", "11:00"), visit("ben", "cole", "12:00", status="cancelled")
    page = cole.get(PATH)
    assert page.by_id(f"chart-{ada}").get("href") == page.by_id("chart-next-up").get("href") == f"/patients/{cast.ada}"
    assert not page.has("a", id=f"chart-{ben}")
    assert cole.get(f"/patients/{cast.ben}").status == 404


def test_who_comes_next_stands_beside_the_day_of_today_only(cole, visit):
    visit("ada", "cole", "11:00", reason="A rash", notes="Needs an interpreter")
    waiting = visit("ben", "cole", "09:30", reason="A cough", status="checked_in")
    page = cole.get(PATH)
    beside = text_of(page.by_id("next-up"))
    assert "Ben Byrne" in beside
    assert "A cough" in beside
    assert "Ada" not in beside
    assert page.by_id("open-next-up").get("href") == f"/agenda/{waiting}"
    visit("ada", "cole", "11:00", days=1)
    assert not cole.get(PATH, {"day": "2026-11-25"}).has("aside", id="next-up")


def test_what_is_only_held_or_moved_away_is_not_on_the_day_but_takes_its_time(cole, visit):
    visit("ada", "cole", "10:00", status="rescheduled")
    visit("ben", "cole", "11:00", status="held")
    visit("ada", "cole", "12:00")
    page = cole.get(PATH)
    assert read(page) == [
        ("now", "Now, 09:41"),
        ("free", "09:45"),
        ("free", "11:30"),
        ("agenda", "12:00"),
        ("free", "12:30"),
    ]
    assert "Free until 11:00" in page.text


def test_another_doctor_s_day_is_their_own(cole, visit):
    visit("ada", "dean", "10:00", reason="Elsewhere")
    page = cole.get(PATH)
    assert read(page) == []
    assert "No visits on this day" in page.text
    assert "Elsewhere" not in page.body


def test_the_days_before_and_after_are_one_press_away(cole, visit):
    visit("ada", "cole", "10:00", days=1)
    page = cole.get(PATH)
    assert page.by_id("day-today").get("aria-current") == "date"
    after = cole.get(page.by_id("day-after").get("href"))
    assert (after.h1, next(kind for kind, _ in read(after))) == ("Wednesday 25 November", "free")
    assert "now" not in dict(read(after))
    assert cole.get(after.by_id("day-before").get("href")).h1 == "Tuesday 24 November"


def test_a_day_that_cannot_be_is_no_page(cole):
    for day in ("x", "2026-02-30", "1999-12-31", "2200-01-01", "0001-01-01", "9999-12-31", "2026-11-24'--"):
        assert cole.get(PATH, {"day": day}).status == 404, day
    for day in ("2000-01-01", "2199-12-31", ""):
        page = cole.get(PATH, {"day": day})
        assert page.status == 200
        assert all(cole.get(page.by_id(way).get("href")).status == 200 for way in ("day-before", "day-after"))


def test_a_day_is_the_clinic_s_and_not_the_server_s(app, cast, cole, visit, change):
    change(Clinic, cast.clinic, time_zone="Pacific/Auckland")
    reference = visit("ada", "cole", "22:00", time_zone="Pacific/Auckland")
    page = cole.get(PATH)
    assert page.h1 == "Tuesday 24 November"
    assert read(page) == []
    page = cole.get(PATH, {"day": "2026-11-25"})
    assert text_of(page.by_id(f"agenda-visit-{reference}").find("time")) == "11:00"


def test_the_steps_that_are_offered_are_the_declared_ones(cole, visit):
    expected = {
        "scheduled": ("checked_in", {"confirmed", "no_show", "cancelled"}),
        "confirmed": ("checked_in", {"no_show", "cancelled"}),
        "checked_in": ("in_progress", {"confirmed", "cancelled"}),
        "in_progress": ("completed", {"checked_in"}),
        "completed": (None, set()),
        "cancelled": (None, set()),
        "no_show": (None, {"checked_in"}),
    }
    booked = {st: visit("ada", "cole", f"0{n + 1}:00", status=st) for n, st in enumerate(expected)}
    page = cole.get(PATH)
    assert {st: steps(page, reference) for st, reference in booked.items()} == expected


def test_ahead_of_the_day_the_first_step_is_to_confirm_and_nobody_is_missed_yet(cole, visit):
    reference = visit("ada", "cole", "10:00", days=1)
    assert steps(cole.get(PATH, {"day": "2026-11-25"}), reference) == ("confirmed", {"cancelled"})


@pytest.mark.parametrize("htmx", [False, True])
def test_a_visit_is_taken_through_its_day(app, cast, cole, visit, htmx):
    reference = visit("ada", "cole", "09:30")
    page = cole.get(PATH)
    for to, word in (
        ("confirmed", "Confirmed"),
        ("checked_in", "Waiting"),
        ("in_progress", "With the doctor"),
        ("completed", "Completed"),
    ):
        answer = form(page, reference).submit(to=to, htmx=htmx)
        if htmx:
            assert (answer.status, answer.has("title")) == (200, False)
        else:
            assert (answer.status, answer.location) == (303, "/agenda?day=2026-11-24")
        page = answer if htmx else answer.follow()
        assert status(page, reference) == word
    with app.app_context():
        found = db.session.scalar(db.select(Appointment))
        made = [(step.old_status, step.new_status) for step in reversed(found.history)][1:]
        assert {step.changed_by_id for step in found.history[:-1]} == {found.doctor.user_id}
    way = ["scheduled", "confirmed", "checked_in", "in_progress", "completed"]
    assert made == list(pairwise(way))


def test_each_step_queues_one_event_and_is_heard_by_whom_it_concerns(app, cast, cole, visit, jobs):
    reference = visit("ada", "cole", "09:30")
    form(cole.get(PATH), reference).submit(to="checked_in")
    assert len(jobs("appointment_changed")) == 1


def test_focus_goes_to_the_card_when_nothing_is_left_to_press(cole, visit):
    reference = visit("ada", "cole", "09:30", status="checked_in")
    page = form(cole.get(PATH), reference).submit(to="in_progress", htmx=True)
    assert card(page, reference).get("autofocus") is None
    assert page.by_id(f"next-{reference}").get("value") == "completed"
    page = form(page, reference).submit(to="completed", htmx=True)
    assert card(page, reference).get("autofocus") is not None
    assert card(cole.get(PATH, htmx=True), reference).get("autofocus") is None


@pytest.mark.parametrize("htmx", [False, True])
def test_who_saw_the_day_as_it_was_is_told_and_sees_it_as_it_is(cole, browser, visit, unchanged, htmx):
    reference = visit("ada", "cole", "10:00")
    page = cole.get(PATH)
    browser("dot").post(f"/clinic/appointments/{reference}/status", {"seen": "scheduled", "to": "confirmed"})
    with unchanged():
        late = form(page, reference).submit(to="checked_in", htmx=htmx)
    assert late.status == 409
    assert "Somebody changed this visit a moment before you." in text_of(late.by_id("refusal"))
    assert late.by_id("refusal").get("autofocus") is not None
    assert status(late, reference) == "Confirmed"
    assert form(late, reference).submit(to="checked_in").status == 303


def test_a_step_that_is_not_offered_is_refused(cole, visit, unchanged):
    reference = visit("ada", "cole", "10:00")
    page = cole.get(PATH)
    for to in ("in_progress", "completed", "no_show", "cancelled", "held", "rescheduled", "scheduled"):
        with unchanged():
            assert form(page, reference).submit(to=to).status == 409, to


def test_a_step_that_is_none_is_refused(cole, visit, unchanged):
    reference = visit("ada", "cole", "10:00")
    page = cole.get(PATH)
    for sent in (
        {"to": None},
        {"to": ""},
        {"to": "x"},
        {"to": "confirmed", "seen": "x"},
        {"to": "confirmed", "seen": None},
    ):
        with unchanged():
            again = form(page, reference).submit(**sent)
        assert again.status == 422
        assert "Please try again." in text_of(again.by_id("refusal"))


def test_another_doctor_moves_nothing(browser, visit, unchanged):
    reference, dean = visit("ada", "cole", "10:00"), browser("dean")
    with unchanged():
        answer = dean.post(f"/agenda/{reference}/status", {"seen": "scheduled", "to": "confirmed"})
    assert answer.status == 404


def test_a_hold_is_not_moved_by_the_doctor(cole, visit, unchanged):
    reference = visit("ada", "cole", "10:00", status="held")
    with unchanged():
        answer = cole.post(f"/agenda/{reference}/status", {"seen": "held", "to": "scheduled"})
    assert answer.status == 404


def test_an_open_day_learns_what_changed_and_when_a_minute_has_passed(cole, visit, later):
    visit("ada", "cole", "10:00")
    part = cole.get(PATH, htmx=True)
    same = {"HX-PTag": part.headers["HX-PTag"]}
    assert cole.get(PATH, htmx=True, headers=same).status == 304
    later(seconds=59)
    assert cole.get(PATH, htmx=True, headers=same).status == 304
    later(seconds=60)
    assert cole.get(PATH, htmx=True, headers=same).status == 200
    later(seconds=59)
    visit("ben", "cole", "11:00")
    changed = cole.get(PATH, htmx=True, headers=same)
    assert (changed.status, "Ben Byrne" in changed.text) == (200, True)


def test_an_open_day_asks_again_each_minute_and_hears_of_its_doctor(cast, cole):
    trigger = cole.get(PATH).by_id("agenda").get("hx-trigger")
    assert f"agenda-{cast.cole} from:document" in trigger
    assert "every 60s" in trigger


def test_names_as_long_as_they_get_and_people_without_a_birthday_are_drawn(app, cast, cole, visit):
    visit("ada", "cole", "10:00", reason="word " * 400)
    with app.app_context():
        person = db.session.get(Patient, cast.ada).user
        person.first_name, person.last_name, person.date_of_birth = "Wolfeschlegelstein" * 5, "x" * 100, None
        db.session.commit()
    page = cole.get(PATH)
    assert page.status == 200
    assert "None" not in page.text


def test_ten_times_as_many_visits_cost_no_statement_more(cole, crowd, statements):
    counted = []
    for number, first in ((5, 0), (45, 5)):
        crowd(number, first)
        cole.get(PATH)
        with statements() as seen:
            page = cole.get(PATH)
        counted.append((len(seen), sum(kind == "agenda" for kind, _ in read(page))))
    assert [rows for _, rows in counted] == [5, 50]
    assert counted[0][0] == counted[1][0] <= 9


def test_hours_over_midnight_and_a_day_off_are_reckoned_like_everywhere_else(app, cast, cole, visit):
    with app.app_context():
        db.session.execute(db.text("DELETE FROM doctor_availability"))
        factories.hours(
            db.session.get(Doctor, cast.cole),
            Weekday.TUESDAY,
            start=NOW.time().replace(hour=22, minute=0),
            end=NOW.time().replace(hour=1, minute=0),
        )
        db.session.commit()
    visit("ada", "cole", "22:30")
    assert [text_of(gap) for gap in cole.get(PATH).find_all("div", class_="gap")] == [
        "Free until 22:30",
        "Free until 01:00",
    ]
