"""What a doctor can be booked for."""

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.models import Doctor, VisitType
from healthbook.scheduling.offers import Offer, offer


def visit_types(doctor: Doctor, online: bool = True, new: bool = False) -> list[VisitType]:
    """What the doctor can be booked for, in their order; by default only what can be booked online.

    With `new`, only what somebody can book who has not been here before.
    """
    if new and not doctor.accepts_new_patients:
        return []
    offered = (kind for kind in doctor.visit_types if kind.retired_at is None)
    offered = (kind for kind in offered if (kind.bookable_online or not online) and (kind.new_patients or not new))
    return sorted(offered, key=lambda kind: (kind.position, kind.id))


def for_desk(doctor: Doctor, new: bool = False) -> list[VisitType]:
    """What the desk can book for somebody who may be new here, as far as the clinic lets it ignore what is online."""
    ignored = doctor.clinic.desk_ignores
    return visit_types(doctor, online="online" not in ignored, new=new and "new_patients" not in ignored)


def visit_type(doctor: Doctor, visit_type_id: int | None) -> VisitType:
    """One that may be booked online; without an id the doctor's first. Raises NoResultFound."""
    for kind in visit_types(doctor):
        if visit_type_id in (None, kind.id):
            return kind
    raise NoResultFound


def offered(doctor: Doctor, visit_type_id: int | None, new: bool, desk: bool = False) -> Offer:
    """What somebody can book who may be new here, online or at the desk, and what of it they want."""
    known, theirs = (
        (for_desk(doctor), for_desk(doctor, new)) if desk else (visit_types(doctor), visit_types(doctor, new=new))
    )
    wanted = next((kind for kind in known if kind.id == visit_type_id), None)
    if visit_type_id and not wanted:
        wanted = retired(doctor, visit_type_id)
    return offer(theirs, known, wanted)


def named(doctor: Doctor, visit_type_id: int) -> None:
    """Raises NoResultFound for what could never be booked with this doctor online."""
    if visit_type_id not in (kind.id for kind in visit_types(doctor)) and not retired(doctor, visit_type_id):
        raise NoResultFound


def kept(doctor: Doctor) -> list[VisitType]:
    """All that are not retired, read anew."""
    own = select(VisitType).where(VisitType.doctor_id == doctor.id, VisitType.retired_at.is_(None))
    rows = db.session.scalars(own, execution_options={"populate_existing": True})
    return sorted(rows, key=lambda kind: (kind.position, kind.id))


def retired(doctor: Doctor, visit_type_id: int) -> VisitType | None:
    """One of the doctor's that an old page may still name. What cannot be an id is none."""
    if not 0 < visit_type_id < 2**31:
        return None
    old = select(VisitType).where(VisitType.doctor_id == doctor.id, VisitType.retired_at.is_not(None))
    return db.session.scalar(old.where(VisitType.id == visit_type_id))
