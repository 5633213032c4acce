"""What a person is told when a request fails, and what neither they nor the log are told."""

import logging

import factories
import pytest
from browsers import Browser
from flask import abort

from healthbook import app as parts
from healthbook.access import public
from healthbook.config import Config
from healthbook.db import db
from healthbook.errors import Busy, Refused, SlotTaken

PRIVATE = "Failing row contains (Ada Byrne, a cough)"
TITLES = {
    400: "We did not understand that",
    401: "Please sign in",
    403: "This page is not for your account",
    404: "We cannot find this page",
    405: "This page cannot do that",
    409: "That did not go through",
    410: "This is no longer here",
    413: "That was too long for us",
    415: "We cannot read that kind of file",
    422: "Something in the form is missing",
    429: "Many people are booking just now",
    500: "Something went wrong here",
    503: "We will be back in a moment",
}


class Fails:
    """An application with one more page, /fails, which does what a test says."""

    def __init__(self, server, folder):
        config = Config(folder, "secret", "00" * 32, server.url("plain"), testing=True)
        self.app = parts.create_app(config)
        self.app.config["PROPAGATE_EXCEPTIONS"] = False
        self.app.add_url_rule("/fails", "fails", public(why="a test")(lambda: self.does()))
        self.does = None
        self.browser = Browser(self.app)

    def page(self, does, htmx=False):
        self.does = does
        return self.browser.get("/fails", htmx=htmx)


@pytest.fixture(scope="module")
def failing(app, server, tmp_path_factory):
    made = Fails(server, tmp_path_factory.mktemp("fails"))
    yield made
    with made.app.app_context():
        db.engine.dispose()


def raises(error):
    def view():
        raise error

    return view


def database_says(state):
    """A real error of the database, with a person's row in its words."""

    def view():
        db.session.execute(
            db.text(f"DO $$ BEGIN RAISE EXCEPTION '{PRIVATE}' USING ERRCODE = '{state}', DETAIL = '{PRIVATE}'; END $$")
        )
        return "done"

    return view


@pytest.mark.parametrize("status", TITLES)
def test_every_status_has_a_page_with_its_words_and_a_way_on(failing, status):
    page = failing.page(lambda: abort(status))
    assert (page.status, page.h1) == (status, TITLES[status])
    assert page.title.startswith(TITLES[status])
    assert "/doctors" in page.links


@pytest.mark.parametrize("status", TITLES)
def test_htmx_gets_a_small_part_with_the_same_words(failing, status):
    page = failing.page(lambda: abort(status), htmx=True)
    assert page.status == status
    assert TITLES[status] in page.text
    assert not page.has("main")
    assert not page.has("h1")


@pytest.mark.parametrize("status", [429, 503])
def test_who_may_try_again_is_told_when(failing, status):
    for htmx in (False, True):
        assert int(failing.page(lambda: abort(status), htmx).headers["Retry-After"]) > 0


def test_a_status_of_no_page_of_ours_is_answered_in_general_words(failing):
    page = failing.page(lambda: abort(418))
    assert (page.status, page.h1) == (418, TITLES[400])


def test_a_wrong_method_says_which_are_right(failing):
    page = failing.browser.post("/fails")
    assert page.status == 405
    assert set(page.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_fault_of_ours_says_nothing_of_itself_and_is_logged(failing, caplog):
    page = failing.page(raises(ZeroDivisionError("secret figures")))
    assert (page.status, page.h1) == (500, TITLES[500])
    assert "secret figures" not in page.body
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(("refusal", "status"), [(Refused, 409), (SlotTaken, 409), (Busy, 429)])
def test_a_refusal_is_told_in_its_own_words(failing, refusal, status):
    for htmx in (False, True):
        page = failing.page(raises(refusal("That time has just gone.")), htmx)
        assert page.status == status
        assert "That time has just gone." in page.text


def test_a_refusal_undoes_what_had_begun(failing):
    def view():
        factories.specialization("Half done")
        raise Refused("No.")

    assert failing.page(view).status == 409
    with failing.app.app_context():
        assert db.session.scalar(db.text("SELECT count(*) FROM specialization WHERE name = 'Half done'")) == 0
        assert db.engine.pool.checkedout() <= 1


def test_what_is_not_there_is_a_404_like_any_other(failing):
    page = failing.page(lambda: db.session.execute(db.text("SELECT 1 WHERE false")).one())
    assert (page.status, page.h1) == (404, TITLES[404])


DATABASE = {
    **dict.fromkeys(("23P01", "40P01"), 409),
    **dict.fromkeys(("55P03", "57014", "40001"), 429),
    **dict.fromkeys(("22P02", "22003", "22021", "22007"), 400),
    **dict.fromkeys(("57P01", "57P03", "53300", "53100", "08006", "58030"), 503),
    **dict.fromkeys(("23505", "23503", "23514", "42P01", "42601", "XX000", "25P02"), 500),
}


@pytest.mark.parametrize("state", DATABASE)
def test_what_the_database_says_becomes_a_status_and_stays_private(failing, caplog, state):
    with caplog.at_level(logging.DEBUG, logger="healthbook"):
        page = failing.page(database_says(state))
    assert (page.status, page.h1) == (DATABASE[state], TITLES[DATABASE[state]])
    assert ("Retry-After" in page.headers) == (page.status in (429, 503))
    assert (state in caplog.text) == (page.status >= 500)
    for word in ("Ada", "cough", "RAISE"):
        assert word not in page.body + caplog.text


def test_a_violated_constraint_is_named_in_the_log_without_the_row(failing, caplog):
    def view():
        factories.specialization("Gout")
        factories.specialization("Gout")

    page = failing.page(view)
    assert page.status == 500
    assert "23505 uq_specialization_name" in caplog.text
    assert "Gout" not in page.body + caplog.text


@pytest.mark.parametrize("value", ["one\0two", 10**40])
def test_a_value_that_the_database_cannot_take_is_the_askers_mistake(failing, value):
    statement = db.text("SELECT (:value)::text, (:value)::text::int")
    assert failing.page(lambda: db.session.execute(statement, {"value": value})).status == 400


def test_a_mistake_in_our_own_statement_is_no_missing_database(failing):
    page = failing.page(lambda: db.session.connection().exec_driver_sql("SELECT %s", (1, 2)))
    assert page.status == 500


def test_a_nul_is_refused_before_anything_is_asked(browser, statements):
    guest = browser()
    guest.get("/sign-in")
    with statements() as seen:
        assert guest.get("/doctors?q=a%00b").status == 400
    assert not [statement for statement in seen if "doctor" in statement]
    assert guest.post("/sign-in", {"email": "a\0b", "password": "x"}).status == 400


@pytest.fixture
def full(server, app, tmp_path, monkeypatch):
    """An application whose one connection is taken."""
    for name, value in (("pool_size", 1), ("max_overflow", 0), ("pool_timeout", 0.1)):
        monkeypatch.setitem(parts.POOL, name, value)
    made = parts.create_app(Config(tmp_path, "secret", "00" * 32, server.url("plain"), testing=True))
    with made.app_context():
        engine = db.engine
    taken = engine.connect()
    yield Browser(made), taken
    taken.close()
    engine.dispose()


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("signed_in", [False, True])
def test_a_full_pool_asks_for_a_moments_patience(full, htmx, signed_in):
    browser, taken = full
    if signed_in:
        with browser.client.session_transaction() as session:
            session["token"] = "somebody"
    page = browser.get("/doctors", htmx=htmx)
    assert page.status == 429
    assert page.headers["Retry-After"]
    assert TITLES[429] in page.text
    taken.close()
    assert browser.get("/doctors").status == 200
