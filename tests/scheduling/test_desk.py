"""What the desk may ignore of the rules of booking, as far as the clinic lets it; people online never may."""

from datetime import UTC, date, datetime, time, timedelta

import factories
import pytest
from factories import NOW

from healthbook.appointments.rules.offers import for_patient
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.models import Doctor, Patient
from healthbook.scheduling.queries.free import free, is_free
from healthbook.scheduling.queries.visit_types import for_desk, visit_types

SOON, TODAY = datetime(2026, 11, 24, 10, tzinfo=UTC), date(2026, 11, 24)
FAR = datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def cole(app, cast):
    """Open from 09:00 to 17:00; it is 09:41. A day's notice, sixty days ahead; the clinic lets the desk do nothing."""
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        doctor.clinic.lead_minutes, doctor.clinic.desk_ignores = 24 * 60, []
        yield doctor


def may_take(doctor, start):
    """Whether people online and whether the desk may take a time of the doctor's first visit type."""
    kind, day = doctor.visit_types[0], start.date()
    found = tuple(is_free(doctor, kind, start, NOW, desk=desk) for desk in (False, True))
    assert found == tuple(start in free(doctor, kind, day, day, NOW, desk=desk) for desk in (False, True))
    return found


def test_what_the_clinic_does_not_let_it_ignore_holds_for_the_desk_too(cole):
    assert [may_take(cole, start) for start in (SOON, FAR)] == [(False, False)] * 2
    assert for_desk(cole) == visit_types(cole)


@pytest.mark.parametrize(("ignored", "start"), [("lead", SOON), ("horizon", FAR)])
def test_the_desk_books_sooner_and_further_ahead(cole, ignored, start):
    cole.clinic.desk_ignores = [ignored]
    assert may_take(cole, start) == (False, True)
    assert may_take(cole, FAR if start == SOON else SOON) == (False, False)


def test_also_where_the_visit_type_has_notice_and_reach_of_its_own(cole):
    cole.visit_types[0].lead_minutes, cole.visit_types[0].horizon_days = 600, 3
    cole.clinic.desk_ignores = ["lead", "horizon"]
    assert [may_take(cole, start) for start in (SOON, FAR)] == [(False, True)] * 2


def test_what_has_begun_or_is_taken_is_nobodys(cole, cast):
    cole.clinic.desk_ignores = ["lead", "horizon", "online", "new_patients"]
    factories.appointment(db.session.get(Patient, cast.ada), cole, SOON)
    assert may_take(cole, SOON) == (False, False)
    assert may_take(cole, SOON - timedelta(hours=1)) == (False, False)


def test_who_takes_no_bookings_takes_none_from_the_desk(cole):
    cole.clinic.desk_ignores, cole.is_available = ["lead"], False
    assert may_take(cole, SOON) == (False, False)


@pytest.mark.parametrize("ignored", [True, False])
def test_times_kept_for_the_day_itself_are_the_desks_before(cole, ignored):
    for row in cole.availability:
        row.opens_at = time(8)
    cole.clinic.desk_ignores = ["online"] if ignored else ["lead"]
    assert may_take(cole, SOON + timedelta(days=2)) == (False, ignored)


def test_the_desk_books_what_is_not_booked_online(cole, cast):
    ben = db.session.get(Patient, cast.ben)
    only = factories.visit_type(cole, name="Long talk", bookable_online=False, position=1)
    assert for_patient(ben, cole, only.id, desk=True) is None
    cole.clinic.desk_ignores = ["online"]
    assert for_patient(ben, cole, only.id, desk=True) == only
    assert for_patient(ben, cole, only.id) is None
    only.retired_at = NOW
    assert only not in for_desk(cole)


def test_the_desk_books_somebody_new_where_the_clinic_lets_it(cole, cast):
    ben, kind = db.session.get(Patient, cast.ben), cole.visit_types[0]
    cole.accepts_new_patients = False
    with pytest.raises(Refused, match="takes no new patients"):
        for_patient(ben, cole, kind.id, desk=True)
    cole.clinic.desk_ignores = ["new_patients"]
    assert for_patient(ben, cole, kind.id, desk=True) == kind
    with pytest.raises(Refused, match="takes no new patients"):
        for_patient(ben, cole, kind.id)
