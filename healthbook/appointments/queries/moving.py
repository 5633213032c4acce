"""Where a visit can be moved to, and where it was."""

from datetime import datetime

from sqlalchemy import or_, select, true
from sqlalchemy.sql.base import ExecutableOption

from healthbook.appointments.queries.visits import theirs, with_people
from healthbook.db import db
from healthbook.models import Appointment, AppointmentType, Doctor, DoctorStatus, User, VisitType
from healthbook.models.accounts import STAFF
from healthbook.scheduling.offers import Moving, successor
from healthbook.scheduling.queries.visit_types import visit_types


def moved_to(visit: Appointment) -> Appointment | None:
    """The visit that has taken this one's place."""
    return db.session.scalar(with_people().where(Appointment.moved_from_id == visit.id))


def now_at(person: User, visit: Appointment, now: datetime) -> Appointment | None:
    """The same, if the person may open it."""
    concerned = or_(true() if person.roles & STAFF else theirs(person, now), Doctor.user_id == person.id)
    return db.session.scalar(with_people().where(Appointment.moved_from_id == visit.id, concerned))


def colleagues(visit: Appointment) -> list[Doctor]:
    """Others of the specialization who take bookings at this clinic, by name."""
    return colleagues_of(visit.doctor)


def colleagues_of(doctor: Doctor, *options: ExecutableOption) -> list[Doctor]:
    same = Doctor.specialization_id == doctor.specialization_id, Doctor.clinic_id == doctor.clinic_id
    takes = Doctor.status == DoctorStatus.APPROVED, Doctor.is_available, User.is_active, Doctor.id != doctor.id
    found = select(Doctor).join(Doctor.user).where(*same, *takes).options(*options)
    return list(db.session.scalars(found.order_by(User.last_name, User.first_name, Doctor.id)))


def kind_for(visit: Appointment, doctor: Doctor) -> VisitType | None:
    """What the visit is with this doctor: with its own what it was booked as, with another what is most like it."""
    booked = visit.visit_type
    if booked and doctor.id == visit.doctor_id:
        return booked
    kinds = visit_types(doctor)
    return (successor(kinds, booked) if booked else kinds[0]) if kinds else None


def follow_up_kind(visit: Appointment) -> int | None:
    """What a follow-up with the doctor of a visit is booked as: the first of its kind, or else what the visit was."""
    kinds = visit_types(visit.doctor)
    kinds.sort(key=lambda kind: (kind.appointment_type != AppointmentType.FOLLOW_UP, kind.id != visit.visit_type_id))
    return kinds[0].id if kinds else None


def moving(visit: Appointment, doctor: Doctor) -> Moving:
    other = doctor.id if doctor.id != visit.doctor_id else None
    return Moving(visit.reference, visit.id, visit.starts_at, kind_for(visit, doctor), other)
