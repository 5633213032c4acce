"""A doctor's weekly hours: added, changed and removed by the doctor alone, and never twice at the same time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, time, timedelta

import factories
import pytest
from browsers import Browser
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, DoctorAvailability
from healthbook.scheduling import rules

SATURDAY = {"day_of_week": "saturday", "start_time": "09:00", "end_time": "12:00"}


@pytest.fixture
def stored(app, cast):
    """stored(): Dr Cole's hours as the database has them."""

    def rows(doctor="cole"):
        with app.app_context():
            own = db.select(DoctorAvailability).filter_by(doctor_id=getattr(cast, doctor))
            return [
                (row.day_of_week, f"{row.start_time:%H:%M}", f"{row.end_time:%H:%M}")
                for row in db.session.scalars(own.order_by(DoctorAvailability.id))
            ]

    return rows


@pytest.fixture
def monday(app, cast):
    """The id of Dr Cole's hours on Monday, 09:00 to 17:00."""
    return row_of(app, cast.cole)


def row_of(app, doctor_id, day="monday"):
    with app.app_context():
        own = db.select(DoctorAvailability.id).filter_by(doctor_id=doctor_id, day_of_week=day)
        return db.session.scalars(own).one()


@contextmanager
def changed(app, hours_id):
    with app.app_context():
        yield db.session.get(DoctorAvailability, hours_id)
        db.session.commit()


def change_form(page, hours_id):
    return page.form(action=f"/hours/{hours_id}")


def test_the_week_is_shown_day_by_day(cole):
    page = cole.get("/hours")
    assert page.h1 == "My hours"
    days = page.find("ul", class_="hours").findall("li")
    assert [text_of(day.find("span")) for day in days] == [
        *("Mon Monday", "Tue Tuesday", "Wed Wednesday", "Thu Thursday", "Fri Friday", "Sat Saturday", "Sun Sunday")
    ]
    assert "No hours" in text_of(days[5])
    assert "Visits already booked stay as they are." in page.text


def test_hours_are_added_and_patients_see_them_at_once(cole, cast, stored):
    answer = cole.get("/hours").form(action="/hours").submit(**SATURDAY)
    assert (answer.status, answer.location) == (303, "/hours")
    assert ("saturday", "09:00", "12:00") in stored()
    starts = cole.get(f"/doctors/{cast.cole}/slots", {"week": "2026-11-28"}).starts
    assert "2026-11-28T09:00:00+00:00" in starts


def test_with_htmx_the_part_is_answered_in_place(cole):
    answer = cole.get("/hours").form(action="/hours").submit(htmx=True, **SATURDAY)
    assert answer.status == 200
    assert answer.has("div", id="hours")
    assert "Your hours were added" in text_of(answer.find("div", role="status"))
    assert not answer.has("html")


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("9:15", "12:00", ("09:15", "12:00")),
        ("8:30 am", "1:00 PM", ("08:30", "13:00")),
        ("18:00", "24:00", ("18:00", "00:00")),
        ("22:00", "06:00", ("22:00", "06:00")),
    ],
)
def test_times_are_read_as_people_write_them(cole, stored, start, end, kept):
    answer = cole.post("/hours", SATURDAY | {"start_time": start, "end_time": end})
    assert answer.status == 303
    assert stored()[-1] == ("saturday", *kept)


def test_midnight_at_the_end_is_shown_as_people_write_it(cole):
    cole.post("/hours", SATURDAY | {"start_time": "18:00", "end_time": "24:00"})
    assert "Saturday 18:00 to 24:00" in cole.get("/hours").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"day_of_week": "someday"}, "Choose a day of the week."),
        ({"day_of_week": ""}, "Choose a day of the week."),
        ({"start_time": ""}, "Write a time such as 09:15."),
        ({"start_time": "noon"}, "Write a time such as 09:15."),
        ({"start_time": "24:00"}, "Write a time such as 09:15."),
        ({"end_time": "25:00"}, "Write a time such as 09:15."),
        ({"end_time": "٠٩:٠٠"}, "Write a time such as 09:15."),
        ({"end_time": "9" * 5000}, "Write a time such as 09:15."),
        (
            {"start_time": "17:00", "end_time": "09:00"},
            "That would be 16 hours, over midnight. Is the end before the start?",
        ),
        (
            {"start_time": "09:00", "end_time": "09:00"},
            "That would be 24 hours, over midnight. Is the end before the start?",
        ),
    ],
)
def test_what_makes_no_sense_is_answered_in_words_and_kept(cole, stored, wrong, words):
    before = stored()
    page = cole.post("/hours", SATURDAY | wrong)
    assert page.status == 422
    assert words in text_of(page.by_id("errors"))
    assert page.title.startswith("Error:")
    assert page.form(action="/hours").fields["start_time"] == (SATURDAY | wrong)["start_time"]
    assert stored() == before


