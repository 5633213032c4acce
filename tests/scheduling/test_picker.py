"""The week of free times, as a guest, a patient and a page that refreshes itself meet it."""

from datetime import UTC, date, datetime, time, timedelta

import factories
import pytest
from page import text_of
from sqlalchemy.dialects.postgresql import Range

from healthbook import clock
from healthbook.db import db
from healthbook.models import Doctor, Patient, TimeOff, Weekday

WEEK = "2026-11-30"
NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
def slots(browser, cast):
    """slots(week=…): Dr Cole's picker as somebody sees it; `htmx` asks for the part."""

    def open_week(who=None, htmx=False, headers=None, doctor=None, **asked):
        path = f"/doctors/{doctor or cast.cole}/slots"
        return browser(who).get(path, asked, htmx=htmx, headers=headers)

    return open_week


@pytest.fixture
def book(app, cast):
    """book(start): Ada has a visit with Dr Cole then."""

    def booked(start=NINE, **given):
        with app.app_context():
            ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
            made = factories.appointment(ada, cole, start, **given).id
            db.session.commit()
        return made

    return booked


@pytest.fixture
def cole(app, cast):
    """with cole() as doctor: what is changed is committed."""
    from contextlib import contextmanager

    @contextmanager
    def changed():
        with app.app_context():
            yield db.session.get(Doctor, cast.cole)
            db.session.commit()

    return changed


def away(doctor, start, end):
    factories.added(TimeOff(clinic_id=doctor.clinic_id, doctor_id=doctor.id, during=Range(start, end)))


def headings(page):
    return [text_of(found) for found in page.find_all("h3", class_="day-h")]


def taken(page):
    return [text_of(found) for found in page.find_all("button", class_="is-taken")]


def test_a_guest_sees_the_free_times_of_a_week(slots):
    page = slots(week=WEEK)
    assert page.status == 200
    assert page.h1 == "Dr Maria Cole"
    assert len(page.starts) == 5 * 16
    assert page.starts[0] == "2026-11-30T09:00:00+00:00"
    assert text_of(page.find("button", value=page.starts[0])) == "Monday 30 November at 09:00"
    assert headings(page)[0] == "Mon 30 Nov"
    assert len(headings(page)) == 7
    assert "United Kingdom Time" in page.text


def test_the_line_for_emergencies_and_the_clinics_phone_are_there(slots):
    page = slots(week=WEEK)
    assert page.has("p", class_="urgent")
    assert "tel:01174960100" in page.links


def test_this_week_begins_today(slots):
    page = slots()
    assert headings(page)[:2] == ["Today 24 Nov", "Wed 25 Nov"]
    assert page.starts[0] == "2026-11-24T10:00:00+00:00"


@pytest.mark.parametrize("day", ["2026-11-30", "2026-12-02", "2026-12-06"])
def test_any_day_opens_the_week_it_is_in(slots, day):
    assert headings(slots(week=day))[0] == "Mon 30 Nov"


@pytest.mark.parametrize(
    ("day", "first"),
    [("2020-01-01", "Today 24 Nov"), ("9999-12-31", "Mon 18 Jan 2027"), ("0001-01-01", "Today 24 Nov")],
)
def test_a_week_out_of_reach_is_the_nearest_that_can_be_booked(slots, day, first):
    assert headings(slots(week=day))[0] == first


@pytest.mark.parametrize(
    "asked",
    [
        {"week": "soon"},
        {"week": "2026-13-01"},
        {"type": "x"},
        {"type": "0"},
        {"type": "99999999999"},
        {"shown": "1" * 2000},
    ],
)
def test_an_address_that_makes_no_sense_is_no_page(slots, asked):
    assert slots(**asked).status == 404


def test_one_can_go_to_later_weeks_and_back_but_not_beyond_what_can_be_booked(slots):
    page = slots()
    assert not page.has("a", id="week-earlier")
    later = page.browser.get(page.by_id("week-later").get("href"))
    assert headings(later)[0] == "Mon 30 Nov"
    back = later.browser.get(later.by_id("week-earlier").get("href"))
    assert headings(back)[0] == "Today 24 Nov"
    assert not slots(week="2027-01-20").has("a", id="week-later")


