"""Another password, and where one is signed in: the old one is asked for, and other devices are signed out."""

import pytest
from browsers import Browser
from factories import PASSWORD

from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.models import Patient, UserSession
from healthbook.patients.devices import device

NEW = "quiet harbour at nine"
ANDROID = "Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Safari/604.1"


@pytest.fixture
def ada(app, cast):
    """ada(): a new device on which she has signed in, by its user agent."""

    def signed_in(user_agent=ANDROID):
        made = Browser(app).as_person("ada@test.example")
        with app.app_context():
            newest = db.session.scalars(db.select(UserSession).order_by(UserSession.id.desc())).first()
            newest.user_agent = user_agent
            db.session.commit()
        return made

    return signed_in


def change(who, old=PASSWORD, new=NEW, htmx=False):
    form = who.get("/me/signing-in").form(id="change-password")
    return form.submit(htmx=htmx, password=old, new_password=new)


def test_a_new_password_opens_and_the_old_one_does_not(app, cast, ada):
    page = change(ada())
    assert page.location == "/me/signing-in"
    assert "You have a new password." in page.follow().text
    with app.app_context():
        kept = db.session.get(Patient, cast.ada).user.password
    assert passwords.verify(kept, NEW)
    assert not passwords.verify(kept, PASSWORD)


def test_every_other_device_is_signed_out(ada, browser):
    """Whoever had a copy of the cookie has nothing any more (SE4)."""
    here, there, ben = ada(), ada(), browser("ben")
    change(here)
    assert here.get("/me").status == 200
    assert there.get("/me").status == 303
    assert ben.get("/me").status == 200


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"old": ""}, "password", "Enter your password."),
        ({"old": "wrong horse battery"}, "password", "That is not your password."),
        ({"new": "short"}, "new-password", "12 to 128 characters"),
        ({"new": "ada-byrne-1234"}, "new-password", "easily guessed"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(app, cast, ada, given, field, words, htmx):
    here, there = ada(), ada()
    page = change(here, htmx=htmx, **given)
    assert page.status == 422
    assert words in "".join(page.by_id(f"{field}-err").itertext())
    assert there.get("/me").status == 200
    with app.app_context():
        assert passwords.verify(db.session.get(Patient, cast.ada).user.password, PASSWORD)


def test_each_device_is_listed_and_another_can_be_signed_out(ada):
    """One's own sessions can be seen and ended (SE12)."""
    there, here = ada(IPHONE), ada(EDGE)
    page = here.get("/me/signing-in")
    assert "Edge, Windows since Tue 24 Nov, 09:41 This one" in page.text
    assert "Safari, iPhone since Tue 24 Nov, 09:41" in page.text
    (form,) = [form.get("action") for form in page.find_all("form") if form.get("action").endswith("/end")]
    assert page.form(action=form).submit().location == "/me/signing-in"
    assert there.get("/me").status == 303
    assert here.get("/me").status == 200


def test_nobody_ends_the_session_of_somebody_else(app, cast, ada, browser):
    """The number of a session in an address opens nothing (AZ3)."""
    here = ada()
    with app.app_context():
        hers = db.session.scalars(db.select(UserSession.id).order_by(UserSession.id.desc())).first()
    browser("ben").post(f"/me/signing-in/{hers}/end")
    assert here.get("/me").status == 200


@pytest.mark.parametrize(
    ("user_agent", "called"),
    [(ANDROID, "Firefox, Android"), (EDGE, "Edge, Windows"), (IPHONE, "Safari, iPhone"), ("curl/8", ""), (None, "")],
)
def test_a_device_is_called_what_people_call_it(user_agent, called):
    assert device(user_agent) == called
