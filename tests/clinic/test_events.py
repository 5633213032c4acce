"""Who may hear what, and how a stream begins, goes on and ends."""

from contextlib import contextmanager
from itertools import islice

import factories
import pytest
from browsers import Browser
from factories import NOW

from healthbook import live
from healthbook.db import db
from healthbook.models import Doctor, Patient, User, UserSession

EVERYBODY = {"guest", "ada", "ben", "cole", "dean", "pat", "dot", "mo"}
STAFF = {"dot", "mo"}


@contextmanager
def listening(who, topics):
    """An open stream: what it answers, and its text one event at a time."""
    response = who.client.get("/events", query_string={"t": topics}, buffered=False)
    try:
        yield response, (chunk.decode() for chunk in response.response)
    finally:
        response.close()


def status(who, topics):
    with listening(who, topics) as (response, _):
        return response.status_code


@pytest.fixture
def ids(app, cast, visit):
    """What the topics' names are made of."""
    reference = visit("ada", "cole", "14:00")
    with app.app_context():
        ada = db.session.scalar(db.select(User.id).where(User.email == "ada@test.example"))
    return {"doctor": cast.cole, "ada": ada, "reference": reference, "nobody": 999_999}


HEARD = {
    "doctor-{doctor}": EVERYBODY,
    "doctor-{nobody}": EVERYBODY,
    "agenda-{doctor}": STAFF | {"cole"},
    "agenda-{nobody}": STAFF,
    "appointment-{reference}": STAFF | {"ada", "cole"},
    "appointment-ZZZZZZZZ": set(),
    "clinic": STAFF,
    "me-{ada}": {"ada"},
    "doctor-{doctor},clinic": STAFF,
    "doctor-{doctor},me-{ada}": {"ada"},
}
SENSELESS = (
    *("", ",", "doctor", "doctor-", "doctor-0", "doctor-07", "doctor--1", "doctor-1e3", "doctor-x", "Clinic", "*"),
    *("clinic ", "clinic-1", "doctor-{doctor},", "doctor-{doctor}\n", "doctor-١", "doctor-99999999999", "refresh"),
    *("ping", "appointment-{doctor}", "me-", "patient-{ada}", "doctor-{doctor};clinic"),
    ",".join(f"doctor-{n}" for n in range(1, 12)),
)


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_each_hears_what_concerns_them_and_nothing_else(browser, ids, name):
    who = browser(None if name == "guest" else name)
    no = 401 if name == "guest" else 403
    expected = {topics: 200 if name in hearers else no for topics, hearers in HEARD.items()}
    expected |= dict.fromkeys(SENSELESS, no)
    assert {topics: status(who, topics.format(**ids)) for topics in expected} == expected


def test_ten_topics_are_heard_at_once(browser, cast):
    assert status(browser(), ",".join(f"doctor-{n}" for n in range(1, 11))) == 200


def test_a_refused_stream_has_no_page_that_would_pile_up(browser, ids):
    for who in (browser(), browser("ada")):
        page = who.get("/events?t=clinic", htmx=True)
        assert (page.body, page.location) == ("", "")


def test_a_stream_is_what_browsers_and_proxies_expect(browser, ids):
    with listening(browser(), "doctor-{doctor}".format(**ids)) as (response, chunks):
        assert response.mimetype == "text/event-stream"
        assert response.headers["X-Accel-Buffering"] == "no"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in response.headers
        assert next(chunks) == "retry: 2000\n\nevent: refresh\ndata: refresh\n\n"


def test_what_is_told_is_a_bare_name_and_only_to_who_listens(app, browser, ids):
    board = app.extensions["live"]
    with listening(browser("ada"), "doctor-{doctor},appointment-{reference}".format(**ids)) as (_, chunks):
        next(chunks)
        for topic in ("clinic", "agenda-{doctor}", "appointment-{reference}", "doctor-{doctor}"):
            board.tell(topic.format(**ids), topic.format(**ids))
        heard = list(islice(chunks, 2))
    assert heard == [
        f"event: {topic}\ndata: {topic}\n\n".format(**ids) for topic in ("appointment-{reference}", "doctor-{doctor}")
    ]


