"""What a crowd waits for: the statements that each act takes, session and person included."""

from datetime import timedelta

import pytest
from factories import NOW

from healthbook.db import db
from healthbook.models import Doctor

TEN = NOW.replace(hour=10, minute=0).isoformat()


@pytest.fixture
def post(browser, statements):
    """post("ada", 11, "/holds/…", reason=…): the answer to these fields, which takes eleven statements at most."""

    def sent(who, most, path, **fields):
        person = browser(who)
        fields["csrf_token"] = person.token()
        with statements() as seen:
            page = person.open("POST", path, data=fields)
        assert len(seen) <= most, "\n".join([f"{len(seen)} statements:", *seen])
        return page

    return sent


@pytest.fixture
def choose(app, cast, post):
    """choose("ada", most=16): she chooses ten o'clock at Doctor Cole's."""
    with app.app_context():
        kind = db.session.get(Doctor, cast.cole).visit_types[0].id
    return lambda who, most: post(who, most, f"/doctors/{cast.cole}/holds", start=TEN, visit_type=kind)


def test_a_time_is_held_and_booked(choose, post, stored):
    assert choose("ada", most=16).status == 303
    ((reference,),) = stored("reference")
    post("ada", 11, f"/holds/{reference}", reason="A cough")
    assert stored("status") == [("scheduled",)]


def test_who_comes_too_late_is_told_so(choose):
    choose("ada", most=16)
    assert choose("ben", most=5).status == 409


def test_a_visit_is_moved_and_cancelled(visit, post, stored):
    reference, tomorrow = visit("ada", "cole", "10:00", days=1), timedelta(days=1)
    wanted = (NOW.replace(hour=11, minute=0) + tomorrow).isoformat()
    post("ada", 22, f"/appointments/{reference}/rescheduling", start=wanted)
    _, (moved, became) = stored("reference", "status")
    assert became == "scheduled"
    post("ada", 12, f"/appointments/{moved}/cancellation", reason="cannot_come")
    assert stored("status")[1] == ("cancelled",)


def test_who_comes_too_late_for_what_nobody_chose_is_told_so(choose, visit):
    """As a time that waits for the answer to an offer."""
    visit("ada", "cole", "10:00", status="held", booked_by_id=None)
    assert choose("ben", most=5).status == 409
