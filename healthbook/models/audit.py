"""Who has read what is clinical about a patient, and why they might. Rows are written once and never changed."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook import clock
from healthbook.db import db, one_of
from healthbook.seal import Sealed, SealedRow


class Why(StrEnum):
    """What lets somebody read a patient's record."""

    SELF = "self"
    GUARDIAN = "guardian"
    TREATING = "treating"
    EMERGENCY = "emergency"


class Act(StrEnum):
    """What was done with it: read on a page, printed, or taken away as a file."""

    READ = "read"
    PRINTED = "printed"
    DOWNLOADED = "downloaded"
    EXPORTED = "exported"


class Place(StrEnum):
    """Which page or file showed it; `object_id` in the log tells apart several of a kind."""

    PROFILE = "profile"
    AGENDA = "agenda"
    APPOINTMENT = "appointment"
    BACKGROUND = "background"
    CHART = "chart"
    RECORDS = "records"
    RECORD = "record"
    PRESCRIPTION = "prescription"
    FILE = "file"
    EXPORT = "export"


class AccessLog(db.Model):
    """One row for each actor, patient and place in a quarter of an hour, which the database keeps."""

    __tablename__ = "access_log"
    __table_args__ = (
        one_of("object", Place),
        one_of("action", Act),
        one_of("why", Why),
        Index("ix_access_log_patient_id_at", "patient_id", "at"),
        Index("ix_access_log_actor_id_at", "actor_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    object: Mapped[str]
    object_id: Mapped[int | None]
    action: Mapped[str]
    why: Mapped[str]
    reason: Mapped[str | None]
    request_id: Mapped[str | None]
    ip: Mapped[str | None]

    actor: Mapped["User"] = relationship()
    patient: Mapped["Patient"] = relationship()


class AccessDigest(db.Model):
    """A day of the access log, sealed: `digest` is a keyed hash over that day's rows and the digest before it."""

    __tablename__ = "access_digest"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    rows: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())


class EmergencyAccess(db.Model):
    """A doctor who does not treat a patient opened the record, for a reason, from `starts_at` until `ends_at`."""

    __tablename__ = "emergency_access"
    __table_args__ = (
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        CheckConstraint("ends_at > starts_at AND ends_at <= starts_at + interval '1 hour'", name="ends_at"),
        CheckConstraint("(reviewed_by_id IS NULL) = (reviewed_at IS NULL)", name="reviewed"),
        Index("ix_emergency_access_doctor_id_patient_id_ends_at", "doctor_id", "patient_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="RESTRICT"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"), index=True)
    reason: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    ends_at: Mapped[datetime]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"))
    reviewed_at: Mapped[datetime | None]

    doctor: Mapped["Doctor"] = relationship()
    patient: Mapped["Patient"] = relationship()
    reviewed_by: Mapped["User | None"] = relationship()


class SealCheck(SealedRow, db.Model):
    """One row, sealed on the first start: an installation whose key does not open it does not start."""

    __tablename__ = "seal_check"
    __table_args__ = (CheckConstraint("id = 1", name="id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words_sealed: Mapped[bytes] = mapped_column("words", LargeBinary)

    words = Sealed()
