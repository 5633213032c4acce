"""Time off: hours, days, many days, and each week again; removed one by one or as a whole series."""

from datetime import UTC, datetime, timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, Patient, TimeOff


@pytest.fixture
def path(cast):
    return f"/doctors/{cast.cole}/hours/time-off"


@pytest.fixture
def cole(browser):
    return browser("cole")


@pytest.fixture
def stored(app, cast):
    """stored(): Dr Cole's time off in the time of the database, in order."""

    def rows():
        with app.app_context():
            own = db.select(TimeOff).filter_by(doctor_id=cast.cole).order_by(TimeOff.during)
            return [
                tuple(f"{end:%Y-%m-%d %H:%M}" for end in (row.during.lower, row.during.upper))
                for row in db.session.scalars(own)
            ]

    return rows


@pytest.fixture
def visit(app, cast):
    """visit(days=1, hour=10): Ada's with Dr Cole."""

    def book(days, hour, **given):
        with app.app_context():
            ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
            start = NOW.replace(hour=hour, minute=0) + timedelta(days=days)
            reference = factories.appointment(ada, cole, start, **given).reference
            db.session.commit()
            return reference

    return book


def add(browser, path, first, act="save", **fields):
    return browser.get(path).form(id="time-off-form").submit(act=act, first=first, **fields)


def errors(page):
    return text_of(page.by_id("errors"))


def test_nobody_is_away_at_first(cole, path):
    page = cole.get(path)
    assert page.h1 == "My time off"
    assert "No time off" in page.text


@pytest.mark.parametrize(
    ("first", "fields", "kept", "words"),
    [
        ("2026-12-01", {}, ("2026-12-01 00:00", "2026-12-02 00:00"), "Tue 1 Dec"),
        (
            "2026-12-24",
            {"last": "2027-01-01"},
            ("2026-12-24 00:00", "2027-01-02 00:00"),
            "Thu 24 Dec to Fri 1 Jan 2027",
        ),
        (
            "2026-12-01",
            {"start_time": "9:00", "end_time": "12.30"},
            ("2026-12-01 09:00", "2026-12-01 12:30"),
            "Tue 1 Dec, 09:00 to 12:30",
        ),
        (
            "2026-12-01",
            {"start_time": "14:00"},
            ("2026-12-01 14:00", "2026-12-02 00:00"),
            "Tue 1 Dec, 14:00 to 24:00",
        ),
        (
            "2026-12-01",
            {"start_time": "08:00", "last": "2026-12-02", "end_time": "18:00"},
            ("2026-12-01 08:00", "2026-12-02 18:00"),
            "Tue 1 Dec, 08:00 to Wed 2 Dec, 18:00",
        ),
        ("2026-12-01", {"end_time": "24:00"}, ("2026-12-01 00:00", "2026-12-02 00:00"), "Tue 1 Dec"),
        ("2027-06-01", {}, ("2027-05-31 23:00", "2027-06-01 23:00"), "Tue 1 Jun 2027"),
    ],
)
def test_hours_days_and_many_days(cole, path, stored, first, fields, kept, words):
    answer = add(cole, path, first, reason="Holiday", **fields)
    assert (answer.status, answer.location) == (303, path)
    assert stored() == [kept]
    shown = text_of(cole.get(path).find("ul", class_="fold"))
    assert words in shown
    assert "Holiday" in shown
    assert "entered by Maria Cole, 24 November" in shown


def test_patients_see_no_times_inside_it(cole, path, cast, browser):
    add(cole, path, "2026-12-01", start_time="09:00", end_time="16:00")
    page = browser().get(f"/doctors/{cast.cole}/slots", {"week": "2026-12-01"})
    assert [start[11:16] for start in page.starts if start.startswith("2026-12-01")] == ["16:00", "16:30"]


def test_each_week_again_until_a_day_across_a_change_of_the_clocks(cole, path, stored):
    add(cole, path, "2027-03-24", start_time="12:00", end_time="13:00", until="2027-04-07", reason="Team meeting")
    assert stored() == [
        ("2027-03-24 12:00", "2027-03-24 13:00"),
        ("2027-03-31 11:00", "2027-03-31 12:00"),
        ("2027-04-07 11:00", "2027-04-07 12:00"),
    ]
    page = cole.get(path)
    assert "and every week until 7 April 2027, 3 times" in page.text


