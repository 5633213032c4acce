"""The demo's visits with their history, notes, records and prescriptions."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import Range

from healthbook.db import db
from healthbook.demo.clinic import ZONE
from healthbook.demo.people import CASES
from healthbook.demo.plan import Planned
from healthbook.models import (
    Appointment,
    AppointmentHistory,
    ChangeReason,
    MedicalRecord,
    Patient,
    Prescription,
    RecordType,
    Status,
    User,
)
from healthbook.models.appointments import CROCKFORD

STEPS = {
    Status.SCHEDULED: (),
    Status.CONFIRMED: (Status.CONFIRMED,),
    Status.CHECKED_IN: (Status.CONFIRMED, Status.CHECKED_IN),
    Status.IN_PROGRESS: (Status.CONFIRMED, Status.CHECKED_IN, Status.IN_PROGRESS),
    Status.COMPLETED: (Status.CONFIRMED, Status.CHECKED_IN, Status.IN_PROGRESS, Status.COMPLETED),
    Status.NO_SHOW: (Status.CONFIRMED, Status.NO_SHOW),
    Status.CANCELLED: (Status.CANCELLED,),
}
EARLY = timedelta(minutes=20)
OF_THE_DOCTOR = (Status.IN_PROGRESS, Status.COMPLETED)
WHY_PATIENTS_CANCEL = (ChangeReason.CANNOT_COME, ChangeReason.FEELS_BETTER, ChangeReason.FOUND_ANOTHER)


def add(planned: list[Planned], desk: User, now: datetime) -> None:
    """Write down what was planned, with everything that came of it until now."""
    chances = [Random(plan.luck) for plan in planned]
    rows = [appointment(*drawn, desk, now) for drawn in zip(chances, planned, strict=True)]
    db.session.add_all(rows)
    db.session.flush()
    drawn = list(zip(chances, planned, rows, strict=True))
    db.session.execute(
        insert(AppointmentHistory.__table__), [step for one in drawn for step in history(*one, desk, now)]
    )
    over = [(plan, row) for luck, plan, row in drawn if plan.status == Status.COMPLETED and luck.random() < 0.6]
    db.session.add_all(record(plan, row) for plan, row in over)
    db.session.flush()


def appointment(rng: Random, plan: Planned, desk: User, now: datetime) -> Appointment:
    kind = plan.visit_type
    booked_at = min(plan.start, now) - timedelta(minutes=rng.randint(90, 25_000))
    row = Appointment(
        seal_id=UUID(int=rng.getrandbits(128), version=4),
        patient_id=plan.patient.id,
        doctor_id=plan.practice.doctor.id,
        appointment_type=kind.appointment_type,
        status=plan.status,
        reason=plan.case[0],
        visit_type_id=kind.id,
        reference="".join(rng.choices(CROCKFORD, k=8)),
        during=Range(plan.start, plan.end),
        blocked=Range(
            plan.start - timedelta(minutes=kind.buffer_before), plan.end + timedelta(minutes=kind.buffer_after)
        ),
        time_zone=ZONE,
        fee=kind.fee,
        booked_by_id=booker(plan.patient, desk).id,
        ical_uid=UUID(int=rng.getrandbits(128), version=4),
        created_at=booked_at,
        updated_at=min(plan.start, now),
        notes=rng.choice(CASES["notes"]) if rng.random() < 0.1 else None,
    )
    if plan.status == Status.COMPLETED:
        row.doctor_notes = rng.choice(CASES["doctor_notes"])
        row.prescription = plan.case[3]
    return row


def booker(patient: Patient, desk: User) -> User:
    """People book for themselves and for their children, else the desk does."""
    if patient.user.email:
        return patient.user
    return patient.guardians[0].user if patient.guardians else desk


def history(rng: Random, plan: Planned, row: Appointment, desk: User, now: datetime) -> list[dict[str, Any]]:
    """From booked to what it is, each step by who would have made it; nothing lies in the future."""
    at, before = row.created_at, Status.SCHEDULED
    author_id = row.booked_by_id
    held = Status.HELD if author_id != desk.id else None
    steps = [step(row, author_id, held, Status.SCHEDULED, at)]
    for to in STEPS[plan.status]:
        latest = min(now, {Status.COMPLETED: plan.end, Status.NO_SHOW: plan.end}.get(to, plan.start))
        if to == Status.CHECKED_IN:
            at = max(at, min(plan.start - EARLY, latest))
        at += (max(at, latest) - at) * rng.uniform(0.3, 1)
        author = plan.practice.doctor.user_id if to in OF_THE_DOCTOR else desk.id
        why = None
        if to == Status.CANCELLED and held and rng.random() < 0.7:
            author, why = author_id, rng.choice(WHY_PATIENTS_CANCEL)
        elif to == Status.CANCELLED:
            why = rng.choice((ChangeReason.PATIENT_ASKED, ChangeReason.DOCTOR_AWAY))
        steps.append(step(row, author, before, to, at, why))
        before = to
    return steps


def step(
    row: Appointment, author_id: int, before: Status | None, to: Status, at: datetime, why: ChangeReason | None = None
) -> dict[str, Any]:
    return {
        "seal_id": uuid4(),
        "appointment_id": row.id,
        "changed_by_id": author_id,
        "old_status": before,
        "new_status": to,
        "change_reason": why,
        "changed_at": at,
    }


def record(plan: Planned, row: Appointment) -> MedicalRecord:
    """What the doctor signed after the visit, with the medicine if there was one."""
    reason, title, diagnosis, treatment, medicine = plan.case
    written = MedicalRecord(
        patient_id=row.patient_id,
        doctor_id=row.doctor_id,
        appointment_id=row.id,
        record_type=RecordType.DIAGNOSIS,
        title=title,
        description=reason,
        diagnosis=diagnosis,
        treatment=treatment,
        medications=" ".join(medicine[:2]) if medicine else None,
        record_date=plan.end,
        signed_at=plan.end,
        created_at=plan.end,
        updated_at=plan.end,
    )
    if medicine:
        names = ("medication_name", "dosage", "frequency", "duration", "instructions")
        lines = dict(zip(names, medicine, strict=True))
        written.prescriptions.append(Prescription(created_at=plan.end, **lines))
    return written
