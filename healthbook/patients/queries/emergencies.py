"""Records that doctors opened in an emergency."""

from datetime import datetime

from sqlalchemy import select

from healthbook.db import db
from healthbook.models import Doctor, EmergencyAccess


def in_force(doctor: Doctor, patient_id: int, now: datetime) -> EmergencyAccess | None:
    """The doctor's emergency access to this patient's record, if it has not ended."""
    return db.session.scalar(
        select(EmergencyAccess)
        .where(
            EmergencyAccess.doctor_id == doctor.id,
            EmergencyAccess.patient_id == patient_id,
            EmergencyAccess.starts_at <= now,
            EmergencyAccess.ends_at > now,
        )
        .order_by(EmergencyAccess.id.desc())
        .limit(1)
    )
