"""What a doctor can be booked for: added, changed, put in order and removed, and nothing booked changes with it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factories
import pytest
from browsers import Browser
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient, VisitType
from healthbook.scheduling.queries import visit_types as queries

TEN = factories.NOW.replace(hour=10, minute=0)
FOLLOW_UP = {
    "name": "Follow-up",
    "appointment_type": "follow_up",
    "minutes": "15",
    "buffer_before": "0",
    "buffer_after": "5",
    "fee": "50",
    "instructions": "Your last letter",
    "lead_minutes": "",
    "horizon_days": "",
    "bookable_online": "yes",
    "new_patients": "no",
}


@pytest.fixture
def kinds(app, cast):
    """kinds(): Dr Cole's visit types that are not retired, in order, as the database has them."""

    def rows(*columns):
        with app.app_context():
            own = queries.kept(db.session.get(Doctor, cast.cole))
            return [tuple(getattr(kind, column) for column in columns) if columns else kind.name for kind in own]

    return rows


@pytest.fixture
def first(kinds):
    """The id of Dr Cole's only visit type, half an hour for 85."""
    ((id,),) = kinds("id")
    return id


@pytest.fixture
def at(cast):
    """at(7, "removal"): the address of one of Dr Cole's visit types."""
    return lambda *parts: "/".join([f"/doctors/{cast.cole}/visit-types", *map(str, parts)])


@pytest.fixture
def cole(app, cast):
    @contextmanager
    def changed():
        with app.app_context():
            yield db.session.get(Doctor, cast.cole)
            db.session.commit()

    return changed


def names(page):
    return [text_of(found.find("div/b")) for found in page.find_all("li") if "row" in (found.get("id") or "")]


def test_a_doctor_sees_what_patients_can_choose(browser):
    page = browser("cole").get("/visit-types")
    assert (page.status, page.h1) == (200, "My visit types")
    assert names(page) == ["New problem"]
    assert "Consultation, 30 minutes, £85" in page.text


def test_the_desk_and_the_admin_keep_those_of_any_doctor(browser, at):
    for name in ("dot", "mo"):
        page = browser(name).get(at())
        assert page.h1 == "Visit types of Dr Maria Cole"
        assert names(page) == ["New problem"]


def test_without_any_the_page_says_what_to_do(browser, cole):
    with cole() as doctor:
        doctor.visit_types[0].retired_at = factories.NOW
    page = browser("cole").get("/visit-types")
    assert "Nothing can be booked yet" in page.text
    assert page.by_id("add").get("href").endswith("/new")


def test_one_is_added_last_and_patients_can_choose_it_at_once(browser, cast, at, kinds):
    page = browser("cole").get(at("new"))
    assert page.form(action=at()).fields["minutes"] == "30"
    answer = page.form(action=at()).submit(**FOLLOW_UP)
    assert (answer.status, answer.location) == (303, "/visit-types")
    assert kinds() == ["New problem", "Follow-up"]
    assert kinds("minutes", "buffer_before", "buffer_after", "fee", "lead_minutes", "horizon_days")[1] == (
        *(15, 0, 5, Decimal(50)),
        *(None, None),
    )
    assert kinds("bookable_online", "new_patients", "instructions")[1] == (True, False, "Your last letter")
    assert "Follow-up was added." in answer.follow().text


def test_the_desk_comes_back_to_the_doctor_s_page(browser, at):
    answer = browser("dot").get(at("new")).form(action=at()).submit(**FOLLOW_UP)
    assert answer.location == at()


