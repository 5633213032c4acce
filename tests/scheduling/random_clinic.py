"""A small clinic in which everything happens that can make a time free or take it away, by the product's own rules."""

from datetime import UTC, date, time, timedelta
from random import Random

import factories
from factories import NOW

from healthbook.appointments.rules import booking, ending, holds, steps, visits
from healthbook.appointments.rules.visits import Why
from healthbook.clinic import rules as clinic_rules
from healthbook.clinic.queries import settings
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.models import Appointment, ChangeReason, Doctor, Status, TimeOff
from healthbook.scheduling import terms
from healthbook.scheduling.away import Away
from healthbook.scheduling.plan import Plan, Window, patterns
from healthbook.scheduling.queries import dates, hours
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.visit_types import kept, visit_types
from healthbook.scheduling.rules import bookings, bounds, closures, time_off
from healthbook.scheduling.rules import visit_types as kinds
from healthbook.scheduling.rules.dates import remove_date, set_date
from healthbook.scheduling.rules.hours import replan

DOCTORS, PATIENTS, HORIZON = 4, 8, 10
A_DAY = timedelta(days=1)


class Clinic:
    """Few hours, a near horizon, and much booked: what becomes free is often the first free time of all."""

    def __init__(self, seed):
        self.rng, self.now = Random(seed), NOW
        self.clinic = factories.clinic(horizon_days=HORIZON, lead_minutes=30)
        self.doctors = [self.doctor() for _ in range(DOCTORS)]
        self.patients = [factories.patient() for _ in range(PATIENTS)]
        self.admin = factories.user("admin")
        db.session.commit()

    def doctor(self):
        made = factories.doctor(self.clinic, hours=False)
        for weekday in self.rng.sample(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"], 3):
            factories.hours(made, weekday, time(9), time(11), opens_at=self.rng.choice([None, None, time(8)]))
        return made

    @property
    def any_doctor(self):
        return self.rng.choice(self.doctors)

    @property
    def day(self):
        return self.now.astimezone(self.clinic.zone).date() + self.rng.randint(0, HORIZON) * A_DAY

    @property
    def window(self):
        start = self.rng.choice([8, 9, 10, 14, 22])
        return time(start), time((start + self.rng.randint(1, 3)) % 24), self.rng.choice([None, None, time(7)])

    def times(self, doctor):
        kind = next(iter(visit_types(doctor)), None)
        return (kind, free(doctor, kind, date.min, date.max, self.now)) if kind else (None, [])

    def do(self, name):
        """One of the acts below, committed; what a rule refuses changes nothing."""
        try:
            getattr(self, name)()
            db.session.commit()
        except Refused:
            db.session.rollback()

    def hold(self):
        doctor = self.any_doctor
        kind, times = self.times(doctor)
        if times:
            start = self.rng.choice(times[:3]).astimezone(UTC)
            patient = self.rng.choice(self.patients)
            return holds.hold(patient.user, patient, doctor, start, kind.id, self.now)
        return None

    def book(self):
        for _ in range(3):
            if held := self.hold():
                booking.book(held.patient.user, held, "A cough", self.now)

    def visit(self, *statuses):
        wanted = db.select(Appointment).where(Appointment.status.in_(statuses)).order_by(Appointment.during)
        found = db.session.scalars(wanted.join(Appointment.doctor).where(Doctor.clinic_id == self.clinic.id)).all()
        return self.rng.choice(found[:6]) if found else None

    def cancel(self):
        if visit := self.visit(Status.SCHEDULED, Status.CONFIRMED):
            why = Why(ChangeReason.OTHER)
            visits.change(self.admin, visit, visit.status, Status.CANCELLED, self.now, why)

    def step(self):
        """Whatever comes next: confirmed, waiting, missed, under way, done."""
        if visit := self.visit(Status.SCHEDULED, Status.CONFIRMED, Status.CHECKED_IN, Status.IN_PROGRESS):
            person = self.rng.choice([self.admin, visit.doctor.user])
            possible = steps.possible(person, visit, self.now)
            if possible:
                to = self.rng.choice(possible)
                visits.change(person, visit, visit.status, to, self.now, Why(ChangeReason.OTHER))

    def let_go(self):
        if held := self.visit(Status.HELD):
            ending.release(held)

    def hours(self):
        doctor, windows = self.any_doctor, []
        for weekday in self.rng.sample(range(1, 8), self.rng.randint(0, 3)):
            windows += [Window(week, weekday, *self.window) for week in range(2) if self.rng.random() < 0.8]
        seen = terms.seen(hours.hours(doctor))
        replan(doctor, Plan(self.day, None, patterns(2, windows)), seen, self.admin, self.now)

    def date(self):
        doctor, day = self.any_doctor, self.day
        windows = [Window(0, day.isoweekday(), *self.window)] if self.rng.random() < 0.6 else []
        set_date(doctor, day, windows, "", terms.seen(dates.of_date(doctor, day)), self.admin, self.now)

    def date_removed(self):
        doctor, day = self.any_doctor, self.day
        remove_date(doctor, day, terms.seen(dates.of_date(doctor, day)), self.now)

    @property
    def away(self):
        first = self.day
        last = first + self.rng.randint(0, 3) * A_DAY
        return Away(first, None, last, None, first + 7 * A_DAY if self.rng.random() < 0.2 else None)

    def time_off(self):
        time_off.add_time_off(self.any_doctor, self.away, "", self.admin, self.now)

    def off(self, mine):
        wanted = db.select(TimeOff).where(TimeOff.clinic_id == self.clinic.id, TimeOff.doctor_id.is_not(None) == mine)
        found = db.session.scalars(wanted.order_by(TimeOff.id)).all()
        return self.rng.choice(found) if found else None

    def time_off_removed(self):
        if row := self.off(True):
            doctor = db.session.get(Doctor, row.doctor_id)
            time_off.remove_time_off(doctor, row.id, self.rng.random() < 0.5, self.now)

    def closure(self):
        closures.close(self.clinic, [(self.away, "")], self.admin, self.now)

    def closure_removed(self):
        if row := self.off(False):
            closures.open_again(self.clinic, row.id, self.rng.random() < 0.5, self.now)

    @property
    def wanted(self):
        return {
            "name": f"Visit {self.rng.random()}",
            "appointment_type": "consultation",
            "minutes": self.rng.choice([15, 30, 45, 60]),
            "buffer_before": self.rng.choice([0, 0, 10]),
            "buffer_after": self.rng.choice([0, 0, 15]),
            "fee": 0,
            "instructions": None,
            "lead_minutes": self.rng.choice([None, 0, 600]),
            "horizon_days": self.rng.choice([None, 3, 20]),
            "bookable_online": self.rng.random() < 0.8,
            "new_patients": self.rng.random() < 0.8,
        }

    def visit_type(self):
        """Another, another in the place of one, one less, or another order."""
        doctor = self.any_doctor
        rows = kept(doctor)
        one = self.rng.choice(rows).id if rows else None
        act = self.rng.choice(["add", "change", "change", "remove", "place"])
        if act == "add" or one is None:
            kinds.add(doctor, self.wanted, self.now)
        elif act == "change":
            kinds.change(doctor, one, self.wanted, self.now)
        elif act == "remove" and len(rows) > 1:
            kinds.remove(doctor, one, self.now)
        else:
            kinds.place(doctor, one, 0, self.now)

    def new_patients(self):
        kinds.set_new_patients(self.any_doctor, self.rng.random() < 0.5, self.now)

    def review(self):
        doctor = self.any_doctor
        decision = self.rng.choice(clinic_rules.DECISIONS[doctor.status])
        clinic_rules.review(self.admin, doctor, doctor.status, decision, "Papers", self.now)

    def bookings(self):
        doctor = self.any_doctor
        bookings.set_bookings(doctor, not doctor.is_available, self.now)

    def settings(self):
        zone, wanted = self.rng.choice(["Europe/London", "Asia/Kathmandu", "America/New_York"]), {}
        wanted = {"time_zone": zone, "lead_minutes": self.rng.choice([0, 600]), "horizon_days": self.rng.randint(5, 15)}
        clinic_rules.change_settings(self.clinic, settings.seen(self.clinic, wanted), wanted, self.now)

    def a_while(self):
        self.now += timedelta(minutes=self.rng.choice([3, 6, 60, 600, 2000]))

    def raised(self):
        """As the job does."""
        last = bounds.raise_bounds(0, self.now)
        while last is not None:
            last = bounds.raise_bounds(last, self.now)


TAKING = ("hold", "book", "book", "time_off", "closure", "date")
FREEING = ("cancel", "let_go", "step", "hours", "date", "date_removed", "time_off_removed", "closure_removed")
FREEING += ("visit_type", "new_patients", "review", "bookings", "settings", "a_while")