def test_a_closed_stream_leaves_nothing_behind(app, browser, ids):
    with listening(browser(), "doctor-{doctor}".format(**ids)) as (_, chunks):
        next(chunks)
        assert "doctor-{doctor}".format(**ids) in app.extensions["live"].pages
    assert not app.extensions["live"].pages


def test_head_does_not_stream(app, browser, ids):
    page = browser().open("HEAD", "/events?t=doctor-{doctor}".format(**ids))
    assert (page.status, page.body, page.response.mimetype) == (200, "", "text/event-stream")
    assert not app.extensions["live"].pages
    assert browser().open("HEAD", "/events?t=clinic").status == 401


def test_what_the_desk_does_is_heard_on_open_pages(committed):
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        reference = factories.appointment(ada, cole, NOW).reference
        db.session.commit()
    dot = Browser(committed.app).as_person("dot@test.example")
    deaf = committed.app.extensions["live"].listener is None
    with listening(Browser(committed.app).as_person("mo@test.example"), "clinic") as (_, chunks):
        # Once it is connected to the database, a process tells every page to refresh.
        assert all("refresh" in chunk for chunk in islice(chunks, 2 if deaf else 1))
        dot.post(f"/clinic/appointments/{reference}/status", {"seen": "scheduled", "to": "confirmed"})
        assert next(chunks) == "event: clinic\ndata: clinic\n\n"


def test_a_stream_holds_no_connection_of_the_pool(committed):
    dot = Browser(committed.app).as_person("dot@test.example")
    with committed.app.app_context():
        pool = db.engine.pool
    with listening(dot, "clinic") as (_, chunks):
        next(chunks)
        assert pool.checkedout() == 0


def test_a_full_process_sends_new_streams_away_and_serves_pages(app, browser, ids, monkeypatch):
    monkeypatch.setattr(live, "MOST", 1)
    with listening(browser(), "doctor-{doctor}".format(**ids)) as (_, chunks):
        next(chunks)
        second = browser().get("/events?t=doctor-{doctor}".format(**ids))
        assert (second.status, second.body) == (503, "")
        assert second.headers["Retry-After"]
        assert browser().get("/doctors").status == 200
    assert status(browser(), "doctor-{doctor}".format(**ids)) == 200


@pytest.fixture
def impatient(monkeypatch):
    """The session is looked at without waiting for it."""
    monkeypatch.setattr(live, "PING_SECONDS", 0.01)


def test_a_quiet_stream_is_kept_alive(browser, ids, impatient):
    with listening(browser("ada"), "me-{ada}".format(**ids)) as (_, chunks):
        next(chunks)
        assert next(chunks) == next(chunks) == "event: ping\ndata: ping\n\n"


def test_signing_out_ends_the_stream(app, browser, ids, impatient):
    ada = browser("ada")
    with listening(ada, "doctor-{doctor}".format(**ids)) as (_, chunks):
        next(chunks)
        with app.app_context():
            db.session.execute(db.delete(UserSession))
            db.session.commit()
        assert list(islice(chunks, 20)) == []


def test_a_busy_stream_looks_at_the_session_too(app, browser, ids, impatient):
    board, topic = app.extensions["live"], "doctor-{doctor}".format(**ids)
    with listening(browser("ada"), topic) as (_, chunks):
        next(chunks)
        with app.app_context():
            db.session.execute(db.update(UserSession).values(expires_at=NOW))
            db.session.commit()
        for told, _event in enumerate(chunks):
            board.tell(topic, topic)
            assert told < 10_000, "the stream goes on without a session"


def test_who_may_no_longer_hear_it_hears_no_more(app, browser, cast, ids, impatient):
    with listening(browser("cole"), "agenda-{doctor}".format(**ids)) as (_, chunks):
        next(chunks)
        assert "ping" in next(chunks)
        with app.app_context():
            db.session.get(Doctor, cast.cole).status = "suspended"
            db.session.commit()
        assert list(islice(chunks, 20)) == []


def test_a_guests_stream_goes_on(browser, ids, impatient):
    with listening(browser(), "doctor-{doctor}".format(**ids)) as (_, chunks):
        assert len(list(islice(chunks, 5))) == 5