def test_a_missing_field_is_answered_too(cole):
    assert cole.post("/hours", {}).status == 422
    assert cole.post("/hours", {"start_time": "09:00"}).status == 422


def test_hours_that_overlap_are_refused_with_the_hours_they_overlap(cole, stored):
    before = stored()
    page = cole.post("/hours", {"day_of_week": "monday", "start_time": "16:30", "end_time": "19:00"})
    assert page.status == 409
    assert "These hours overlap Monday 09:00 to 17:00." in text_of(page.by_id("refusal"))
    assert page.form(action="/hours").fields["end_time"] == "19:00"
    assert stored() == before


@pytest.mark.parametrize(
    ("hours", "status"),
    [
        (("monday", "17:00", "19:00"), 303),
        (("monday", "07:00", "09:00"), 303),
        (("sunday", "20:00", "09:00"), 303),
        (("sunday", "20:00", "09:15"), 409),
        (("friday", "16:59", "17:30"), 409),
        (("monday", "09:00", "17:00"), 409),
    ],
)
def test_hours_may_touch_but_not_overlap_also_over_midnight(cole, hours, status):
    assert cole.post("/hours", dict(zip(SATURDAY, hours, strict=True))).status == status


def test_the_night_of_sunday_runs_into_monday(cole):
    assert cole.post("/hours", {"day_of_week": "sunday", "start_time": "22:00", "end_time": "06:00"}).status == 303
    page = cole.post("/hours", {"day_of_week": "monday", "start_time": "05:00", "end_time": "07:00"})
    assert "Sunday 22:00 to 06:00" in text_of(page.by_id("refusal"))


def test_hours_of_other_weeks_do_not_overlap(cole, app, cast):
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        factories.hours(doctor, "saturday", time(9), time(12), valid_to=date(2026, 1, 31))
        db.session.commit()
    assert cole.post("/hours", SATURDAY).status == 409
    assert cole.post("/hours", SATURDAY | {"start_time": "12:00", "end_time": "14:00"}).status == 303


def test_hours_are_changed(cole, stored, monday):
    answer = change_form(cole.get("/hours"), monday).submit(start_time="10:00", end_time="14:00")
    assert answer.status == 303
    assert stored()[0] == ("monday", "10:00", "14:00")
    assert len(stored()) == 5


def test_hours_may_be_changed_within_their_own_time(cole, monday):
    assert change_form(cole.get("/hours"), monday).submit(start_time="09:30").status == 303


def test_a_change_keeps_from_when_and_how_often_the_hours_hold(cole, app, monday):
    with changed(app, monday) as row:
        row.valid_from, row.every_weeks = date(2026, 3, 9), 2
    page = cole.get("/hours")
    assert "Every 2 weeks. From Mon 9 Mar." in page.text
    change_form(page, monday).submit(start_time="10:00")
    with changed(app, monday) as row:
        assert (row.start_time, row.valid_from, row.every_weeks) == (time(10), date(2026, 3, 9), 2)


def test_a_change_that_overlaps_is_refused_and_kept_as_it_was_written(cole, stored, monday):
    cole.post("/hours", {"day_of_week": "monday", "start_time": "18:00", "end_time": "20:00"})
    page = change_form(cole.get("/hours"), monday).submit(end_time="18:30")
    assert page.status == 409
    assert "Monday 18:00 to 20:00" in text_of(page.by_id("refusal"))
    assert change_form(page, monday).fields["end_time"] == "18:30"
    assert change_form(page, monday).submit(end_time="18:00").status == 303


def test_a_change_that_makes_no_sense_is_pointed_out_where_it_is(cole, stored, monday):
    page = change_form(cole.get("/hours"), monday).submit(end_time="late")
    assert page.status == 422
    assert page.has("a", href=f"#end_time-{monday}")
    field = page.by_id(f"end_time-{monday}")
    assert (field.get("value"), field.get("aria-invalid")) == ("late", "true")
    assert field.get("aria-describedby") == page.by_id(f"end_time-{monday}-err").get("id")
    assert stored()[0] == ("monday", "09:00", "17:00")


