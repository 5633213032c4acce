"""Doctors find their own patients by any part of a name, and everybody else only by all of it and the birthday."""

from datetime import date, timedelta
from itertools import count

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import AccessLog, Doctor, Patient

PATH = "/patients"
ADA = {"full_name": "Ada Byrne", "date_of_birth": "12 5 1990"}


@pytest.fixture
def treats(app, cast):
    """treats("cole", name="Ida Marlow"): a new patient, who was at that doctor's yesterday."""

    numbers = count(1)

    def seen(doctor, status="completed", **given):
        with app.app_context():
            whom, patient = db.session.get(Doctor, getattr(cast, doctor)), factories.patient(**given)
            factories.appointment(patient, whom, NOW - timedelta(days=1, minutes=5 * next(numbers)), 5, status=status)
            db.session.commit()
            return patient.id

    return seen


def names(page):
    return [text_of(row.find(".//b")) for row in page.tree.iter("li") if row.get("id", "").startswith("patient-")]


def find(browser, name="dean", **given):
    return browser(name).get(PATH).form(id="find").submit(**ADA | given)


def test_one_s_own_patients_stand_in_the_order_of_a_register(browser, treats):
    for name in ("Zoe Adams", "ida Marlow", "Ada Marlow"):
        treats("cole", name=name)
    treats("cole", name="Cancelled Visit", status="cancelled")
    treats("dean", name="Somebody Else")
    page = browser("cole").get(PATH)
    assert (page.status, page.h1, page.title) == (200, "Patients", "Patients – Test Clinic")
    assert names(page) == ["Zoe Adams", "Ada Marlow", "ida Marlow"]
    assert page.find("a", aria_current="page").get("href") == PATH


@pytest.mark.parametrize("words", ["marlow", "IDA mar", "ow i", "Addie"])
def test_any_part_of_a_name_will_do(browser, treats, words):
    made = treats("cole", name="Ida Marlow", preferred_name="Addie")
    treats("cole", name="Zoe Adams")
    page = browser("cole").get(PATH, {"q": words})
    assert names(page) == ["Ida Marlow"]
    assert f"/patients/{made}" in page.links


@pytest.mark.parametrize("words", ["%", "_", "\\", "x" * 500, "' OR 1=1"])
def test_what_is_no_name_finds_nobody(browser, treats, words):
    treats("cole", name="Ida Marlow")
    page = browser("cole").get(PATH, {"q": words})
    assert (page.status, names(page)) == (200, [])
    assert "None of your patients is called that" in page.text


def test_a_list_is_read_page_by_page(browser, treats):
    for n in range(25):
        treats("cole", name=f"Crowd Number{n:02}")
    first = browser("cole").get(PATH, {"q": "crowd"})
    second = browser("cole").get(first.by_id("page-later").get("href"))
    assert [len(names(page)) for page in (first, second)] == [20, 5]
    assert names(browser("cole").get(PATH, {"page": "99"})) == names(browser("cole").get(PATH))


def test_nobody_yet_is_said(browser):
    assert "No patients yet" in browser("dean").get(PATH).text


@pytest.mark.parametrize(
    "given", [{}, {"full_name": " ada  BYRNE "}, {"date_of_birth": "12051990"}, {"date_of_birth": "1990-05-12"}]
)
def test_the_full_name_and_the_birthday_find_somebody_else_and_show_no_more_than_these(app, browser, cast, given):
    with app.app_context():
        ada = db.session.get(Patient, cast.ada)
        ada.user.phone_number, ada.address, ada.allergies, ada.blood_group = "0117", "1 Road", "Latex-5517", "AB-"
        db.session.commit()
    page = find(browser, **given)
    found = page.by_id("found")
    assert text_of(found) == "Found AB Ada Byrne born 12 May 1990 Emergency access to the record of Ada Byrne"
    assert [link.get("href") for link in found.iter("a")] == [f"/patients/{cast.ada}/emergency"]


@pytest.mark.parametrize(
    "given",
    [
        {"full_name": "Ada"},
        {"full_name": "Byrne"},
        {"full_name": "Ada Byr"},
        {"full_name": "%"},
        {"full_name": "Ada_Byrne"},
        {"full_name": "Ada Byrnes"},
        {"date_of_birth": "13 5 1990"},
    ],
)
def test_less_than_everything_finds_nobody(browser, given):
    page = find(browser, **given)
    assert page.status == 200
    assert text_of(page.by_id("found")) == "Found Nobody with this name and date of birth is a patient here."
    assert page.form(id="find").fields["full_name"] == (given.get("full_name") or "Ada Byrne")


@pytest.mark.parametrize("given", [{"full_name": ""}, {"date_of_birth": ""}, {"date_of_birth": "31 2 1990"}])
def test_a_form_that_is_not_whole_says_what_is_missing(browser, given):
    page = find(browser, **given)
    assert (page.status, page.has("section", id="found"), page.has("div", id="errors")) == (422, False, True)


def test_two_with_the_same_name_and_birthday_are_both_found(app, browser, cast):
    with app.app_context():
        factories.patient(name="Ada Byrne", date_of_birth=date(1990, 5, 12))
        db.session.commit()
    assert len(find(browser).find_all("div", class_="person")) == 2


def test_whose_account_is_closed_is_not_found(app, browser, cast):
    with app.app_context():
        db.session.get(Patient, cast.ada).user.closed_at = NOW
        db.session.commit()
    assert "Nobody with this name" in find(browser).text


def test_whoever_is_one_s_own_already_is_opened_without_an_emergency(app, browser, cast):
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        factories.appointment(ada, cole, NOW - timedelta(days=1), status="completed")
        db.session.commit()
    found = find(browser, "cole").by_id("found")
    assert [link.get("href") for link in found.iter("a")] == [f"/patients/{cast.ada}"]


def test_looking_for_somebody_reads_nothing_clinical(app, browser, cast, statements):
    browser("dean").get(PATH)
    with statements() as seen:
        find(browser)
    assert not [text for text in seen if "allergies" in text or "medical_history" in text]
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(AccessLog)) == 0


@pytest.mark.parametrize("name", ["ada", "ben", "pat", "dot", "mo"])
def test_only_doctors_look_for_patients_here(browser, name):
    who = browser(name)
    assert (who.get(PATH).status, who.post(PATH, ADA).status) == (403, 403)


def test_fifty_patients_cost_what_five_cost(browser, treats, statements):
    counted, cole = [], browser("cole")
    for number in (2, 18):
        for _ in range(number):
            treats("cole")
        cole.get(PATH)
        with statements() as seen:
            page = cole.get(PATH)
        counted.append(len(seen))
    assert len(names(page)) == 20
    assert counted[0] == counted[1] <= 5
