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
    Why,
)
from healthbook.patients.queries.access import Reader
from healthbook.seal import sealed

LONGEST_NAME = 200
"""Of a file without its number and its ending, in bytes: a disk takes 255 in all."""


def profile(who: Reader) -> dict[str, Any]:
    """How the patient is reached and insured, and by whom else they are looked after, is for nobody else."""
    patient, user = who.patient, who.patient.user
    guardians = [one for one in patient.guardians if who.why == Why.SELF or one.user_id == who.person.id]
    person = columns(user, ("first_name", "last_name", "date_of_birth"))
    person |= columns(patient, ("preferred_name", "pronouns", "gender"))
    person["guardians"] = [guardian(one) for one in guardians]
    return person | contact(patient) if who.why == Why.SELF else person


def contact(patient: Patient) -> dict[str, Any]:
    user, names = patient.user, ("email", "phone_number", "username", "locale", "theme", "email_verified_at")
    of_patient = ("address", "emergency_contact_name", "emergency_contact_phone", "access_needs")
    insurance = ("insurance_provider", "insurance_policy_number")
    return columns(user, names) | columns(patient, of_patient + insurance) | {"since": user.created_at}


def guardian(one: Guardian) -> dict[str, Any]:
    rights = ("may_book", "may_see_record", "since", "until", "confirmed_at")
    return {"name": one.user.full_name} | columns(one, rights)


def background(patient: Patient) -> dict[str, Any]:
    return columns(patient, ("blood_group", "allergies", "current_medications", "medical_history"))


def appointment(visit: Appointment, who: Reader) -> dict[str, Any]:
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
        "history": [step(one, doctor, who) for one in reversed(visit.history)],
    } | columns(visit, ("appointment_type", "status", "fee", "video", "private", "reason", "prescription"))


def step(one: AppointmentHistory, doctor: Doctor, who: Reader) -> dict[str, Any]:
    """The patient reads their own words and their guardians', a guardian their own; the others' are for the staff."""
    author = one.changed_by
    of_family = author and not author.is_staff and author.id != doctor.user_id
    theirs = one.changed_by_id == who.person.id or (who.why == Why.SELF and of_family)
    told = columns(one, ("changed_at", "old_status", "new_status", "change_reason"))
    return told | {"by": by(author), "remark": one.remark if theirs else None}


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
    stem, dot, ending = re.sub(r"[^\w.() -]|\.\.+", "_", file.file_name or "").rpartition(".")
    return f"files/{file.id}-{stem.encode()[:LONGEST_NAME].decode(errors='ignore')}{dot}{ending}"


def plain(value: Any, zone: tzinfo) -> Any:
    """For JSON: instants on the clinic's wall clock, everything else that JSON does not know as text."""
    return value.astimezone(zone).isoformat() if isinstance(value, datetime) else str(value)
