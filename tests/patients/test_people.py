"""The desk finds whoever calls by what they say, and enters whom nobody knows yet, once."""

from datetime import date

import factories
import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Patient, User
from healthbook.patients.queries import people
from healthbook.patients.queries.people import Known

NEW = {
    "first_name": "Una",
    "last_name": "Abara",
    "date_of_birth": "27 3 1980",
    "phone_number": "0117 496 0777",
    "email": "",
}


@pytest.fixture
def crowd(app, cast):
    """People whose names, birth dates and phones are easily taken for one another."""
    names = [
        ("Zoë Müller-Lüdenscheidt", date(1980, 3, 27), "+44 117 496 0123"),
        ("Zoe Muller", date(1981, 3, 27), "0117 496 0124"),
        ("Siobhán O’Brien", date(1980, 3, 27), None),
        ("Li Wu", date(1990, 1, 1), "01174960199"),
    ]
    with app.app_context():
        ids = {
            name: factories.patient(name=name, date_of_birth=born, phone_number=phone).id for name, born, phone in names
        }
        db.session.commit()
    return ids


def seek(who, **said):
    return who.get("/clinic/people").form(id="seek").submit(**said)


def found(page):
    return [text_of(item) for item in page.by_id("found").iter("li")]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"name": "zoe mull"}, ["Zoe Muller", "Zoë Müller-Lüdenscheidt"]),
        ({"name": "Müller Zoë"}, ["Zoe Muller", "Zoë Müller-Lüdenscheidt"]),
        ({"name": "LUDEN"}, ["Zoë Müller-Lüdenscheidt"]),
        ({"name": "obrien"}, ["Siobhán O’Brien"]),
        ({"name": "o'brien"}, ["Siobhán O’Brien"]),
        ({"name": "wu"}, ["Li Wu"]),
        ({"name": "li"}, ["Li Wu"]),
        ({"name": "uller"}, []),
        ({"name": "%"}, None),
        ({"name": "%%"}, []),
        ({"name": "_i"}, []),
        ({"date_of_birth": "27 3 1980"}, ["Zoë Müller-Lüdenscheidt", "Siobhán O’Brien"]),
        ({"date_of_birth": "27 3 1980", "name": "zo"}, ["Zoë Müller-Lüdenscheidt"]),
        ({"phone_number": "0117 496 0123"}, ["Zoë Müller-Lüdenscheidt"]),
        ({"phone_number": "+44 (0)117 4960199"}, ["Li Wu"]),
        ({"phone_number": "0124"}, ["Zoe Muller"]),
        ({"phone_number": "4960"}, []),
    ],
)
def test_everything_that_was_said_must_fit(dot, crowd, said, names):
    page = seek(dot, **said)
    if names is None:
        assert page.status == 422
        return
    assert sorted(line.partition(" born")[0][2:].strip() for line in found(page)) == sorted(names)


def test_the_desk_sees_name_birth_date_and_phone(dot, crowd):
    assert found(seek(dot, name="li wu")) == ["LW Li Wu born 1 January 1990, 01174960199 Book for Li, Li Wu"]


def test_nothing_else_is_even_read(app, crowd):
    with app.app_context():
        (row,) = people.seek(Known("li wu")).patients
        for one, column in ((row, "blood_group"), (row, "allergies_sealed"), (row.user, "email")):
            with pytest.raises(Exception, match="raiseload"):
                getattr(one, column)


def test_the_search_stands_in_no_address(dot, crowd):
    page = dot.get("/clinic/people")
    assert page.form(id="seek").method == "post"
    assert "1990" not in seek(dot, date_of_birth="1 1 1990").path


def test_who_has_closed_their_account_is_not_found(app, dot, crowd, change):
    with app.app_context():
        wu = db.session.get(Patient, crowd["Li Wu"]).user
        wu.is_active, wu.closed_at = False, factories.NOW
        db.session.commit()
    page = seek(dot, name="li wu")
    assert "Nobody is known to whom all of this fits." in page.text


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({}, "name", "Enter a name, a date of birth or a phone number."),
        ({"name": "x"}, "name", "Write at least two letters of the name."),
        ({"date_of_birth": "soon"}, "date_of_birth", "Write a date of birth as day, month and year"),
        ({"phone_number": "123"}, "phone_number", "Write a phone number"),
    ],
)
def test_too_little_is_said_at_the_field(dot, said, field, words):
    page = seek(dot, **said)
    assert page.status == 422
    assert words in text_of(page.by_id(f"{field}-err"))


def test_a_crowd_is_cut_and_costs_no_more(app, dot, statements):
    with app.app_context():
        for _each in range(30):
            factories.patient(name="Jan Novak")
        db.session.commit()
    with statements() as many:
        page = seek(dot, name="jan nov")
    assert "More than 20 people" in page.text
    assert len(found(page)) == 20
    with statements() as few:
        seek(dot, name="nobody")
    assert len(many) == len(few)


def test_what_was_searched_for_begins_the_form(dot):
    page = seek(dot, name="Una Maria Abara", date_of_birth="27 3 1980", phone_number="0117 496 0777")
    begun = page.form(action="/clinic/people/new").submit(act="begin")
    assert begun.h1 == "Somebody new"
    fields = begun.form(id="enter").fields
    assert [fields[name] for name in ("first_name", "last_name", "date_of_birth", "phone_number")] == [
        "Una Maria",
        "Abara",
        "27 3 1980",
        "0117 496 0777",
    ]