def test_hours_are_removed_and_visits_stay(cole, app, cast, stored, monday):
    with app.app_context():
        start = factories.NOW.replace(hour=9, minute=0) + timedelta(days=6)
        visit = factories.appointment(
            db.session.get(factories.Patient, cast.ada), db.session.get(Doctor, cast.cole), start
        ).id
        db.session.commit()
    answer = cole.get("/hours").form(action=f"/hours/{monday}/removal").submit(htmx=True)
    assert answer.status == 200
    assert "Visits already booked stay as they are." in text_of(answer.find("div", role="status"))
    assert len(stored()) == 4
    with app.app_context():
        assert db.session.get(factories.Appointment, visit).status == "scheduled"


@pytest.mark.parametrize("act", ["change", "removal"])
def test_whoever_comes_second_is_told_and_sees_the_hours_as_they_are(cole, stored, monday, act):
    page = cole.get("/hours")
    change_form(page, monday).submit(start_time="10:00")
    late = (
        change_form(page, monday).submit(start_time="11:00")
        if act == "change"
        else page.form(action=f"/hours/{monday}/removal").submit()
    )
    assert late.status == 409
    assert "changed a moment before you" in text_of(late.by_id("refusal"))
    assert stored()[0] == ("monday", "10:00", "17:00")
    assert change_form(late, monday).fields["start_time"] == "10:00"
    assert change_form(late, monday).submit(start_time="11:00").status == 303


@pytest.mark.parametrize("path", ["/hours/{}", "/hours/{}/removal"])
def test_another_doctors_hours_are_not_there(cole, app, cast, stored, path):
    others = row_of(app, cast.dean)
    before = stored("dean")
    for hours_id in (others, 2**31 - 1):
        for sent in (SATURDAY | {"seen": "monday 09:00 17:00"}, {"start_time": "late"}):
            assert cole.post(path.format(hours_id), sent).status == 404
    assert stored("dean") == before


@pytest.mark.parametrize("who", ["ada", "dot", "mo", "pat"])
@pytest.mark.parametrize(
    ("method", "path"), [("get", "/hours"), ("post", "/hours"), ("post", "/hours/1"), ("post", "/hours/1/removal")]
)
def test_only_doctors_have_hours(browser, who, method, path):
    assert getattr(browser(who), method)(path).status == 403


def test_a_guest_signs_in_first(browser):
    answer = browser().get("/hours")
    assert (answer.status, answer.location) == (303, "/sign-in?next=/hours")


@pytest.mark.parametrize("act", ["add", "change", "removal"])
def test_whatever_changes_the_hours_is_told_and_may_make_time_free_earlier(cole, app, cast, monday, statements, act):
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = factories.NOW + timedelta(days=20)
        db.session.commit()
    page = cole.get("/hours")
    with statements() as seen:
        if act == "add":
            page.form(action="/hours").submit(**SATURDAY)
        elif act == "change":
            change_form(page, monday).submit(start_time="08:00")
        else:
            page.form(action=f"/hours/{monday}/removal").submit()
    assert any("pg_notify" in statement for statement in seen)
    assert any("FOR NO KEY UPDATE" in statement for statement in seen)
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at <= factories.NOW


def test_the_bound_is_never_raised(cole, app, cast):
    early = factories.NOW - timedelta(days=30)
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = early
        db.session.commit()
    cole.post("/hours", SATURDAY)
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at == early


def test_the_page_takes_as_many_statements_for_many_hours_as_for_few(cole, app, cast, statements):
    counts = []
    for _ in range(2):
        with statements() as seen:
            cole.get("/hours")
        counts.append(len(seen))
        with app.app_context():
            for hour in range(0, 8):
                factories.hours(db.session.get(Doctor, cast.cole), "sunday", time(hour), time(hour, 30))
            db.session.commit()
    assert counts[0] == counts[1] <= 6


def test_of_two_who_add_the_same_hours_at_once_the_second_is_refused(committed):
    """The second waits for the first at the doctor's row, and then sees what the first has added."""
    person = Browser(committed.app).sign_in("cole@test.example", factories.PASSWORD)
    with committed.app.app_context(), ThreadPoolExecutor(1) as elsewhere:
        doctor = db.session.get(Doctor, committed.cole)
        rules.add_hours(doctor, "saturday", time(9), time(12), factories.NOW)
        second = elsewhere.submit(person.post, "/hours", SATURDAY)
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        db.session.commit()
        assert second.result(timeout=10).status == 409
