"""Medical records and prescriptions. A signed record is never changed: an amendment is a new row."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook import clock
from healthbook.db import Stamped, db, one_of
from healthbook.seal import Sealed, SealedBytes, SealedRow


class RecordType(StrEnum):
    DIAGNOSIS = "diagnosis"
    PRESCRIPTION = "prescription"
    LAB_RESULT = "lab_result"
    IMAGING = "imaging"
    SURGERY = "surgery"
    VACCINATION = "vaccination"


class MedicalRecord(Stamped, SealedRow, db.Model):
    """A draft until `signed_at`, and its author's alone. `version` guards the draft against two pages writing at once,
    `request_key` against a form that comes twice; `amend_reason` says why this row supersedes the one before it.
    """

    __tablename__ = "medical_record"
    __table_args__ = (
        one_of("record_type", RecordType),
        CheckConstraint("supersedes_id <> id", name="supersedes_id"),
        Index(
            "uq_medical_record_live_appointment_id",
            "appointment_id",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_medical_record_patient_id_record_date", "patient_id", "record_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="RESTRICT"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="RESTRICT"))
    record_type: Mapped[str]
    title_sealed: Mapped[bytes] = mapped_column("title", LargeBinary, deferred=True)
    description_sealed: Mapped[bytes | None] = mapped_column("description", LargeBinary, deferred=True)
    diagnosis_sealed: Mapped[bytes | None] = mapped_column("diagnosis", LargeBinary, deferred=True)
    treatment_sealed: Mapped[bytes | None] = mapped_column("treatment", LargeBinary, deferred=True)
    medications_sealed: Mapped[bytes | None] = mapped_column("medications", LargeBinary, deferred=True)
    record_date: Mapped[datetime]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("medical_record.id", ondelete="RESTRICT"), unique=True)
    superseded_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    amend_reason_sealed: Mapped[bytes | None] = mapped_column("amend_reason", LargeBinary, deferred=True)
    version: Mapped[int] = mapped_column(default=1)
    private: Mapped[bool] = mapped_column(default=False)
    request_key: Mapped[UUID | None] = mapped_column(unique=True)

    title = Sealed()
    description = Sealed()
    diagnosis = Sealed()
    treatment = Sealed()
    medications = Sealed()
    amend_reason = Sealed()

    patient: Mapped["Patient"] = relationship(back_populates="records")
    doctor: Mapped["Doctor"] = relationship(back_populates="records")
    appointment: Mapped["Appointment | None"] = relationship()
    prescriptions: Mapped[list["Prescription"]] = relationship(
        back_populates="medical_record", order_by="Prescription.id"
    )
    attachments: Mapped[list["Attachment"]] = relationship(back_populates="medical_record", order_by="Attachment.id")

    @property
    def day(self) -> date:
        """Of what it tells, on the wall calendar of the clinic."""
        return self.record_date.astimezone(self.doctor.clinic.zone).date()


class Prescription(SealedRow, db.Model):
    """One medicine of a record."""

    __tablename__ = "prescription"

    id: Mapped[int] = mapped_column(primary_key=True)
    medical_record_id: Mapped[int] = mapped_column(ForeignKey("medical_record.id", ondelete="RESTRICT"), index=True)
    medication_name_sealed: Mapped[bytes] = mapped_column("medication_name", LargeBinary, deferred=True)
    dosage_sealed: Mapped[bytes | None] = mapped_column("dosage", LargeBinary, deferred=True)
    frequency_sealed: Mapped[bytes | None] = mapped_column("frequency", LargeBinary, deferred=True)
    duration_sealed: Mapped[bytes | None] = mapped_column("duration", LargeBinary, deferred=True)
    instructions_sealed: Mapped[bytes | None] = mapped_column("instructions", LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    stopped_at: Mapped[datetime | None]
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"))
    stop_reason_sealed: Mapped[bytes | None] = mapped_column("stop_reason", LargeBinary, deferred=True)

    medication_name = Sealed()
    dosage = Sealed()
    frequency = Sealed()
    duration = Sealed()
    instructions = Sealed()
    stop_reason = Sealed()

    medical_record: Mapped[MedicalRecord] = relationship(back_populates="prescriptions")
    stopped_by: Mapped["User | None"] = relationship()


class Attachment(SealedRow, db.Model):
    """A file of a record; `size` in bytes of the content before it was sealed."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("size >= 0", name="size"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    medical_record_id: Mapped[int] = mapped_column(ForeignKey("medical_record.id", ondelete="RESTRICT"), index=True)
    file_name_sealed: Mapped[bytes] = mapped_column("file_name", LargeBinary, deferred=True)
    media_type: Mapped[str]
    size: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column("content", LargeBinary, deferred=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())

    file_name = Sealed()
    content = SealedBytes()

    medical_record: Mapped[MedicalRecord] = relationship(back_populates="attachments")
