"""The desk enters somebody who is not known here yet."""

from datetime import date, datetime

from sqlalchemy import select

from healthbook.accounts.rules import Unfit, one_of_a_kind
from healthbook.db import db
from healthbook.models import Patient, User, UserType

ALREADY = {"uq_custom_user_username": ("key", "")}


def enter(
    clerk: User,
    key: str,
    now: datetime,
    *,
    first_name: str,
    last_name: str,
    date_of_birth: date,
    phone_number: str,
    email: str | None,
) -> Patient:
    """A new patient without a password, who cannot sign in. The same form, known by its key, enters one person only."""
    username = f"entered-{clerk.id}-{key}"
    known = {"phone_number": phone_number, "email": email, "created_at": now}
    names = {"first_name": first_name, "last_name": last_name, "date_of_birth": date_of_birth}
    user = User(username=username, user_type=UserType.PATIENT, **names, **known)
    try:
        with one_of_a_kind(ALREADY):
            db.session.add(user)
            db.session.flush()
            patient = Patient(user_id=user.id)
            db.session.add(patient)
            db.session.flush()
    except Unfit:
        entered = select(Patient).join(Patient.user).where(User.username == username)
        return db.session.execute(entered).scalar_one()
    return patient