def test_with_htmx_the_form_comes_back_with_what_is_wrong(browser, at, kinds):
    page = browser("cole").get(at("new")).form(action=at()).submit(htmx=True, **FOLLOW_UP | {"minutes": "0"})
    assert (page.status, page.has("html")) == (422, False)
    assert "Length in minutes: write a whole number from 5 to 240." in text_of(page.by_id("errors"))
    assert page.by_id("minutes").get("aria-invalid") == "true"
    assert page.form(action=at()).fields["name"] == "Follow-up"
    assert kinds() == ["New problem"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Write the name that patients read."),
        ({"name": "new PROBLEM"}, "There is already one called new PROBLEM."),
        ({"minutes": "٣٠"}, "Length in minutes: write a whole number from 5 to 240."),
        ({"buffer_after": "121"}, "Minutes kept free after it: write a whole number from 0 to 120."),
        ({"fee": "8,50"}, "Enter the fee as an amount like 85 or 85.50, or 0."),
        ({"horizon_days": "731"}, "Book at most this many days ahead: write a whole number from 1 to 730."),
        ({"bookable_online": None}, "Choose one of the two: Who books it?"),
        ({"appointment_type": "emergency"}, "An emergency is booked by the desk, never online."),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(browser, at, kinds, wrong, words):
    page = browser("cole").get(at("new")).form(action=at()).submit(**FOLLOW_UP | wrong)
    assert page.status == 422
    assert words in text_of(page.by_id("errors"))
    assert page.title.startswith("Error:")
    assert kinds() == ["New problem"]


def test_an_emergency_is_for_the_desk(browser, at, cast, kinds):
    sent = FOLLOW_UP | {"appointment_type": "emergency", "bookable_online": "no"}
    assert browser("cole").get(at("new")).form(action=at()).submit(**sent).status == 303
    assert "Follow-up" not in browser().get(f"/doctors/{cast.cole}/slots").text


def test_the_form_of_a_change_shows_what_is(browser, at, first):
    fields = browser("cole").get(at(first)).form(action=at(first)).fields
    assert (fields["name"], fields["minutes"], fields["fee"], fields["lead_minutes"]) == ("New problem", "30", "85", "")
    assert (fields["bookable_online"], fields["new_patients"]) == ("yes", "yes")


def test_a_change_retires_the_row_and_makes_another_in_its_place(browser, app, at, first, kinds, cole):
    with cole() as doctor:
        factories.visit_type(doctor, name="Second opinion", position=1)
    answer = browser("cole").get(at(first)).form(action=at(first)).submit(name="First visit", minutes="45")
    assert answer.status == 303
    assert kinds("name", "minutes") == [("First visit", 45), ("Second opinion", 30)]
    assert first not in [id for (id,) in kinds("id")]
    with app.app_context():
        old = db.session.get(VisitType, first)
        assert (old.name, old.minutes, old.retired_at) == ("New problem", 30, factories.NOW)


def test_a_change_of_nothing_keeps_the_row(browser, at, first, kinds):
    assert browser("cole").get(at(first)).form(action=at(first)).submit().status == 303
    assert kinds("id") == [(first,)]


@pytest.mark.parametrize("deed", ["change", "removal"])
def test_what_is_booked_keeps_its_name_length_and_fee(browser, app, cast, at, first, cole, deed):
    with cole() as doctor:
        ada = db.session.get(Patient, cast.ada)
        visit = factories.appointment(ada, doctor, TEN, visit_type_id=first, fee=85)
        reference, before = visit.reference, (visit.during, visit.blocked)
    if deed == "change":
        browser("cole").get(at(first)).form(action=at(first)).submit(name="Quick look", minutes="10", fee="5")
    else:
        browser("cole").get("/visit-types").form(action=at(first, "removal")).submit()
    page = browser("ada").get(f"/appointments/{reference}")
    assert "New problem" in page.text
    assert "£85" in page.text
    with app.app_context():
        kept = db.session.scalars(db.select(Appointment)).one()
        assert (kept.during, kept.blocked, kept.visit_type_id) == (*before, first)


def test_one_that_is_removed_is_no_longer_offered(browser, cast, at, first, kinds):
    answer = browser("dot").get(at()).form(action=at(first, "removal")).submit()
    assert (answer.status, kinds()) == (303, [])
    page = browser().get(f"/doctors/{cast.cole}/slots")
    assert "takes no bookings here at the moment" in page.text


def test_the_order_is_changed_up_and_down(browser, at, kinds, cole):
    with cole() as doctor:
        for place, name in enumerate(("Second", "Third"), start=1):
            factories.visit_type(doctor, name=name, position=place)
    third = kinds("id")[2][0]
    page = browser("cole").get("/visit-types")
    assert not page.has("button", id=f"down-{third}")
    page.form(action=at(third, "place")).submit(place=page.by_id(f"up-{third}").get("value"))
    assert kinds() == ["New problem", "Third", "Second"]
    page = browser("cole").get("/visit-types")
    page.form(action=at(third, "place")).submit(place=page.by_id(f"down-{third}").get("value"))
    assert kinds() == ["New problem", "Second", "Third"]
    assert kinds("id")[2] == (third,)


def test_the_first_in_order_is_what_patients_see_first(browser, cast, at, kinds, cole):
    with cole() as doctor:
        second = factories.visit_type(doctor, name="Second", minutes=60, position=1).id
    browser("cole").post(at(second, "place"), {"place": "0"})
    page = browser().get(f"/doctors/{cast.cole}/slots")
    assert page.form(action=f"/doctors/{cast.cole}/holds").fields["visit_type"] == str(second)


@pytest.mark.parametrize("deed", ["", "removal", "place"])
def test_the_second_of_two_is_told_that_somebody_was_quicker(browser, at, first, kinds, deed):
    cole, dot = browser("cole"), browser("dot")
    page = dot.get(at(first))
    cole.get(at(first)).form(action=at(first)).submit(minutes="45")
    sent = page.form(action=at(first)).fields | {"minutes": "20", "place": "0"}
    answer = dot.post("/".join(filter(None, (at(first), deed))), sent)
    assert answer.status == 409
    assert "This visit type was changed a moment before you." in text_of(answer.by_id("refusal"))
    assert "45 minutes" in answer.text
    assert kinds("minutes") == [(45,)]


@pytest.mark.parametrize("round", range(3))
def test_of_two_who_save_at_the_same_moment_one_is_told(committed, round):
    with committed.app.app_context():
        kind = db.session.get(Doctor, committed.cole).visit_types[0].id
    path, forms = f"/doctors/{committed.cole}/visit-types/{kind}", []
    for person in ("cole", "dot"):
        page = Browser(committed.app).as_person(f"{person}@test.example").get(path)
        forms.append(page.form(action=path))
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda form, minutes: form.submit(minutes=minutes).status, forms, ("20", "25"))
    assert sorted(answers) == [303, 409]
    with committed.app.app_context():
        (now,) = queries.kept(db.session.get(Doctor, committed.cole))
        assert now.minutes in (20, 25)


