"""What only an admin decides: who may work here as a doctor, what was an emergency, specializations, and settings."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from healthbook.accounts.rules import Unfit, one_of_a_kind
from healthbook.clinic.queries import settings
from healthbook.db import db, violated
from healthbook.errors import Refused, Stale
from healthbook.live import REFRESH, announce
from healthbook.models import Clinic, Doctor, DoctorReview, DoctorStatus, EmergencyAccess, Specialization, User
from healthbook.scheduling.rules.bounds import lock_all, lower_all, lower_bound

DECISIONS = {
    DoctorStatus.PENDING: (DoctorStatus.APPROVED, DoctorStatus.REJECTED),
    DoctorStatus.APPROVED: (DoctorStatus.SUSPENDED,),
    DoctorStatus.SUSPENDED: (DoctorStatus.APPROVED,),
    DoctorStatus.REJECTED: (DoctorStatus.APPROVED,),
}
# Each of them may make a time free earlier than before.
FREES = ("time_zone", "lead_minutes", "horizon_days")


def review(admin: User, doctor: Doctor, seen: str, decision: str, reason: str, now: datetime) -> DoctorReview:
    """Decide about a doctor, on the record.

    Raises Stale when the status is no longer the one the admin saw, Refused for oneself or an undeclared move.
    """
    if doctor.user_id == admin.id:
        raise Refused(_("Nobody decides about themself. Please ask another admin."))
    db.session.refresh(doctor, ["status"], with_for_update={"key_share": True})
    if doctor.status != seen:
        raise Stale(_("Somebody decided about this doctor a moment before you."))
    if decision not in DECISIONS[DoctorStatus(seen)]:
        raise Refused(_("This is not possible from here."))
    made = DoctorReview(
        doctor_id=doctor.id,
        decided_by_id=admin.id,
        decided_at=now,
        old_status=seen,
        new_status=decision,
        reason=reason,
    )
    db.session.add(made)
    doctor.status = decision
    if decision == DoctorStatus.APPROVED:
        lower_bound(doctor, now)
    db.session.flush()
    announce(f"doctor-{doctor.id}", f"me-{doctor.user_id}", "clinic")
    return made


def add_specialization(name: str, description: str) -> None:
    """Raises Unfit for a name that another has, in whatever letters."""
    with one_of_a_kind(taken(name)):
        db.session.add(Specialization(name=name, description=description or None))


def rename(specialization: Specialization, name: str, description: str) -> None:
    """Raises Unfit for a name that another has, in whatever letters."""
    with one_of_a_kind(taken(name)):
        specialization.name, specialization.description = name, description or None


def taken(name: str) -> dict[str, tuple[str, str]]:
    return {"uq_specialization_name": ("name", _("There is already a specialization called %(name)s.", name=name))}


def remove(specialization: Specialization) -> None:
    """Raises Refused while a doctor has it: the foreign key says so, whoever is quicker."""
    try:
        db.session.execute(delete(Specialization).where(Specialization.id == specialization.id))
    except IntegrityError as error:
        if violated(error) != "fk_doctor_specialization_id_specialization":
            raise
        words = _("Doctors have this specialization. Give them another one first.")
        raise Refused(words) from None


def change_settings(clinic: Clinic, known: str, wanted: dict[str, Any], now: datetime) -> None:
    """`wanted` are columns, `known` is what the page had seen of them.

    Raises Stale when somebody was quicker, Unfit for a time zone that the database does not have.
    """
    db.session.refresh(clinic, with_for_update={"key_share": True})
    if settings.seen(clinic, wanted) != known:
        raise Stale(_("Somebody changed this a moment before you. It is now as you see it here."))
    changed = {column for column, value in wanted.items() if getattr(clinic, column) != value}
    if "time_zone" in changed:
        check_zone(wanted["time_zone"])
    for column in changed:
        setattr(clinic, column, wanted[column])
    db.session.flush()
    if changed.intersection(FREES):
        lock_all(clinic)
        lower_all(clinic, now)
    if changed:
        announce(REFRESH)


def check_zone(name: str) -> None:
    """The list is Python's, and the database reads wall clocks too."""
    try:
        with db.session.begin_nested():
            db.session.execute(text("SELECT timestamptz '2027-01-01' AT TIME ZONE :name"), {"name": name})
    except DBAPIError:
        raise Unfit("time_zone", _("The database does not know this time zone. Choose one near it.")) from None


def look_at(admin: User, opened: EmergencyAccess, now: datetime) -> None:
    """An admin has looked at an emergency access. Whoever did so first stands there."""
    db.session.refresh(opened, ["reviewed_at"], with_for_update={"key_share": True})
    if opened.reviewed_at is None:
        opened.reviewed_by_id, opened.reviewed_at = admin.id, now
    db.session.flush()
    announce("clinic")
