"""The steps of an appointment's life."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook import clock
from healthbook.db import db, one_of
from healthbook.models.appointments import Appointment
from healthbook.models.statuses import ChangeReason, Status
from healthbook.seal import Sealed, SealedRow


class AppointmentHistory(SealedRow, db.Model):
    """One step of a visit's life. Never updated, never deleted; no author means the system.

    `remark` is the patient's for the doctor or the staff's for the staff; `told` is what the patient is told.
    """

    __tablename__ = "appointment_history"
    __table_args__ = (
        one_of("old_status", Status),
        one_of("new_status", Status),
        one_of("change_reason", ChangeReason),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="RESTRICT"), index=True)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="RESTRICT"), index=True)
    old_status: Mapped[str | None]
    new_status: Mapped[str]
    change_reason: Mapped[str | None]
    changed_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    remark_sealed: Mapped[bytes | None] = mapped_column("remark", LargeBinary, deferred=True)
    told_sealed: Mapped[bytes | None] = mapped_column("told", LargeBinary, deferred=True)

    remark = Sealed()
    told = Sealed()

    appointment: Mapped[Appointment] = relationship(back_populates="history")
    changed_by: Mapped["User | None"] = relationship(back_populates="changes")