def enter(who, act="look", **changed):
    return who.get("/clinic/people/new").form(id="enter").submit(**NEW | {"act": act} | changed)


def test_somebody_new_is_entered_and_booked_for(app, dot, cast):
    page = enter(dot).follow()
    assert (page.h1, "Una Abara was entered." in page.text) == ("Book for Una Abara", True)
    with app.app_context():
        user = db.session.scalar(db.select(User).where(User.last_name == "Abara"))
        assert (user.email, user.password, user.claimed_at, user.user_type) == (None, None, None, "patient")
        assert user.patient is not None


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ({"name": "Una Abara", "date_of_birth": date(1980, 3, 27)}, {}),
        ({"name": "Unna Abarra", "date_of_birth": date(1980, 3, 27)}, {}),
        ({"name": "Abara Una", "date_of_birth": date(1980, 3, 27)}, {}),
        ({"name": "Somebody Else", "phone_number": "+44 117 4960777"}, {}),
        ({"name": "Somebody Else", "email": "UNA@post.example"}, {"email": "una@post.example"}),
    ],
)
def test_likely_doubles_are_shown_first(app, dot, known, typed):
    with app.app_context():
        id = factories.patient(**known).id
        db.session.commit()
    page = enter(dot, **typed)
    assert page.status == 200
    assert "Is it this person?" in page.text
    assert page.by_id(f"choose-{id}").get("href") == f"/clinic/people/{id}"
    assert text_of(page.by_id(f"choose-{id}")).startswith("This is them")
    assert page.form(id="enter").fields["first_name"] == "Una"


@pytest.mark.parametrize(
    "known",
    [
        {"name": "Una Abara", "date_of_birth": date(1981, 3, 27)},
        {"name": "Konstantin Petrov", "date_of_birth": date(1980, 3, 27)},
        {"name": "Somebody Else", "phone_number": "0117 496 0778"},
    ],
)
def test_who_is_surely_another_is_none(app, dot, known):
    with app.app_context():
        factories.patient(**known)
        db.session.commit()
    assert enter(dot).status == 303


def test_none_of_these_enters_them_as_new_all_the_same(app, dot):
    with app.app_context():
        factories.patient(name="Una Abara", date_of_birth=date(1980, 3, 27))
        db.session.commit()
    doubles = enter(dot)
    assert doubles.by_id("none-of-these").get("form") == "enter"
    assert doubles.form(id="enter").submit(act="new").status == 303
    with app.app_context():
        assert len(db.session.scalars(db.select(User).where(User.last_name == "Abara")).all()) == 2


def test_the_same_form_twice_enters_one_person(app, dot):
    form = dot.get("/clinic/people/new").form(id="enter")
    first, second = (form.submit(**NEW, act="new") for _each in range(2))
    assert first.location == second.location
    with app.app_context():
        assert len(db.session.scalars(db.select(User).where(User.last_name == "Abara")).all()) == 1


def test_families_share_an_address(app, dot):
    with app.app_context():
        factories.patient(email="una@post.example")
        db.session.commit()
    assert enter(dot, "new", email="una@post.example").status == 303
    assert enter(dot, "new", first_name="Kofi", email="una@post.example").status == 303


def test_what_is_wrong_is_said_at_the_field_and_kept(dot):
    page = enter(dot, phone_number="", email="una@")
    assert page.status == 422
    assert "Enter a phone number" in text_of(page.by_id("phone_number-err"))
    assert "Enter an e-mail address" in text_of(page.by_id("email-err"))
    assert page.form(id="enter").fields["first_name"] == "Una"


def test_with_whom_it_was_to_be_is_not_forgotten(app, cast, dot):
    page = dot.get(f"/clinic/people/new?with={cast.cole}&start=2026-11-26T10:00:00%2B00:00&type=1")
    assert "Dr Maria Cole" in text_of(page.by_id("wanted"))
    there = page.form(id="enter").submit(**NEW, act="new").location
    assert there.startswith("/clinic/people/")
    assert f"/doctors/{cast.cole}" in there
    assert "week=2026-11-26" in there


@pytest.mark.parametrize("name", ["ada", "cole"])
def test_nobody_else_looks_people_up(browser, name):
    who = browser(name)
    assert who.get("/clinic/people").status == 403
    assert who.post("/clinic/people", {"name": "Ben"}).status == 403
    assert who.post("/clinic/people/new", NEW | {"act": "new"}).status == 403


@pytest.mark.parametrize(
    ("known", "index"),
    [
        (Known("una aba"), "ix_custom_user_name"),
        (Known(phone="0117 496 0777"), "ix_custom_user_phone"),
        (Known(born=date(1980, 3, 27)), "ix_custom_user_date_of_birth"),
    ],
)
def test_an_index_serves_each(app, cast, known, index):
    with app.app_context():
        db.session.execute(db.text("SET LOCAL enable_seqscan = off"))
        db.session.execute(db.text("SET LOCAL enable_indexscan = off"))
        assert index in plan_of(known)


def plan_of(known):
    """What PostgreSQL would do, with the words that it is really sent."""
    statement = people.people().where(*people.fits(known))
    compiled = statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
    raw = db.session.connection().connection.cursor()
    return "\n".join(row[0] for row in raw.execute(f"EXPLAIN {compiled}", compiled.params).fetchall())