def test_the_visit_type_decides_how_long_the_times_are(slots, cole):
    with cole() as doctor:
        short = factories.visit_type(doctor, name="Follow-up", minutes=15, fee=0, instructions=None, position=1).id
    first = slots(week=WEEK)
    assert len(first.starts) == 5 * 16
    assert "New problem" in first.text
    assert "£85" in first.text
    assert "A list of your medicines" in first.text
    page = first.form(id="need").submit(type=short, week=WEEK)
    assert len(page.starts) == 5 * 32
    assert page.by_id(f"type-{short}").get("checked") is not None
    assert page.form(action=page.path.replace("slots", "holds")).fields["visit_type"] == str(short)


def test_changing_the_visit_type_stays_in_the_week(slots):
    assert slots(week=WEEK).form(id="need").fields["week"] == WEEK


def test_a_visit_type_of_another_doctor_is_no_page(slots, app, cast):
    with app.app_context():
        others = factories.visit_type(db.session.get(Doctor, cast.dean)).id
        db.session.commit()
    assert slots(type=others).status == 404


def test_a_first_view_shows_free_times_only(slots, book):
    book()
    page = slots(week=WEEK)
    assert page.starts[0] == "2026-11-30T09:30:00+00:00"
    assert not taken(page)


def test_a_link_answers_the_picker_and_a_refresh_the_times(slots):
    assert slots(week=WEEK, htmx=True).has("div", id="picker")
    part = slots(week=WEEK, shown="", htmx=True)
    assert part.has("section", id="slots")
    assert not part.has("div", id="picker")


def test_a_time_that_went_away_is_struck_through_in_its_place(slots, book):
    before = slots(week=WEEK, htmx=True)
    book(NINE + timedelta(minutes=30))
    after = slots(week=WEEK, shown=before.by_id("shown").get("value"), htmx=True)
    assert taken(after) == ["Monday 30 November at 09:30, no longer free"]
    gone = after.find("button", class_="is-taken")
    assert (gone.get("aria-disabled"), gone.get("type"), gone.get("name")) == ("true", "button", None)
    order = [found.get("id") for found in after.find_all("button", class_="slot")]
    assert order == [found.get("id") for found in before.find_all("button", class_="slot")]
    assert after.by_id("shown").get("value") == before.by_id("shown").get("value")


def test_a_time_that_became_free_is_added_in_its_place(slots, book, app, cast):
    visit = book(NINE + timedelta(minutes=30))
    before = slots(week=WEEK, htmx=True)
    with app.app_context():
        db.session.get(factories.Appointment, visit).status = "cancelled"
        db.session.commit()
    after = slots(week=WEEK, shown=before.by_id("shown").get("value"), htmx=True)
    assert after.starts[:3] == [f"2026-11-30T{at}:00+00:00" for at in ("09:00", "09:30", "10:00")]
    assert not taken(after)


def test_what_was_shown_of_another_week_is_not_drawn(slots):
    other = slots(week="2026-12-07", htmx=True).by_id("shown").get("value")
    assert not taken(slots(week=WEEK, shown=other, htmx=True))


def test_a_refresh_without_change_is_answered_in_no_words(slots, book):
    def refresh(shown, tag):
        return slots(week=WEEK, shown=shown, htmx=True, headers={"HX-PTag": tag})

    shown = slots(week=WEEK, htmx=True).by_id("shown").get("value")
    first = refresh(shown, "0")
    assert first.status == 200
    again = refresh(shown, first.headers["HX-PTag"])
    assert (again.status, again.body) == (304, "")
    book()
    changed = refresh(shown, first.headers["HX-PTag"])
    assert changed.status == 200
    assert refresh(shown, changed.headers["HX-PTag"]).status == 304


def test_only_a_refresh_can_be_unchanged(slots):
    """Else going back to a visit type seen before would change nothing on the page."""
    assert "HX-PTag" not in slots(week=WEEK, htmx=True).headers


def test_the_times_hear_of_their_doctor(slots, cast):
    page = slots(week=WEEK)
    assert page.by_id("live").get("hx-sse:connect") == f"/events?t=doctor-{cast.cole}"
    section = page.by_id("slots")
    assert f"doctor-{cast.cole} from:document" in section.get("hx-trigger")
    assert "refresh from:document" in section.get("hx-trigger")
    assert page.browser.get(section.get("hx-get"), htmx=True).starts == page.starts


def test_a_full_week_names_the_next_free_time(slots, cole):
    with cole() as doctor:
        away(doctor, NINE, NINE + timedelta(days=11))
    page = slots(week=WEEK)
    assert not page.starts
    link = page.by_id("next-free-go")
    assert text_of(link) == "Next free: Fri 11 Dec at 09:00"
    assert page.browser.get(link.get("href")).starts[0] == "2026-12-11T09:00:00+00:00"


