"""Make the demo clinic: the same people every time, around the day on which it is made."""

from datetime import datetime
from random import Random

from sqlalchemy import select, text

from healthbook.accounts.passwords import hash_password
from healthbook.db import db
from healthbook.demo import clinic, families, looks, people, plan, records, visits
from healthbook.models import User
from healthbook.scheduling.wall_clock import local

SEED = 2027
ONE_AT_A_TIME = 721008


def fill(now: datetime) -> bool:
    """All in one transaction, unless there are people already; whether it was done."""
    # One hash for everybody: it is slow on purpose.
    hashed = hash_password(people.PASSWORD)
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    empty = db.session.scalar(select(User.id).limit(1)) is None
    if empty:
        make(Random(SEED), hashed, now.replace(second=0, microsecond=0))
    db.session.commit()
    return empty


def make(rng: Random, hashed: str, now: datetime) -> None:
    desk, planned = people_and_plan(rng, hashed, now)
    visits.add(planned, desk, now)
    doctors = {row.practice.doctor.user.full_name: row.practice.doctor for row in planned}
    ada = next(row.patient for row in planned if row.patient.user.email == people.CAST["ada"].email)
    records.add(ada, doctors, now)
    looks.add(planned)
    admin = db.session.scalars(select(User).where(User.email == people.CAST["mo"].email)).one()
    looks.emergency(doctors[people.CAST["dean"].name], ada, admin, now)


def people_and_plan(rng: Random, hashed: str, now: datetime) -> tuple[User, list[plan.Planned]]:
    """Everybody, and who is to see whom; visits are not written down yet."""
    staff, patients = people.staff(hashed, now), people.patients(rng, hashed, now)
    families.add(patients, staff["dot"], now)
    place, fields = clinic.clinic(), clinic.specializations(now)
    today = local(clinic.ZONE, int(now.timestamp())).date()
    applied = [(words, clinic.doctor(words, place, fields, hashed, now)) for words in clinic.WORDS["doctors"]]
    db.session.flush()
    practices = [clinic.practice(words, row, staff["mo"], today) for words, row in applied if "hours" in words]
    return staff["dot"], plan.visits(rng, practices, patients, now)
