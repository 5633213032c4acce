"""Patients: who they are to the clinic. What is clinical is sealed."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook import clock
from healthbook.db import Stamped, db, one_of
from healthbook.seal import Sealed, SealedRow


class Gender(StrEnum):
    MALE = "M"
    FEMALE = "F"
    OTHER = "O"


class BloodGroup(StrEnum):
    A_POSITIVE = "A+"
    A_NEGATIVE = "A-"
    B_POSITIVE = "B+"
    B_NEGATIVE = "B-"
    AB_POSITIVE = "AB+"
    AB_NEGATIVE = "AB-"
    O_POSITIVE = "O+"
    O_NEGATIVE = "O-"


class Patient(Stamped, SealedRow, db.Model):
    __tablename__ = "patient"
    __table_args__ = (one_of("gender", Gender), one_of("blood_group", BloodGroup))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"), unique=True)
    gender: Mapped[str | None]
    blood_group: Mapped[str | None]
    emergency_contact_name: Mapped[str | None]
    emergency_contact_phone: Mapped[str | None]
    address: Mapped[str | None]
    medical_history_sealed: Mapped[bytes | None] = mapped_column("medical_history", LargeBinary, deferred=True)
    allergies_sealed: Mapped[bytes | None] = mapped_column("allergies", LargeBinary, deferred=True)
    current_medications_sealed: Mapped[bytes | None] = mapped_column("current_medications", LargeBinary, deferred=True)
    insurance_provider: Mapped[str | None]
    insurance_policy_number_sealed: Mapped[bytes | None] = mapped_column(
        "insurance_policy_number", LargeBinary, deferred=True
    )
    profile_picture: Mapped[str | None]
    preferred_name: Mapped[str | None]
    pronouns: Mapped[str | None]
    access_needs: Mapped[str | None]

    medical_history = Sealed()
    allergies = Sealed()
    current_medications = Sealed()
    insurance_policy_number = Sealed()

    user: Mapped["User"] = relationship(back_populates="patient")
    appointments: Mapped[list["Appointment"]] = relationship(back_populates="patient")
    records: Mapped[list["MedicalRecord"]] = relationship(back_populates="patient")
    guardians: Mapped[list["Guardian"]] = relationship(back_populates="patient", order_by="Guardian.id")


class Guardian(db.Model):
    """Somebody who may act for a patient: a parent for a child, a carer for an adult who asked them.

    `confirmed_at`: when the desk (a child) or the patient (an adult) agreed; before that no record opens. `until`, a
    day, is the last on which it holds. `reviewed_age`: the age of the child at which it was last looked at again.
    """

    __tablename__ = "guardian"
    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="until"),
        CheckConstraint("may_see_record = false OR confirmed_at IS NOT NULL", name="may_see_record"),
        UniqueConstraint("user_id", "patient_id"),
        Index("ix_guardian_unconfirmed", "since", postgresql_where=text("confirmed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"), index=True)
    may_book: Mapped[bool] = mapped_column(default=False)
    may_see_record: Mapped[bool] = mapped_column(default=False)
    since: Mapped[date]
    until: Mapped[date | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"))
    confirmed_at: Mapped[datetime | None]
    reviewed_age: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())

    user: Mapped["User"] = relationship(foreign_keys=[user_id])
    patient: Mapped[Patient] = relationship(back_populates="guardians")
    confirmed_by: Mapped["User | None"] = relationship(foreign_keys=[confirmed_by_id])


class GuardianInvitation(db.Model):
    """A code that an adult patient hands to a carer. Only its SHA-256 is kept; it works once, before `expires_at`."""

    __tablename__ = "guardian_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    patient: Mapped[Patient] = relationship()


class WrongCode(db.Model):
    """Somebody typed a code that is nobody's: whoever does so often in an hour must wait.

    Known by their account, or who has none by the address of their network.
    """

    __tablename__ = "wrong_code"
    __table_args__ = (CheckConstraint("num_nonnulls(user_id, ip) = 1", name="whose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="CASCADE"), index=True)
    ip: Mapped[str | None] = mapped_column(index=True)
    at: Mapped[datetime]
