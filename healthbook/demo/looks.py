"""Who has opened records in the demo: doctors at the visits that took place, and one of them once in an emergency."""

from datetime import datetime, timedelta

from sqlalchemy import insert

from healthbook.db import db
from healthbook.demo.plan import Planned
from healthbook.models import AccessLog, Act, Doctor, EmergencyAccess, Patient, Place, Status, User, Why

EMERGENCY = "Brought in unconscious by a neighbour. We had to know what she takes and what she cannot be given."
AGO, HOUR, DAY = timedelta(days=43, hours=3), timedelta(hours=1), timedelta(days=1)


def add(planned: list[Planned]) -> None:
    been = [plan for plan in planned if plan.status == Status.COMPLETED]
    rows = [look(plan.practice.doctor, plan.patient, plan.start, Why.TREATING) for plan in been]
    if rows:
        db.session.execute(insert(AccessLog.__table__), sorted(rows, key=lambda row: row["at"]))


def emergency(doctor: Doctor, patient: Patient, admin: User, now: datetime) -> None:
    """Looked at by the admin on the next day."""
    at = now - AGO
    about = {"doctor_id": doctor.id, "patient_id": patient.id, "reason": EMERGENCY, "starts_at": at}
    db.session.add(EmergencyAccess(**about, ends_at=at + HOUR, reviewed_by_id=admin.id, reviewed_at=at + DAY))
    db.session.execute(insert(AccessLog.__table__), [look(doctor, patient, at, Why.EMERGENCY, EMERGENCY)])


def look(doctor: Doctor, patient: Patient, at: datetime, why: Why, reason: str | None = None) -> dict[str, object]:
    return {
        "at": at,
        "actor_id": doctor.user_id,
        "patient_id": patient.id,
        "object": Place.CHART,
        "action": Act.READ,
        "why": why,
        "reason": reason,
    }
