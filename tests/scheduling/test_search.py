"""The page of the soonest free times: whom it shows and how, what it makes of odd wishes, and how it stays in place."""

from datetime import UTC, date, datetime, time, timedelta

import factories
import pytest
from factories import NOW
from page import text_of
from scheduling.plans import as_of_thousands, plan_of
from sqlalchemy.dialects.postgresql import Range

from healthbook import clock
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.models import Clinic, Doctor, Patient, TimeOff
from healthbook.scheduling.queries import search as queries
from healthbook.scheduling.queries import soonest

WEDNESDAY = date(2026, 11, 25)
TOPIC = "from:document"


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.fixture
def clinic(app, cast):
    """Without the doctors of the cast."""
    with app.app_context():
        for name in ("cole", "dean"):
            db.session.get(Doctor, getattr(cast, name)).is_available = False
        db.session.commit()
    return cast.clinic


@pytest.fixture
def doctor(app, clinic):
    """doctor(until, ...): one who is free from then on, and their id."""

    def made(until=NOW, **given):
        with app.app_context():
            one = factories.doctor(db.session.get(Clinic, clinic), **given)
            busy = Range(NOW - timedelta(days=9), until)
            db.session.add(TimeOff(clinic_id=clinic, doctor_id=one.id, during=busy))
            db.session.commit()
            return one.id

    return made


@pytest.fixture
def book(app, cast):
    """book(doctor_id, start): taken by Ben, whoever looks."""

    def booked(doctor_id, start):
        with app.app_context():
            factories.appointment(db.session.get(Patient, cast.ben), db.session.get(Doctor, doctor_id), start)
            db.session.commit()

    return booked


def cards(page):
    return [int(card.get("id").removeprefix("found-")) for card in page.find_all("article", class_="doctor")]


def times(page, doctor_id):
    """The times of a card, and None in the place of one that is no longer free."""
    card = page.by_id(f"times-{doctor_id}")
    slots = [found for found in card.iter("button") if "slot" in found.get("class", "").split()]
    return [found.get("value") for found in slots]


def refresh(browser, page):
    """As the open page asks about itself."""
    path, shown = page.by_id("results").get("hx-get"), page.by_id("shown").get("value")
    return browser.get(f"{path}{'&' if '?' in path else '?'}shown={shown}", htmx=True)


def test_everybody_sees_who_is_free_soonest(browser, doctor):
    later, sooner = doctor(at(WEDNESDAY, 12), name="Ann Later"), doctor(at(WEDNESDAY, 10), name="Bea Sooner")
    for name in (None, "ada", "cole", "pat", "dot", "mo"):
        page = browser(name).get("/search")
        assert (page.status, page.h1, cards(page)) == (200, "Soonest free times", [sooner, later])


def test_a_card_says_whom_what_and_when(browser, doctor):
    one = doctor(at(WEDNESDAY, 15), name="Zoë Żak", languages=["English", "Polish"], years_of_experience=7)
    page = browser().get("/search")
    for words in ("Dr Zoë Żak", "General practice, 7 years", "English, Polish", "New problem, 30 minutes", "£85"):
        assert words in page.text
    assert times(page, one)[:5] == [
        *("2026-11-25T15:00:00+00:00", "2026-11-25T15:30:00+00:00", "2026-11-25T16:00:00+00:00"),
        *("2026-11-25T16:30:00+00:00", "2026-11-26T09:00:00+00:00"),
    ]
    assert "Wednesday 25 November at 15:00" in page.text
    assert f"/doctors/{one}" in page.links
    assert any(link and link.startswith(f"/doctors/{one}/slots?week=2026-11-25&type=") for link in page.links)


def test_a_card_shows_a_few_times_of_the_first_days_that_have_any(browser, doctor):
    one = doctor(at(date(2026, 11, 27), 16))
    days = [start[:10] for start in times(browser().get("/search"), one)]
    counted = {day: days.count(day) for day in days}
    assert counted == {"2026-11-27": 2, "2026-11-30": 4, "2026-12-01": 4, "2026-12-02": 4, "2026-12-03": 4}


def test_a_time_is_held_straight_from_the_card(browser, doctor):
    one, ada = doctor(at(WEDNESDAY, 10)), browser("ada")
    held = ada.get("/search").form(id=f"times-{one}").submit(start="2026-11-25T10:00:00+00:00")
    assert held.status == 303
    assert "Wednesday 25 November at 10:00" in held.follow().text


