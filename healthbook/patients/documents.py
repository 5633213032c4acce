"""Everything about a patient as plain values, for files that other programs read."""

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from healthbook.models import (
    AccessLog,
    Appointment,
    AppointmentHistory,
    Attachment,
    Doctor,
    Guardian,
    MedicalRecord,
    Message,
    Patient,
    Prescription,
    User,
)
from healthbook.seal import sealed


def profile(patient: Patient) -> dict[str, Any]:
    user = patient.user
    names = ("first_name", "last_name", "date_of_birth", "email", "phone_number", "username", "locale", "theme")
    own = ("preferred_name", "pronouns", "gender", "address", "emergency_contact_name", "emergency_contact_phone")
    more = ("insurance_provider", "insurance_policy_number", "access_needs")
    since = {"since": user.created_at, "email_verified_at": user.email_verified_at}
    guardians = [guardian(one) for one in patient.guardians]
    return columns(user, names) | columns(patient, own + more) | since | {"guardians": guardians}


def guardian(one: Guardian) -> dict[str, Any]:
    rights = ("may_book", "may_see_record", "since", "until", "confirmed_at")
    return {"name": one.user.full_name} | columns(one, rights)


def background(patient: Patient) -> dict[str, Any]:
    return columns(patient, ("blood_group", "allergies", "current_medications", "medical_history"))


def appointment(visit: Appointment, own: set[int]) -> dict[str, Any]:
    """`own` are the ids of those whose words are the patient's: the others' are for the staff."""
    doctor = visit.doctor
    return {
        "reference": visit.reference,
        "starts_at": visit.starts_at,
        "minutes": visit.minutes,
        "doctor": doctor.name,
        "specialization": doctor.specialization.name,
        "clinic": doctor.clinic.name,
        "visit_type": visit.visit_type.name if visit.visit_type else None,
        "currency": doctor.clinic.currency,
        "history": [step(one, own) for one in reversed(visit.history)],
    } | columns(visit, ("appointment_type", "status", "fee", "video", "private", "reason", "prescription"))


def step(one: AppointmentHistory, own: set[int]) -> dict[str, Any]:
    words = one.remark if one.changed_by_id in own else None
    told = columns(one, ("changed_at", "old_status", "new_status", "change_reason"))
    return told | {"by": by(one.changed_by), "remark": words}


def by(person: User | None) -> str | None:
    """Who did it. Of the desk no names are told; None for the system."""
    if person is None or person.user_type not in ("desk", "admin"):
        return person.full_name if person else None
    return "the desk"


def record(one: MedicalRecord) -> dict[str, Any]:
    when = (
        "id",
        "appointment_id",
        "record_type",
        "record_date",
        "signed_at",
        "superseded_at",
        "supersedes_id",
        "private",
    )
    files = [{"file": path(file)} | columns(file, ("file_name", "media_type", "size")) for file in one.attachments]
    lines = [line.id for line in one.prescriptions]
    return columns(one, when) | texts(one) | {"doctor": one.doctor.name, "prescriptions": lines, "files": files}


def prescription(line: Prescription, doctor: Doctor) -> dict[str, Any]:
    told = columns(line, ("id", "medical_record_id", "created_at", "stopped_at")) | texts(line)
    return told | {"doctor": doctor.name, "stopped_by": by(line.stopped_by)}


def message(one: Message) -> dict[str, Any]:
    about = one.appointment.reference if one.appointment else None
    return {"about": about} | columns(one, ("kind", "channel", "due_at", "sent_at"))


def look(one: AccessLog) -> dict[str, Any]:
    return {"by": by(one.actor)} | columns(one, ("at", "object", "object_id", "action", "why", "reason"))


def columns(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def texts(row: Any) -> dict[str, Any]:
    """Everything that is sealed in the row."""
    return columns(row, (one.name for one in sealed(type(row))))


def path(file: Attachment) -> str:
    """Where a record's file lies among the others: its number, and of its name what no system takes for a folder."""
    name = re.sub(r"[^\w.() -]|\.\.+", "_", file.file_name or "")
    return f"files/{file.id}-{name}"


def plain(value: Any, zone: tzinfo) -> Any:
    """For JSON: instants on the clinic's wall clock, everything else that JSON does not know as text."""
    return value.astimezone(zone).isoformat() if isinstance(value, datetime) else str(value)
