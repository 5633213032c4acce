"""Whom the desk entered becomes the owner of their account by a code and their birth date, and only so."""

import re
from datetime import date, timedelta

import factories
import pytest
from factories import NOW, PASSWORD
from page import text_of

from healthbook import clock
from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.models import Claim, Doctor, Patient, User, WrongCode
from healthbook.patients.rules import claims

REFUSAL = "This code and date of birth do not belong together, or the code is no longer valid. Ask us for another."
NEW = {"date_of_birth": "27 3 1980", "email": "una@post.example", "password": "walking by the river"}


@pytest.fixture
def una(app, cast):
    with app.app_context():
        id = factories.entered().id
        db.session.commit()
    return id


@pytest.fixture
def code(dot, una):
    """A code that Dot has made for Una, as the page shows it."""
    return shown(make(dot, una))


def make(who, patient_id):
    return who.get(f"/clinic/people/{patient_id}/code").form(action=f"/clinic/people/{patient_id}/code").submit()


def shown(page):
    return page.find("b", class_="code").text


def claim(who, code, **changed):
    return who.get("/claim").form(id="claim").submit(**NEW | {"code": code} | changed)


def account(app, patient_id):
    with app.app_context():
        user = db.session.get(Patient, patient_id).user
        return user.email, user.password, user.claimed_at


def test_a_code_is_shown_once_and_only_its_hash_is_kept(app, dot, una):
    page = make(dot, una)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}", shown(page))
    assert not dot.get(f"/clinic/people/{una}/code").has("b", class_="code")
    with app.app_context():
        row = db.session.scalar(db.select(Claim))
        assert shown(page).replace(" ", "") not in str(vars(row))
        assert (len(row.code_hash), row.expires_at, row.tries) == (64, NOW + timedelta(days=14), 0)


def test_with_code_and_birth_date_the_account_is_theirs(app, browser, una, code, dot, cast):
    who = browser()
    assert claim(who, code.lower()).location == "/appointments"
    assert who.get("/appointments").status == 200
    email, password, claimed_at = account(app, una)
    assert (email, claimed_at) == ("una@post.example", NOW)
    assert passwords.verify(password, NEW["password"])
    again = browser()
    form = again.get("/sign-in").form(id="sign-in")
    assert form.submit(email="UNA@post.example", password=NEW["password"]).status == 303


def test_what_was_booked_for_them_is_there(app, browser, cast, una, code, dot):
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        factories.appointment(db.session.get(Patient, una), cole, NOW + timedelta(days=1), booked_by_id=cast.dot)
        db.session.commit()
    who = browser()
    claim(who, code)
    assert "Dr Maria Cole" in who.get("/appointments").text


def refusal_of(page):
    assert page.status == 422
    return text_of(page.by_id("code-err"))


@pytest.mark.parametrize("wrong", ["code", "birth date", "used", "expired", "replaced", "closed", "claimed"])
def test_every_refusal_is_the_same(app, browser, dot, una, code, wrong, later):
    given, who = {}, browser()
    if wrong == "code":
        code = "ZZZZ ZZZZ"
    elif wrong == "birth date":
        given = {"date_of_birth": "28 3 1980"}
    elif wrong == "used":
        claim(browser(), code)
    elif wrong == "expired":
        later(days=14)
    elif wrong == "replaced":
        make(dot, una)
    elif wrong == "closed":
        with app.app_context():
            user = db.session.get(Patient, una).user
            user.is_active, user.closed_at = False, NOW
            db.session.commit()
    else:
        with app.app_context():
            db.session.get(Patient, una).user.claimed_at = NOW
            db.session.commit()
    page = claim(who, code, **given)
    assert refusal_of(page) == f"Error: {REFUSAL}"
    assert who.get("/appointments").status == 303
    with app.app_context():
        assert db.session.scalar(db.select(WrongCode.ip)) == "127.0.0.1"


def test_a_code_dies_of_five_wrong_birth_dates(app, browser, una, code):
    for day in range(1, 6):
        claim(browser(), code, date_of_birth=f"{day} 3 1980")
    assert refusal_of(claim(browser(), code)) == f"Error: {REFUSAL}"
    assert account(app, una) == (None, None, None)


def test_four_wrong_ones_do_not_kill_it(app, browser, una, code):
    for day in range(1, 5):
        claim(browser(), code, date_of_birth=f"{day} 3 1980")
    assert claim(browser(), code).status == 303


def test_who_tries_many_codes_must_wait_an_hour(app, browser, una, code, later, monkeypatch):
    monkeypatch.setattr(claims, "MOST_WRONG", 3)
    for n in range(3):
        claim(browser(), f"ZZZZ ZZZ{n}")
    assert "Too many wrong codes were tried." in refusal_of(claim(browser(), code))
    with app.app_context():
        # Somebody else's address is not meant.
        assert claims.look_up(code, date(1980, 3, 27), "192.0.2.7", NOW)
        db.session.rollback()
    later(hours=1)
    assert claim(browser(), code).status == 303


