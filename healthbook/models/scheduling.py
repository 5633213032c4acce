"""When doctors work, what they can be booked for, and when they are away."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook import clock
from healthbook.db import db, one_of


class Weekday(StrEnum):
    """In the week's own order; `number` is 1 for Monday to 7 for Sunday, as ISO 8601 counts."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        return list(Weekday).index(self) + 1


class AppointmentType(StrEnum):
    CONSULTATION = "consultation"
    FOLLOW_UP = "follow_up"
    EMERGENCY = "emergency"
    ROUTINE_CHECKUP = "routine_checkup"


class DoctorAvailability(db.Model):
    """Weekly hours in the clinic's wall-clock time; an end not after its start is the next day's.

    Times of hours with `opens_at` are kept for the day itself: patients see them from that hour of the same day on.
    """

    __tablename__ = "doctor_availability"
    __table_args__ = (
        one_of("day_of_week", Weekday),
        CheckConstraint("every_weeks BETWEEN 1 AND 4", name="every_weeks"),
        CheckConstraint("every_weeks = 1 OR valid_from IS NOT NULL", name="counted_from"),
        CheckConstraint("valid_from <= valid_to", name="validity"),
        CheckConstraint("valid_from >= DATE '1900-01-01' AND valid_to < DATE '2200-01-01'", name="dates"),
        Index("ix_doctor_availability_doctor_id_start_time", "doctor_id", "start_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="CASCADE"))
    day_of_week: Mapped[str]
    start_time: Mapped[time]
    end_time: Mapped[time]
    is_available: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    every_weeks: Mapped[int] = mapped_column(default=1)
    opens_at: Mapped[time | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))

    doctor: Mapped["Doctor"] = relationship(back_populates="availability")
    created_by: Mapped["User | None"] = relationship()


class AvailabilityOverride(db.Model):
    """Hours of one date that replace the weekly ones; without times the doctor is closed that day."""

    __tablename__ = "availability_override"
    __table_args__ = (
        CheckConstraint("(start_time IS NULL) = (end_time IS NULL)", name="times"),
        CheckConstraint("on_date BETWEEN DATE '1900-01-01' AND DATE '2199-12-31'", name="on_date"),
        Index("ix_availability_override_doctor_id_on_date", "doctor_id", "on_date"),
        # With the doctor beside the date and not in its order, or all of a month would be read for a few doctors.
        Index("ix_availability_override_on_date", "on_date", postgresql_include=["doctor_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="CASCADE"))
    on_date: Mapped[date]
    start_time: Mapped[time | None]
    end_time: Mapped[time | None]
    note: Mapped[str | None]
    opens_at: Mapped[time | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())

    created_by: Mapped["User | None"] = relationship()


class TimeOff(db.Model):
    """A stretch in which nothing can be booked: of one doctor, or (without a doctor) of the whole clinic.

    `series` is the same for what was entered at once, as each Wednesday until a date.
    """

    __tablename__ = "time_off"
    __table_args__ = (
        CheckConstraint("NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)", name="during"),
        Index("ix_time_off_during", "during", postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id", ondelete="CASCADE"), index=True)
    doctor_id: Mapped[int | None] = mapped_column(ForeignKey("doctor.id", ondelete="CASCADE"), index=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    reason: Mapped[str | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    series: Mapped[UUID | None] = mapped_column(index=True)

    created_by: Mapped["User | None"] = relationship()


class VisitType(db.Model):
    """What one doctor can be booked for; lead and horizon are the clinic's where they are null.

    A change retires the row and makes another, so that what is booked keeps its name, length and instructions.
    """

    __tablename__ = "visit_type"
    __table_args__ = (
        one_of("appointment_type", AppointmentType),
        CheckConstraint("btrim(name) <> ''", name="name"),
        CheckConstraint("minutes BETWEEN 5 AND 240", name="minutes"),
        CheckConstraint("buffer_before BETWEEN 0 AND 120 AND buffer_after BETWEEN 0 AND 120", name="buffers"),
        CheckConstraint("fee >= 0 AND fee <> 'NaN'", name="fee"),
        CheckConstraint("lead_minutes >= 0 AND horizon_days BETWEEN 1 AND 730", name="lead_and_horizon"),
        CheckConstraint("NOT (bookable_online AND appointment_type = 'emergency')", name="emergency_by_desk"),
        Index("ix_visit_type_doctor_id_position", "doctor_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="CASCADE"))
    appointment_type: Mapped[str]
    name: Mapped[str]
    minutes: Mapped[int]
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=0)
    fee: Mapped[Decimal] = mapped_column(Numeric(10, 2), default=Decimal(0))
    instructions: Mapped[str | None]
    lead_minutes: Mapped[int | None]
    horizon_days: Mapped[int | None]
    bookable_online: Mapped[bool] = mapped_column(default=True)
    new_patients: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]

    doctor: Mapped["Doctor"] = relationship(back_populates="visit_types")
