"""The demo's access log: doctors at their visits, and one emergency that the admin has looked at."""

from collections import Counter

from sqlalchemy import func, select

from healthbook.demo.people import CAST
from healthbook.models import AccessLog, Appointment, Doctor, EmergencyAccess, Patient, Status, User, Why


def test_every_visit_that_took_place_left_a_look_of_its_doctor(demo):
    who = select(Doctor.user_id, Appointment.patient_id, func.lower(Appointment.during))
    visits = who.join(Appointment.doctor).where(Appointment.status == Status.COMPLETED)
    looks = select(AccessLog.actor_id, AccessLog.patient_id, AccessLog.at).where(AccessLog.why == Why.TREATING)
    assert Counter(map(tuple, demo.execute(visits))) == Counter(map(tuple, demo.execute(looks)))


def test_one_emergency_was_looked_at_on_the_next_day(demo):
    opened = demo.scalars(select(EmergencyAccess)).one()
    assert (opened.doctor.user.email, opened.patient.user.email) == ("dean@demo.example", "ada@demo.example")
    assert opened.reviewed_by.full_name == CAST["mo"].name
    look = demo.scalars(select(AccessLog).where(AccessLog.why == Why.EMERGENCY)).one()
    assert (look.at, look.reason, look.actor_id) == (opened.starts_at, opened.reason, opened.doctor.user_id)


def test_ada_finds_somebody_in_hers(demo):
    hers = select(func.count(AccessLog.id)).join(AccessLog.patient).join(Patient.user)
    assert demo.scalar(hers.where(User.email == "ada@demo.example")) >= 2
