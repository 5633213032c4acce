"""Times offered to one patient in the place of a visit that cannot be, or for an earlier one."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook import clock
from healthbook.db import db, one_of
from healthbook.models.appointments import Appointment
from healthbook.models.statuses import Answer, OfferWhy


class Offer(db.Model):
    """A time held for one patient alone, until `expires_at`: to take it moves their visit there.

    One that has run out is answered RUN_OUT only when the next is made; until then nobody need have looked.

    Without a held row (`appointment_id` null) it overlaps the visit itself, or has been answered.
    """

    __tablename__ = "offer"
    __table_args__ = (
        one_of("why", OfferWhy),
        one_of("answer", Answer),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("ix_offer_open", "expires_at", postgresql_where=text("answer IS NULL")),
        # A visit has one open offer at most.
        Index("uq_offer_replaces_id", "replaces_id", unique=True, postgresql_where=text("answer IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="SET NULL"), unique=True)
    replaces_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="RESTRICT"), index=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="RESTRICT"), index=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    why: Mapped[str]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    expires_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))

    held: Mapped[Appointment | None] = relationship(foreign_keys=[appointment_id])
    replaces: Mapped[Appointment] = relationship(foreign_keys=[replaces_id])
    doctor: Mapped["Doctor"] = relationship()

    @property
    def start(self) -> datetime:
        return self.during.lower

    answered_by: Mapped["User | None"] = relationship(foreign_keys=[answered_by_id])
