"""What is marked private of a patient, which is not a guardian's to know."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from healthbook.models import (
    AccessLog,
    Appointment,
    Attachment,
    Doctor,
    MedicalRecord,
    Place,
    Prescription,
    Status,
    Why,
)


def visits(patient_id: int) -> Select:
    """The ids of private visits."""
    return select(Appointment.id).where(Appointment.patient_id == patient_id, Appointment.private)


def records(patient_id: int) -> Select:
    """The ids of private records: marked themselves, or of a private visit."""
    hidden = MedicalRecord.private | MedicalRecord.appointment_id.in_(visits(patient_id))
    return select(MedicalRecord.id).where(MedicalRecord.patient_id == patient_id, hidden)


def looks(patient_id: int) -> ColumnElement[bool]:
    """Of a query of AccessLog: looks that would tell that there is such a visit or record."""
    hidden = records(patient_id)
    things = {
        Place.APPOINTMENT: visits(patient_id),
        Place.RECORD: hidden,
        Place.PRESCRIPTION: select(Prescription.id).where(Prescription.medical_record_id.in_(hidden)),
        Place.FILE: select(Attachment.id).where(Attachment.medical_record_id.in_(hidden)),
    }
    at_one = [and_(AccessLog.object == place, AccessLog.object_id.in_(ids)) for place, ids in things.items()]
    # A doctor's day does not say which of the visits was on it.
    on_a_day = AccessLog.object == Place.AGENDA, AccessLog.actor_id.in_(doctors(patient_id, func.bool_or))
    only = AccessLog.why == Why.TREATING, AccessLog.actor_id.in_(doctors(patient_id, func.bool_and))
    return or_(*at_one, and_(*on_a_day), and_(*only))


def doctors(patient_id: int, how_many: Callable) -> Select:
    """The user ids of doctors who see the patient in private: in some of their visits (bool_or), or all (bool_and)."""
    theirs = select(Doctor.user_id).join(Appointment, Appointment.doctor_id == Doctor.id)
    been = Appointment.patient_id == patient_id, Appointment.status != Status.HELD
    return theirs.where(*been).group_by(Doctor.user_id).having(how_many(Appointment.private))
