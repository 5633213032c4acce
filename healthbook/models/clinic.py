"""The clinic and its settings; always read through a doctor, so that a second clinic is a row and not a rewrite."""

from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, CheckConstraint, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook.db import db

# What people write when they should rather call than book; a clinic has its own list, by the language of the page.
WORRYING = (
    *("chest pain", "pain in my chest", "cannot breathe", "can't breathe", "short of breath", "shortness of breath"),
    *("stroke", "face droops", "slurred", "unconscious", "passed out", "seizure", "overdose", "poisoned"),
    *("heavy bleeding", "bleeding heavily", "suicide", "suicidal", "kill myself", "end my life"),
)


class Clinic(db.Model):
    __tablename__ = "clinic"
    __table_args__ = (
        CheckConstraint("lead_minutes >= 0 AND horizon_days BETWEEN 1 AND 730", name="lead_and_horizon"),
        CheckConstraint(
            "hold_minutes BETWEEN 1 AND 60 AND desk_hold_minutes BETWEEN 1 AND 60"
            " AND max_hold_minutes BETWEEN hold_minutes AND 120",
            name="hold_minutes",
        ),
        CheckConstraint(
            "arrival_minutes BETWEEN 0 AND 240 AND offer_minutes BETWEEN 5 AND 10080"
            " AND offer_share_percent BETWEEN 1 AND 100",
            name="arrivals_and_offers",
        ),
        CheckConstraint("cancel_hours >= 0 AND max_open_bookings >= 1 AND max_late_cancels >= 0", name="limits"),
        CheckConstraint("desk_ignores <@ ARRAY['lead', 'horizon', 'online', 'new_patients']", name="desk_ignores"),
        CheckConstraint("treating_months BETWEEN 0 AND 120 AND treating_days_ahead BETWEEN 0 AND 365", name="treating"),
        CheckConstraint("retention_years BETWEEN 0 AND 100", name="retention_years"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    hours: Mapped[str]
    emergency_phone: Mapped[str] = mapped_column(default="112")
    urgent_phone: Mapped[str | None]
    time_zone: Mapped[str]
    currency: Mapped[str] = mapped_column(default="GBP")
    lead_minutes: Mapped[int] = mapped_column(default=0)
    horizon_days: Mapped[int] = mapped_column(default=60)
    hold_minutes: Mapped[int] = mapped_column(default=5)
    max_hold_minutes: Mapped[int] = mapped_column(default=30)
    desk_hold_minutes: Mapped[int] = mapped_column(default=15)
    arrival_minutes: Mapped[int] = mapped_column(default=30)
    offer_minutes: Mapped[int] = mapped_column(default=120)
    offer_share_percent: Mapped[int] = mapped_column(default=50)
    cancel_hours: Mapped[int] = mapped_column(default=12)
    max_open_bookings: Mapped[int] = mapped_column(default=5)
    max_late_cancels: Mapped[int] = mapped_column(default=3)
    confirms_at_once: Mapped[bool] = mapped_column(default=False)
    reminder_hours: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=lambda: [24])
    desk_ignores: Mapped[list[str]] = mapped_column(ARRAY(Text), default=lambda: ["lead", "horizon", "online"])
    treating_months: Mapped[int] = mapped_column(default=12)
    treating_days_ahead: Mapped[int] = mapped_column(default=30)
    worrying_words: Mapped[dict[str, list[str]]] = mapped_column(
        JSONB(none_as_null=True), default=lambda: {"en": [*WORRYING]}
    )
    guardian_review_ages: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=lambda: [13, 16])
    retention_years: Mapped[int] = mapped_column(default=10)

    doctors: Mapped[list["Doctor"]] = relationship(back_populates="clinic")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
