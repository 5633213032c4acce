"""Each place that can make a time free lowers the bound of the doctor: one by one, from where it hides that time."""

from datetime import UTC, date, datetime, time, timedelta

import factories
import pytest
from factories import NOW

from healthbook.appointments.rules import holds, visits
from healthbook.appointments.rules.visits import Why
from healthbook.clinic import rules as clinic_rules
from healthbook.clinic.queries import settings
from healthbook.db import db
from healthbook.models import ChangeReason, Doctor, DoctorStatus, Patient, TimeOff, User
from healthbook.scheduling import terms
from healthbook.scheduling.away import Away
from healthbook.scheduling.plan import Plan, Window, patterns
from healthbook.scheduling.queries import dates, hours
from healthbook.scheduling.rules import bookings, closures, time_off
from healthbook.scheduling.rules import visit_types as kinds
from healthbook.scheduling.rules.dates import remove_date, set_date
from healthbook.scheduling.rules.hours import replan

FRIDAY, SATURDAY = date(2026, 12, 4), date(2026, 12, 5)
TEN = datetime(2026, 12, 4, 10, tzinfo=UTC)
WANTED = {"name": "Short talk", "appointment_type": "consultation", "minutes": 10, "buffer_before": 0}
WANTED |= {"buffer_after": 0, "fee": 0, "instructions": None, "lead_minutes": None, "horizon_days": None}
WANTED |= {"bookable_online": True, "new_patients": True}


class Here:
    """What the acts need; each is prepared, then the bound is set to where it may be without it, then it is done."""

    def __init__(self, cast):
        self.cole, self.ada = db.session.get(Doctor, cast.cole), db.session.get(Patient, cast.ada)
        self.mo, self.clinic = db.session.get(User, cast.mo), self.cole.clinic

    def cancelling(self):
        visit = factories.appointment(self.ada, self.cole, TEN)
        return lambda: visits.change(self.mo, visit, visit.status, "cancelled", NOW, Why(ChangeReason.OTHER))

    def missing(self):
        visit = factories.appointment(self.ada, self.cole, NOW - timedelta(minutes=10))
        return lambda: visits.change(self.mo, visit, visit.status, "no_show", NOW)

    def new_hours(self):
        plan = Plan(SATURDAY, None, patterns(1, [Window(0, 6, time(9), time(11))]))
        return lambda: replan(self.cole, plan, terms.seen(hours.hours(self.cole)), self.mo, NOW)

    def a_date(self):
        return lambda: set_date(self.cole, SATURDAY, [Window(0, 6, time(9), time(11))], "", "", self.mo, NOW)

    def a_date_removed(self):
        factories.override(self.cole, str(FRIDAY))
        return lambda: remove_date(self.cole, FRIDAY, terms.seen(dates.of_date(self.cole, FRIDAY)), NOW)

    def away(self, doctor):
        off = Away(FRIDAY, None, FRIDAY, None)
        if doctor:
            time_off.add_time_off(self.cole, off, "", self.mo, NOW)
        else:
            closures.close(self.clinic, [(off, "")], self.mo, NOW)
        return db.session.scalars(db.select(TimeOff.id)).one()

    def time_off_removed(self):
        off = self.away(self.cole)
        return lambda: time_off.remove_time_off(self.cole, off, False, NOW)

    def open_again(self):
        off = self.away(None)
        return lambda: closures.open_again(self.clinic, off, False, NOW)

    def another_visit_type(self):
        return lambda: kinds.add(self.cole, WANTED, NOW)

    def a_shorter_visit(self):
        return lambda: kinds.change(self.cole, self.cole.visit_types[0].id, WANTED, NOW)

    def new_patients(self):
        self.cole.accepts_new_patients = False
        return lambda: kinds.set_new_patients(self.cole, True, NOW)

    def approval(self):
        self.cole.status = DoctorStatus.SUSPENDED
        return lambda: clinic_rules.review(self.mo, self.cole, "suspended", DoctorStatus.APPROVED, "Papers", NOW)

    def bookings_again(self):
        self.cole.is_available = False
        return lambda: bookings.set_bookings(self.cole, True, NOW)

    def less_notice(self):
        self.clinic.lead_minutes, wanted = 9 * 24 * 60, {"lead_minutes": 0, "horizon_days": 60}
        return lambda: clinic_rules.change_settings(self.clinic, settings.seen(self.clinic, wanted), wanted, NOW)


ACTS = [name for name in vars(Here) if not name.startswith("_") and name != "away"]


@pytest.mark.parametrize("act", ACTS)
def test_what_frees_a_time_lowers_the_bound_to_before_it(app, cast, act):
    with app.app_context():
        here = Here(cast)
        done = getattr(here, act)()
        here.cole.next_free_at = NOW + timedelta(days=50)
        db.session.commit()
        done()
        db.session.commit()
        assert here.cole.next_free_at <= TEN


def test_a_booking_and_a_hold_write_no_bound(app, cast):
    with app.app_context():
        here = Here(cast)
        before, kind = here.cole.next_free_at, here.cole.visit_types[0].id
        holds.hold(here.ada.user, here.ada, here.cole, TEN, kind, NOW)
        db.session.commit()
        assert here.cole.next_free_at == before
