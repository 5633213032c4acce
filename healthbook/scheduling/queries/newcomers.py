"""Who has been here before."""

from sqlalchemy import exists, select

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient, Status
from healthbook.scheduling.offers import Who
from healthbook.scheduling.queries.visit_types import for_desk, visit_types


def is_new(patient: Patient, doctor: Doctor) -> bool:
    """Whether no visit of the patient was ever completed at the clinic of the doctor."""
    been = exists().where(
        Appointment.patient_id == patient.id,
        Appointment.status == Status.COMPLETED,
        Appointment.doctor_id == Doctor.id,
        Doctor.clinic_id == doctor.clinic_id,
    )
    return not db.session.scalar(select(been))


def has_been(patient: Patient) -> bool:
    """Whether any visit of the patient was ever completed."""
    been = exists().where(Appointment.patient_id == patient.id, Appointment.status == Status.COMPLETED)
    return bool(db.session.scalar(select(been)))


def asker(patient: Patient | None, doctor: Doctor, said: int | None = None, other: bool = False) -> Who:
    """Somebody at the picker: a patient is known, and whoever else says so; until then they may be new (1).

    `other`: somebody else asks for the patient.
    """
    if patient is None:
        return Who(asked=True, said=said, new=said != 0)
    everything = visit_types(doctor, new=True) == visit_types(doctor)
    return Who(new=not everything and is_new(patient, doctor), patient_id=patient.id if other else None)


def at_desk(patient: Patient, doctor: Doctor) -> Who:
    """The desk at the picker, for a patient."""
    everything = for_desk(doctor, new=True) == for_desk(doctor)
    return Who(new=not everything and is_new(patient, doctor), patient_id=patient.id, desk=True)
