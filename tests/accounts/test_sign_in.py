from factories import PASSWORD, patient, user
from sqlalchemy import func, select

from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.models import Patient, User, UserSession

WRONG = "E-mail or password is not right. Check both and try again."
ELSEWHERE = (
    *("https:evil.example", "https:/evil.example", "https://evil.example", "//evil.example", "////evil.example"),
    *(
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "evil.example",
    ),
    *("/ok\r\nX-Evil: 1", ""),
)


def tried(browser, email, password="a wrong password", **options):
    return browser.get("/sign-in").form(action="/sign-in").submit(email=email, password=password, **options)


def changed(app, patient_id, **columns):
    with app.app_context():
        person = db.session.get(Patient, patient_id).user
        for name, value in columns.items():
            setattr(person, name, value)
        db.session.commit()


def bare(page, email):
    """The page without what the guest brought, and without its token, which carries the second of its making."""
    token = page.find("meta", name="csrf-token").get("content")
    return page.body.replace(email, "…").replace(token, "…")


def sessions(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(UserSession))


def test_ada_signs_in_and_finds_her_name_on_the_page(browser):
    page = tried(browser(), "ada@test.example", PASSWORD)
    assert (page.status, page.location) == (303, "/")
    assert "Ada Byrne" in page.follow().text


def test_the_case_of_an_address_and_spaces_around_it_do_not_matter(browser):
    assert tried(browser(), "  ADA@test.Example ", PASSWORD).status == 303


def test_a_wrong_password_is_told_at_once_and_where_to_look(browser):
    page = tried(browser(), "ada@test.example")
    assert page.status == 422
    assert page.title.startswith("Error: ")
    summary = page.by_id("errors")
    assert summary.get("autofocus") is not None
    assert [(link.get("href"), link.text) for link in summary.iter("a")] == [("#email", WRONG)]
    assert page.form(action="/sign-in").fields["email"] == "ada@test.example"
    assert page.form(action="/sign-in").fields["password"] == ""


def test_nobody_learns_who_has_an_account(app, browser, cast):
    with app.app_context():
        patient(email=None, username="gone", is_active=False)
        db.session.commit()
    changed(app, cast.ben, password=None)
    guest, bodies = browser(), set()
    for email in ("ada@test.example", "ben@test.example", "nobody@test.example"):
        page = tried(guest, email)
        assert page.status == 422
        bodies.add(bare(page, email))
    assert len(bodies) == 1
    assert sessions(app) == 0


def test_an_account_that_was_closed_is_told_the_same_even_with_the_right_password(app, browser, cast):
    changed(app, cast.ada, is_active=False)
    page = tried(browser(), "ada@test.example", PASSWORD)
    assert page.status == 422
    assert WRONG in page.text


def test_every_refusal_does_the_work_of_one_comparison(app, browser, cast, monkeypatch):
    compared = []
    monkeypatch.setattr(passwords, "fits", lambda hashed, password: compared.append(password) or False)
    changed(app, cast.ben, password=None)
    for n, email in enumerate(("ada@test.example", "ben@test.example", "nobody@test.example"), start=1):
        tried(browser(), email)
        assert len(compared) == n, email


def test_no_connection_waits_while_a_password_is_compared(browser, monkeypatch):
    held = []
    monkeypatch.setattr(passwords, "fits", lambda *_: held.append(db.session().in_transaction()) or False)
    tried(browser(), "ada@test.example")
    assert held == [False]


def test_what_cannot_be_right_is_422(browser):
    for email, password, words in (
        ("   ", "anything", "Enter your e-mail address."),
        ("ada@test.example", "", "Enter your password."),
        (None, None, "Enter your e-mail address."),
        ("%", "anything", WRONG),
        ("ada@test.example'--", "anything", WRONG),
        ("a" * 3000, "b" * 3000, WRONG),
        ("\u202eada@test.example", "\U0001f600", WRONG),
    ):
        page = tried(browser(), email, password)
        assert page.status == 422, email
        assert words in page.text


def test_htmx_gets_the_form_alone_and_is_sent_on_by_a_header(browser):
    guest = browser()
    part = tried(guest, "ada@test.example", htmx=True)
    assert (part.status, part.has("h1"), part.has("form", id="register")) == (422, False, False)
    assert WRONG in part.text
    done = part.form(action="/sign-in").submit(email="ada@test.example", password=PASSWORD, htmx=True)
    assert (done.status, done.location) == (204, "/")
    assert "Ada Byrne" in done.follow().text


def test_a_page_that_asked_for_sign_in_is_gone_on_to(browser):
    page = browser().get("/sign-in", {"next": "/appointments?which=past"})
    done = page.form(action="/sign-in").submit(email="ada@test.example", password=PASSWORD)
    assert done.location == "/appointments?which=past"


def test_nobody_is_sent_to_another_site(browser):
    for n, elsewhere in enumerate(ELSEWHERE):
        form = browser().get("/sign-in", {"next": elsewhere}).form(action="/sign-in")
        done = form.submit(email="ada@test.example", password=PASSWORD, next=elsewhere, htmx=n % 2)
        assert (done.headers.get("Location") or done.headers.get("HX-Redirect")) == "/", elsewhere
        assert not done.headers.get("X-Evil")


def test_whoever_is_signed_in_already_goes_on(browser):
    ada = browser("ada")
    assert ada.get("/sign-in").location == "/"
    assert ada.get("/sign-in", {"next": "/appointments"}).location == "/appointments"


def test_without_the_form_s_token_nothing_happens(app, browser):
    sent = {"email": "ada@test.example", "password": PASSWORD, "csrf_token": "made up"}
    assert browser().post("/sign-in", sent).status == 400
    assert sessions(app) == 0


def test_another_site_cannot_sign_anybody_in(app, browser):
    sent = {"email": "ada@test.example", "password": PASSWORD}
    assert browser().post("/sign-in", sent, headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert browser().post("/sign-in", sent, headers={"Origin": "https://evil.example"}).status == 403
    assert sessions(app) == 0


def test_other_methods_are_not_answered(browser):
    for method in ("PUT", "PATCH", "DELETE"):
        assert browser().open(method, "/sign-in").status == 405


def test_a_password_of_a_megabyte_is_not_even_read(browser):
    sent = {"email": "ada@test.example", "password": "x" * 1_000_000}
    assert browser().post("/sign-in", sent).status == 413


def test_a_staff_member_s_day_is_their_home(browser):
    assert tried(browser(), "dot@test.example", PASSWORD).follow().location == "/clinic"


def test_two_people_of_one_family_do_not_share_an_account(app, browser):
    with app.app_context():
        user(email=None, username="child")
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(User).where(User.email.is_(None))) == 1
    assert tried(browser(), "child", PASSWORD).status == 422
