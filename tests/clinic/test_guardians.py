"""The desk confirms who looks after a child, and looks again when the child is older."""

from datetime import date

import factories
import pytest
from factories import NOW
from page import text_of
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.models import Guardian, Patient, User
from healthbook.patients.queries.access import reader

PATH = "/clinic/family"


@pytest.fixture
def new(app, family):
    """Gina has entered Kim, and nobody at the desk has seen it."""
    with app.app_context():
        row = db.session.get(Guardian, family.row)
        row.confirmed_at = row.confirmed_by_id = row.reviewed_age = None
        row.may_see_record = False
        db.session.commit()
    return family


@pytest.fixture
def thirteen(app, family):
    """Kim has turned thirteen today."""
    with app.app_context():
        db.session.get(User, family.kim_user).date_of_birth = date(2013, 11, 24)
        db.session.commit()
    return family


@pytest.fixture
def sees(app, family):
    """sees(): whether Gina sees Kim's record."""

    def asked():
        with app.app_context():
            try:
                return reader(db.session.get(User, family.gina_user), family.kim, NOW).why == "guardian"
            except NoResultFound:
                return False

    return asked


def sections(page):
    """What waits, under its heading."""
    return {
        text_of(found.find(".//h2")): [text_of(li.find("div")) for li in found.iter("li")]
        for found in page.find_all("section", class_="card")
    }


def decide(page, family, decision, **given):
    return page.form(action=f"{PATH}/{family.row}/decision").submit(decision=decision, **given)


def test_who_waits_is_named_with_the_child_s_birth_date(browser, new):
    page = browser("dot").get(PATH)
    assert (page.status, page.h1) == (200, "Family")
    assert sections(page) == {
        "To confirm": ["Gina Marlow for Kim Marlow Child born 12 May 2019, 7 years old. Entered on 24 November 2026."]
    }


def test_nothing_to_decide_says_so(browser, family):
    page = browser("mo").get(PATH)
    assert (sections(page), "Nothing to decide" in page.text) == ({}, True)


@pytest.mark.parametrize("who", ["dot", "mo"])
def test_confirmed_the_record_opens(app, browser, new, sees, who):
    assert not sees()
    answer = decide(browser(who).get(PATH), new, "confirm")
    assert answer.location == PATH
    page = answer.follow()
    assert "Gina Marlow may book for Kim Marlow and see the record." in page.text
    assert sections(page) == {}
    assert sees()
    with app.app_context():
        row = db.session.get(Guardian, new.row)
        assert (row.confirmed_at, row.reviewed_age, row.confirmed_by.first_name) == (NOW, 7, who.title())


def test_declined_the_guardian_may_do_nothing_and_is_told(browser, new, sees, jobs):
    answer = decide(browser("dot").get(PATH), new, "decline")
    assert "Gina Marlow can no longer act for Kim Marlow." in answer.follow().text
    assert not sees()
    assert browser("gina").get("/doctors", {"patient_id": new.kim}).status == 403
    ((args, _),) = jobs("guardian_ended")
    assert args["user_id"] == new.gina_user


def test_entering_the_child_again_after_that_allows_nothing(app, browser, new):
    decide(browser("dot").get(PATH), new, "decline")
    form = browser("gina").get("/family").form(id="family-child")
    for _ in range(2):
        form.submit(first_name="Kim", last_name="Marlow", date_of_birth="12 5 2019")
        with app.app_context():
            (row,) = db.session.scalars(db.select(Guardian)).all()
            assert (row.may_book, row.may_see_record, row.until) == (False, False, None)
        page = browser("dot").get(PATH)
        assert list(sections(page)) == ["To confirm"]
        decide(page, new, "decline")