def test_a_guest_chooses_and_signs_in_then(browser, doctor):
    one, guest = doctor(at(WEDNESDAY, 10)), browser()
    sent = guest.get("/search").form(id=f"times-{one}").submit(start="2026-11-25T10:00:00+00:00")
    assert sent.location.startswith("/sign-in")


def test_a_time_that_has_gone_is_told_with_the_nearest(browser, doctor, book):
    one, ada = doctor(at(WEDNESDAY, 10)), browser("ada")
    page = ada.get("/search")
    book(one, at(WEDNESDAY, 10))
    late = page.form(id=f"times-{one}").submit(start="2026-11-25T10:00:00+00:00")
    assert late.status == 409
    assert "2026-11-25T10:30:00+00:00" in late.starts


def test_each_wish_narrows_what_is_found(app, browser, doctor):
    zoe = doctor(name="Zoë Żak", languages=["English", "Polish"], video_visits=True)
    ian = doctor(name="Ian Old", accepts_new_patients=False)
    with app.app_context():
        skin = factories.specialization("Skin")
        db.session.get(Doctor, ian).specialization_id = skin.id
        db.session.commit()
        number = skin.id
    find = browser().get
    assert cards(find("/search")) == [zoe, ian]
    for asked in ({"q": "zak"}, {"language": "Polish"}, {"language": "polish"}, {"video": "1"}, {"new": "1"}):
        assert cards(find("/search", asked)) == [zoe], asked
    for asked in ({"specialization": number}, {"specialization": "skin"}, {"q": "skin"}):
        assert cards(find("/search", asked)) == [ian], asked
    assert cards(find("/search", {"video": "0", "new": "false"})) == [zoe, ian]


def test_it_offers_each_language_of_an_approved_doctor_once(app, browser, cast, doctor):
    for spoken in (["English", "Polish"], ["Polish", "English"], [], ["Urdu"]):
        doctor(languages=spoken)
    with app.app_context():
        db.session.get(Doctor, cast.pat).languages = ["Welsh"]
        db.session.commit()
    choices = browser().get("/search").by_id("language").findall("option")
    assert [one.get("value") for one in choices] == ["", "English", "Polish", "Urdu"]


def test_the_languages_are_found_without_reading_every_doctor(app):
    with app.app_context():
        db.session.execute(db.text("SET LOCAL enable_bitmapscan = off"))
        as_of_thousands("doctor")
        plan = plan_of(doctors.PRACTISED_AND_SPOKEN)
    assert "Index Only Scan using ix_doctor_languages" in plan


def test_the_form_shows_what_was_asked_for_and_keeps_it(browser, doctor):
    doctor(languages=["English", "Polish"])
    asked = {"q": "dr", "from": "2026-11-26", "part": "afternoon", "language": "Polish"}
    page = browser().get("/search", asked | {"new": "1"})
    assert page.form(id="search").fields == asked | {"specialization": "", "new": "1"}
    assert cards(page.form(id="search").submit(language="English")) != []


def test_a_part_of_the_day_is_by_the_clinics_clock(browser, doctor):
    one = doctor()
    page = browser().get("/search", {"part": "afternoon"})
    assert {start[11:13] for start in times(page, one)} <= {"12", "13", "14", "15", "16"}
    assert cards(browser().get("/search", {"part": "evening"})) == []


def test_a_search_may_begin_later(browser, doctor):
    one = doctor()
    assert times(browser().get("/search", {"from": "2026-12-03"}), one)[0] == "2026-12-03T09:00:00+00:00"
    assert times(browser().get("/search", {"from": "2020-01-01"}), one)[0] == "2026-11-24T10:00:00+00:00"


@pytest.mark.parametrize("asked", [{"part": "evening"}, {"from": "2028-02-29"}, {"video": "1"}])
def test_an_empty_search_says_what_to_change(browser, doctor, asked):
    doctor()
    page = browser().get("/search", asked | {"language": "English"})
    assert "No free times for this" in page.text
    name = next(iter(asked))
    fewer = [link for link in page.links if link and link.startswith("/search") and f"{name}=" not in link]
    assert fewer == ["/search?language=English"]
    assert len(cards(browser().get(fewer[0]))) == 1
    assert "0117 496 0100" in page.text


def test_a_name_is_found_however_it_is_written(browser, doctor):
    one = doctor(name="Marian O'Brien")
    for words in ("Dr. O’Brien", "O'Brien, Marian", "“obrien”"):
        assert cards(browser().get("/search", {"q": words})) == [one], words


