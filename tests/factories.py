"""Rows for tests, each with what it needs and no more. Everything is committed by whoever calls."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from sqlalchemy.dialects.postgresql import Range

from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.models import (
    Appointment,
    AppointmentHistory,
    AvailabilityOverride,
    Clinic,
    Doctor,
    DoctorAvailability,
    EmergencyAccess,
    Guardian,
    Offer,
    Patient,
    Specialization,
    TimeOff,
    User,
    VisitType,
    Weekday,
)

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
"""A Tuesday; London keeps winter time."""

numbers = count(1)
_hashed = None


def hashed():
    """One hash for everybody: Argon2 is slow on purpose."""
    global _hashed
    _hashed = _hashed or passwords.hash_password(PASSWORD)
    return _hashed


def added(row):
    db.session.add(row)
    db.session.flush()
    return row


def empty_everything():
    names = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
    # The access log refuses to be emptied; only the owner of the whole server can, and here that is the test.
    db.session.execute(db.text("SET LOCAL session_replication_role = replica"))
    db.session.execute(db.text(f"TRUNCATE {names}, procrastinate_jobs RESTART IDENTITY CASCADE"))
    db.session.execute(db.text("SET LOCAL session_replication_role = origin"))


def clinic(**given):
    return added(
        Clinic(
            **{
                "name": "Test Clinic",
                "address": "1 Test Street",
                "phone": "0117 496 0100",
                "email": "desk@clinic.example",
                "hours": "Monday to Friday 08:00 to 18:00",
                "urgent_phone": "116 117",
                "time_zone": "Europe/London",
            }
            | given
        )
    )


def user(user_type="patient", **given):
    n = next(numbers)
    name = given.pop("name", f"Person Number{n}")
    first, _, last = name.partition(" ")
    email = given.pop("email", f"person{n}@test.example")
    return added(
        User(
            **{
                "username": email or f"person{n}",
                "email": email,
                "password": hashed(),
                "first_name": first,
                "last_name": last,
                "user_type": user_type,
                "is_staff": user_type in ("desk", "admin"),
                "date_of_birth": date(1990, 5, 12),
                "claimed_at": NOW,
            }
            | given
        )
    )


def patient(**given):
    own = {key: given.pop(key) for key in list(given) if key in Patient.__table__.c or key in ("allergies",)}
    return added(Patient(user_id=user(**given).id, **own))


def child(name="Kim Byrne", born=date(2019, 5, 12), **given):
    """A patient who cannot sign in."""
    return patient(name=name, email=None, password=None, claimed_at=None, date_of_birth=born, **given)


def entered(name="Una Abara", born=date(1980, 3, 27), **given):
    """Somebody whom the desk entered, and who has not claimed the account."""
    given = {"email": None, "phone_number": "0117 496 0777", "username": f"entered-{next(numbers)}"} | given
    return patient(name=name, password=None, claimed_at=None, date_of_birth=born, **given)


def guardian(user_id, patient, **given):
    """May book and see the record, as the patient agreed; `confirmed_by_id` is the desk's for a child."""
    terms = {"may_book": True, "may_see_record": True, "since": NOW.date(), "confirmed_at": NOW}
    terms["confirmed_by_id"] = patient.user_id
    return added(Guardian(user_id=user_id, patient_id=patient.id, **terms | given))


def emergency(doctor, patient, starts_at=NOW, reason="Found unconscious"):
    """That doctor opened that patient's record for an hour."""
    about = {"doctor_id": doctor.id, "patient_id": patient.id, "reason": reason}
    return added(EmergencyAccess(**about, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)))


def doctor(clinic, specialization=None, **given):
    """Approved, with visits of 30 minutes every weekday from 09:00 to 17:00 unless `hours` is False."""
    n = next(numbers)
    with_hours = given.pop("hours", True)
    own = {key: given.pop(key) for key in list(given) if key in Doctor.__table__.c}
    made = added(
        Doctor(
            **{
                "user_id": user("doctor", **given).id,
                "clinic_id": clinic.id,
                "specialization_id": (specialization or default_specialization()).id,
                "license_number": f"L{n:06}",
                "status": "approved",
                "languages": ["English"],
            }
            | own
        )
    )
    visit_type(made)
    if with_hours:
        for weekday in list(Weekday)[:5]:
            hours(made, weekday)
    return made


def default_specialization():
    found = db.session.scalar(db.select(Specialization).where(Specialization.name == "General practice"))
    return found or added(Specialization(name="General practice"))


def specialization(name):
    return added(Specialization(name=name))


def hours(doctor, weekday, start=time(9), end=time(17), **given):
    return added(DoctorAvailability(doctor_id=doctor.id, day_of_week=weekday, start_time=start, end_time=end, **given))


def override(doctor, on_date, start=None, end=None, **given):
    return added(
        AvailabilityOverride(
            doctor_id=doctor.id, on_date=date.fromisoformat(on_date), start_time=start, end_time=end, **given
        )
    )


def time_off(clinic, start, end, **given):
    """Of one doctor with a doctor_id, else of the whole clinic."""
    return added(TimeOff(clinic_id=clinic.id, during=Range(start, end), **given))


def visit_type(doctor, **given):
    return added(
        VisitType(
            **{
                "doctor_id": doctor.id,
                "appointment_type": "consultation",
                "name": "New problem",
                "minutes": 30,
                "fee": 85,
                "instructions": "A list of your medicines",
            }
            | given
        )
    )


def appointment(patient, doctor, start, minutes=30, **given):
    """Booked by its patient, with the first line of its history."""
    n, status = next(numbers), given.pop("status", "scheduled")
    during = Range(start, start + timedelta(minutes=minutes))
    made = added(
        Appointment(
            **{
                "patient_id": patient.id,
                "doctor_id": doctor.id,
                "appointment_type": "consultation",
                "status": status,
                "during": during,
                "blocked": during,
                "time_zone": "Europe/London",
                "reference": f"{n:08}",
                "booked_by_id": patient.user_id,
            }
            | given
        )
    )
    if status != "held":
        step(made, status, patient.user_id)
    return made


def offer(visit, doctor, start, **given):
    """Another time for a visit, held for its patient alone for two hours; `holds` False: there is no row for it."""
    until = given.get("expires_at", NOW + timedelta(hours=2))
    length = visit.during.upper - visit.during.lower
    held = None
    if given.pop("holds", True):
        about = {"status": "held", "held_until": until, "booked_by_id": None, "visit_type_id": doctor.visit_types[0].id}
        held = appointment(visit.patient, doctor, start, minutes=length // timedelta(minutes=1), **about).id
    terms = {"replaces_id": visit.id, "doctor_id": doctor.id, "during": Range(start, start + length)}
    terms |= {"why": "doctor_away", "created_at": NOW, "expires_at": until, "appointment_id": held}
    return added(Offer(**terms | given))


def step(appointment, status, author_id, before="held", **given):
    return added(
        AppointmentHistory(
            appointment_id=appointment.id, changed_by_id=author_id, old_status=before, new_status=status, **given
        )
    )


def ill_doctor(clinic, patients, first, **given):
    """Away for a month from `first` on, with a visit of each of the patients booked then; and their references."""
    made = doctor(clinic, **given)
    time_off(clinic, first, first + timedelta(days=30), doctor_id=made.id)
    kind = made.visit_types[0].id
    starts = (first + timedelta(days=n // 8, minutes=30 * (n % 8)) for n in range(len(patients)))
    visits = [appointment(who, made, at, visit_type_id=kind) for who, at in zip(patients, starts, strict=True)]
    return made, [visit.reference for visit in visits]
