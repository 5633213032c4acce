"""What somebody needs and whether they have been here: asked before the times, and kept in the address."""

from datetime import timedelta

import factories
import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, Patient

WEEK = "2026-11-30"


@pytest.fixture
def kinds(app, cast):
    """Dr Cole's: New problem for everybody, Follow-up for who has been here, Letter at the desk; by name, ids."""
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        ids = {"New problem": cole.visit_types[0].id}
        more = {"new_patients": False, "position": 1, "minutes": 15}
        ids["Follow-up"] = factories.visit_type(cole, name="Follow-up", **more).id
        ids["Letter"] = factories.visit_type(cole, name="Letter", bookable_online=False, position=2).id
        db.session.commit()
    return ids


@pytest.fixture
def picker(browser, cast, kinds):
    def opened(who=None, htmx=False, headers=None, **asked):
        asked = {"week": WEEK} | asked
        return browser(who).get(f"/doctors/{cast.cole}/slots", asked, htmx=htmx, headers=headers)

    return opened


@pytest.fixture
def change(app, cast):
    """change(accepts_new_patients=False): of Dr Cole; change(kinds["Follow-up"], retired_at=…): of a visit type."""

    def set_columns(kind=None, **columns):
        with app.app_context():
            row = db.session.get(factories.VisitType, kind) if kind else db.session.get(Doctor, cast.cole)
            for name, value in columns.items():
                setattr(row, name, value)
            db.session.commit()

    return set_columns


@pytest.fixture
def been(app, cast):
    """been("ada", "dean"): she has had a visit there, which was completed."""

    def visited(patient, doctor_id, status="completed"):
        with app.app_context():
            doctor = db.session.get(Doctor, doctor_id)
            who = db.session.get(Patient, getattr(cast, patient))
            factories.appointment(who, doctor, factories.NOW - timedelta(days=400), status=status)
            db.session.commit()

    return visited


def offered(page):
    """The choices of what one needs, as the page shows them."""
    return [text_of(radio).split(" Bring")[0] for radio in page.find_all("b") if text_of(radio) in NAMES]


NAMES = ("New problem", "Follow-up", "Letter")


def chosen(page):
    return page.form(action=page.path.split("?")[0].replace("slots", "holds")).fields["visit_type"]


def test_a_guest_is_asked_both_before_the_times(picker):
    page = picker()
    headings = [text_of(found) for found in page.find_all("h2")]
    assert headings[:3] == ["Have you been here before?", "What do you need?", "When can you come?"]
    assert not [radio for radio in page.find_all("input", name="new") if radio.get("checked") is not None]


def test_until_a_guest_has_said_so_only_what_anybody_may_book_is_shown(picker, kinds):
    page = picker()
    assert offered(page) == ["New problem"]
    assert chosen(page) == str(kinds["New problem"])
    assert "There are more choices for people who have been here before." in page.text


def test_who_has_been_here_sees_all_that_can_be_booked_online(picker, kinds):
    page = picker().form(id="need").submit(new="0")
    assert offered(page) == ["New problem", "Follow-up"]
    assert page.by_id("new-0").get("checked") is not None
    assert "There are more choices" not in page.text
    again = page.form(id="need").submit(type=kinds["Follow-up"])
    assert chosen(again) == str(kinds["Follow-up"])
    assert len(again.starts) == 5 * 32


def test_who_is_new_sees_what_is_for_new_patients_and_nothing_of_the_rest(picker):
    page = picker(new="1")
    assert offered(page) == ["New problem"]
    assert "more choices" not in page.text


def test_both_answers_travel_in_every_address(picker, kinds):
    page = picker(new="0", type=kinds["Follow-up"])
    section = page.by_id("slots")
    addresses = [page.by_id(id).get("href") for id in ("week-later", "week-earlier", "five-weeks")]
    for address in [*addresses, section.get("hx-get")]:
        assert f"type={kinds['Follow-up']}" in address
        assert "new=0" in address
    month = page.browser.get(addresses[2])
    assert chosen(month) == str(kinds["Follow-up"])
    days = [link.get("href") for link in month.by_id("month").iter("a")]
    assert days
    assert all("new=0" in address and f"type={kinds['Follow-up']}" in address for address in days)


def test_the_form_works_in_place_too(picker):
    page = picker(htmx=True, new="0")
    assert page.has("form", id="need")
    assert offered(page) == ["New problem", "Follow-up"]


@pytest.mark.parametrize("said", ["2", "yes", "-1", "٠"])
def test_any_other_answer_is_no_page(picker, said):
    assert picker(new=said).status == 404


def test_a_patient_who_is_signed_in_is_not_asked(picker):
    page = picker("ada")
    assert "Have you been here before?" not in page.text
    assert offered(page) == ["New problem"]
    assert "If you have, and we do not know you, please call us: 0117 496 0100" in page.text


@pytest.mark.parametrize("doctor", ["cole", "dean"])
def test_whoever_had_a_visit_with_any_doctor_of_the_clinic_is_known(picker, been, cast, doctor):
    been("ada", getattr(cast, doctor))
    assert offered(picker("ada")) == ["New problem", "Follow-up"]


