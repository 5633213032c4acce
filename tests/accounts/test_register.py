from datetime import date

from factories import NOW, PASSWORD
from sqlalchemy import func, select

from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.models import Patient, User

EVE = {
    "first_name": "Eve",
    "last_name": "Marlow",
    "date_of_birth": "27 3 1990",
    "email": "eve@post.example",
    "phone_number": "0117 496 0199",
    "password": "walking by the river",
}

BAD = {
    ("first_name", "first_name"): ("", "   ", "\u200b", "\u3164", "\u0301", "Eve\u00ad", "x" * 101),
    ("last_name", "last_name"): ("", None, "\u3164", "12", "x" * 101),
    ("date_of_birth", "date_of_birth"): ("", None, "26 11 2026", "２７ ３ １９９０"),
    ("email", "new-email"): (
        "",
        "eve",
        "eve@post",
        "éve@post.example",
        "e" * 250 + "@post.example",
        "eve@a.b\r\nBcc: x@a.b",
    ),
    ("password", "new-password"): ("", None, "eleven char", "x" * 129),
    ("phone_number", "phone_number"): ("call me", "123", "0" * 31, "<script>"),
}


def registered(guest, htmx=False, **given):
    return guest.get("/register").form(action="/register").submit(htmx=htmx, **(EVE | given))


def people(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User))


def eve(app):
    with app.app_context():
        return db.session.scalars(select(User).where(User.email == EVE["email"])).one()


def test_eve_registers_is_signed_in_and_may_book(app, browser):
    guest = browser()
    page = registered(guest)
    assert (page.status, page.location) == (303, "/")
    assert "Eve Marlow" in page.follow().text
    assert guest.get("/appointments").status == 200
    person = eve(app)
    assert (person.date_of_birth, person.phone_number) == (date(1990, 3, 27), "0117 496 0199")
    assert (person.user_type, person.is_staff, person.claimed_at) == ("patient", False, NOW)
    assert person.email_verified_at is None


def test_she_signs_in_with_it_the_next_time(browser):
    registered(browser())
    again = browser().get("/sign-in").form(action="/sign-in")
    assert again.submit(email="EVE@post.example", password=EVE["password"]).status == 303


def test_a_phone_is_not_needed(app, browser):
    assert registered(browser(), phone_number="").status == 303
    assert eve(app).phone_number is None


def test_a_birthday_that_cannot_be_is_refused_and_stays_to_be_mended(app, browser):
    before = people(app)
    page = registered(browser(), date_of_birth=" 31 2 1990")
    assert page.status == 422
    assert page.error_at("date_of_birth") == "Enter your date of birth as day, month and year, like 27 3 1990."
    assert page.form(action="/register").fields["date_of_birth"] == " 31 2 1990"
    assert people(app) == before


def test_somebody_born_today_can_be_registered_wherever_the_day_has_begun(browser):
    assert registered(browser(), date_of_birth="24 11 2026").status == 303


def test_bad_input_is_pointed_out_at_its_field(app, browser):
    before = people(app)
    for (field, shown_at), values in BAD.items():
        for value in values:
            page = registered(browser(), **{field: value})
            assert page.status == 422, (field, value)
            assert page.error_at(shown_at), (field, value)
            assert f"#{shown_at}" in page.links
    assert people(app) == before


def test_what_was_typed_is_kept_but_for_the_password(browser):
    fields = registered(browser(), email="eve").form(action="/register").fields
    assert (fields["first_name"], fields["date_of_birth"], fields["phone_number"]) == (
        "Eve",
        "27 3 1990",
        EVE["phone_number"],
    )
    assert fields["password"] == ""


def test_a_name_is_kept_without_what_cannot_be_seen(app, browser):
    registered(browser(), first_name="  E\u202eve\u200b \x07 Ma\u0308ri ", last_name="O’Marlow-Nguyễn")
    assert (eve(app).first_name, eve(app).last_name) == ("Eve Märi", "O’Marlow-Nguyễn")


