"""The family page: entering a child, stepping back, and what each sees of the other."""

from datetime import date, timedelta

import factories
import pytest
from factories import NOW
from page import text_of
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.models import Guardian, Patient, User
from healthbook.patients.queries.access import reader

PATH = "/family"
CHILD = {"first_name": "Lea", "last_name": "Byrne", "date_of_birth": "27 3 2019", "gender": "F"}


@pytest.fixture
def enter(browser):
    """enter("ada", first_name="Noa"): she enters a child; this is the answer."""
    return lambda name, **given: browser(name).get(PATH).form(id="family-child").submit(**CHILD | given)


@pytest.fixture
def rows(app):
    """Everybody's guardianships: who, for whom, may book, may see, until when."""

    def read():
        with app.app_context():
            found = db.session.scalars(db.select(Guardian).order_by(Guardian.id))
            return [
                (g.user.first_name, g.patient.user.first_name, g.may_book, g.may_see_record, g.until) for g in found
            ]

    return read


def wards(page):
    """What the page says of each person one acts for."""
    found = [li for li in page.find_all("li") if (li.get("id") or "").startswith("ward-")]
    return [(text_of(li.find(".//b")), text_of(li.find(".//span[@class='small']"))) for li in found]


def test_whoever_has_no_family_yet_reads_how_it_begins(browser):
    page = browser("ada").get(PATH)
    assert (page.status, page.h1, page.title) == (200, "Family", "Family – Test Clinic")
    assert [text_of(found.find("h2")) for found in page.find_all("div", class_="empty")] == [
        "Nobody yet",
        "Nobody acts for you",
    ]
    assert PATH in page.links