def test_one_of_a_series_is_removed_or_all_of_it(cole, path, stored, app):
    add(cole, path, "2026-12-02", until="2026-12-16")
    add(cole, path, "2026-12-30")
    with app.app_context():
        first, second, *_rest = db.session.scalars(db.select(TimeOff.id).order_by(TimeOff.id))
    cole.get(path).form(id=f"removal-{second}").submit()
    assert [row[0] for row in stored()] == ["2026-12-02 00:00", "2026-12-16 00:00", "2026-12-30 00:00"]
    cole.get(path).form(id=f"removal-all-{first}").submit()
    assert [row[0] for row in stored()] == ["2026-12-30 00:00"]


def test_who_comes_back_early_is_free_from_now_on_and_the_past_stays(cole, path, stored, app, cast):
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        factories.time_off(doctor.clinic, NOW - timedelta(days=2), NOW + timedelta(days=2), doctor_id=doctor.id)
        db.session.commit()
    page = cole.get(path)
    form = next(each for each in page.find_all("form") if (each.get("id") or "").startswith("removal-"))
    assert page.form(id=form.get("id")).submit().status == 303
    assert stored() == [("2026-11-22 09:41", "2026-11-24 09:41")]
    again = page.form(id=form.get("id")).submit()
    assert again.status == 409
    assert "That is over already." in text_of(again.by_id("refusal"))


@pytest.mark.parametrize(
    ("first", "fields", "words", "field"),
    [
        ("", {}, "Write on which day it begins.", "first"),
        ("2026-11-23", {}, "The past stays as it was.", "first"),
        ("9999-12-31", {}, "Choose a day within the next two years.", "first"),
        ("2027-02-29", {}, "Write a day that there is, like 2027-01-31.", "first"),
        ("٢٠٢٧-٠١-٣١", {}, "Write a day that there is, like 2027-01-31.", "first"),
        ("2026-12-02", {"last": "2026-12-01"}, "The last day is before the first.", "last"),
        ("2026-12-02", {"last": "9999-12-31"}, "Choose a day within the next two years.", "last"),
        ("2026-12-02", {"last": "2027-02-29"}, "Write a day that there is, like 2027-01-31.", "last"),
        ("2026-12-02", {"start_time": "12:00", "end_time": "09:00"}, "The end must be after the start.", "end_time"),
        ("2026-12-02", {"start_time": "12:00", "end_time": "12:00"}, "The end must be after the start.", "end_time"),
        ("2026-12-02", {"start_time": "24:00"}, "Write a time such as 09:15.", "start_time"),
        ("2026-12-02", {"end_time": "٠٩:٠٠"}, "Write a time such as 09:15.", "end_time"),
        ("2026-11-24", {"end_time": "09:41"}, "That is over already.", "end_time"),
        ("2026-12-02", {"until": "2026-12-08"}, "Choose a day that is a week later or more.", "until"),
        ("2026-12-02", {"until": "9999-12-31"}, "Choose a day within the next two years.", "until"),
        (
            "2026-12-02",
            {"last": "2026-12-09", "until": "2026-12-30"},
            "What is longer than a week cannot be repeated every week.",
            "until",
        ),
        ("2027-03-28", {"start_time": "01:30"}, "01:30 is skipped. Write 02:00 or later.", "start_time"),
        ("2027-03-27", {"last": "2027-03-28", "end_time": "01:00"}, "01:00 is skipped.", "end_time"),
        ("2026-12-02", {"reason": "x" * 201}, "Please use fewer words: at most 200 letters.", "reason"),
    ],
)
@pytest.mark.parametrize("act", ["save", "show"])
def test_what_cannot_be_is_told_at_the_field_and_nothing_is_kept(cole, path, stored, first, fields, words, field, act):
    page = add(cole, path, first, act=act, **fields)
    assert page.status == 422
    assert words in errors(page)
    assert page.by_id(field).get("aria-invalid") == "true"
    assert page.form(id="time-off-form").fields["first"] == first
    assert stored() == []


def test_a_whole_day_over_a_change_of_the_clocks_is_no_mistake(cole, path, stored):
    add(cole, path, "2027-03-28")
    assert stored() == [("2027-03-28 00:00", "2027-03-28 23:00")]