def test_a_wrong_code_counts_though_it_is_refused(app, browser, cast):
    claim(browser(), "ZZZZ ZZZZ")
    with app.app_context():
        assert len(db.session.scalars(db.select(WrongCode)).all()) == 1


def test_an_old_wrong_code_is_forgotten(app, browser, cast, later):
    claim(browser(), "ZZZZ ZZZZ")
    later(hours=2)
    claim(browser(), "ZZZZ ZZZY")
    with app.app_context():
        assert [row.at for row in db.session.scalars(db.select(WrongCode))] == [clock.now()]


def test_two_who_type_one_code_get_one_account(app, una, code):
    """The second has looked it up before the first has used it."""
    with app.app_context():
        assert claims.look_up(code, date(1980, 3, 27), "192.0.2.7", NOW)
        db.session.commit()
        claims.take_over(code, date(1980, 3, 27), "una@post.example", NEW["password"], NOW)
        db.session.commit()
        with pytest.raises(claims.Unfit, match="no longer valid"):
            claims.take_over(code, date(1980, 3, 27), "thief@post.example", NEW["password"], NOW)


def test_a_taken_address_is_said_to_whoever_holds_the_code(app, browser, una, code):
    page = claim(browser(), code, email="ADA@test.example")
    assert "There is already an account with this e-mail address." in text_of(page.by_id("email-err"))
    assert account(app, una) == (None, None, None)
    assert claim(browser(), code).status == 303


def test_a_password_that_is_easily_guessed_uses_nothing_up(app, browser, una, code):
    page = claim(browser(), code, password="una abara 1980")
    assert "easily guessed" in text_of(page.by_id("password-err"))
    assert claim(browser(), code).status == 303


def test_only_for_whom_nobody_owns_yet(app, cast, dot):
    assert "This account is its owner's already." in dot.get(f"/clinic/people/{cast.ada}/code").text
    assert dot.post(f"/clinic/people/{cast.ada}/code").status == 409
    with app.app_context():
        assert db.session.scalar(db.select(Claim)) is None


def test_without_a_birth_date_a_code_would_be_of_no_use(app, cast, dot):
    with app.app_context():
        id = factories.patient(email=None, password=None, claimed_at=None, date_of_birth=None).id
        db.session.commit()
    assert "date of birth, which is not known here" in dot.post(f"/clinic/people/{id}/code").text


@pytest.mark.parametrize("name", ["ada", "cole"])
def test_nobody_else_makes_codes(browser, una, name):
    assert browser(name).post(f"/clinic/people/{una}/code").status == 403


def test_registering_with_the_address_of_somebody_entered_tells_and_takes_nothing(app, browser):
    with app.app_context():
        una = factories.entered(email="una@post.example").id
        db.session.commit()
    page = browser().get("/register")
    person = {"first_name": "Eve", "last_name": "Thief", "date_of_birth": "1 1 1990", "phone_number": ""}
    mine = {"email": "Una@post.example", "password": NEW["password"]}
    answer = page.form(id="register").submit(**person, **mine)
    # Just as if nobody had that address.
    assert (answer.status, answer.location) == (303, "/")
    with app.app_context():
        eve, entered = (db.session.scalar(db.select(User).where(User.last_name == name)) for name in ("Thief", "Abara"))
        assert (entered.patient.id, entered.email, entered.password, entered.claimed_at) == (
            una,
            "una@post.example",
            None,
            None,
        )
        assert eve.id != entered.id


def test_nobody_signs_in_to_an_account_that_was_not_claimed(app, browser):
    """Whatever stands in its row."""
    with app.app_context():
        factories.entered(email="una@post.example")
        db.session.scalar(db.select(User).where(User.email == "una@post.example")).password = factories.hashed()
        db.session.commit()
    page = browser().get("/sign-in").form(id="sign-in").submit(email="una@post.example", password=PASSWORD)
    assert (page.status, "E-mail or password is not right." in page.text) == (422, True)


def test_several_with_one_address_do_not_keep_its_owner_out(app, browser):
    with app.app_context():
        factories.entered(email="ada@test.example")
        factories.entered(name="Kofi Abara", email="ada@test.example")
        db.session.commit()
    page = browser().get("/sign-in").form(id="sign-in").submit(email="ada@test.example", password=PASSWORD)
    assert page.status == 303


def test_the_way_to_claim_stands_where_people_sign_in(browser):
    page = browser().get("/sign-in")
    assert "The desk gave you a code? Use it here" in page.text
    assert browser().get("/claim").h1 == "Make your account yours"


def test_whoever_has_signed_in_has_an_account(browser):
    assert browser("ada").get("/claim").location == "/"