def test_where_nobody_is_of_that_name_the_page_says_so(browser, doctor):
    doctor(name="Zoe Free"), doctor(name="Ann Full", accepts_new_patients=False)
    guest, asked = browser(), {"language": "English", "new": "1"}
    page = guest.get("/search", asked | {"q": "novak"})
    assert "Nobody here by that name" in page.text
    assert "0117 496 0100" in page.text
    assert [link for link in page.links if "/search" in link] == ["/search?language=English&new=1"]
    again = guest.get(page.by_id("results").get("hx-get") + "&shown=", htmx=True)
    assert "Nobody here by that name" in again.text
    full = guest.get("/search", asked | {"q": "full"})
    assert "No free times for this" in full.text


def test_a_clinic_without_free_times_says_so(browser, clinic):
    page = browser().get("/search")
    assert (page.status, cards(page)) == (200, [])
    assert "No free times" in page.text


WRONG = [
    *({"from": day} for day in ("2027-02-29", "tomorrow", "25/11/2026", "٢٠٢٦-١١-٢٥", "9" * 400)),
    *({"part": part} for part in ("night", "MORNINGS AND EVENINGS")),
    *({"language": language} for language in ("Klingon", "%")),
    *({"specialization": field} for field in ("999999999", "-1", "witchcraft", "1 OR 1=1")),
]


@pytest.mark.parametrize("asked", WRONG, ids=str)
def test_a_wish_that_cannot_be_is_told_at_its_field_and_left_out(browser, doctor, asked):
    one = doctor()
    page = browser().get("/search", asked)
    assert (page.status, cards(page)) == (422, [one])
    field = "since" if "from" in asked else next(iter(asked))
    assert page.by_id("errors") is not None
    assert f"#{field}" in page.links
    assert page.by_id(f"{field}-err") is not None


@pytest.mark.parametrize("asked", [{"after": "x"}, {"after": "1-0"}, {"after": "-1"}, {"shown": "x" * 2000}], ids=str)
def test_what_nobody_types_is_right_or_no_page(browser, clinic, asked):
    assert browser().get("/search", asked).status == 404


def test_the_next_page_begins_where_this_one_ends(browser, doctor, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    doctors = [doctor(at(WEDNESDAY, 9 + n)) for n in range(5)]
    page, seen = browser().get("/search", {"language": "English"}), []
    while True:
        seen.append(cards(page))
        later = page.find_all("a", id="page-later")
        if not later:
            break
        assert "language=English" in later[0].get("href")
        page = browser().get(later[0].get("href"))
    assert seen == [doctors[:2], doctors[2:4], doctors[4:]]
    assert cards(browser().get(page.by_id("page-earlier").get("href"))) == doctors[:2]


def test_htmx_gets_the_results_and_a_stream_for_these_doctors(browser, doctor):
    one = doctor()
    part = browser().get("/search", htmx=True)
    assert part.find_all("h1") == []
    assert f"doctor-{one} {TOPIC}" in part.by_id("results").get("hx-trigger")
    assert part.by_id("live").get("hx-sse:connect") == f"/events?t=doctor-{one}"
    whole = browser().get("/search")
    assert whole.by_id("live").get("hx-sse:connect") == f"/events?t=doctor-{one}"
    assert not whole.has("hx-partial")


def test_without_anybody_found_there_is_nothing_to_listen_to(browser, clinic):
    assert browser().get("/search").by_id("live").get("hx-sse:connect") is None


def test_a_time_that_goes_away_is_struck_in_its_place(browser, doctor, book):
    one, guest = doctor(at(WEDNESDAY, 10)), browser()
    page = guest.get("/search")
    before = times(page, one)
    book(one, at(WEDNESDAY, 10, 30))
    after = refresh(guest, page)
    assert times(after, one) == [before[0], None, *before[2:]]
    assert "10:30, no longer free" in after.text
    assert times(guest.get("/search"), one)[:2] == [before[0], before[2]]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({}, "First free: Wed 25 Nov, 12:00"),
        ({"part": "morning"}, "First free: Thu 26 Nov, 09:00"),
        ({"from": "2026-11-25"}, "First free: Wed 25 Nov, 12:00"),
    ],
    ids=str,
)
def test_when_all_times_shown_of_a_day_are_gone_the_first_free_one_is_said(app, browser, doctor, book, asked, first):
    one, guest = doctor(at(WEDNESDAY, 10)), browser()
    page = guest.get("/search", asked)
    for half in range(4):
        book(one, at(WEDNESDAY, 10) + half * timedelta(minutes=30))
    assert first in text_of(refresh(guest, page).by_id(f"times-{one}"))