def test_a_day_whose_midnight_the_clocks_skip_is_no_mistake(cole, path, stored, app, cast):
    """In Cairo, Friday 24 April 2026 began at 01:00; in 2027 it is Friday 30 April."""
    with app.app_context():
        db.session.get(Doctor, cast.cole).clinic.time_zone = "Africa/Cairo"
        db.session.commit()
    add(cole, path, "2027-04-29", start_time="18:00", end_time="24:00")
    add(cole, path, "2027-04-30", end_time="24:00")
    assert stored() == [("2027-04-29 16:00", "2027-04-29 22:00"), ("2027-04-29 22:00", "2027-04-30 21:00")]


def test_entering_the_same_again_changes_nothing(cole, path, stored):
    page = cole.get(path)
    for _ in range(2):
        assert page.form(id="time-off-form").submit(act="save", first="2026-12-02", until="2026-12-16").status == 303
    assert len(stored()) == 3


def test_the_visits_inside_are_counted_beside_it_and_can_be_reached_later(cole, path, visit, cast):
    for hour in (10, 11):
        visit(7, hour)
    visit(8, 10)
    visit(7, 14, status="cancelled")
    add(cole, path, "2026-12-01", reason="Training")
    page = cole.get(path)
    link = next(link for link in page.find_all("a") if text_of(link) == "2 visits in this time off")
    affected = cole.get(link.get("href"))
    assert len(affected.find_all("input", name="visit")) == 2
    assert "2 booked visits are outside these hours or in time off" in text_of(page.by_id("outside"))


def test_time_off_over_a_visit_leads_to_it_and_changes_nothing_about_it(cole, path, visit, app, cast):
    reference = visit(7, 10)
    whole = db.text("SELECT appointment::text FROM appointment ORDER BY id")
    with app.app_context():
        before = db.session.scalars(whole).all()
    answer = add(cole, path, "2026-12-01", last="2026-12-03")
    assert answer.location == f"/affected?doctor={cast.cole}&first=2026-12-01&last=2026-12-03"
    assert answer.follow().has("li", id=f"affected-{reference}")
    with app.app_context():
        assert db.session.scalars(whole).all() == before


def test_a_closing_of_the_clinic_stands_among_it_and_is_not_the_doctors_to_remove(cole, path, app, cast):
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        christmas = datetime(2026, 12, 25, tzinfo=UTC)
        closed = factories.time_off(doctor.clinic, christmas, christmas + timedelta(days=1), reason="Christmas Day").id
        db.session.commit()
    page = cole.get(path)
    assert "Fri 25 Dec The clinic is closed. Christmas Day" in text_of(page.by_id(f"series-{closed}"))
    assert not page.has("form", id=f"removal-{closed}")
    assert cole.post(f"{path}/{closed}/removal").status == 404


def test_another_doctors_time_off_is_not_there(browser, path, app, cast, stored):
    add(browser("cole"), path, "2026-12-02")
    with app.app_context():
        row = db.session.scalar(db.select(TimeOff.id))
    dean = browser("dean")
    assert dean.get(path).status == dean.post(f"{path}/{row}/removal").status == 404
    assert dean.post(f"/doctors/{cast.dean}/hours/time-off/{row}/removal").status == 404
    assert len(stored()) == 1


def test_the_staff_keep_any_doctors_time_off_with_their_name(browser, path):
    dot = browser("dot")
    assert dot.get(path).h1 == "Time off of Dr Maria Cole"
    add(dot, path, "2026-12-02")
    assert "entered by Dot Marsh, 24 November" in browser("cole").get(path).text


def test_coming_back_lowers_the_bound_and_is_told(cole, path, app, cast, statements):
    add(cole, path, "2026-12-02")
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = NOW + timedelta(days=60)
        row = db.session.scalar(db.select(TimeOff.id))
        db.session.commit()
    page = cole.get(path)
    with statements() as seen:
        page.form(id=f"removal-{row}").submit()
    assert any("pg_notify" in statement for statement in seen)
    assert any("FOR NO KEY UPDATE" in statement for statement in seen)
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at <= NOW + timedelta(days=8)


def test_the_page_takes_as_many_statements_for_much_time_off_as_for_little(cole, path, app, cast, statements):
    counts = []
    for step in range(2):
        with statements() as seen:
            cole.get(path)
        counts.append(len(seen))
        add(cole, path, f"2026-12-0{step + 1}", until="2027-12-01", reason="x" * 200)
    assert counts[0] == counts[1] <= 9
