"""Doctors as the clinic decides about them, and the specializations they can have."""

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from healthbook.clinic.queries.appointments import PAGE
from healthbook.db import db
from healthbook.models import Doctor, DoctorReview, DoctorStatus, Specialization, User
from healthbook.pages import Listed, page


def listed(status: str | None, number: int) -> Listed[Doctor]:
    """One page of the doctors with this status (None: all), those who wait for a decision first."""
    statement = select(Doctor).join(Doctor.user)
    if status:
        statement = statement.where(Doctor.status == status)
    names = func.lower(User.last_name), func.lower(User.first_name)
    ordered = statement.options(*whole()).order_by(Doctor.status != DoctorStatus.PENDING, *names, Doctor.id)
    return page(ordered, number, PAGE)


def whole() -> list:
    reviews = selectinload(Doctor.reviews).joinedload(DoctorReview.decided_by)
    return [contains_eager(Doctor.user), joinedload(Doctor.specialization), joinedload(Doctor.clinic), reviews]


def doctor(doctor_id: int) -> Doctor:
    """Raises NoResultFound."""
    return db.session.scalars(select(Doctor).join(Doctor.user).options(*whole()).where(Doctor.id == doctor_id)).one()


def pending(most: int) -> list[Doctor]:
    """Who waits for a decision, the longest wait first."""
    statement = select(Doctor).join(Doctor.user).options(contains_eager(Doctor.user), joinedload(Doctor.specialization))
    oldest = statement.where(Doctor.status == DoctorStatus.PENDING).order_by(Doctor.created_at, Doctor.id)
    return list(db.session.scalars(oldest.limit(most)))


def specializations() -> list[tuple[Specialization, int]]:
    """By name, each with how many doctors have it."""
    doctors = select(func.count()).where(Doctor.specialization_id == Specialization.id).scalar_subquery()
    statement = select(Specialization, doctors).order_by(func.lower(Specialization.name))
    return [(specialization, used) for specialization, used in db.session.execute(statement)]


def specialization(specialization_id: int) -> Specialization:
    """To be changed: nobody else removes it meanwhile. Raises NoResultFound."""
    wanted = select(Specialization).where(Specialization.id == specialization_id)
    return db.session.scalars(wanted.with_for_update()).one()