def test_a_time_before_the_day_somebody_asked_for_is_not_the_first(app, browser, doctor):
    one, guest = doctor(at(WEDNESDAY, 10)), browser()
    page = guest.get("/search", {"from": "2026-11-25"})
    with app.app_context():
        db.session.execute(db.delete(TimeOff))
        db.session.commit()
    assert "First free: Wed 25 Nov, 09:00" in text_of(refresh(guest, page).by_id(f"times-{one}"))


def test_the_order_stays_while_somebody_looks(browser, doctor, book):
    first, second = doctor(at(WEDNESDAY, 10)), doctor(at(WEDNESDAY, 11))
    guest = browser()
    page = guest.get("/search")
    for half in range(3):
        book(first, at(WEDNESDAY, 10) + half * timedelta(minutes=30))
    after = refresh(guest, page)
    assert cards(after) == [first, second]
    assert not after.find_all("a", id="sooner-show")
    assert cards(guest.get("/search")) == [second, first]


def test_whoever_comes_to_be_free_sooner_waits_behind_a_button(app, browser, doctor):
    late, guest = doctor(at(WEDNESDAY, 12)), browser()
    page = guest.get("/search")
    new = doctor(at(WEDNESDAY, 9))
    after = refresh(guest, page)
    assert cards(after) == [late]
    assert "1 doctor is free sooner than this page shows" in after.text
    assert cards(guest.get(after.by_id("sooner-show").get("href"))) == [new, late]


def test_a_sooner_time_of_somebody_shown_waits_too(app, browser, doctor):
    one, guest = doctor(at(WEDNESDAY, 12)), browser()
    page = guest.get("/search")
    with app.app_context():
        db.session.execute(db.delete(TimeOff))
        db.session.commit()
    after = refresh(guest, page)
    assert times(after, one) == times(page, one)
    assert after.find_all("a", id="sooner-show")


def test_somebody_later_than_a_full_page_is_no_news(browser, doctor, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    shown, guest = [doctor(at(WEDNESDAY, 9)), doctor(at(WEDNESDAY, 10))], browser()
    page = guest.get("/search")
    doctor(at(WEDNESDAY, 11))
    after = refresh(guest, page)
    assert (cards(after), after.find_all("a", id="sooner-show")) == (shown, [])


def test_a_page_that_looks_the_same_is_not_sent_again(browser, doctor, book):
    one, guest = doctor(at(WEDNESDAY, 10)), browser()
    page = guest.get("/search")
    path, fields = page.by_id("results").get("hx-get"), {"shown": page.by_id("shown").get("value")}
    tag = guest.get(path, fields, htmx=True).headers["HX-PTag"]
    assert guest.get(path, fields, htmx=True, headers={"HX-PTag": tag}).status == 304
    book(one, at(WEDNESDAY, 10))
    assert guest.get(path, fields, htmx=True, headers={"HX-PTag": tag}).status == 200


def test_who_left_is_no_longer_shown_and_who_stopped_has_no_times(app, browser, doctor):
    gone, stopped, guest = doctor(at(WEDNESDAY, 9)), doctor(at(WEDNESDAY, 10)), browser()
    page = guest.get("/search")
    with app.app_context():
        db.session.get(Doctor, gone).status = "suspended"
        db.session.get(Doctor, stopped).is_available = False
        db.session.commit()
    after = refresh(guest, page)
    assert cards(after) == [stopped]
    assert set(times(after, stopped)) == {None}


def test_times_pass_while_a_page_is_open(browser, doctor, monkeypatch):
    one, guest = doctor(), browser()
    page = guest.get("/search")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))
    assert times(refresh(guest, page), one)[:3] == [None, None, "2026-11-24T11:00:00+00:00"]


@pytest.mark.parametrize("shown", ["", "x", "0-1", "7-", "7-1_", "999999999-29933760", "7-999999999999"])
def test_a_page_that_says_nonsense_of_itself_gets_an_answer(browser, doctor, shown):
    doctor()
    assert browser().get("/search", {"shown": shown}, htmx=True).status == 200
    assert browser().get("/search", {"shown": shown}).status == 200


