"""Patients: who they are to the clinic. What is clinical is sealed."""

from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
