"""The demo's families: every child has a parent or two among the patients, and some old people somebody they trust."""

from datetime import datetime, timedelta
from random import Random

from healthbook.db import db
from healthbook.demo.people import CAST, ON_ONE_S_OWN, age
from healthbook.models import Guardian, Patient, User

PARENTS = range(21, 45)
# How many of the youngest wait for the desk, and how many of the oldest have a carer.
NEW, CARED_FOR = 2, 4


def add(patients: list[Patient], desk: User, now: datetime) -> None:
    """Children take the name of the parent who entered them. The third patient is Ada's child."""
    rng, cast = Random("families"), {person.email for person in CAST.values()}
    adults = [each for each in patients if each.user.email and each.user.email not in cast]
    children = [each for each in patients if age(each.user.date_of_birth, now.date()) < ON_ONE_S_OWN]
    youngest = sorted(children, key=born)[-NEW:]
    for child in children:
        fitting = [each for each in adults if older(each, child) in PARENTS]
        parents = patients[:1] if child is patients[2] else rng.sample(fitting, k=rng.choice((1, 1, 2)))
        child.user.last_name = parents[0].user.last_name
        for parent in parents:
            seen = {} if child in youngest else agreed(parent, child, desk)
            act_for(parent, child, **seen)
    for old in sorted(adults, key=born)[:CARED_FOR]:
        carer = rng.choice([each for each in adults if older(old, each) in PARENTS])
        act_for(carer, old, **agreed(carer, old, old.user) | {"may_see_record": rng.random() < 0.5})
    db.session.flush()


def born(patient: Patient) -> tuple:
    return patient.user.date_of_birth, patient.user.username


def older(one: Patient, other: Patient) -> int:
    return age(one.user.date_of_birth, other.user.date_of_birth)


def act_for(guardian: Patient, patient: Patient, **given) -> None:
    """Since the clinic has known both."""
    at = max(guardian.created_at, patient.created_at)
    row = Guardian(user=guardian.user, patient=patient, may_book=True, since=at.date(), created_at=at, **given)
    db.session.add(row)


def agreed(guardian: Patient, patient: Patient, by: User) -> dict[str, object]:
    """On the next day."""
    at = max(guardian.created_at, patient.created_at) + timedelta(days=1)
    return {"may_see_record": True, "confirmed_by": by, "confirmed_at": at}