def test_a_doctor_of_another_zone_is_shown_on_their_own_clock(app, browser, clinic):
    with app.app_context():
        far = factories.doctor(factories.clinic(name="Far", time_zone="Asia/Kathmandu"), hours=False)
        factories.hours(far, "wednesday", time(8), time(10))
        db.session.commit()
        far = far.id
    page = browser().get("/search")
    assert times(page, far)[:1] == ["2026-11-25T08:00:00+05:45"]
    assert "Nepal Time" in page.text


def test_who_has_signed_in_need_not_say_whether_they_are_new(app, browser, cast, doctor):
    one = doctor()
    with app.app_context():
        row = db.session.get(Doctor, one)
        row.visit_types[0].new_patients = False
        row.visit_types[0].name = "For known patients"
        factories.visit_type(row, name="For anybody", position=1)
        ben = db.session.get(Patient, cast.ben)
        factories.appointment(ben, row, NOW - timedelta(days=30), status="completed")
        db.session.commit()
    for name, words in ((None, "For anybody"), ("ada", "For anybody"), ("ben", "For known patients")):
        assert words in browser(name).get("/search").text, name


def test_the_front_page_and_the_directory_lead_here(browser):
    for path in ("/", "/doctors"):
        assert "/search" in browser().get(path).links


@pytest.fixture
def small(monkeypatch):
    """A page of two, found by a first look at three."""
    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr(soonest, "NEAR", 3)


def busy_clinic(doctor, number):
    for n in range(number):
        doctor(at(WEDNESDAY + timedelta(days=3 * n), 9 + n % 8))


@pytest.mark.parametrize("name", [None, "ada"])
def test_a_search_takes_few_statements_whatever_the_size(browser, doctor, statements, small, name):
    who, counted = browser(name), []
    for number in (1, 9):
        busy_clinic(doctor, number)
        for asked in ({}, {"part": "morning", "language": "English"}, {"from": "2026-12-20"}):
            with statements() as seen:
                assert cards(who.get("/search", asked)) != []
            counted.append(len([one for one in seen if "user_session" not in one and "FROM patient" not in one]))
    assert max(counted) <= 11


@pytest.mark.parametrize(("days", "looks"), [(0, 1), (2, 3), (6, 3), (20, 4)])
def test_what_is_taken_in_the_week_of_each_is_known(browser, doctor, book, statements, days, looks):
    """From the first look; whom it does not find is looked at further, and the week of all of them once more."""
    taken = {}
    for after, minute in ((0, 0), (days, 30)):
        one = doctor(at(WEDNESDAY + timedelta(days=after), 9))
        taken[one] = time(9, minute)
        for day in range(after, after + 8):
            book(one, at(WEDNESDAY + timedelta(days=day), 9, minute))
    with statements() as seen:
        page = browser().get("/search")
    assert len([one for one in seen if "FROM appointment" in one]) == looks
    for id in cards(page):
        clocks = [datetime.fromisoformat(start).time() for start in times(page, id)]
        assert (taken[id] in clocks, clocks.count(time(10))) == (False, 5)
    assert len(cards(page)) == 2


def test_a_refresh_takes_few_statements_too(browser, doctor, statements, small):
    busy_clinic(doctor, 9)
    guest = browser()
    page = guest.get("/search")
    with statements() as seen:
        assert len(cards(refresh(guest, page))) == 2
    assert len(seen) <= 11


def test_whoever_looks_for_their_child_finds_and_holds_for_the_child(browser, doctor, family, app):
    one = doctor(at(WEDNESDAY, 10))
    gina = browser("gina")
    page = gina.get("/search", {"patient_id": family.kim, "video": ""})
    assert page.title.startswith("Soonest free times for Kim Marlow")
    assert page.form(id="search").fields["patient_id"] == str(family.kim)
    assert f"patient_id={family.kim}" in page.by_id(f"more-{one}").get("href")
    assert f"patient_id={family.kim}" in page.by_id("results").get("hx-get")
    held = page.form(id=f"times-{one}").submit(start="2026-11-25T10:00:00+00:00").follow()
    assert held.title.startswith("Book for Kim Marlow")


def test_nobody_searches_for_somebody_else_s_child(browser, family):
    assert browser("ben").get("/search", {"patient_id": family.kim}).status == 403
    assert browser().get("/search", {"patient_id": family.kim}).location.startswith("/sign-in")


def test_the_link_to_more_times_says_that_one_is_new(browser, doctor):
    one = doctor(at(WEDNESDAY, 10))
    assert "new=1" in browser().get("/search?new=1").by_id(f"more-{one}").get("href")
    assert "new=" not in browser().get("/search").by_id(f"more-{one}").get("href")