def test_without_a_week_the_first_that_has_a_free_time_opens(slots, cole):
    with cole() as doctor:
        away(doctor, factories.NOW, NINE + timedelta(days=8))
    page = slots()
    assert headings(page)[0] == "Mon 7 Dec"
    assert page.starts[0] == "2026-12-08T09:00:00+00:00"
    assert page.has("a", id="week-earlier")


def test_when_nothing_is_free_at_all_the_page_says_whom_to_call(slots, cole):
    with cole() as doctor:
        away(doctor, factories.NOW, NINE + timedelta(days=200))
    page = slots()
    assert not page.starts
    assert "No free times in this week or after it" in page.text


@pytest.mark.parametrize("why", ["away", "nothing online"])
def test_a_doctor_who_takes_no_bookings_says_whom_to_call(slots, cole, why):
    with cole() as doctor:
        if why == "away":
            doctor.is_available = False
        else:
            doctor.visit_types[0].bookable_online = False
    page = slots()
    assert page.status == 200
    assert not page.starts
    assert "takes no bookings here at the moment" in page.text
    assert "tel:01174960100" in page.links
    assert slots(shown="", htmx=True).has("section", id="slots")


@pytest.mark.parametrize("status", ["pending", "suspended", "rejected"])
def test_only_approved_doctors_have_a_page(slots, cole, status):
    with cole() as doctor:
        doctor.status = status
    assert slots().status == 404


def test_the_day_of_a_clock_change_is_marked_and_doubled_times_are_told_apart(slots, cole, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 10, 20, tzinfo=UTC))
    with cole() as doctor:
        factories.hours(doctor, Weekday.SUNDAY, time(0), time(3))
    page = slots(week="2026-10-19")
    assert headings(page)[-1] == "Sun 25 Oct clocks go back"
    words = [text_of(found) for found in page.find_all("button", name="start") if "25 October" in text_of(found)]
    assert words[2:6] == [f"Sunday 25 October at {at}" for at in ("01:00 BST", "01:30 BST", "01:00 GMT", "01:30 GMT")]


def test_the_clocks_go_forward_in_spring(slots, cole, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 3, 23, tzinfo=UTC))
    with cole() as doctor:
        factories.hours(doctor, Weekday.SUNDAY, time(0), time(3))
    page = slots(week="2027-03-22")
    assert headings(page)[-1] == "Sun 28 Mar clocks go forward"
    assert [at[11:16] for at in page.starts if at.startswith("2027-03-28")] == ["00:00", "00:30", "02:00", "02:30"]


def test_somebody_else_was_quicker(slots, book, cast):
    """The picker again, without the time, and with the nearest ones in its place."""
    page = slots("ben", week=WEEK)
    book()
    answer = page.form(id=None, action=f"/doctors/{cast.cole}/holds").submit(start=page.starts[0])
    assert answer.status == 409
    refusal = answer.by_id("refusal")
    assert refusal.get("autofocus") is not None
    near = [text_of(found) for found in refusal.iter("button")]
    assert near[0] == "Mon 30 Nov Monday 30 November at 09:30"
    assert len(near) == 4
    assert "2026-11-30T09:00:00+00:00" not in answer.starts
    assert headings(answer)[0] == "Mon 30 Nov"


@pytest.mark.parametrize("week", [WEEK, None])
def test_a_week_takes_at_most_eight_statements(slots, browser, cast, cole, statements, week):
    ada = browser("ada")
    with cole() as doctor:
        away(doctor, factories.NOW, NINE + timedelta(days=8))
    with statements() as seen:
        page = ada.get(f"/doctors/{cast.cole}/slots", {"week": week} if week else None)
    assert page.has("a", id="next-free-go") or page.starts
    assert len(seen) <= 8, "\n".join(seen)


def test_a_week_costs_the_same_when_ten_times_as_much_is_booked(slots, browser, cast, book, statements):
    ada, counts = browser("ada"), []
    for visits in (range(4), range(4, 40)):
        for day in visits:
            book(NINE + timedelta(days=day - 20))
        with statements() as seen:
            ada.get(f"/doctors/{cast.cole}/slots", {"week": WEEK})
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert date(2026, 11, 30) == NINE.date()
