"""Five weeks and a day: how many times are free on each day, or why none are, and the day in its parts."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import factories
import pytest
from page import text_of
from sqlalchemy.dialects.postgresql import Range

from healthbook import clock
from healthbook.db import db
from healthbook.models import AvailabilityOverride, Doctor, Patient, TimeOff, Weekday

MONDAY = date(2026, 11, 30)
NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)
HERE = "2026-11-24"
A_DAY = timedelta(days=1)


@pytest.fixture
def calendar(browser, cast):
    """calendar(day=…): Dr Cole's five weeks as somebody sees them; `from` without a name is this week."""

    def opened(who=None, htmx=False, headers=None, **asked):
        asked = {"from": HERE} | asked
        return browser(who).get(f"/doctors/{cast.cole}/slots", asked, htmx=htmx, headers=headers)

    return opened


@pytest.fixture
def cole(app, cast):
    @contextmanager
    def changed():
        with app.app_context():
            yield db.session.get(Doctor, cast.cole)
            db.session.commit()

    return changed


@pytest.fixture
def book(app, cast):
    def booked(start=NINE, minutes=30, **given):
        with app.app_context():
            ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
            made = factories.appointment(ada, cole, start, minutes, **given).id
            db.session.commit()
        return made

    return booked


def away(doctor, start, end):
    factories.added(TimeOff(clinic_id=doctor.clinic_id, doctor_id=doctor.id, during=Range(start, end)))


def square(page, day):
    return text_of(page.by_id(f"month-day-{day}"))


def is_linked(page, day):
    return page.by_id(f"month-day-{day}").tag == "a"


def clocks(page):
    return [start[11:16] for start in page.starts]


def test_five_weeks_begin_with_the_week_that_the_date_is_in(calendar):
    page = calendar()
    ids = [found.get("id") for found in page.tree.iter() if (found.get("id") or "").startswith("month-day-")]
    assert ids[0] == "month-day-2026-11-23"
    assert ids[-1] == "month-day-2026-12-27"
    assert len(ids) == 35
    assert text_of(page.by_id("month-h")) == "Mon 23 Nov to Sun 27 Dec"
    heads = [text_of(head) for head in page.find("table", class_="month").iter("th")]
    assert heads[0] == "Mo Monday"
    assert len(heads) == 7


def test_each_day_says_how_many_times_are_free_and_leads_to_them(calendar, book):
    book()
    page = calendar()
    assert square(page, MONDAY) == "30 Monday, 15 free times"
    assert square(page, "2026-12-01") == "1 Dec Tuesday, 16 free times"
    link = page.by_id("month-day-2026-12-01")
    day = page.browser.get(link.get("href"))
    assert text_of(day.by_id("day-h")) == "Tuesday 1 December"
    assert day.by_id("month-day-2026-12-01").get("aria-current") == "date"
    assert day.by_id("month-h").text == page.by_id("month-h").text
    assert link.get("href").endswith("#day-h")
    assert day.by_id("day-h").get("autofocus") is None


def test_closed_full_and_over_are_told_apart_and_lead_nowhere(calendar, cole, book):
    with cole() as doctor:
        factories.added(AvailabilityOverride(doctor_id=doctor.id, on_date=MONDAY + A_DAY))
        away(doctor, NINE + 2 * A_DAY, NINE + 2 * A_DAY + timedelta(hours=10))
    book(minutes=480)
    page = calendar()
    assert square(page, MONDAY) == "30 full"
    assert square(page, MONDAY + A_DAY) == "1 Dec closed"
    assert square(page, MONDAY + 2 * A_DAY) == "2 closed"
    assert square(page, "2026-11-28") == "28 closed"
    assert square(page, "2026-11-23") == "23"
    for day in (MONDAY, MONDAY + A_DAY, "2026-11-28", "2026-11-23"):
        assert not is_linked(page, day)


def test_what_is_too_soon_to_be_booked_is_full_and_what_is_beyond_reach_is_nothing(calendar, cole):
    with cole() as doctor:
        doctor.clinic.lead_minutes, doctor.clinic.horizon_days = 3 * 24 * 60, 20
    page = calendar()
    assert square(page, "2026-11-25") == "25 full"
    assert square(page, "2026-12-14") == "14 Monday, 2 free times"
    assert square(page, "2026-12-15") == "15"


def test_a_day_is_grouped_by_morning_afternoon_and_evening(calendar, cole):
    with cole() as doctor:
        factories.hours(doctor, Weekday.SATURDAY, time(11), time(12))
        factories.hours(doctor, Weekday.SATURDAY, time(16, 30), time(18))
    page = calendar(day="2026-11-28")
    assert [text_of(found) for found in page.find_all("h4")] == ["Morning", "Afternoon", "Evening"]
    assert clocks(page) == ["11:00", "11:30", "16:30", "17:00", "17:30"]
    parts = [text_of(found) for found in page.by_id("day-times").findall("div") if found.find("h4") is not None]
    assert parts[1] == "Afternoon Saturday 28 November at 16:30"
    early = calendar(day="2026-11-30")
    assert "Evening Nothing free" in early.text


