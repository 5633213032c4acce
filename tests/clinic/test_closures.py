"""Closing the whole clinic: entered by the admin, or ticked among the public holidays of a place and year."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import factories
import pytest
from babel import Locale
from browsers import Browser
from factories import NOW
from page import text_of

from healthbook import clock
from healthbook.clinic.public_holidays import CODES, countries, country_of, holidays, parts
from healthbook.db import db
from healthbook.models import Clinic, Doctor, Patient, TimeOff, User
from healthbook.scheduling.away import Away
from healthbook.scheduling.rules import closures as rules

PATH = "/clinic/closures"
BRITISH = Locale.parse("en_GB")
CHRISTMAS = "2026-12-25"


@pytest.fixture
def mo(browser):
    return browser("mo")


@pytest.fixture
def stored(app):
    """stored(): from when to when the clinic is closed, and why."""

    def rows():
        with app.app_context():
            closed = db.select(TimeOff).filter_by(doctor_id=None).order_by(TimeOff.during)
            return [
                (f"{row.during.lower:%Y-%m-%d %H:%M}", f"{row.during.upper:%Y-%m-%d %H:%M}", row.reason)
                for row in db.session.scalars(closed)
            ]

    return rows


@pytest.fixture
def visit(app, cast):
    def book(doctor, days, hour=10):
        with app.app_context():
            start = NOW.replace(hour=hour, minute=0) + timedelta(days=days)
            patient, whom = db.session.get(Patient, cast.ada), db.session.get(Doctor, getattr(cast, doctor))
            reference = factories.appointment(patient, whom, start).reference
            db.session.commit()
            return reference

    return book


def close(mo, first, **fields):
    return mo.get(PATH).form(id="closure-add").submit(first=first, **fields)


def look_first(mo, first, **fields):
    page = mo.get(PATH).form(id="closure-add").submit(first=first, act="show", **fields)
    return page, [text_of(day) for day in page.by_id("closing-days")], text_of(page.by_id("closing-visits"))


def propose(mo, **place):
    return mo.get(PATH).form(id="holidays-ask").submit(**place)


def days(page):
    """The proposed days, and whether each is ticked."""
    return {box.get("value"): box.get("checked") is not None for box in page.find_all("input", name="day")}


def tick(page, *ticked):
    form = page.form(id="holidays-tick")
    return page.browser.open("POST", form.action, data=form.fields | {"day": list(ticked)})


def test_what_would_be_closed_is_shown_first_and_nothing_is_closed_by_looking(mo, stored, visit):
    visit("cole", 1, 9), visit("cole", 1), visit("cole", 1, 11), visit("dean", 1, 12), visit("dean", 1, 13)
    tomorrow = (NOW + timedelta(days=1)).date()
    page, shown, visits = look_first(mo, str(tomorrow), start_time="10:00", end_time="13:00")
    assert (page.status, shown) == (200, [f"{tomorrow:%a %-d %b}, 10:00 to 13:00"])
    assert visits.startswith("3 visits are booked then. They are with 2 doctors.")
    assert stored() == []
    assert page.form(id="closure-add").fields["first"] == str(tomorrow)
    assert page.form(id="closure-add").submit(act="save").status == 303
    assert len(stored()) == 1


def test_a_day_without_visits_and_one_every_week_are_shown_too(mo):
    _page, shown, visits = look_first(mo, CHRISTMAS, until="2027-03-05")
    assert (len(shown), shown[0]) == (7, "Fri 25 Dec")
    assert shown[-1] == "and 5 times more, until 5 March 2027"
    assert visits == "No visit is booked then."


def test_what_could_not_be_closed_is_not_shown_either(mo):
    page = mo.get(PATH).form(id="closure-add").submit(first="2020-01-01", act="show")
    assert (page.status, page.find_all("section", id="closing")) == (422, [])


def test_the_clinic_is_closed_for_all_doctors_at_once(mo, stored, cast, browser):
    answer = close(mo, CHRISTMAS, last="2026-12-28", reason="Christmas")
    assert (answer.status, answer.location) == (303, PATH)
    assert stored() == [("2026-12-25 00:00", "2026-12-29 00:00", "Christmas")]
    for doctor in (cast.cole, cast.dean):
        page = browser().get(f"/doctors/{doctor}/slots", {"week": CHRISTMAS})
        assert not any(start.startswith(CHRISTMAS) for start in page.starts)
    shown = text_of(answer.follow().find("ul", class_="fold"))
    assert "Fri 25 Dec to Mon 28 Dec Christmas entered by Mo Stone, 24 November" in shown


def test_an_afternoon_and_every_week(mo, stored):
    close(mo, "2026-12-02", start_time="13:00", until="2026-12-09")
    assert [row[:2] for row in stored()] == [
        ("2026-12-02 13:00", "2026-12-03 00:00"),
        ("2026-12-09 13:00", "2026-12-10 00:00"),
    ]


def test_visits_then_are_shown_and_stay_as_they_are(mo, visit, app):
    ones = [visit("cole", 31), visit("dean", 31, 11)]
    whole = db.text("SELECT appointment::text FROM appointment ORDER BY id")
    with app.app_context():
        before = db.session.scalars(whole).all()
    answer = close(mo, CHRISTMAS)
    assert answer.location == f"/affected?first={CHRISTMAS}&last={CHRISTMAS}"
    page = answer.follow()
    assert all(page.has("li", id=f"affected-{one}") for one in ones)
    with app.app_context():
        assert db.session.scalars(whole).all() == before
    assert "2 visits are booked while the clinic is closed, and" in mo.get(PATH).text


def test_it_is_opened_again_one_by_one_and_as_a_whole(mo, stored):
    close(mo, CHRISTMAS)
    close(mo, "2026-12-02", until="2026-12-16")
    page = mo.get(PATH)
    series = page.find_all("form", id=None)
    whole = next(form for form in series if "Remove all of them" in text_of(form))
    page.form(action=whole.get("action")).submit()
    assert [row[0] for row in stored()] == ["2026-12-25 00:00"]
    page = mo.get(PATH)
    page.form(action=next(f.get("action") for f in page.find_all("form") if "removal" in f.get("action"))).submit()
    assert stored() == []
    assert "The clinic is never closed" in mo.get(PATH).text


def test_an_early_end_keeps_the_past(mo, stored, app, cast):
    with app.app_context():
        factories.time_off(db.session.get(Clinic, cast.clinic), NOW - timedelta(hours=1), NOW + timedelta(hours=5))
        db.session.commit()
    page = mo.get(PATH)
    form = page.form(action=next(f.get("action") for f in page.find_all("form") if "removal" in f.get("action")))
    form.submit()
    assert stored() == [("2026-11-24 08:41", "2026-11-24 09:41", None)]
    late = form.submit()
    assert (late.status, "That is over already." in late.text) == (409, True)


@pytest.mark.parametrize(
    ("first", "fields", "words", "field"),
    [
        ("", {}, "Write on which day it begins.", "first"),
        ("2026-11-23", {}, "The past stays as it was.", "first"),
        ("9999-01-01", {}, "Choose a day within the next two years.", "first"),
        ("2027-02-29", {}, "Write a day that there is", "first"),
        (CHRISTMAS, {"last": "2026-12-24"}, "The last day is before the first.", "last"),
        ("2027-03-28", {"start_time": "01:30"}, "01:30 is skipped.", "start_time"),
        (CHRISTMAS, {"end_time": "٠٩:٠٠"}, "Write a time such as 09:15.", "end_time"),
    ],
)
def test_what_cannot_be_is_told_at_the_field(mo, stored, first, fields, words, field):
    page = close(mo, first, **fields)
    assert page.status == 422
    assert words in text_of(page.by_id("errors"))
    assert page.by_id(field).get("aria-invalid") == "true"
    assert stored() == []


def test_the_country_of_the_clinics_clocks_is_proposed_first(mo):
    form = mo.get(PATH).form(id="holidays-ask")
    assert form.fields["country"] == "GB"
    assert not mo.get(PATH).has("form", id="holidays-tick")


@pytest.mark.parametrize(("month", "day", "year"), [(1, 1, "2026"), (11, 19, "2026"), (11, 20, "2027")])
def test_late_in_a_year_the_next_one_is_proposed(mo, monkeypatch, month, day, year):
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(month=month, day=day))
    assert mo.get(PATH).form(id="holidays-ask").fields["year"] == year


def test_public_holidays_are_proposed_to_be_ticked(mo, stored):
    page = propose(mo, part="ENG", year="2027")
    assert "Good Friday Friday 26 March 2027" in text_of(page.by_id("holidays-tick"))
    assert days(page)["2027-01-01"]
    assert len(days(page)) == 10
    answer = tick(page, "2027-01-01", "2027-03-26")
    assert "The clinic is closed on these 2 days." in answer.follow().text
    assert stored() == [
        ("2027-01-01 00:00", "2027-01-02 00:00", "New Year's Day"),
        ("2027-03-26 00:00", "2027-03-27 00:00", "Good Friday"),
    ]


def test_a_part_of_a_country_has_its_own(mo):
    scotland, england = (days(propose(mo, part=part, year="2027")) for part in ("SCT", "ENG"))
    assert "2027-11-30" in scotland
    assert "2027-11-30" not in england
    assert "2027-03-29" in england
    bavaria = propose(mo, country="DE", part="BY", year="2027")
    assert "Epiphany" in bavaria.text
    assert bavaria.form(id="holidays-ask").fields["part"] == "BY"


def test_another_country_forgets_the_part_of_the_one_before(mo):
    page = propose(mo, country="FR", part="ENG", year="2027")
    assert (page.status, page.form(id="holidays-ask").fields["part"]) == (200, "")
    assert "2027-07-14" in days(page)


def test_what_is_over_or_closed_already_cannot_be_ticked(mo, stored):
    close(mo, CHRISTMAS)
    page = propose(mo, part="ENG", year="2026")
    assert not days(page)[CHRISTMAS]
    boxes = {box.get("value"): box for box in page.find_all("input", name="day")}
    assert boxes[CHRISTMAS].get("disabled") is not None
    assert boxes["2026-01-01"].get("disabled") is not None
    assert "closed already" in page.text
    assert tick(page, "2026-01-01").status == 422
    assert len(stored()) == 1


def test_nothing_ticked_is_told(mo, stored):
    page = tick(propose(mo, part="ENG", year="2027"))
    assert page.status == 422
    assert "Tick the days on which the clinic is closed first." in text_of(page.by_id("refusal"))
    assert stored() == []


@pytest.mark.parametrize(
    "asked",
    [
        *({"country": country} for country in ("XX", "gb", "../GB")),
        *({"part": part} for part in ("ZZZ", "eng", "BY")),
        *({"year": year} for year in ("9999", "٢٠٢٧")),
    ],
)
def test_a_place_or_a_year_that_is_none_is_told_at_the_field(mo, asked):
    page = mo.get(PATH, {"country": "GB", "year": "2027"} | asked)
    assert page.status == 422
    assert page.by_id(next(iter(asked))).get("aria-invalid") == "true"


def test_a_part_that_is_none_closes_nothing(mo, stored):
    form = propose(mo, part="ENG", year="2027").form(id="holidays-tick")
    page = mo.open("POST", form.action, data=form.fields | {"part": "ZZZ", "day": ["2027-01-01"]})
    assert (page.status, page.by_id("part").get("aria-invalid")) == (422, "true")
    assert not page.has("div", id="refusal")
    assert stored() == []


def test_every_country_has_a_name_and_its_parts():
    assert dict(countries(BRITISH))["GB"] == "United Kingdom"
    assert len(CODES) > 200
    assert ("ENG", "England") in parts("GB")
    assert ("971", "Guadeloupe") in parts("FR")
    assert (country_of("Europe/London"), country_of("Asia/Kathmandu"), country_of("UTC")) == ("GB", "NP", "")


@pytest.mark.parametrize("code", ["AF", "DE", "IN", "JP", "NP", "US", "WS"])
def test_holidays_of_places_with_other_languages(code):
    found = holidays(code, None, 2027, BRITISH)
    assert found == sorted(found)
    assert all(isinstance(day.on_date, date) and day.name for day in found)
    assert {day.on_date.year for day in found} == {2027}


def test_closing_locks_all_doctors_in_order_and_tells_each_in_one_statement(app, cast, statements):
    with app.app_context():
        clinic, mo = db.session.get(Clinic, cast.clinic), db.session.get(User, cast.mo)
        day = date(2026, 12, 25)
        with statements() as seen:
            rules.close(clinic, [(Away(day, None, day, None), "Christmas")], mo, NOW)
        lock = next(statement for statement in seen if "FOR NO KEY UPDATE" in statement)
        assert "ORDER BY doctor.id" in lock
        assert sum("pg_notify" in statement for statement in seen) == 1
        assert len(seen) <= 5


def test_opening_again_lowers_the_bound_of_all_doctors(mo, app, cast):
    close(mo, CHRISTMAS)
    with app.app_context():
        for id in (cast.cole, cast.dean):
            db.session.get(Doctor, id).next_free_at = NOW + timedelta(days=60)
        early = db.session.get(Doctor, cast.pat)
        early.next_free_at = NOW - timedelta(days=5)
        db.session.commit()
    page = mo.get(PATH)
    page.form(action=next(f.get("action") for f in page.find_all("form") if "removal" in f.get("action"))).submit()
    with app.app_context():
        bounds = [db.session.get(Doctor, id).next_free_at for id in (cast.cole, cast.dean, cast.pat)]
    assert max(bounds[:2]) <= datetime(2026, 12, 25, tzinfo=UTC)
    assert bounds[2] == NOW - timedelta(days=5)


def test_the_same_closing_twice_is_one(mo, stored):
    page = mo.get(PATH)
    for _ in range(2):
        assert page.form(id="closure-add").submit(first=CHRISTMAS, until="2027-01-08").status == 303
    assert len(stored()) == 3


def test_a_closing_waits_for_a_booking_that_is_under_way(committed):
    """Whoever books has the doctor's row: the closing comes after, and sees the visit."""
    person = Browser(committed.app).sign_in("mo@test.example", factories.PASSWORD)
    with committed.app.app_context(), ThreadPoolExecutor(1) as elsewhere:
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        db.session.execute(db.select(Doctor.id).filter_by(id=cole.id).with_for_update(key_share=True))
        tomorrow = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
        reference = factories.appointment(ada, cole, tomorrow).reference
        second = elsewhere.submit(close, person, f"{tomorrow:%Y-%m-%d}")
        with pytest.raises(TimeoutError):
            second.result(timeout=0.7)
        db.session.commit()
        answer = second.result(timeout=10)
        assert answer.location.startswith("/affected"), (answer.status, answer.text[:900])
    assert person.get("/affected").has("li", id=f"affected-{reference}")


def test_the_page_takes_as_many_statements_for_many_closings_as_for_few(mo, statements):
    counts = []
    for first in (CHRISTMAS, "2026-12-26"):
        close(mo, first, until="2027-11-01", reason="x" * 200)
        with statements() as seen:
            mo.get(PATH)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8
