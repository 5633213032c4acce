"""What is brought for many doctors at once: the same as for each, in as many statements, by the right indexes."""

import re
from datetime import UTC, date, datetime, time, timedelta

import factories
import pytest
from scheduling.plans import as_of_thousands, plan_of
from sqlalchemy.dialects.postgresql import Range

from healthbook.db import db
from healthbook.models import AvailabilityOverride, Doctor, Patient, TimeOff
from healthbook.scheduling import slots, terms
from healthbook.scheduling.queries import calendars
from healthbook.scheduling.queries.calendar_rows import MANY, ONE
from healthbook.scheduling.queries.free import calendar
from healthbook.scheduling.queries.visit_types import visit_type

MONDAY = date(2026, 11, 30)
FRIDAY = MONDAY + timedelta(days=4)


def at(hour, minute=0, day=MONDAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.fixture
def session(app, cast):
    with app.app_context():
        yield db.session


@pytest.fixture
def ada(session, cast):
    return session.get(Patient, cast.ada)


@pytest.fixture
def several(session, cast, ada):
    """Doctors of two clinics in two zones, each with something of their own."""
    cole, dean = session.get(Doctor, cast.cole), session.get(Doctor, cast.dean)
    far = factories.doctor(factories.clinic(name="Far", time_zone="Asia/Kathmandu"))
    dean.slot_step_minutes = 10
    session.add(AvailabilityOverride(doctor_id=dean.id, on_date=MONDAY, start_time=time(14), end_time=time(15)))
    session.add(AvailabilityOverride(doctor_id=far.id, on_date=FRIDAY))
    factories.appointment(ada, cole, at(9))
    factories.appointment(ada, dean, at(14, 20), minutes=10)
    session.add(TimeOff(clinic_id=cole.clinic_id, during=Range(at(12, day=FRIDAY), at(13, day=FRIDAY))))
    session.add(TimeOff(clinic_id=cole.clinic_id, doctor_id=cole.id, during=Range(at(16), at(17))))
    session.add(TimeOff(clinic_id=far.clinic_id, during=Range(at(0, day=FRIDAY), at(4, day=FRIDAY))))
    session.flush()
    return [cole, dean, far]


def sought(doctors):
    return [terms.sought(doctor, terms.visit(doctor, visit_type(doctor, None))) for doctor in doctors]


def all_at_once(doctors, first=MONDAY, last=FRIDAY):
    wanted = sought(doctors)
    reach = calendars.around(wanted, first, last, factories.NOW)
    parts = calendars.with_busy(calendars.working(wanted, reach), wanted, reach, factories.NOW)
    whole = calendars.whole(wanted, reach, factories.NOW)
    assert {id: in_order(known) for id, known in parts.items()} == {id: in_order(known) for id, known in whole.items()}
    return whole


def in_order(known):
    """Nothing is promised of the order in which the database brings it."""
    lists = (known.hours, known.overrides, known.busy, known.time_off)
    return known.zone, known.step_minutes, *(sorted(each, key=repr) for each in lists)


def starts(known, doctor):
    return slots.free(known, terms.visit(doctor, visit_type(doctor, None)), MONDAY, FRIDAY, factories.NOW)


def test_what_is_found_for_many_is_what_is_found_for_each(several):
    known = all_at_once(several)
    for doctor in several:
        alone = calendar(doctor, terms.visit(doctor, visit_type(doctor, None)), MONDAY, FRIDAY, factories.NOW)
        assert starts(known[doctor.id], doctor) == starts(alone, doctor) != []


def test_each_has_their_own_visits_time_off_and_closures(several):
    cole, dean, far = (all_at_once(several)[doctor.id] for doctor in several)
    assert [cole.busy, dean.busy, far.busy] == [((at(9), at(9, 30)),), ((at(14, 20), at(14, 30)),), ()]
    closed, away = (at(12, day=FRIDAY), at(13, day=FRIDAY)), (at(16), at(17))
    far_closed = (at(0, day=FRIDAY), at(4, day=FRIDAY))
    assert [cole.time_off, dean.time_off, far.time_off] == [(away, closed), (closed,), (far_closed,)]
    assert [dean.step_minutes, far.zone, len(dean.overrides), len(cole.overrides)] == [10, "Asia/Kathmandu", 1, 0]


def test_a_doctor_without_hours_has_a_calendar_too(session, several):
    idle = factories.doctor(several[0].clinic, hours=False)
    assert starts(all_at_once([*several, idle])[idle.id], idle) == []


def test_hours_that_have_ended_are_not_brought(session, several):
    cole = several[0]
    factories.hours(cole, "sunday", valid_from=date(2020, 1, 1), valid_to=date(2026, 10, 1))
    assert len(all_at_once([cole])[cole.id].hours) == 5


def test_many_doctors_take_as_many_statements_as_one(session, several, statements):
    more = [factories.doctor(several[0].clinic) for _ in range(5)]
    wanted = {1: sought(several[:1]), 8: sought([*several, *more])}
    seen = {}
    for number, each in wanted.items():
        with statements() as seen[number]:
            calendars.whole(each, reach_of(each), factories.NOW)
    assert len(seen[1]) == len(seen[8]) == 1


def reach_of(wanted):
    return calendars.around(wanted, MONDAY, FRIDAY, factories.NOW)


@pytest.mark.parametrize("statement", [known for each in (MANY, ONE) for known in (each.busy, each.both)])
def test_the_index_of_taken_times_serves_and_knows_both_ends(several, statement):
    as_of_thousands("appointment")
    plan = plan_of(statement)
    condition = plan.split("ix_appointment_taken", 1)[1].split("Filter")[0]
    assert re.search(r"doctor_id = (ANY|\$)", condition)
    assert re.search(r"lower\(.*\) >= .* AND \(lower\(.*\) < ", condition)
    assert "ix_time_off" in plan


@pytest.mark.parametrize("statement", [known for each in (MANY, ONE) for known in (each.rules, each.both)])
def test_the_rules_are_found_by_the_doctor(several, statement):
    """Not by the dates, however few they are."""
    tables = "doctor_availability", "availability_override"
    for table in tables:
        as_of_thousands(table)
    plan = plan_of(statement)
    for table in tables:
        assert re.search(rf"ix_{table}_doctor_id_.*\n +Index Cond: \(\(?doctor_id =", plan)


def test_the_database_is_told_that_an_id_is_an_integer(session):
    """A smallint would make the index useless for it."""
    assert "appointment.doctor_id = ANY (%(doctors)s::INTEGER[])" in str(MANY.busy.compile(db.engine))


def rows_fetched():
    """Rows of visits that this transaction has fetched by an index so far."""
    seen = "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'appointment'"
    return db.session.scalar(db.text(seen))


def test_a_look_costs_the_same_however_many_visits_are_over(session, several, ada):
    as_of_thousands("appointment")
    session.execute(db.text("SET LOCAL enable_seqscan = off"))
    session.execute(db.text("DISCARD PLANS"))
    cole, counted = several[0], []
    for _ in range(2):
        before = rows_fetched()
        known = all_at_once([cole])
        counted.append((rows_fetched() - before, len(known[cole.id].busy)))
        for day in range(20, 60):
            factories.appointment(ada, cole, at(9) - timedelta(days=day + 50 * len(counted)))
    assert counted[0] == counted[1]
    assert counted[0][0] > 0


def test_one_doctor_is_no_list_of_which_the_plan_would_be_made_anew(several, statements):
    wanted = sought(several[:1])
    with statements() as seen:
        calendars.whole(wanted, reach_of(wanted), factories.NOW)
        calendars.with_busy(calendars.working(wanted, reach_of(wanted)), wanted, reach_of(wanted), factories.NOW)
    assert [one for one in seen if "= ANY" in one] == []