def test_a_child_is_known_at_once_can_be_booked_for_and_has_no_account(app, cast, browser, enter, rows):
    answer = enter("ada")
    assert (answer.status, answer.location) == (303, PATH)
    page = answer.follow()
    assert "You can book for Lea now." in page.text
    assert wards(page) == [("Lea Byrne", "You can book. The record opens when the clinic has confirmed.")]
    assert rows() == [("Ada", "Lea", True, False, None)]
    with app.app_context():
        row = db.session.scalar(db.select(Guardian))
        child, ada = row.patient.user, db.session.get(Patient, cast.ada).user
        assert (child.email, child.password, child.claimed_at, child.user_type) == (None, None, None, "patient")
        assert (child.date_of_birth, row.patient.gender) == (date(2019, 3, 27), "F")
        assert (row.since, row.confirmed_at, row.confirmed_by_id) == (NOW.date(), None, None)
        with pytest.raises(NoResultFound):
            reader(ada, row.patient_id, NOW)
        patient_id, row_id = row.patient_id, row.id
    link = page.find("a", id=f"book-for-{row_id}").get("href")
    assert link == f"/doctors?patient_id={patient_id}"
    assert browser("ada").get(link).status == 200


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"first_name": " "}, "Enter the child's first name."),
        ({"last_name": ""}, "Enter the child's last name."),
        ({"first_name": "x" * 101}, "Please shorten the first name to 100 letters."),
        ({"date_of_birth": "yesterday"}, "Enter the child's date of birth as day, month and year, like 27 3 2019."),
        ({"date_of_birth": "1 1 2099"}, "Enter the child's date of birth as day, month and year, like 27 3 2019."),
        ({"gender": "x"}, "Choose one of the list."),
        ({"date_of_birth": "24 11 2008"}, "From 18 on people decide themselves:"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(enter, rows, given, words):
    page = enter("ada", **given)
    assert page.status == 422
    (field,) = given
    wrong = page.find("select" if field == "gender" else "input", name=field)
    assert words in text_of(page.by_id(wrong.get("id") + "-err"))
    assert words in text_of(page.by_id("errors"))
    kept = {name: value for name, value in CHILD.items() if name not in given}
    assert kept.items() <= page.form(id="family-child").fields.items()
    assert rows() == []


def test_up_to_the_day_before_18_somebody_is_a_child(enter, rows):
    assert enter("ada", date_of_birth="25 11 2008").status == 303
    assert len(rows()) == 1


def test_the_gender_may_stay_unsaid(app, enter):
    enter("ada", gender="")
    with app.app_context():
        assert db.session.scalar(db.select(Guardian)).patient.gender is None


def test_the_same_child_twice_is_told(enter, rows):
    enter("ada")
    page = enter("ada", first_name="LEA", last_name="byrne")
    assert (page.status, text_of(page.by_id("refusal"))) == (409, "Lea Byrne is on your page already.")
    assert len(rows()) == 1
    assert enter("ada", date_of_birth="28 3 2019").status == 303
    assert enter("ben").status == 303


def test_ten_at_most(enter, rows):
    for n in range(10):
        assert enter("ada", first_name=f"Lea {n}").status == 303
    page = enter("ada", first_name="Lea 10")
    assert (page.status, len(rows())) == (409, 10)
    assert "You act for 10 people already." in text_of(page.by_id("refusal"))


def test_nothing_else_that_a_form_carries_is_taken(app, cast, browser, enter, rows):
    """Mass assignment: rights, ids and accounts are not the form's to give (AZ14)."""
    more = {
        "may_see_record": "y",
        "confirmed_at": "2026-01-01",
        "user_id": "1",
        "patient_id": str(cast.ada),
        "email": "lea@test.example",
        "password": "x" * 12,
        "user_type": "admin",
        "is_staff": "1",
    }
    assert browser("ada").post("/family/dependents", CHILD | more).status == 303
    assert rows() == [("Ada", "Lea", True, False, None)]
    with app.app_context():
        child = db.session.scalar(db.select(Guardian)).patient.user
        assert (child.email, child.password, child.user_type, child.is_staff) == (None, None, "patient", False)


def test_a_guardian_steps_back_and_from_then_on_may_do_nothing(app, browser, family, rows, jobs):
    gina = browser("gina")
    page = gina.get(PATH)
    assert wards(page) == [("Kim Marlow", "You can book and see the record.")]
    answer = page.form(action=f"/family/wards/{family.row}/end").submit()
    assert answer.location == PATH
    after = answer.follow()
    assert "You no longer act for Kim Marlow." in after.text
    assert wards(after) == []
    assert rows() == [("Gina", "Kim", False, False, NOW.date())]
    assert gina.get(f"/doctors?patient_id={family.kim}").status == 403
    assert jobs("guardian_ended") == []
    assert gina.post(f"/family/wards/{family.row}/end").status == 303


def test_what_lasted_longer_ends_with_the_day_before(app, browser, family, rows):
    with app.app_context():
        db.session.get(Guardian, family.row).since = NOW.date() - timedelta(days=40)
        db.session.commit()
    browser("gina").get(PATH).form(action=f"/family/wards/{family.row}/end").submit()
    assert rows() == [("Gina", "Kim", False, False, NOW.date() - timedelta(days=1))]


def test_whoever_stepped_back_and_enters_the_child_again_waits_for_the_desk(browser, family, enter, rows):
    browser("gina").get(PATH).form(action=f"/family/wards/{family.row}/end").submit()
    again = enter("gina", first_name="Kim", last_name="Marlow", date_of_birth="12 5 2019")
    assert "We have asked the clinic." in again.follow().text
    assert wards(browser("gina").get(PATH)) == [
        ("Kim Marlow", "We have asked the clinic. You can book when they agree.")
    ]
    assert rows() == [("Gina", "Kim", False, False, None)]


def test_another_s_guardianship_is_not_there(browser, family, rows):
    before = rows()
    for path in (f"/family/wards/{family.row}/end", f"/family/guardians/{family.row}", "/family/wards/999999/end"):
        assert browser("ada").post(path, {"may_book": "y"}).status == 404
    assert rows() == before


@pytest.mark.parametrize(
    ("columns", "born", "words"),
    [
        ({"may_see_record": False}, None, "You can book. You do not see the record."),
        ({"may_book": False}, None, "You can see the record."),
        ({"until": date(2026, 12, 24)}, None, "You can book and see the record. Until 24 December 2026."),
        ({}, date(2013, 1, 1), "You can book. At this age the clinic looks at it again with you: until then"),
        ({}, date(2008, 1, 1), "An adult now, who decides themself. To go on, ask them for a code."),
    ],
)
def test_the_page_says_what_one_may_do(app, browser, family, columns, born, words):
    with app.app_context():
        db.session.execute(db.update(Guardian).where(Guardian.id == family.row).values(columns or {"reviewed_age": 7}))
        if born:
            db.session.get(User, family.kim_user).date_of_birth = born
        db.session.commit()
    ((name, said),) = wards(browser("gina").get(PATH))
    assert (name, said.startswith(words)) == ("Kim Marlow", True)


def test_two_guardians_of_a_child_do_not_see_how_to_reach_each_other(app, cast, browser, family):
    """Neither page of theirs names the other's e-mail or phone (AZ6)."""
    with app.app_context():
        tom = factories.patient(name="Tom Reed", email="tom@test.example", phone_number="0117 496 0777")
        factories.guardian(tom.user_id, db.session.get(Patient, family.kim), confirmed_by_id=cast.dot, reviewed_age=7)
        db.session.get(User, family.gina_user).phone_number = "0117 496 0888"
        db.session.commit()
    for name, others in (("gina", ("tom@", "0777")), ("tom", ("gina@", "0888"))):
        who = browser(name)
        for path in (PATH, "/appointments", f"/doctors/{cast.cole}/slots?patient_id={family.kim}"):
            page = who.get(path)
            assert page.status == 200
            assert not any(other in page.body for other in others), path


def test_ten_times_as_many_cost_no_statement_more(app, cast, browser, family, statements):
    gina, counted = browser("gina"), []
    for more in (0, 9):
        with app.app_context():
            for n in range(more):
                child, carer = factories.child(name=f"Kid {n}"), factories.patient(name=f"Carer {n}")
                factories.guardian(family.gina_user, child, confirmed_by_id=cast.dot)
                factories.guardian(carer.user_id, db.session.get(Patient, family.gina))
            db.session.commit()
        gina.get(PATH)
        with statements() as seen:
            page = gina.get(PATH)
        counted.append(len(seen))
    assert len(wards(page)) == 10
    assert counted[0] == counted[1] <= 6


def test_doctors_and_the_desk_have_no_family_page_unless_they_are_patients(browser):
    for name in ("cole", "dot", "mo", "pat"):
        assert browser(name).get(PATH).status == 403


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_no_child_is_entered_under_a_name_that_cannot_be_read(enter, rows, field):
    """Whoever confirms it at the desk must see who it is (BI1)."""
    page = enter("ada", **{field: "\u3164"})
    assert page.status == 422
    assert "in letters that can be seen" in page.text
    assert rows() == []