def test_a_time_of_the_day_is_held_by_pressing_it(calendar, cast):
    page = calendar("ada", day="2026-11-30")
    answer = page.form(action=f"/doctors/{cast.cole}/holds").submit(start=page.starts[0])
    assert answer.status == 303
    assert "Monday 30 November at 09:00" in answer.follow().text


def test_until_when_can_be_booked_is_said_where_the_five_weeks_go_further(calendar):
    assert "cannot be booked yet" not in calendar().text
    assert "Days after Saturday 23 January 2027 cannot be booked yet." in calendar(**{"from": "2026-12-28"}).text


def test_five_weeks_open_at_the_first_day_with_a_free_time(calendar, cole):
    with cole() as doctor:
        away(doctor, factories.NOW, NINE + A_DAY)
    page = calendar()
    assert text_of(page.by_id("day-h")) == "Tuesday 1 December"
    assert page.by_id("day-h").get("autofocus") is None
    assert len(page.starts) == 16


def test_when_the_five_weeks_are_full_the_next_free_time_is_named(calendar, cole):
    with cole() as doctor:
        away(doctor, factories.NOW, NINE + 30 * A_DAY)
    page = calendar()
    assert not page.starts
    assert text_of(page.by_id("day-h")) == "Nothing is free in these weeks"
    link = page.by_id("next-free-go")
    assert text_of(link) == "Next free: Wed 30 Dec at 09:00"
    there = page.browser.get(link.get("href"))
    assert there.starts[0] == "2026-12-30T09:00:00+00:00"
    assert text_of(there.by_id("day-h")) == "Wednesday 30 December"


def test_a_full_day_says_so_and_names_the_next_free_time(calendar, book):
    book(minutes=480)
    page = calendar(day=MONDAY)
    assert "This day is full." in page.text
    assert text_of(page.by_id("next-free-go")) == "Next free: Tue 1 Dec at 09:00"
    assert "Dr Maria Cole is not here on this day." in calendar(day="2026-11-28").text


def test_when_nothing_is_free_at_all_the_page_says_whom_to_call(calendar, cole):
    with cole() as doctor:
        away(doctor, factories.NOW, NINE + 200 * A_DAY)
    page = calendar(day=MONDAY)
    assert "No free times on or after this day, as far ahead as we book" in page.text
    assert "tel:01174960100" in page.links


def test_a_day_alone_stands_among_the_five_weeks_from_now_or_else_in_its_own(browser, cast):
    near = browser().get(f"/doctors/{cast.cole}/slots", {"day": "2026-12-10"})
    assert text_of(near.by_id("month-h")) == "Mon 23 Nov to Sun 27 Dec"
    far = browser().get(f"/doctors/{cast.cole}/slots", {"day": "2027-01-05"})
    assert text_of(far.by_id("month-h")) == "Mon 4 Jan 2027 to Sun 7 Feb 2027"
    assert text_of(far.by_id("day-h")) == "Tuesday 5 January 2027"


def test_one_can_go_to_later_weeks_and_back_and_to_one_week(calendar):
    page = calendar()
    assert not page.has("a", id="month-earlier")
    later = page.browser.get(page.by_id("month-later").get("href"))
    assert text_of(later.by_id("month-h")) == "Mon 28 Dec to Sun 31 Jan 2027"
    assert not later.has("a", id="month-later")
    back = later.browser.get(later.by_id("month-earlier").get("href"))
    assert text_of(back.by_id("month-h")) == "Mon 23 Nov to Sun 27 Dec"
    week = page.browser.get(calendar(day="2026-12-10").by_id("one-week").get("href"))
    assert "Week of Mon 7 Dec" in week.text
    again = week.browser.get(week.by_id("five-weeks").get("href"))
    assert text_of(again.by_id("month-h")) == "Mon 7 Dec to Sun 10 Jan 2027"


@pytest.mark.parametrize(
    ("asked", "heading"),
    [
        ({"from": "2020-01-01"}, "Mon 23 Nov to Sun 27 Dec"),
        ({"from": "9999-12-31"}, "Mon 18 Jan 2027 to Sun 21 Feb 2027"),
        ({"from": "0001-01-01", "day": "9999-12-31"}, "Mon 18 Jan 2027 to Sun 21 Feb 2027"),
        ({"from": "2026-11-24", "day": "1999-01-01"}, "Mon 23 Nov to Sun 27 Dec"),
    ],
)
def test_what_is_out_of_reach_is_moved_into_it(calendar, asked, heading):
    page = calendar(**asked)
    assert page.status == 200
    assert text_of(page.by_id("month-h")) == heading


