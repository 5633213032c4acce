"""Who may read a patient's record: the patient, a guardian who may, the doctors who treat them, and in an emergency."""

from datetime import timedelta

import factories
import pytest
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.models import Appointment, Doctor, EmergencyAccess, Patient, Status, User
from healthbook.patients.queries.access import readable, reader

DAY = timedelta(days=1)


@pytest.fixture
def why(app, cast, now):
    """why("cole"): the reason for which that person may read Ada's record, or None."""

    def asked(name, at=now):
        row = {"ada": Patient, "ben": Patient, "cole": Doctor, "dean": Doctor, "pat": Doctor}.get(name, User)
        with app.app_context():
            found = db.session.get(row, getattr(cast, name))
            person = found if row is User else found.user
            listed = db.session.scalars(db.select(Patient.id).where(readable(person, at))).all()
            try:
                reason = reader(person, cast.ada, at).why
            except NoResultFound:
                reason = None
            assert (cast.ada in listed) == (reason is not None)
            return reason

    return asked


@pytest.fixture
def visit(app, cast, now):
    """visit("cole", 30 * DAY): Ada's visit with that doctor, so long from now."""

    def booked(name, away, **given):
        with app.app_context():
            ada, doctor = db.session.get(Patient, cast.ada), db.session.get(Doctor, getattr(cast, name))
            given = {"booked_by_id": doctor.user_id} if given.pop("by_doctor", False) else given
            made = factories.appointment(ada, doctor, now + away, **given).id
            db.session.commit()
            return made

    return booked


def add(app, row):
    with app.app_context():
        db.session.add(row)
        db.session.commit()


def test_the_patient_reads_their_own_and_nobody_else_does_without_a_reason(why):
    assert why("ada") == "self"
    assert [why(name) for name in ("ben", "cole", "dean", "pat", "dot", "mo")] == [None] * 6


@pytest.mark.parametrize("status", Status)
def test_a_doctor_treats_whom_they_see_or_have_seen(why, visit, status):
    held = {"held_until": factories.NOW + DAY} if status == "held" else {}
    visit("cole", DAY, status=status, **held)
    treats = {"scheduled", "confirmed", "checked_in", "in_progress", "completed"}
    assert why("cole") == ("treating" if status in treats else None)
    assert why("dean") is None


@pytest.mark.parametrize(
    ("away", "treats"), [(-364 * DAY, True), (-366 * DAY, False), (29.9 * DAY, True), (30.1 * DAY, False)]
)
def test_from_a_year_back_to_a_month_ahead(why, visit, away, treats):
    visit("cole", away, status="completed" if away < DAY else "scheduled")
    assert (why("cole") == "treating") == treats


def test_a_visit_that_only_the_doctor_booked_opens_nothing(why, visit):
    visit("cole", DAY, by_doctor=True)
    assert why("cole") is None


def test_a_cancelled_visit_closes_the_record_at_once(app, why, visit):
    made = visit("cole", DAY)
    assert why("cole") == "treating"
    with app.app_context():
        db.session.get(Appointment, made).status = Status.CANCELLED
        db.session.commit()
    assert why("cole") is None


def test_a_doctor_who_is_suspended_reads_nothing(app, cast, why, visit):
    visit("cole", DAY)
    with app.app_context():
        db.session.get(Doctor, cast.cole).status = "suspended"
        db.session.commit()
    assert why("cole") is None


def guardianship(app, cast, now, **given):
    with app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
        factories.guardian(ben.user_id, ada, **given)
        db.session.commit()


@pytest.mark.parametrize(
    ("given", "reads"),
    [
        ({}, True),
        ({"may_see_record": False}, False),
        ({"until": factories.NOW.date()}, True),
        ({"since": factories.NOW.date() - 9 * DAY, "until": factories.NOW.date() - DAY}, False),
        ({"since": factories.NOW.date() + DAY}, False),
    ],
)
def test_a_guardian_reads_while_they_may(app, cast, now, why, given, reads):
    guardianship(app, cast, now, **given)
    assert (why("ben") == "guardian") == reads


def test_an_emergency_opens_the_record_for_its_hour_and_one_doctor(app, cast, now, why):
    hour = timedelta(hours=1)
    add(
        app, EmergencyAccess(doctor_id=cast.dean, patient_id=cast.ada, reason="Fell", starts_at=now, ends_at=now + hour)
    )
    assert why("dean") == "emergency"
    assert why("cole") is None
    assert why("dean", at=now + hour - timedelta(seconds=1)) == "emergency"
    assert why("dean", at=now + hour) is None
    assert why("dean", at=now - timedelta(seconds=1)) is None
