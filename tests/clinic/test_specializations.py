import factories
import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, Specialization

PATH = "/clinic/specializations"


@pytest.fixture
def skin(app, cast):
    """A specialization that no doctor has; its id."""
    with app.app_context():
        made = factories.specialization("Dermatology")
        db.session.commit()
        return made.id


def names(app):
    with app.app_context():
        return sorted(db.session.scalars(db.select(Specialization.name)))


def test_all_stand_there_with_how_many_doctors_have_them(mo, skin):
    page = mo.get(PATH)
    assert (page.status, page.h1) == (200, "Specializations")
    rows = {text_of(row.find("div/b")): text_of(row) for row in page.find_all("li") if row.find("div/b") is not None}
    assert list(rows) == ["Dermatology", "General practice"]
    assert "3 doctors" in rows["General practice"]
    assert "Remove" in rows["Dermatology"]
    assert "Remove" not in rows["General practice"]


def test_one_is_added(app, mo):
    page = mo.get(PATH).form(action=PATH).submit(name="  Ear,  nose and throat ", description="Hearing")
    assert (page.status, page.location) == (303, PATH)
    assert "Ear, nose and throat was added." in page.follow().text
    assert names(app) == ["Ear, nose and throat", "General practice"]


def test_one_is_renamed(app, mo, skin):
    form = mo.get(PATH).form(action=f"{PATH}/{skin}")
    assert form.fields["name"] == "Dermatology"
    assert form.submit(name="Skin", description="").status == 303
    assert names(app) == ["General practice", "Skin"]


def test_a_name_may_change_its_letters(app, mo, skin):
    assert mo.post(f"{PATH}/{skin}", {"name": "DERMATOLOGY"}).status == 303
    assert names(app) == ["DERMATOLOGY", "General practice"]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_name_that_there_is_already_is_refused_at_the_field(app, mo, skin, htmx):
    for path, id in ((PATH, "name-new"), (f"{PATH}/{skin}", f"name-{skin}")):
        page = mo.post(path, {"name": "GENERAL Practice"}, htmx=htmx)
        assert page.status == 422
        (link,) = page.by_id("errors").iter("a")
        assert link.get("href") == f"#{id}"
        assert page.by_id(id).get("value") == "GENERAL Practice"
        assert "There is already a specialization called GENERAL Practice." in page.text
    assert names(app) == ["Dermatology", "General practice"]


def test_a_specialization_has_a_name_of_some_length(app, mo, skin):
    for name in ("", "  ", "\u3164", "x" * 81):
        assert mo.post(PATH, {"name": name}).status == 422
        assert mo.post(f"{PATH}/{skin}", {"name": name}).status == 422
    assert mo.post(PATH, {"name": "Skin", "description": "x" * 301}).status == 422
    assert names(app) == ["Dermatology", "General practice"]


def test_an_unused_one_is_removed(app, mo, skin):
    page = mo.get(PATH).form(action=f"{PATH}/{skin}/removal").submit()
    assert (page.status, page.location) == (303, PATH)
    assert "Dermatology was removed." in page.follow().text
    assert names(app) == ["General practice"]


@pytest.mark.parametrize("htmx", [True, False])
def test_one_that_doctors_have_stays(app, cast, mo, htmx):
    with app.app_context():
        used = db.session.get(Doctor, cast.cole).specialization_id
    page = mo.post(f"{PATH}/{used}/removal", htmx=htmx)
    assert page.status == 409
    assert "Doctors have this specialization. Give them another one first." in page.text
    assert names(app) == ["General practice"]
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).specialization_id == used


def test_one_that_is_not_there_is_not_found(mo):
    assert mo.post(f"{PATH}/999999", {"name": "Skin"}).status == 404
    assert mo.post(f"{PATH}/999999/removal").status == 404
    assert mo.post(f"{PATH}/{2**31}", {"name": "Skin"}).status == 404


def test_what_an_admin_wrote_is_text(mo):
    mo.post(PATH, {"name": "<script>x()</script>", "description": '"><img src=x>'})
    page = mo.get(PATH)
    assert "<script>x()</script>" in page.text
    assert not page.find_all("img")


@pytest.mark.parametrize("name", ["ada", "cole", "pat", "dot"])
def test_only_an_admin_changes_them(app, browser, skin, name):
    who = browser(name)
    assert who.get(PATH).status == 403
    assert who.post(PATH, {"name": "Skin"}).status == 403
    assert who.post(f"{PATH}/{skin}", {"name": "Skin"}).status == 403
    assert who.post(f"{PATH}/{skin}/removal").status == 403
    assert names(app) == ["Dermatology", "General practice"]


def test_ten_times_as_many_cost_no_more_statements(app, mo, statements):
    def more(number, prefix):
        with app.app_context():
            for n in range(number):
                factories.specialization(f"{prefix} {n}")
            db.session.commit()

    more(4, "A")
    mo.get(PATH)
    with statements() as few:
        mo.get(PATH)
    more(45, "B")
    with statements() as many:
        mo.get(PATH)
    assert len(many) == len(few) <= 4