@pytest.mark.parametrize("said", ["soon", "2026-13-01", "2027-02-29", "٢٠٢٦-١٢-٠١", "2026-11-24T10:00"])
@pytest.mark.parametrize("name", ["from", "day", "week"])
def test_a_day_that_is_none_is_no_page(calendar, name, said):
    assert calendar(**{name: said}).status == 404


def test_the_zone_is_named_and_the_day_of_a_clock_change_is_marked(calendar, cole, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 10, 20, tzinfo=UTC))
    with cole() as doctor:
        factories.hours(doctor, Weekday.SUNDAY, time(0), time(3))
    page = calendar(**{"from": "2026-10-20", "day": "2026-10-25"})
    assert "United Kingdom Time" in page.text
    assert "The clocks change." in square(page, "2026-10-25")
    assert "The clocks go back on Sunday 25 October." in page.text
    assert "On this day the clocks go back." in page.text
    words = [text_of(found).split(" at ")[1] for found in page.find_all("button", name="start")]
    assert words[2:6] == ["01:00 BST", "01:30 BST", "01:00 GMT", "01:30 GMT"]
    assert square(page, "2026-10-25").startswith("25 Sunday, 8 free times")


def test_it_works_in_place_and_a_refresh_answers_only_the_times(calendar, book):
    part = calendar(htmx=True, day=MONDAY)
    assert part.has("div", id="picker")
    assert part.by_id("day-h").get("autofocus") is not None
    before = part.by_id("shown").get("value")
    section = part.by_id("slots")
    assert f"from={MONDAY - 7 * A_DAY}" in section.get("hx-get")
    assert f"day={MONDAY}" in section.get("hx-get")
    book()
    after = part.browser.get(f"{section.get('hx-get')}&shown={before}", htmx=True)
    assert after.has("section", id="slots")
    taken = [text_of(found) for found in after.find_all("button", class_="is-taken")]
    assert taken == ["Monday 30 November at 09:00, no longer free"]
    assert square(after, MONDAY) == "30 Monday, 15 free times"
    assert after.by_id("day-h").get("autofocus") is None


def test_a_refresh_without_change_is_answered_in_no_words(calendar, book):
    shown = calendar(htmx=True, day=MONDAY).by_id("shown").get("value")
    tag = calendar(htmx=True, day=MONDAY, shown=shown).headers["HX-PTag"]
    assert calendar(htmx=True, day=MONDAY, shown=shown, headers={"HX-PTag": tag}).status == 304
    book(NINE + 9 * A_DAY)
    assert calendar(htmx=True, day=MONDAY, shown=shown, headers={"HX-PTag": tag}).status == 200


def test_five_weeks_with_thousands_of_free_times_stay_small(calendar, cole):
    with cole() as doctor:
        for row in doctor.availability:
            db.session.delete(row)
        for weekday in Weekday:
            factories.hours(doctor, weekday, time(0), time(0))
        doctor.slot_step_minutes = 5
    page = calendar(day="2026-11-30")
    assert square(page, "2026-11-30") == "30 Monday, 288 free times"
    assert len(page.starts) == 288
    assert len(page.body) < 120_000


@pytest.mark.parametrize("asked", [{"from": HERE}, {"day": "2026-11-30"}, {"week": "2026-11-30"}, {}])
@pytest.mark.parametrize("full", [False, True])
def test_any_of_them_takes_five_statements_beside_session_and_person(
    browser, cast, cole, statements, book, asked, full
):
    ada = browser("ada")
    with cole() as doctor:
        factories.visit_type(doctor, name="Follow-up", new_patients=False, position=1)
        if full:
            away(doctor, factories.NOW, NINE + 40 * A_DAY)
    for day in range(-30, 30):
        book(NINE + day * A_DAY + timedelta(hours=1), status="completed" if day < -10 else "scheduled")
    with statements() as seen:
        assert ada.get(f"/doctors/{cast.cole}/slots", asked).status == 200
    own = [statement for statement in seen if "user_session" in statement or "FROM patient" in statement]
    assert len(own) <= 2
    assert len(seen) - len(own) <= 5, "\n\n".join(seen)


@pytest.fixture
def kept(app, cole):
    """Dr Cole's hours are kept for the day itself, and open at noon."""
    with cole() as doctor:
        for row in doctor.availability:
            row.opens_at = time(12)