def test_markup_in_a_name_is_only_a_name(browser):
    guest = browser()
    page = registered(
        guest, first_name='<img src=x onerror="x()">', last_name='"><div hx-get="/" hx-trigger="load">'
    ).follow()
    assert not page.has("img")
    assert not page.has("div", hx_get="/")
    assert '<img src=x onerror="x()">' in page.text


def test_an_address_that_is_known_is_refused_and_its_account_untouched(app, browser, cast):
    before = people(app)
    for email in ("ada@test.example", "ADA@Test.example"):
        page = registered(browser(), email=email)
        assert page.status == 422
        assert page.error_at("new-email") == "There is already an account with this e-mail address. Sign in with it."
    assert people(app) == before
    with app.app_context():
        assert passwords.verify(db.session.get(Patient, cast.ada).user.password, PASSWORD)


def test_a_form_that_is_sent_twice_makes_one_account_and_signs_in_both_times(app, browser):
    before = people(app)
    for email in (EVE["email"], EVE["email"].title()):
        page = registered(browser(), email=email)
        assert (page.status, page.location) == (303, "/")
        assert "Eve Marlow" in page.follow().text
    assert people(app) == before + 1


def test_a_closed_account_is_not_opened_by_registering_again(app, browser, cast):
    with app.app_context():
        db.session.get(Patient, cast.ada).user.is_active = False
        db.session.commit()
    page = registered(browser(), email="ada@test.example", password=PASSWORD)
    assert (page.status, page.error_at("new-email").startswith("There is already an account")) == (422, True)


def test_whoever_has_the_address_the_refusal_does_the_same_work(app, browser, cast, monkeypatch):
    compared = []
    monkeypatch.setattr(passwords, "fits", lambda *_: compared.append(db.session().in_transaction()) or False)
    with app.app_context():
        db.session.get(Patient, cast.ben).user.password = None
        db.session.commit()
    for email in ("ada@test.example", "ben@test.example"):
        assert registered(browser(), email=email).status == 422
    assert compared == [False, False]


def test_a_password_that_others_would_guess_is_refused(app, browser):
    before = people(app)
    for password in ("eve@post.example", "Eve Marlow 1990", "password1234", "Test Clinic 1"):
        page = registered(browser(), password=password)
        assert page.status == 422
        assert page.error_at("new-password").startswith("This password is easily guessed.")
    assert people(app) == before


def test_nobody_registers_as_more_than_a_patient(app, browser):
    given = {"user_type": "admin", "is_staff": "1", "is_active": "0", "status": "approved", "role": "admin", "id": "1"}
    guest = browser()
    assert registered(guest, **given).status == 303
    assert (eve(app).user_type, eve(app).is_staff, eve(app).is_active) == ("patient", False, True)
    assert guest.get("/clinic").status == 403


def test_no_connection_waits_while_a_password_is_hashed(browser, monkeypatch):
    held = []
    hashed = passwords.hash_password(EVE["password"])
    monkeypatch.setattr(passwords, "hash_password", lambda _: held.append(db.session().in_transaction()) or hashed)
    assert registered(browser()).status == 303
    assert held == [False]


def test_htmx_gets_the_form_alone_and_is_sent_on_by_a_header(browser):
    guest = browser()
    part = registered(guest, htmx=True, email="eve")
    assert (part.status, part.has("h1"), part.has("form", id="sign-in")) == (422, False, False)
    done = part.form(action="/register").submit(**EVE, htmx=True)
    assert (done.status, done.location) == (204, "/")


def test_a_form_without_fields_or_with_the_wrong_kind_of_body_changes_nothing(app, browser):
    before, guest = people(app), browser()
    assert guest.post("/register").status == 422
    assert guest.open("POST", "/register", json={"first_name": None}).status == 400
    assert people(app) == before


def test_other_methods_are_not_answered(browser):
    for method in ("PUT", "DELETE"):
        assert browser().open(method, "/register").status == 405


def test_whoever_is_signed_in_already_goes_on(browser):
    assert browser("ada").get("/register").location == "/"


def test_a_megabyte_is_not_even_read(browser):
    assert browser().post("/register", EVE | {"first_name": "x" * 1_000_000}).status == 413