def test_at_thirteen_it_is_looked_at_again(app, browser, thirteen, sees):
    assert not sees()
    page = browser("dot").get(PATH)
    assert sections(page) == {
        "To look at again, at the child's age": [
            "Gina Marlow for Kim Marlow Child born 24 November 2013, 13 years old. Entered on 24 November 2026."
        ]
    }
    assert decide(page, thirteen, "confirm").status == 303
    assert sees()
    with app.app_context():
        assert db.session.get(Guardian, thirteen.row).reviewed_age == 13
    assert sections(browser("dot").get(PATH)) == {}


def test_or_ended(browser, thirteen, sees):
    assert decide(browser("dot").get(PATH), thirteen, "decline").status == 303
    assert not sees()
    assert sections(browser("dot").get(PATH)) == {}


def test_of_two_at_the_desk_the_second_is_told(app, browser, new, sees):
    dots, mos = browser("dot").get(PATH), browser("mo").get(PATH)
    decide(dots, new, "confirm")
    late = decide(mos, new, "decline")
    assert (late.status, text_of(late.by_id("refusal"))) == (409, "Somebody decided about this a moment before you.")
    assert sees()


def test_what_was_ended_meanwhile_is_told(browser, new):
    page = browser("dot").get(PATH)
    browser("gina").post(f"/family/wards/{new.row}/end")
    assert decide(page, new, "confirm").status == 409


def test_nobody_decides_about_themself(app, cast, browser, new):
    with app.app_context():
        db.session.add(Patient(user_id=cast.dot))
        db.session.flush()
        row = db.session.get(Guardian, new.row)
        row.user_id = cast.dot
        db.session.commit()
    answer = decide(browser("dot").get(PATH), new, "confirm")
    assert (answer.status, "Nobody decides about themself." in answer.text) == (409, True)
    assert decide(browser("mo").get(PATH), new, "confirm").status == 303


def test_an_adult_s_guardian_is_not_the_desk_s_to_decide(app, cast, browser, family):
    with app.app_context():
        ada = db.session.get(Patient, cast.ada)
        agreed = factories.guardian(family.gina_user, ada).id
        asked = factories.guardian(cast.mo, ada, confirmed_at=None, confirmed_by_id=None, may_see_record=False).id
        db.session.commit()
    dot = browser("dot")
    assert sections(dot.get(PATH)) == {}
    assert dot.post(f"{PATH}/{agreed}/decision", {"seen": "new", "decision": "decline"}).status == 404
    assert dot.post(f"{PATH}/{asked}/decision", {"seen": "new", "decision": "confirm"}).status == 409


@pytest.mark.parametrize(
    "sent", [{}, {"seen": "new"}, {"seen": "x", "decision": "confirm"}, {"seen": "new", "decision": "x"}]
)
def test_what_is_no_decision_changes_nothing(browser, new, sees, sent):
    assert browser("dot").post(f"{PATH}/{new.row}/decision", sent).status == 422
    assert not sees()


def test_today_counts_them_and_leads_there(browser, new):
    page = browser("dot").get("/clinic")
    assert "Somebody who looks after a child waits for you." in text_of(page.by_id("guardians-waiting"))
    assert page.by_id("see-guardians").get("href") == PATH
    decide(browser("dot").get(PATH), new, "confirm")
    assert not browser("dot").get("/clinic").has("p", id="guardians-waiting")


def test_a_long_list_is_cut_and_says_how_much_there_is(app, cast, browser, statements):
    dot, counted = browser("dot"), []
    for more in (5, 55):
        with app.app_context():
            for n in range(more):
                carer = factories.patient(name=f"Carer {n}")
                terms = {"confirmed_at": None, "confirmed_by_id": None, "may_see_record": False}
                factories.guardian(carer.user_id, factories.child(name=f"Kid {n}"), **terms)
            db.session.commit()
        dot.get(PATH)
        with statements() as seen:
            page = dot.get(PATH)
        counted.append(len(seen))
    assert len(sections(page)["To confirm"]) == 50
    assert "The first 50 of 60." in page.text
    assert counted[1] <= counted[0] + 1 <= 5