def test_times_kept_for_today_are_announced_where_the_day_looks_full(kept, browser, cast):
    page = browser().get(f"/doctors/{cast.cole}/slots")
    assert text_of(page.by_id("opens")) == "More times for today open at 12:00."
    assert not page.starts


@pytest.mark.parametrize("asked", [{"week": HERE}, {"from": HERE}, {"day": HERE}])
def test_so_they_are_in_a_week_in_five_and_on_the_day(kept, browser, cast, asked):
    page = browser().get(f"/doctors/{cast.cole}/slots", asked)
    assert text_of(page.by_id("opens")) == "More times for today open at 12:00."
    assert "every 30s" in page.by_id("slots").get("hx-trigger")


def test_at_that_hour_they_are_there(kept, browser, cast, monkeypatch):
    noon = factories.NOW.replace(hour=12, minute=0)
    monkeypatch.setattr(clock, "now", lambda: noon)
    page = browser().get(f"/doctors/{cast.cole}/slots")
    assert page.starts[0] == "2026-11-24T12:00:00+00:00"
    assert {start[:10] for start in page.starts} == {"2026-11-24"}
    assert not page.has("p", id="opens")
    assert "every 30s" not in page.by_id("slots").get("hx-trigger")


def test_so_they_are_where_the_page_goes_on_to_the_first_week_with_a_free_time(kept, cole, browser, cast):
    with cole() as doctor:
        for row in doctor.availability:
            if row.day_of_week == "monday":
                row.opens_at = None
    page = browser().get(f"/doctors/{cast.cole}/slots")
    assert page.starts[0] == "2026-11-30T09:00:00+00:00"
    assert text_of(page.by_id("opens")) == "More times for today open at 12:00."


def test_other_days_say_when_theirs_open(kept, calendar, browser, cast):
    page = calendar(day=MONDAY)
    assert square(page, MONDAY) == "30 Monday, opens that day at 12:00"
    assert is_linked(page, MONDAY)
    assert "Times for this day open on the day itself, at 12:00." in page.text
    week = browser().get(f"/doctors/{cast.cole}/slots", {"week": MONDAY})
    assert "Opens that day at 12:00" in week.text
    assert not week.has("p", id="opens")


def test_before_they_open_nobody_holds_one(kept, browser, cast):
    ada = browser("ada")
    sent = {"start": "2026-11-24T14:00:00+00:00", "visit_type": "1"}
    page = ada.get(f"/doctors/{cast.cole}/slots")
    sent["visit_type"] = page.form(id="week-times").fields["visit_type"]
    assert ada.post(f"/doctors/{cast.cole}/holds", sent).status == 409


def test_where_others_are_free_today_nothing_is_said(calendar, cole):
    with cole() as doctor:
        doctor.availability[0].opens_at = time(12)
        row = next(row for row in doctor.availability if row.day_of_week == "tuesday")
        row.end_time = time(12)
        factories.hours(doctor, Weekday.TUESDAY, time(12), time(17), opens_at=time(12))
    page = calendar()
    assert square(page, HERE) == "24 Tuesday, 4 free times"
    assert not page.has("p", id="opens")


def test_when_the_time_has_gone_the_same_five_weeks_and_day_are_shown_again(calendar, book, cast, cole):
    page = calendar("ben", day=MONDAY, **{"from": "2026-11-24"})
    book()
    answer = page.form(id="day-times").submit(start=NINE.isoformat())
    assert (answer.status, answer.has("table", class_="month")) == (409, True)
    assert "Monday 30 November" in text_of(answer.by_id("day-h"))
    assert answer.by_id("day-h").get("autofocus") is None
    assert answer.by_id("refusal").get("autofocus") is not None
    assert NINE.isoformat() not in answer.starts
    nearest = {field.get("name"): field.get("value") for field in answer.by_id("refusal").iter("input")}
    assert (nearest["from"], nearest["day"]) == ("2026-11-23", "2026-11-30")


def test_also_for_a_guest_who_signs_in_meanwhile(calendar, book, cast):
    page = calendar(day=MONDAY, new="0")
    sign_in = page.form(id="day-times").submit(start=NINE.isoformat()).follow()
    book()
    answer = sign_in.form(action="/sign-in").submit(email="ben@test.example", password=factories.PASSWORD).follow()
    assert (answer.status, answer.has("table", class_="month")) == (409, True)
    assert "Monday 30 November" in text_of(answer.by_id("day-h"))


def test_from_a_week_the_answer_is_a_week(calendar, book, browser, cast):
    page = browser("ben").get(f"/doctors/{cast.cole}/slots?week={MONDAY}")
    book()
    answer = page.form(id="week-times").submit(start=NINE.isoformat())
    assert (answer.status, answer.has("table", class_="month"), answer.has("form", id="week-times")) == (
        409,
        False,
        True,
    )