@pytest.mark.parametrize("status", ["cancelled", "no_show", "scheduled"])
def test_a_visit_that_did_not_take_place_makes_nobody_known(picker, been, cast, status):
    been("ada", cast.cole, status=status)
    assert offered(picker("ada")) == ["New problem"]


def test_nor_does_a_visit_in_another_clinic_or_somebody_else_s(picker, been, app, cast):
    with app.app_context():
        other = factories.doctor(factories.clinic(name="Another")).id
        db.session.commit()
    been("ada", other)
    been("ben", cast.cole)
    assert offered(picker("ada")) == ["New problem"]


def test_what_a_patient_says_in_the_address_does_not_make_them_known(picker, kinds):
    page = picker("ada", new="0", type=kinds["Follow-up"])
    assert offered(page) == ["New problem"]


def test_a_link_to_what_is_not_for_them_says_so_and_shows_the_first(picker, kinds):
    page = picker(new="1", type=kinds["Follow-up"])
    assert "“Follow-up” is for people who have been here before." in text_of(page.by_id("said"))
    assert chosen(page) == str(kinds["New problem"])


def test_what_only_the_desk_books_is_no_page(picker, kinds):
    assert picker(new="0", type=kinds["Letter"]).status == 404


def test_a_doctor_without_room_for_new_patients_shows_them_no_times(picker, change):
    change(accepts_new_patients=False)
    for page in (picker(), picker(new="1")):
        assert not page.starts
        assert "Dr Maria Cole takes no new patients at the moment." in text_of(page.by_id("no-times"))
        assert "/doctors" in page.links
        assert page.has("form", id="need")
    known = picker().form(id="need").submit(new="0")
    assert offered(known) == ["New problem", "Follow-up"]
    assert known.starts


def test_nor_to_a_patient_who_is_new_and_says_whom_to_call(picker, change, been, cast):
    change(accepts_new_patients=False)
    page = picker("ada")
    assert not page.starts
    assert not page.has("form", id="need")
    assert "If you have been here before, please call us:" in page.text
    been("ada", cast.cole)
    assert picker("ada").starts


def test_a_link_to_what_was_changed_leads_to_what_it_is_now(picker, kinds, change, app, cast):
    change(kinds["Follow-up"], retired_at=factories.NOW)
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        now = factories.visit_type(cole, name="Follow-up", minutes=20, position=1).id
        db.session.commit()
    page = picker(type=kinds["Follow-up"])
    assert chosen(page) == str(now)
    assert "“Follow-up” has been changed since you opened this page." in text_of(page.by_id("said"))
    assert page.by_id(f"type-{now}").get("checked") is not None


def test_a_page_that_is_open_hears_of_the_change_and_shows_the_new_times(picker, kinds, change):
    before = picker(htmx=True, type=kinds["New problem"], shown="")
    tag = before.headers["HX-PTag"]
    assert picker(htmx=True, type=kinds["New problem"], shown="", headers={"HX-PTag": tag}).status == 304
    change(kinds["New problem"], retired_at=factories.NOW)
    change(kinds["Follow-up"], new_patients=True)
    after = picker(htmx=True, type=kinds["New problem"], shown="", headers={"HX-PTag": tag})
    assert (after.status, after.has("div", id="picker")) == (200, False)
    assert "These are the times for “Follow-up” as it is now." in after.text


@pytest.mark.parametrize("what", [{"name": "Check"}, {"fee": 99}, {"instructions": "Card"}, {"new_patients": False}])
def test_what_can_be_chosen_changes_on_an_open_page_too(picker, kinds, change, what):
    change(kinds["Follow-up"], new_patients=True)
    asked = {"htmx": True, "type": kinds["New problem"], "shown": ""}
    tag = picker(**asked).headers["HX-PTag"]
    assert picker(**asked, headers={"HX-PTag": tag}).status == 304
    change(kinds["Follow-up"], **what)
    after = picker(**asked, headers={"HX-PTag": tag})
    assert after.find("hx-partial").get("hx-target") == "#need"
    assert after.has("input", id=f"type-{kinds['Follow-up']}") == what.get("new_patients", True)
    assert after.by_id(f"type-{kinds['New problem']}").get("checked") is not None


def test_a_page_without_anything_to_choose_has_a_place_for_what_may_come(picker, change, kinds):
    change(kinds["New problem"], new_patients=False)
    assert picker("ada").by_id("need").get("hidden") is not None
    assert picker("ada", htmx=True, shown="").find("hx-partial").get("hx-target") == "#need"
    assert not picker("ada").has("hx-partial")
    assert not picker("ada", shown="").has("hx-partial")


def test_whoever_is_known_costs_one_statement_and_only_where_it_matters(browser, cast, kinds, statements, change):
    ada, asks = browser("ada"), "appointment.status = "
    address = f"/doctors/{cast.cole}/slots"
    with statements() as seen:
        ada.get(address, {"week": WEEK})
    assert len([statement for statement in seen if asks in statement]) == 1
    change(kinds["Follow-up"], new_patients=True)
    with statements() as seen:
        ada.get(address, {"week": WEEK})
    assert not [statement for statement in seen if asks in statement]
