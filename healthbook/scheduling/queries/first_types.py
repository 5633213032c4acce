"""What is booked with each of many doctors where nobody has chosen: the visit type that their picker offers first."""

from functools import lru_cache

from sqlalchemy import FromClause, Select, and_, select
from sqlalchemy.dialects.postgresql import distinct_on

from healthbook.models import Doctor, VisitType


@lru_cache
def one_by_one(new: bool | None) -> FromClause:
    """To be joined with doctors in the order in which they are wanted, of whom a few will do."""
    return in_order(new, Doctor).where(VisitType.doctor_id == Doctor.id).limit(1).lateral("kind")


def at_once(new: bool | None, doctor: type[Doctor]) -> FromClause:
    """The same, with `doctor_id`, for all of the doctors of an alias: quicker where they are thousands."""
    theirs = in_order(new, doctor).join(doctor, VisitType.doctor_id == doctor.id)
    return theirs.ext(distinct_on(VisitType.doctor_id)).subquery("kind")


def in_order(new: bool | None, doctor: type[Doctor]) -> Select:
    """By doctor, who is Doctor or an alias, as the picker orders them; that a doctor takes new patients is not asked.

    Who does not say whether they are new is better off with what anybody may book.
    """
    kind = select(VisitType).where(VisitType.bookable_online, VisitType.retired_at.is_(None))
    if new:
        kind = kind.where(VisitType.new_patients)
    anybody = [and_(VisitType.new_patients, doctor.accepts_new_patients).desc()] if new is None else []
    return kind.order_by(VisitType.doctor_id, *anybody, VisitType.position, VisitType.id)
