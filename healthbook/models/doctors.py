"""Doctors and what they specialise in."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Numeric, Text, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook import clock
from healthbook.db import Stamped, db, one_of


class DoctorStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    REJECTED = "rejected"


class Specialization(db.Model):
    __tablename__ = "specialization"
    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", name="name"),
        Index("uq_specialization_name", func.lower(db.text("name")), unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    code: Mapped[str | None]

    doctors: Mapped[list["Doctor"]] = relationship(back_populates="specialization")


class Doctor(Stamped, db.Model):
    """`next_free_at` is a lower bound of the first free time, never null. `visit_types` are those not retired."""

    __tablename__ = "doctor"
    __table_args__ = (
        one_of("status", DoctorStatus),
        CheckConstraint("years_of_experience BETWEEN 0 AND 80", name="years_of_experience"),
        CheckConstraint("consultation_fee >= 0 AND consultation_fee <> 'NaN'", name="consultation_fee"),
        CheckConstraint("slot_step_minutes BETWEEN 5 AND 240", name="slot_step_minutes"),
        Index("ix_doctor_specialization_id_status", "specialization_id", "status"),
        Index("ix_doctor_next_free_at", "next_free_at", "id", postgresql_where=db.text("status = 'approved'")),
        Index(
            "ix_doctor_specialization_id_next_free_at",
            "specialization_id",
            "next_free_at",
            "id",
            postgresql_where=db.text("status = 'approved'"),
        ),
        Index("ix_doctor_languages", "languages", postgresql_where=db.text("status = 'approved'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"), unique=True)
    specialization_id: Mapped[int] = mapped_column(ForeignKey("specialization.id", ondelete="RESTRICT"))
    license_number: Mapped[str] = mapped_column(unique=True)
    years_of_experience: Mapped[int] = mapped_column(default=0)
    qualification: Mapped[str | None]
    hospital_affiliation: Mapped[str | None]
    consultation_fee: Mapped[Decimal] = mapped_column(Numeric(10, 2), default=Decimal(0))
    biography: Mapped[str | None]
    profile_picture: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=DoctorStatus.PENDING)
    is_available: Mapped[bool] = mapped_column(default=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id", ondelete="RESTRICT"), index=True)
    slot_step_minutes: Mapped[int | None]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    accepts_new_patients: Mapped[bool] = mapped_column(default=True)
    video_visits: Mapped[bool] = mapped_column(default=False)
    next_free_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())

    user: Mapped["User"] = relationship(back_populates="doctor")
    specialization: Mapped[Specialization] = relationship(back_populates="doctors")
    clinic: Mapped["Clinic"] = relationship(back_populates="doctors")
    availability: Mapped[list["DoctorAvailability"]] = relationship(back_populates="doctor")
    visit_types: Mapped[list["VisitType"]] = relationship(
        back_populates="doctor",
        primaryjoin="and_(Doctor.id == VisitType.doctor_id, VisitType.retired_at.is_(None))",
        order_by="(VisitType.position, VisitType.id)",
    )
    appointments: Mapped[list["Appointment"]] = relationship(back_populates="doctor")
    records: Mapped[list["MedicalRecord"]] = relationship(back_populates="doctor")
    reviews: Mapped[list["DoctorReview"]] = relationship(back_populates="doctor", order_by="DoctorReview.id.desc()")

    @property
    def name(self) -> str:
        return f"Dr {self.user.full_name}"

    @property
    def bookable(self) -> bool:
        """Whether new visits may be booked at all, whatever the hours say."""
        return self.status == DoctorStatus.APPROVED and self.is_available and self.user.is_active


class DoctorReview(db.Model):
    """What the clinic decided about a doctor (approved, rejected, suspended), by whom and why. Never changed."""

    __tablename__ = "doctor_review"
    __table_args__ = (
        one_of("old_status", DoctorStatus),
        one_of("new_status", DoctorStatus),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="RESTRICT"), index=True)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    old_status: Mapped[str]
    new_status: Mapped[str]
    reason: Mapped[str]

    doctor: Mapped[Doctor] = relationship(back_populates="reviews")
    decided_by: Mapped["User"] = relationship()