def test_an_old_link_to_one_shows_them_as_they_are_now(browser, at, first):
    cole = browser("cole")
    cole.get(at(first)).form(action=at(first)).submit(minutes="45")
    page = cole.get(at(first))
    assert (page.status, names(page)) == (409, ["New problem"])


def test_another_doctor_s_is_not_there(browser, app, cast, at, first):
    with app.app_context():
        deans = db.session.get(Doctor, cast.dean).visit_types[0].id
    assert browser("dean").get(at(first)).status == 404
    for deed in ("", "removal", "place"):
        path = "/".join(filter(None, (at(deans), deed)))
        assert browser("cole").post(path, FOLLOW_UP | {"place": "0"}).status == 404


@pytest.mark.parametrize("deed", ["add", "change", "removal", "place"])
def test_whatever_may_make_a_time_free_earlier_lowers_the_bound_and_is_heard(browser, app, cast, at, first, deed):
    later = datetime(2027, 1, 1, tzinfo=UTC)
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = later
        db.session.commit()
    path = {"add": at(), "change": at(first)}.get(deed, at(first, deed))
    assert browser("cole").post(path, FOLLOW_UP | {"place": "0"}).status == 303
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at <= factories.NOW - timedelta(days=1)


def test_a_doctor_may_take_no_new_patients_and_take_them_again(browser, app, cast, at):
    path = f"/doctors/{cast.cole}/new-patients"
    for person, button, words in (
        ("cole", "no", "From now on only patients who have been here can book."),
        ("dot", "yes", "New patients can book again."),
    ):
        form = browser(person).get(at()).form(action=path)
        assert [found.get("value") for found in form.element.iter("button")] == [button]
        answer = form.submit(taken=button)
        assert answer.status == 303
        assert words in answer.follow().text
        with app.app_context():
            assert db.session.get(Doctor, cast.cole).accepts_new_patients == (button == "yes")


def test_a_retired_one_is_offered_to_nobody(app, cast, cole):
    with cole() as doctor:
        doctor.visit_types[0].retired_at = factories.NOW
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        assert doctor.visit_types == queries.visit_types(doctor, online=False) == queries.kept(doctor) == []


def test_new_patients_are_offered_only_what_is_for_them(cole):
    with cole() as doctor:
        factories.visit_type(doctor, name="Follow-up", position=1, new_patients=False)
        db.session.expire(doctor)
        assert [kind.name for kind in queries.visit_types(doctor, new=True)] == ["New problem"]
        assert [kind.name for kind in queries.visit_types(doctor)] == ["New problem", "Follow-up"]
        doctor.accepts_new_patients = False
        assert queries.visit_types(doctor, new=True) == []
