"""Messages to people: who, about what, when due and sent. The text is made when it is sent, never kept."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook.db import db, one_of


class MessageKind(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    MOVED = "moved"
    OFFERED = "offered"
    OFFER_TAKEN_BACK = "offer_taken_back"
    EMERGENCY_PATIENT = "emergency_patient"
    EMERGENCY_STAFF = "emergency_staff"
    GUARDIAN_ENDED = "guardian_ended"
    ACCOUNT_CLOSED = "account_closed"


class Channel(StrEnum):
    EMAIL = "email"


class Message(db.Model):
    """`version` tells apart two messages of one kind about one thing: the history row that caused it, or 1."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("kind", MessageKind),
        one_of("channel", Channel),
        CheckConstraint("tries >= 0", name="tries"),
        UniqueConstraint("appointment_id", "kind", "channel", "version", "user_id"),
        UniqueConstraint("emergency_access_id", "kind", "channel", "user_id"),
        Index(
            "uq_message_user_id_kind_version",
            *("user_id", "kind", "version"),
            unique=True,
            postgresql_where=db.text("appointment_id IS NULL AND emergency_access_id IS NULL"),
        ),
        Index("ix_message_unsent", "due_at", postgresql_where=db.text("sent_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="CASCADE"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"))
    emergency_access_id: Mapped[int | None] = mapped_column(ForeignKey("emergency_access.id", ondelete="CASCADE"))
    kind: Mapped[str]
    channel: Mapped[str]
    version: Mapped[int]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]

    user: Mapped["User"] = relationship()
    appointment: Mapped["Appointment | None"] = relationship()
    emergency_access: Mapped["EmergencyAccess | None"] = relationship()
