"""Opening the record of somebody whom one does not treat: for an hour, with a reason, and everybody is told."""

from datetime import datetime, timedelta

from sqlalchemy import select

from healthbook import jobs
from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Doctor, EmergencyAccess
from healthbook.patients.queries.emergencies import in_force

LASTS = timedelta(hours=1)


def open_record(doctor: Doctor, patient_id: int, reason: str, now: datetime) -> EmergencyAccess:
    """One at a time: while it is open, opening it again changes nothing and tells nobody."""
    db.session.execute(select(Doctor.id).where(Doctor.id == doctor.id).with_for_update(key_share=True))
    if opened := in_force(doctor, patient_id, now):
        return opened
    about = {"doctor_id": doctor.id, "patient_id": patient_id, "reason": reason}
    opened = EmergencyAccess(**about, starts_at=now, ends_at=now + LASTS)
    db.session.add(opened)
    db.session.flush()
    jobs.tell("emergency_opened", emergency_id=opened.id)
    announce("clinic")
    return opened
