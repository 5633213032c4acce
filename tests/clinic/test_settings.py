"""The clinic's own data and its rules: an admin changes them by sections, and nobody overwrites somebody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import factories
import psycopg
import pytest
from browsers import Browser
from page import text_of

from healthbook.clinic import rules
from healthbook.clinic.queries import settings as queries
from healthbook.db import db
from healthbook.live import REFRESH
from healthbook.models import Appointment, Clinic, Doctor, Patient

ABOUT, BOOKING, DESK = (f"/clinic/settings/{section}" for section in ("about", "booking", "desk"))
LATER = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def mo(browser):
    return browser("mo")


@pytest.fixture
def clinic(app, cast):
    """clinic("name", "phone"): these columns as the database has them."""

    def columns(*names):
        with app.app_context():
            row = db.session.get(Clinic, cast.clinic)
            return tuple(getattr(row, name) for name in names)

    return columns


@pytest.fixture
def bounds(app, cast):
    """bounds(): of all doctors, set before to a day far away."""
    with app.app_context():
        db.session.execute(db.update(Doctor).values(next_free_at=LATER))
        db.session.commit()

    def read():
        with app.app_context():
            return set(db.session.scalars(db.select(Doctor.next_free_at)))

    return read


def section(page, address):
    return page.form(action=address)


def test_an_admin_sees_all_that_can_be_set(mo):
    page = mo.get("/clinic/settings")
    assert page.h1 == "Settings of the clinic"
    assert section(page, ABOUT).fields["name"] == "Test Clinic"
    assert section(page, ABOUT).fields["time_zone"] == "Europe/London"
    assert section(page, ABOUT).fields["currency"] == "GBP"
    booking = section(page, BOOKING).fields
    assert (booking["lead_minutes"], booking["horizon_days"], booking["confirms_at_once"]) == ("0", "60", "no")
    assert section(page, DESK).fields.keys() >= {"lead", "horizon", "online"}
    assert "new_patients" not in section(page, DESK).fields
    assert "/clinic/closures" in page.links


def test_the_clinics_data_stand_on_every_page_at_once(mo, clinic, browser):
    form = section(mo.get("/clinic/settings"), ABOUT)
    answer = form.submit(name="Quay Clinic", phone="0117 496 0123", urgent_phone="", emergency_phone="999")
    assert (answer.status, answer.location) == (303, "/clinic/settings")
    assert clinic("name", "phone", "urgent_phone") == ("Quay Clinic", "0117 496 0123", None)
    assert "Saved." in answer.follow().text
    page = browser().get("/doctors")
    assert "Quay Clinic" in page.title
    assert "tel:01174960123" in page.links
    assert "tel:999" in page.links


def test_the_rules_of_booking_hold_from_now_on(mo, clinic, browser, cast):
    form = section(mo.get("/clinic/settings"), BOOKING)
    form.submit(lead_minutes="1440", horizon_days="7", hold_minutes="9", confirms_at_once="yes")
    assert clinic("lead_minutes", "horizon_days", "hold_minutes", "confirms_at_once") == (1440, 7, 9, True)
    page = browser().get(f"/doctors/{cast.cole}/slots")
    assert page.starts[0] == "2026-11-25T10:00:00+00:00"
    assert page.browser.get(f"/doctors/{cast.cole}/slots", {"week": "2026-12-07"}).starts[-1][:10] == "2026-12-01"
    assert "Choosing a time holds it for you for 9 minutes." in page.text


def test_what_the_desk_may_ignore_is_ticked(mo, clinic):
    section(mo.get("/clinic/settings"), DESK).submit(horizon=None, online=None, new_patients="y")
    assert clinic("desk_ignores") == (["lead", "new_patients"],)
    section(mo.get("/clinic/settings"), DESK).submit(lead=None, new_patients=None)
    assert clinic("desk_ignores") == ([],)


def test_the_clock_of_the_place_changes_hours_and_nothing_that_is_booked(mo, app, cast, browser):
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        start = factories.NOW.replace(hour=14, minute=0)
        factories.appointment(ada, cole, start)
        db.session.commit()
    section(mo.get("/clinic/settings"), ABOUT).submit(time_zone="America/New_York")
    page = browser().get(f"/doctors/{cast.cole}/slots", {"week": "2026-11-30"})
    assert page.starts[0] == "2026-11-30T09:00:00-05:00"
    with app.app_context():
        visit = db.session.scalars(db.select(Appointment)).one()
        assert (visit.during.lower, visit.time_zone) == (start, "Europe/London")


@pytest.mark.parametrize(
    ("address", "wrong", "words"),
    [
        (ABOUT, {"name": ""}, "Write the name of the clinic."),
        (ABOUT, {"time_zone": "Europe/Atlantis"}, "Choose a time zone from the list."),
        (ABOUT, {"currency": "XYZ"}, "Choose a currency from the list."),
        (ABOUT, {"email": "desk"}, "Enter an e-mail address like name@example.com."),
        (BOOKING, {"horizon_days": "731"}, "Book at most this many days ahead: write a whole number from 1 to 730."),
        (BOOKING, {"lead_minutes": "٦٠"}, "Book at least this many minutes ahead: write a whole number"),
        (BOOKING, {"confirms_at_once": None}, "Choose one of the two: When a patient has booked"),
    ],
)
def test_what_makes_no_sense_is_told_in_its_section_and_kept(mo, clinic, address, wrong, words):
    before = clinic("name", "time_zone", "currency", "horizon_days", "lead_minutes", "desk_ignores")
    page = section(mo.get("/clinic/settings"), address).submit(**wrong)
    assert page.status == 422
    assert words in text_of(page.by_id("errors"))
    assert page.by_id("errors") in list(section(page, address).element.iter())
    assert clinic("name", "time_zone", "currency", "horizon_days", "lead_minutes", "desk_ignores") == before
    for field, value in wrong.items():
        if value and field not in ("time_zone", "currency"):
            assert section(page, address).fields[field] == value


def test_a_zone_that_the_database_lacks_is_told_at_its_field(mo, clinic, monkeypatch):
    monkeypatch.setattr("healthbook.clinic.places.zones", lambda: [("Mars/Olympus", "Mars/Olympus")])
    form = section(mo.get("/clinic/settings"), ABOUT)
    page = form.submit(time_zone="Mars/Olympus")
    assert page.status == 422
    assert "The database does not know this time zone." in text_of(page.by_id("errors"))
    assert clinic("time_zone") == ("Europe/London",)


@pytest.mark.parametrize("address", [ABOUT, BOOKING, DESK])
def test_the_second_of_two_is_told_and_nothing_is_lost(browser, clinic, address):
    one, other = browser("mo"), browser("mo")
    late = section(other.get("/clinic/settings"), address)
    sent = {ABOUT: {"name": "First"}, BOOKING: {"hold_minutes": "8"}, DESK: {"online": None}}[address]
    assert section(one.get("/clinic/settings"), address).submit(**sent).status == 303
    answer = late.submit(**{ABOUT: {"phone": "999"}, BOOKING: {"cancel_hours": "99"}, DESK: {}}[address])
    assert answer.status == 409
    assert "Somebody changed this a moment before you." in text_of(answer.by_id("refusal"))
    assert clinic("phone", "cancel_hours") == ("0117 496 0100", 12)
    again = section(answer, address).submit()
    assert again.status == 303


def test_of_two_who_save_at_the_same_moment_one_is_told(committed):
    forms = [
        section(Browser(committed.app).as_person("mo@test.example").get("/clinic/settings"), BOOKING) for _ in range(2)
    ]
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda form, hours: form.submit(cancel_hours=hours).status, forms, ("24", "48"))
    assert sorted(answers) == [303, 409]


def test_another_section_is_not_in_the_way(browser, clinic):
    late = section(browser("mo").get("/clinic/settings"), BOOKING)
    section(browser("mo").get("/clinic/settings"), ABOUT).submit(name="Another")
    assert late.submit(cancel_hours="24").status == 303
    assert clinic("name", "cancel_hours") == ("Another", 24)


@pytest.mark.parametrize(
    ("address", "sent", "frees"),
    [
        (BOOKING, {"lead_minutes": "5"}, True),
        (BOOKING, {"horizon_days": "100"}, True),
        (ABOUT, {"time_zone": "Asia/Kathmandu"}, True),
        (BOOKING, {"hold_minutes": "10"}, False),
        (ABOUT, {"name": "Another"}, False),
        (BOOKING, {}, False),
    ],
)
def test_what_may_free_times_lowers_the_bounds_of_all_doctors(mo, bounds, address, sent, frees):
    assert section(mo.get("/clinic/settings"), address).submit(**sent).status == 303
    assert bounds() == {factories.NOW - timedelta(days=1) if frees else LATER}


def test_with_htmx_the_sections_come_back(mo):
    page = section(mo.get("/clinic/settings"), BOOKING).submit(htmx=True, horizon_days="0")
    assert (page.status, page.has("html"), page.has("div", id="settings")) == (422, False, True)
    assert section(page, ABOUT).fields["name"] == "Test Clinic"
    assert section(mo.get("/clinic/settings"), BOOKING).submit(htmx=True).headers["HX-Redirect"] == "/clinic/settings"


@pytest.fixture
def heard(committed):
    url = committed.app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as beside:
        beside.execute("LISTEN healthbook")
        yield lambda: [note.payload for note in beside.notifies(timeout=1, stop_after=1)]


def test_every_open_page_refreshes_itself(committed, heard):
    with committed.app.app_context():
        clinic = queries.kept()
        known = queries.seen(clinic, ["hold_minutes"])
        rules.change_settings(clinic, known, {"hold_minutes": 9}, factories.NOW)
        db.session.commit()
    assert heard() == [REFRESH]


def test_who_reads_records_and_when_guardians_are_looked_at_again_can_be_set(mo, clinic):
    form = section(mo.get("/clinic/settings"), "/clinic/settings/records")
    assert form.fields["ages"] == "13, 16"
    assert form.submit(treating_months="6", treating_days_ahead="14", retention_years="20", ages="15,12").status == 303
    columns = "treating_months", "treating_days_ahead", "retention_years", "guardian_review_ages"
    assert clinic(*columns) == (6, 14, 20, [12, 15])
    again = section(mo.get("/clinic/settings"), "/clinic/settings/records")
    assert again.submit(ages="").status == 303
    assert clinic("guardian_review_ages") == ([],)
    assert section(mo.get("/clinic/settings"), "/clinic/settings/records").submit(ages="18").status == 422
