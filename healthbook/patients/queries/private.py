"""What is marked private of a patient, which is not a guardian's to know."""

from sqlalchemy import Select, select

from healthbook.models import Appointment, MedicalRecord


def visits(patient_id: int) -> Select:
    """The ids of private visits."""
    return select(Appointment.id).where(Appointment.patient_id == patient_id, Appointment.private)


def records(patient_id: int) -> Select:
    """The ids of private records: marked themselves, or of a private visit."""
    hidden = MedicalRecord.private | MedicalRecord.appointment_id.in_(visits(patient_id))
    return select(MedicalRecord.id).where(MedicalRecord.patient_id == patient_id, hidden)
