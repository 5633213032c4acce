"""What patients will see with a change that nobody has saved: four weeks, day by day, and nothing is written."""

from datetime import time, timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, Patient


@pytest.fixture
def cole(browser):
    return browser("cole")


@pytest.fixture
def everything(app):
    """everything(): all rows but sessions."""
    tables = [table.name for table in db.metadata.sorted_tables if table.name != "user_session"]
    rows = " UNION ALL ".join(f"SELECT '{name}', t::text FROM {name} t" for name in tables)

    def read():
        with app.app_context():
            return sorted(tuple(row) for row in db.session.execute(db.text(rows)))

    return read


def cells(page):
    """Each day of the table as a reader meets it, by its date."""
    table = page.find("table", class_="ahead")
    found = {}
    for cell in table.iter("td"):
        words = text_of(cell).split()
        found[" ".join(words[:2])] = " ".join(words[2:])
    return found


def test_hours_are_shown_before_they_are_saved(cole, everything):
    before = everything()
    page = cole.get("/hours").form(id="plan").submit(act="show", **{"windows-0-start_time": "16:00"})
    assert page.status == 200
    assert "Not saved yet. Free times for New problem in four weeks: 3 days change." in page.text
    shown = cells(page)
    assert len(shown) == 28
    assert shown["30 Nov"] == "2 free 16:00–16:30 changed"
    assert shown["1 Dec"] == "16 free 09:00–16:30"
    assert (shown["23 Nov"], shown["28 Nov"]) == ("–", "closed")
    assert "Patients can book until Saturday 23 January 2027." in page.text
    assert everything() == before
    assert page.form(id="plan").fields["windows-0-start_time"] == "16:00"


def test_a_day_that_is_full_is_told_from_one_without_hours(cole, cast, app):
    with app.app_context():
        ada, doctor = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        factories.appointment(ada, doctor, NOW.replace(hour=9, minute=0) + timedelta(days=8), minutes=480)
        db.session.commit()
    shown = cells(cole.get("/hours").form(id="plan").submit(act="show"))
    assert (shown["2 Dec"], shown["5 Dec"]) == ("full", "closed")


def test_the_day_on_which_the_clocks_change_is_named(cole):
    page = cole.get("/hours").form(id="plan").submit(act="show", first="2027-03-10")
    assert "The clocks go forward on Sunday 28 March 2027." in page.text
    assert "The clocks go" not in cole.get("/hours").form(id="plan").submit(act="show").text


def test_the_times_themselves_can_be_read(cole):
    page = cole.get("/hours").form(id="plan").submit(act="show", **{"windows-0-start_time": "16:00"})
    lines = [text_of(line) for line in page.find_all("li") if text_of(line).startswith("Monday")]
    assert "Monday 30 November (changed): 16:00, 16:30" in lines


def test_what_is_shown_is_what_patients_see_once_it_is_saved(cole, cast, app, browser):
    with app.app_context():
        ada, doctor = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        factories.appointment(ada, doctor, NOW.replace(hour=10, minute=0) + timedelta(days=8))
        factories.time_off(doctor.clinic, NOW + timedelta(days=9), NOW + timedelta(days=11), doctor_id=doctor.id)
        doctor.visit_types[0].buffer_after = 10
        db.session.commit()
    page = cole.get("/hours").form(id="plan").submit(act="weeks-2")
    changed = {"windows-5-start_time": "", "windows-5-end_time": "", "windows-7-start_time": "10:15"}
    page = page.form(id="plan").submit(act="show", **changed)
    shown = {day: words.split()[0] for day, words in cells(page).items()}
    page.form(id="plan").submit(act="save")
    guest, seen = browser(), {}
    for week in ("2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"):
        for start in guest.get(f"/doctors/{cast.cole}/slots", {"week": week}).starts:
            day = f"{int(start[8:10])} {'Nov' if start[5:7] == '11' else 'Dec'}"
            seen[day] = seen.get(day, 0) + 1
    assert {day: int(number) for day, number in shown.items() if number.isdigit()} == seen


def test_a_plan_for_later_is_shown_from_its_own_week_on_even_beyond_what_can_be_booked(cole):
    page = cole.get("/hours").form(id="plan").submit(act="show", first="2027-03-10", **{"windows-2-end_time": "10:00"})
    shown = cells(page)
    assert next(iter(shown)) == "8 Mar"
    assert shown["10 Mar"] == "2027 2 free 09:00–09:30 changed"
    assert shown["8 Mar"] == "2027 16 free 09:00–16:30"


def test_a_date_is_shown_before_it_is_saved(cole, cast, everything):
    before = everything()
    form = cole.get(f"/doctors/{cast.cole}/hours/dates").form(id="dates-form")
    page = form.submit(act="show", on="2026-12-05", **{"windows-0-start_time": "10:00", "windows-0-end_time": "11:00"})
    assert cells(page)["5 Dec"] == "2 free 10:00–10:30 changed"
    assert "1 day changes." in page.text
    assert everything() == before


def test_time_off_is_shown_before_it_is_saved(cole, cast, everything):
    before = everything()
    form = cole.get(f"/doctors/{cast.cole}/hours/time-off").form(id="time-off-form")
    page = form.submit(act="show", first="2026-12-01", start_time="12:00", last="2026-12-02")
    assert cells(page)["1 Dec"] == "6 free 09:00–11:30 changed"
    assert cells(page)["2 Dec"] == "off changed"
    assert cells(page)["3 Dec"] == "16 free 09:00–16:30"
    assert everything() == before


def test_times_that_open_on_the_day_itself_say_when(cole):
    page = cole.get("/hours").form(id="plan").submit(act="opens")
    page = page.form(id="plan").submit(act="show", **{"windows-0-opens_at": "08:00"})
    assert cells(page)["30 Nov"] == "opens 08:00 changed"


def test_who_cannot_be_booked_is_told_so(cole, cast, app):
    with app.app_context():
        db.session.get(Doctor, cast.cole).is_available = False
        db.session.commit()
    page = cole.get("/hours").form(id="plan").submit(act="show")
    assert "Nobody can book these times while no new bookings are taken." in page.text
    assert "no day changes." in page.text
    with app.app_context():
        for kind in db.session.get(Doctor, cast.cole).visit_types:
            kind.bookable_online = False
        db.session.commit()
    page = cole.get("/hours").form(id="plan").submit(act="show")
    assert "Patients see no times" in text_of(page.by_id("preview"))


def test_the_preview_takes_as_many_statements_for_much_as_for_little(cole, cast, app, statements):
    counts = []
    for hour in (9, 10, 11):
        page = cole.get("/hours")
        with statements() as seen:
            page.form(id="plan").submit(act="show")
        counts.append(len(seen))
        with app.app_context():
            doctor, ada = db.session.get(Doctor, cast.cole), db.session.get(Patient, cast.ada)
            for n in range(10):
                factories.appointment(ada, doctor, NOW.replace(hour=hour, minute=0) + timedelta(days=7 + n))
                factories.override(doctor, f"2026-12-{n + 10}", time(hour), time(hour, 30))
            db.session.commit()
    assert counts[1] == counts[2] <= 12
