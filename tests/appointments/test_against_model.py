"""The clinic and its model are put through the same acts, and must agree after each of them."""

from collections import Counter
from datetime import timedelta

import factories
import pytest
from appointments import model
from factories import NOW
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.exc import NoResultFound

from healthbook.appointments.rules.booking import book
from healthbook.appointments.rules.ending import release
from healthbook.appointments.rules.holds import hold
from healthbook.appointments.rules.moving import move
from healthbook.appointments.rules.visits import Why, change
from healthbook.db import db
from healthbook.errors import Refused, SlotTaken
from healthbook.models import Appointment, ChangeReason, Clinic, Doctor, Patient, Status

MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
EIGHT = 8 * 60
TWO, THREE = st.integers(0, 1), st.integers(0, 2)
# Few starts, so that many want the same; now and then one that nobody offers.
STARTS = st.sampled_from([*range(9 * 60, 11 * 60, 10), 9 * 60 + 5, 8 * 60])


@pytest.fixture
def one_morning(app, cast):
    """The ids of three patients and two doctors, of whom everything is free from nine."""
    with app.app_context():
        clinic = db.session.get(Clinic, cast.clinic)
        clinic.max_open_bookings, clinic.max_late_cancels, clinic.cancel_hours = model.MOST, 10_000, 1
        for id in (cast.cole, cast.dean):
            db.session.get(Doctor, id).slot_step_minutes = model.STEP
        third = factories.patient().id
        db.session.commit()
    return [cast.ada, cast.ben, third], [cast.cole, cast.dean]


def compared(app, patient_ids, doctor_ids):
    class Compared(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.model, self.rows = model.Clinic(now=EIGHT), {}
            self.context = app.app_context()
            self.context.push()

        def teardown(self):
            # Rules never commit: all that was done is undone.
            db.session.rollback()
            self.context.pop()

        @property
        def now(self):
            return MIDNIGHT + timedelta(minutes=self.model.now)

        def patient(self, n):
            return db.session.get(Patient, patient_ids[n])

        def doctor(self, n):
            return db.session.get(Doctor, doctor_ids[n])

        def real(self, visit):
            """The row of a visit of the model, as a view finds it."""
            wanted = db.select(Appointment).where(Appointment.id == self.rows[visit])
            return db.session.scalars(wanted, execution_options={"populate_existing": True}).one()

        def done(self, act):
            """What the act came to; when it is refused nothing of it stays. What it made is `made`."""
            inside = db.session.begin_nested()
            try:
                self.made = act()
                inside.commit()
            except NoResultFound:
                inside.rollback()
                return model.GONE
            except Refused as refusal:
                inside.rollback()
                return model.TAKEN if isinstance(refusal, SlotTaken) else model.REFUSED
            finally:
                db.session.expire_all()
            return model.DONE

        @rule(patient=THREE, doctor=TWO, start=STARTS)
        def hold(self, patient, doctor, start):
            who, at = self.patient(patient), MIDNIGHT + timedelta(minutes=start)
            kind = self.doctor(doctor).visit_types[0].id
            came_to = self.done(lambda: hold(who.user, who, self.doctor(doctor), at, kind, self.now).id)
            assert came_to == self.model.hold(patient, doctor, start)
            if came_to == model.DONE:
                (visit,) = self.model.standing(patient=patient, status="held")
                assert self.rows.setdefault(visit, self.made) == self.made

        @precondition(lambda self: self.rows)
        @rule(data=st.data())
        def book(self, data):
            visit = data.draw(st.sampled_from([*self.rows]))
            who = self.patient(visit.patient)
            came_to = self.done(lambda: book(who.user, self.real(visit), "A cough", self.now))
            assert came_to == self.model.book(visit)

        @precondition(lambda self: self.rows)
        @rule(data=st.data(), doctor=TWO, start=STARTS)
        def move(self, data, doctor, start):
            visit = data.draw(st.sampled_from([v for v in self.rows if v in self.model.visits] or [None]))
            if visit is None or visit.status == "held":
                return
            who, at = self.patient(visit.patient), MIDNIGHT + timedelta(minutes=start)
            came_to = self.done(lambda: move(who.user, self.real(visit), self.doctor(doctor), at, self.now).id)
            again = visit.status == "rescheduled"
            assert came_to == (came_to if again else self.model.move(visit, doctor, start))
            if came_to == model.DONE and not again:
                self.rows[self.model.visits[-1]] = self.made

        @precondition(lambda self: self.rows)
        @rule(data=st.data())
        def cancel(self, data):
            visit = data.draw(st.sampled_from([v for v in self.rows if v in self.model.visits] or [None]))
            if visit is None or visit.status == "held":
                return
            who, why = self.patient(visit.patient), Why(ChangeReason.CANNOT_COME)
            row = self.real(visit)
            came_to = self.done(lambda: change(who.user, row, row.status, Status.CANCELLED, self.now, why))
            assert came_to == self.model.cancel(visit)

        @precondition(lambda self: self.model.standing(status="held"))
        @rule(data=st.data())
        def let_go(self, data):
            visit = data.draw(st.sampled_from(self.model.standing(status="held")))
            assert self.done(lambda: release(self.real(visit))) == model.DONE
            self.model.drop(visit)

        @rule(minutes=st.integers(1, 30))
        def time_passes(self, minutes):
            self.model.now += minutes

        @invariant()
        def both_have_the_same(self):
            rows = [row for row in db.session.scalars(db.select(Appointment)) if row.id in self.rows.values()]
            lasting = [row for row in rows if row.held_until is None or row.held_until > self.now]
            real = Counter((row.patient_id, row.doctor_id, row.during.lower, row.status) for row in lasting)
            assert real == Counter(
                (patient_ids[v.patient], doctor_ids[v.doctor], MIDNIGHT + timedelta(minutes=v.start), v.status)
                for v in self.model.visits
                if v.until is None or v.until > self.model.now
            )

    return Compared


def put_through(machine, examples, steps):
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    given = {"max_examples": examples, "stateful_step_count": steps, "deadline": None, "database": None}
    run_state_machine_as_test(machine, settings=settings(suppress_health_check=checks, **given))


def test_the_clinic_does_what_its_model_does(app, one_morning):
    put_through(compared(app, *one_morning), examples=12, steps=40)


@pytest.mark.slow
def test_the_clinic_does_what_its_model_does_for_ten_thousand_steps(app, one_morning):
    put_through(compared(app, *one_morning), examples=250, steps=50)
