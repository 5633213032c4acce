"""The lock of a doctor's row, and the lower bound of their first free time, which is written under it."""

from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Column, DateTime, Integer, func, literal, select, update

from healthbook.db import db
from healthbook.models import Clinic, Doctor, DoctorStatus
from healthbook.scheduling.queries import bounds

BATCH = 250


def lock(doctor: Doctor) -> None:
    """Whoever changes the hours or books waits here for whoever does so already."""
    db.session.refresh(doctor, ["next_free_at"], with_for_update={"key_share": True})


def lower_bound(doctor: Doctor, at: datetime) -> None:
    """To be called in whatever may make a time free at `at`, or, with buffers and steps, up to a day before it."""
    doctor.next_free_at = func.least(Doctor.next_free_at, at - timedelta(days=1))


def lock_all(clinic: Clinic) -> list[int]:
    """As `lock`, for all doctors of a clinic in the order of their ids, which are returned."""
    rows = select(Doctor.id).where(Doctor.clinic_id == clinic.id).order_by(Doctor.id)
    return list(db.session.scalars(rows.with_for_update(key_share=True)))


def lower_all(clinic: Clinic, at: datetime) -> None:
    """As `lower_bound`, for all doctors of a clinic."""
    lowered = update(Doctor).where(Doctor.clinic_id == clinic.id, Doctor.next_free_at > at - timedelta(days=1))
    lowered = lowered.values(next_free_at=at - timedelta(days=1), updated_at=Doctor.updated_at)
    db.session.execute(lowered, execution_options={"synchronize_session": False})


def raise_bounds(beyond: int, now: datetime, before: datetime | None = None) -> int | None:
    """Of some doctors with higher ids, and with bounds `before` a time, make them what they may be at most.

    Returns the last id, or None when there were no more. Who is being booked at this moment is left as they are.
    """
    stale = select(Doctor.id).where(Doctor.id > beyond, Doctor.status == DoctorStatus.APPROVED)
    if before:
        stale = stale.where(Doctor.next_free_at < before)
    some = stale.order_by(Doctor.id).limit(BATCH)
    # Read under the lock: what was read before it may have been freed and lowered since.
    ids = db.session.scalars(some.with_for_update(key_share=True, skip_locked=True)).all()
    if not ids:
        return None
    set_bounds(bounds.bounds(ids, now))
    return ids[-1]


def set_bounds(known: dict[int, datetime]) -> None:
    ids, times = literal(list(known), ARRAY(Integer)), literal(list(known.values()), ARRAY(DateTime(timezone=True)))
    columns = Column("id", Integer), Column("at", DateTime(timezone=True))
    bound = func.unnest(ids, times).table_valued(*columns).render_derived()
    raised = update(Doctor).where(Doctor.id == bound.c.id, Doctor.next_free_at != bound.c.at)
    # The clock of the row stands for what people change of it.
    raised = raised.values(next_free_at=bound.c.at, updated_at=Doctor.updated_at)
    db.session.execute(raised, execution_options={"synchronize_session": False})
