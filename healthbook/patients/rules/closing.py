"""Closing an account, as far as it is about who somebody is: what is not the clinical record goes at once."""

from datetime import datetime

from sqlalchemy import delete, or_, select

from healthbook.db import db
from healthbook.models import Guardian, GuardianInvitation, Patient, User, UserSession, WrongCode
from healthbook.patients.rules.family import end
from healthbook.patients.rules.profile import take_photo_away
from healthbook.seal import key_ring

OF_THE_USER = ("email", "password", "phone_number", "email_verified_at", "claimed_at", "locale", "theme")
OF_THE_PATIENT = (
    *("preferred_name", "pronouns", "access_needs", "address", "emergency_contact_name", "emergency_contact_phone"),
    *("insurance_provider", "insurance_policy_number"),
)
"""Name, birth date and gender stay: without them nobody could say whose the record is that the law wants kept."""


def forget(patient: Patient, now: datetime) -> None:
    """Sessions, ways to reach them, photo, insurance, guardians both ways: whatever the record does not need."""
    user = patient.user
    for guardianship in guardianships(patient):
        end(guardianship, now, by=user)
    take_photo_away(patient)
    for name in OF_THE_PATIENT:
        setattr(patient, name, None)
    for name in OF_THE_USER:
        setattr(user, name, None)
    user.username, user.is_active, user.closed_at = f"closed-{user.id}", False, now
    db.session.execute(delete(GuardianInvitation).where(GuardianInvitation.patient_id == patient.id))
    for of_the_user in (UserSession, WrongCode):
        db.session.execute(delete(of_the_user).where(of_the_user.user_id == user.id))
    db.session.flush()


def guardianships(patient: Patient) -> list[Guardian]:
    """Those who act for the patient, and those for whom the patient acts."""
    theirs = or_(Guardian.patient_id == patient.id, Guardian.user_id == patient.user_id)
    return list(db.session.scalars(select(Guardian).where(theirs).order_by(Guardian.patient_id, Guardian.id)))


def sealed_address(user: User) -> str:
    """The address for the last letter, which nothing but its job knows and nobody can read there."""
    return key_ring().seal((user.email or "").encode(), place(user.id)).hex()


def last_address(user_id: int, address: str) -> str:
    return key_ring().open(bytes.fromhex(address), place(user_id)).decode()


def place(user_id: int) -> bytes:
    return f"account_closed.address.{user_id}".encode()
