"""Whoever reads what is clinical leaves one row for each patient and place in a quarter of an hour, for ever."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import ProgrammingError

from healthbook.audit import rules
from healthbook.db import db
from healthbook.models import AccessLog, Act, Doctor, Place, Why


@pytest.fixture
def look(app, cast, now):
    """look([cast.ada], Place.CHART): Cole reads; minutes=3: that much later. Answers how many rows there are then."""

    def seen(patients, place=Place.CHART, minutes=0, why=Why.TREATING, **more):
        with app.app_context():
            cole = db.session.get(Doctor, cast.cole).user
            rules.seen(cole, patients, place, why, now + timedelta(minutes=minutes), **more)
            db.session.commit()
            return db.session.scalar(db.select(db.func.count()).select_from(AccessLog))

    return seen


def test_a_second_look_within_a_quarter_of_an_hour_is_the_same_line(look, cast):
    assert [look([cast.ada], minutes=at) for at in (0, 1, 14, 15, 16)] == [1, 1, 1, 2, 2]


def test_a_clock_that_was_wrong_and_is_put_back_hides_no_look(look, cast):
    """A line of tomorrow stands for nobody who looks today; one of a few seconds later is of the same moment."""
    assert [look([cast.ada], minutes=at) for at in (24 * 60, 0, 1, 0.9, -15, -14)] == [1, 2, 2, 2, 3, 3]


def test_another_patient_place_thing_act_or_reason_to_look_is_another_line(look, cast):
    assert look([cast.ada]) == 1
    assert look([cast.ada, cast.ben]) == 2
    assert look([cast.ada], Place.RECORDS) == 3
    assert look([cast.ada], object_id=7) == 4
    assert look([cast.ada], object_id=8) == 5
    assert look([cast.ada], action=Act.PRINTED) == 6
    assert look([cast.ada], why=Why.EMERGENCY, reason="Unconscious") == 7
    assert look([cast.ada, cast.ben, cast.ada]) == 7


def test_a_line_says_who_when_what_and_why(app, look, cast, now):
    look(
        [cast.ada], Place.RECORD, object_id=3, why=Why.EMERGENCY, reason="Unconscious", request_id="ab", ip="127.0.0.1"
    )
    with app.app_context():
        row = db.session.scalars(db.select(AccessLog)).one()
        assert (row.actor.full_name, row.patient_id, row.at) == ("Maria Cole", cast.ada, now)
        assert (row.object, row.object_id, row.action, row.why) == ("record", 3, "read", "emergency")
        assert (row.reason, row.request_id, row.ip) == ("Unconscious", "ab", "127.0.0.1")


def test_nobody_read_about_leaves_nothing(look):
    assert look([]) == 0


@pytest.mark.parametrize(
    "change", ["UPDATE access_log SET why = 'self'", "DELETE FROM access_log", "TRUNCATE access_log"]
)
def test_no_line_is_ever_changed_or_removed(app, look, cast, change):
    look([cast.ada])
    with app.app_context(), pytest.raises(ProgrammingError, match="never changed"):
        db.session.execute(db.text(change))
