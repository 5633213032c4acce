"""A visit's status moves along declared edges only, by the hand of whom they are declared for."""

from datetime import timedelta
from itertools import product

import pytest

from healthbook.appointments.rules import visits
from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.models import Appointment, ChangeReason, Doctor, Patient, Status, User

BECAUSE = visits.Why(ChangeReason.OTHER)

# Written anew from the words of the design, not read from the table: from, to, and who may.
STAFF, DOCTOR, ALL, BOOK = {"cole", "dot", "mo"}, {"cole"}, {"ada", "cole", "dot", "mo"}, {"ada", "dot", "mo"}
DECLARED = {
    ("held", "scheduled"): BOOK,
    ("held", "confirmed"): BOOK,
    ("scheduled", "confirmed"): STAFF,
    ("scheduled", "checked_in"): STAFF,
    ("scheduled", "no_show"): STAFF,
    ("scheduled", "cancelled"): ALL,
    ("confirmed", "checked_in"): STAFF,
    ("confirmed", "no_show"): STAFF,
    ("confirmed", "cancelled"): ALL,
    ("no_show", "checked_in"): STAFF,
    ("checked_in", "confirmed"): STAFF,
    ("checked_in", "in_progress"): DOCTOR,
    ("checked_in", "cancelled"): STAFF,
    ("in_progress", "checked_in"): DOCTOR,
    ("in_progress", "completed"): DOCTOR,
}
PEOPLE = ("ada", "ben", "cole", "dean", "dot", "mo")


def person(cast, name):
    """The user behind a name of the cast."""
    row = {"ada": Patient, "ben": Patient, "cole": Doctor, "dean": Doctor, "pat": Doctor}.get(name, User)
    found = db.session.get(row, getattr(cast, name))
    return found if row is User else found.user


def tried(app, reference, cast, name, before, after, now):
    """What this person's move does: the status then, and the steps that were written down."""
    with app.app_context():
        visit = db.session.scalar(db.select(Appointment).where(Appointment.reference == reference))
        visit.status, visit.held_until = before, now if before == "held" else None
        visit.status_before = visit.status_since = None
        db.session.commit()
        known, why = len(visit.history), BECAUSE if after == "cancelled" else visits.UNSAID
        try:
            visits.change(person(cast, name), visit, before, after, now, why)
            db.session.commit()
        except Refused:
            db.session.rollback()
        written = visit.history[: len(visit.history) - known]
        return visit.status, [(step.old_status, step.new_status) for step in written]


@pytest.mark.parametrize("name", PEOPLE)
def test_only_the_declared_moves_are_possible(app, cast, visit, now, name):
    """Every pair of statuses by everybody: the declared moves leave their line of history, the others none (AZ15)."""
    # What the clock forbids has tests of its own: Ada's visit has yet to begin, the others' has begun.
    reference = visit("ada", "cole", "10:00" if name == "ada" else "09:30", status="completed")
    for before, after in product(Status, repeat=2):
        moves = name in DECLARED.get((before, after), ())
        expected = (after, [(before, after)]) if moves else (before, [])
        assert tried(app, reference, cast, name, before, after, now) == expected


def test_nobody_is_missed_before_the_visit_begins(app, cast, visit, now):
    reference = visit("ada", "cole", "10:00")
    for name in ("cole", "dot"):
        for minute, status in ((59, "scheduled"), (60, "no_show")):
            at = now.replace(hour=9, minute=0) + timedelta(minutes=minute)
            assert tried(app, reference, cast, name, "scheduled", "no_show", at)[0] == status


def test_nobody_comes_before_the_day_of_the_visit(app, cast, visit, now):
    reference = visit("ada", "cole", "10:00")
    midnight = now.replace(hour=0, minute=0)
    for name, before, after in (
        ("cole", "scheduled", "checked_in"),
        ("dot", "confirmed", "checked_in"),
        ("cole", "checked_in", "in_progress"),
        ("cole", "in_progress", "completed"),
    ):
        for at, status in ((midnight - timedelta(minutes=1), before), (midnight, after)):
            assert tried(app, reference, cast, name, before, after, at)[0] == status


def test_a_patient_does_not_cancel_what_has_begun(app, cast, visit, now):
    reference, begun = visit("ada", "cole", "10:00"), now.replace(hour=10, minute=0)
    assert tried(app, reference, cast, "ada", "scheduled", "cancelled", begun)[0] == "scheduled"
    assert tried(app, reference, cast, "dot", "scheduled", "cancelled", begun)[0] == "cancelled"


def test_nothing_is_cancelled_without_a_reason(app, cast, visit, now):
    reference = visit("ada", "cole", "10:00")
    with app.app_context():
        found = db.session.scalar(db.select(Appointment).where(Appointment.reference == reference))
        for name in ("ada", "cole", "dot"):
            with pytest.raises(Refused, match="why"):
                visits.change(person(cast, name), found, "scheduled", "cancelled", now)


def test_who_saw_something_else_is_told_so(app, cast, visit, now):
    reference = visit("ada", "cole", "10:00", status="confirmed")
    with app.app_context():
        found = db.session.scalar(db.select(Appointment).where(Appointment.reference == reference))
        with pytest.raises(Stale):
            visits.change(person(cast, "cole"), found, "scheduled", "checked_in", now)
