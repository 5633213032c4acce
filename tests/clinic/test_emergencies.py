"""Every emergency access is looked at by an admin: who, whose record, when and why."""

from datetime import timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook import clock
from healthbook.db import db
from healthbook.models import EmergencyAccess, Patient

PATH = "/clinic/emergencies"


@pytest.fixture
def opened(app, cast):
    """opened("dean", "ada"): that doctor opened that record so many minutes ago; its id."""

    def open_record(doctor, patient, minutes=0, reason="Found unconscious"):
        at = NOW - timedelta(minutes=minutes)
        about = {"doctor_id": getattr(cast, doctor), "patient_id": getattr(cast, patient), "reason": reason}
        with app.app_context():
            made = factories.added(EmergencyAccess(**about, starts_at=at, ends_at=at + timedelta(hours=1))).id
            db.session.commit()
            return made

    return open_record


@pytest.fixture
def mo(browser):
    return browser("mo")


def lines(page):
    return [text_of(row) for row in page.tree.iter("li") if row.get("id", "").startswith("opened-")]


def test_each_says_who_opened_whose_record_when_and_why(mo, opened):
    made = opened("dean", "ada", 30, "Seen <b>unconscious</b>")
    page = mo.get(PATH)
    assert (page.status, page.h1, page.title) == (200, "Emergency accesses", "Emergency accesses – Test Clinic")
    (line,) = lines(page)
    assert "Dr Maria Dean opened the record of Ada Byrne Tue 24 Nov, 09:11 until 10:11" in line
    assert "Reason: “Seen <b>unconscious</b>”" in line
    assert page.form(id=None, action=f"{PATH}/{made}/review")


def test_looking_at_it_is_noted_with_name_and_time_and_the_first_one_stays(app, mo, opened, monkeypatch):
    made = opened("dean", "ada")
    form = mo.get(PATH).form(action=f"{PATH}/{made}/review")
    done = form.submit()
    assert (done.status, done.location) == (303, PATH)
    page = done.follow()
    assert "Looked at by Mo Stone, Tue 24 Nov, 09:41" in lines(page)[0]
    assert "It is noted that you have looked at it." in page.text
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=30))
    assert form.submit().status == 303
    with app.app_context():
        assert db.session.get(EmergencyAccess, made).reviewed_at == NOW


def test_what_nobody_has_looked_at_stands_first_the_latest_of_it_above(mo, opened):
    ids = [opened("dean", "ada", 90), opened("cole", "ben", 60), opened("dean", "ben", 30)]
    mo.post(f"{PATH}/{ids[2]}/review")
    page = mo.get(PATH)
    found = [row.get("id") for row in page.tree.iter("li") if row.get("id", "").startswith("opened-")]
    assert found == [f"opened-{n}" for n in (ids[1], ids[0], ids[2])]


def test_today_says_how_many_wait_and_leads_there_for_admins_only(browser, mo, opened):
    assert not mo.get("/clinic").has("p", id="emergencies")
    first = opened("dean", "ada")
    opened("cole", "ben")
    page = mo.get("/clinic")
    assert "Doctors opened 2 records in an emergency" in text_of(page.by_id("emergencies"))
    assert page.by_id("see-emergencies").get("href") == PATH
    mo.post(f"{PATH}/{first}/review")
    assert "A doctor opened a record in an emergency" in text_of(mo.get("/clinic").by_id("emergencies"))
    assert not browser("dot").get("/clinic").has("p", id="emergencies")


def test_today_learns_of_it_while_it_is_open(mo, opened):
    part = mo.get("/clinic", htmx=True)
    same = {"HX-PTag": part.headers["HX-PTag"]}
    assert mo.get("/clinic", htmx=True, headers=same).status == 304
    opened("dean", "ada")
    assert mo.get("/clinic", htmx=True, headers=same).has("p", id="emergencies")


@pytest.mark.parametrize("name", ["ada", "cole", "dean", "pat", "dot"])
def test_nobody_but_an_admin_looks_at_them(app, browser, opened, name):
    made, who = opened("dean", "ada"), browser(name)
    assert (who.get(PATH).status, who.post(f"{PATH}/{made}/review").status) == (403, 403)
    with app.app_context():
        assert db.session.get(EmergencyAccess, made).reviewed_at is None


def test_one_that_is_not_there_cannot_be_looked_at(mo):
    assert mo.post(f"{PATH}/999999/review").status == 404


def test_none_so_far_is_said(mo):
    assert "No record was opened in an emergency" in mo.get(PATH).text


def test_many_are_read_page_by_page_and_cost_no_more_statements(mo, opened, statements):
    counted = []
    for number in (3, 22):
        for n in range(number):
            opened("dean", "ada", n)
        mo.get(PATH)
        with statements() as seen:
            page = mo.get(PATH)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 4
    assert [len(lines(found)) for found in (page, mo.get(page.by_id("page-later").get("href")))] == [20, 5]


def test_the_list_asks_the_database_for_nothing_clinical(app, mo, opened, cast, statements):
    """An admin reads that a record was opened, and nothing in it (AZ11)."""
    opened("dean", "ada")
    with app.app_context():
        db.session.get(Patient, cast.ada).allergies = "Latex-5517"
        db.session.commit()
    with statements() as seen:
        page = mo.get(PATH)
    assert "5517" not in page.body
    assert not [text for text in seen if "allergies" in text or "medical_record" in text]
