"""What only an admin decides: who may work as a doctor, which specializations there are, and what was an emergency."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from healthbook.accounts.rules import one_of_a_kind
from healthbook.db import db, violated
from healthbook.errors import Refused, Stale
from healthbook.live import announce
from healthbook.models import Doctor, DoctorReview, DoctorStatus, EmergencyAccess, Specialization, User
from healthbook.scheduling.rules import lower_bound

DECISIONS = {
    DoctorStatus.PENDING: (DoctorStatus.APPROVED, DoctorStatus.REJECTED),
    DoctorStatus.APPROVED: (DoctorStatus.SUSPENDED,),
    DoctorStatus.SUSPENDED: (DoctorStatus.APPROVED,),
    DoctorStatus.REJECTED: (DoctorStatus.APPROVED,),
}


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


def look_at(admin: User, opened: EmergencyAccess, now: datetime) -> None:
    """An admin has looked at an emergency access. Whoever did so first stands there."""
    db.session.refresh(opened, ["reviewed_at"], with_for_update={"key_share": True})
    if opened.reviewed_at is None:
        opened.reviewed_by_id, opened.reviewed_at = admin.id, now
    db.session.flush()
    announce("clinic")
