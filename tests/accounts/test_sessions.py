"""A session lives in the database: what a cookie is worth is settled there."""

from datetime import timedelta

from factories import NOW, PASSWORD
from itsdangerous import TimestampSigner
from sqlalchemy import func, select

from healthbook import clock
from healthbook.accounts import queries, tasks
from healthbook.db import db
from healthbook.jobs import queue
from healthbook.models import Patient, UserSession


def cookie_of(browser):
    return browser.client.get_cookie("session").value


def with_cookie(guest, value):
    guest.client.set_cookie("session", value)
    return guest


def token_of(browser):
    with browser.client.session_transaction() as session:
        return session.get("token")


def is_ada(browser):
    return "Ada Byrne" in browser.get("/doctors").text


def test_a_copied_cookie_is_dead_after_sign_out(browser):
    ada, thief = browser("ada"), browser()
    with_cookie(thief, cookie_of(ada))
    assert is_ada(thief)
    ada.post("/sign-out")
    assert not is_ada(thief)
    assert thief.get("/appointments").location.startswith("/sign-in")


def test_a_cookie_planted_before_sign_in_is_worth_nothing_after(app, browser):
    thief = browser("ben")
    victim = with_cookie(browser(), cookie_of(thief))
    with victim.client.session_transaction() as session:
        session["planted"] = "by somebody"
    victim.post("/sign-in", {"email": "ada@test.example", "password": PASSWORD})
    assert is_ada(victim)
    assert token_of(victim) != token_of(thief)
    assert not is_ada(thief)
    with victim.client.session_transaction() as session:
        assert "planted" not in session


def test_signing_in_again_ends_the_browser_s_session_before(app, browser):
    ada = browser("ada")
    before = with_cookie(browser(), cookie_of(ada))
    ada.post("/sign-in", {"email": "ada@test.example", "password": PASSWORD})
    assert is_ada(ada)
    assert not is_ada(before)


def test_another_browser_s_session_lives_on(browser):
    at_home, on_the_phone = browser("ada"), browser("ada")
    at_home.post("/sign-out")
    assert is_ada(on_the_phone)


def test_the_database_keeps_no_token(app, browser):
    ada = browser("ada")
    with app.app_context():
        row = db.session.scalars(select(UserSession)).one()
        kept = [value for value in vars(row).values() if isinstance(value, (str, bytes))]
        token = token_of(ada)
        assert len(token) >= 43
        assert not any(token in value for value in kept if isinstance(value, str))
        assert row.token_hash == queries.digest(token)
        assert (row.created_at, row.expires_at) == (NOW, NOW + timedelta(hours=12))


def test_a_session_ends_after_twelve_hours(browser, monkeypatch):
    ada = browser("ada")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=12, seconds=-1))
    assert is_ada(ada)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=12))
    assert not is_ada(ada)


def test_a_form_that_is_sent_after_the_session_has_ended_leads_to_sign_in(browser, later, monkeypatch):
    ada = browser("ada")
    known, signed = {"csrf_token": ada.token()}, TimestampSigner.get_timestamp
    later(hours=13)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: signed(signer) + 13 * 60 * 60)
    assert ada.post("/family/dependents", known).location.startswith("/sign-in")


def test_what_ran_out_a_day_ago_is_forgotten_and_nothing_else(app, browser, monkeypatch):
    ada, hours = browser("ada"), []
    for gone in (11, 35, 36, 100):
        monkeypatch.setattr(clock, "now", lambda gone=gone: NOW + timedelta(hours=gone))
        with app.app_context():
            tasks.sweep_sessions()
            hours.append(db.session.scalar(select(func.count()).select_from(UserSession)))
    assert hours == [1, 1, 0, 0]
    assert not is_ada(ada)


def test_the_worker_sweeps_sessions_once_a_day():
    (cron,) = [task.cron for (name, _), task in queue.periodic_registry.periodic_tasks.items() if "sweep_sess" in name]
    assert cron == "17 3 * * *"


def test_whoever_is_deactivated_is_out_at_their_next_step(app, browser, cast):
    ada = browser("ada")
    with app.app_context():
        db.session.get(Patient, cast.ada).user.is_active = False
        db.session.commit()
        assert not queries.signed_in(token_of(ada))
    assert not is_ada(ada)


def test_the_person_is_found_in_one_statement_and_a_guest_in_none(app, browser, statements):
    token = token_of(browser("cole"))
    with app.app_context(), statements() as seen:
        assert queries.signed_in(None) is None
        assert queries.signed_in("") is None
        assert not seen
        person = queries.signed_in(token)
        assert person.roles == {"doctor"}
        assert len(seen) == 1


def test_a_stream_may_go_on_as_long_as_its_session_lives(app, browser):
    ada = browser("ada")
    token = token_of(ada)
    with app.app_context():
        assert queries.signed_in(token)
        assert not queries.signed_in(None)
        assert not queries.signed_in("made up")
    ada.post("/sign-out")
    with app.app_context():
        assert not queries.signed_in(token)


def test_a_cookie_that_we_did_not_write_is_a_guest_s(browser):
    for value in ("", "garbage", "a.b.c", "x" * 4000, "é€"):
        assert with_cookie(browser(), value).get("/doctors").status == 200, value
