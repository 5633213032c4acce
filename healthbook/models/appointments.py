"""Appointments: a stretch of a doctor's time, its status, and how it came to be so."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, LargeBinary, Numeric, column, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from healthbook.db import Stamped, db, one_of
from healthbook.models.scheduling import AppointmentType
from healthbook.models.statuses import BOOKED, TAKES_UP_TIME, Status, sql_list
from healthbook.seal import Sealed, SealedRow

# Letters and digits that nobody confuses (Crockford's base 32), and what eight of them look like.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE = "[0-9A-HJKMNP-TV-Z]{8}"


class Appointment(Stamped, SealedRow, db.Model):
    """`during` is the visit, `blocked` the same with its buffers; both half-open. `reference` is what people say.

    `status_before` and `status_since`: what it was before the last step, and when that was, for whoever takes it back.
    `says_here_at`: when the patient said so, and the desk has not seen them yet. `call_patient`: their reason worries.
    `reached`: whether the desk reached them about a doctor who is away, at `reached_at`; None: nobody tried. `at_desk`:
    held and booked there, whoever it is for; `booked_by_id` is who did. `kept_at`: when `kept_by` said that it stays
    although its time is lost.
    What is clinical is loaded only by who asks for it.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        one_of("status", Status),
        one_of("appointment_type", AppointmentType),
        CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)"
            " AND lower_inc(during) AND NOT upper_inc(during)"
            " AND lower(during) >= '1900-01-01 00:00+00' AND upper(during) < '2200-01-01 00:00+00'",
            name="during",
        ),
        CheckConstraint("during <@ blocked AND lower_inc(blocked) AND NOT upper_inc(blocked)", name="blocked"),
        CheckConstraint("upper(blocked) - lower(blocked) <= interval '12 hours'", name="length"),
        CheckConstraint("(status = 'held') = (held_until IS NOT NULL)", name="held_until"),
        CheckConstraint("fee >= 0 AND fee <> 'NaN'", name="fee"),
        CheckConstraint("overbook_reason IS NULL OR overbooked", name="overbook_reason"),
        one_of("status_before", Status),
        CheckConstraint("(reached IS NULL) = (reached_at IS NULL)", name="reached"),
        CheckConstraint(f"reference ~ '^{REFERENCE}$'", name="reference"),
        ExcludeConstraint(
            (column("doctor_id"), "="),
            (column("blocked"), "&&"),
            where=text(f"status IN {sql_list(TAKES_UP_TIME)} AND NOT overbooked"),
            using="gist",
            name="one_visit_per_doctor",
        ),
        ExcludeConstraint(
            (column("patient_id"), "="),
            (column("during"), "&&"),
            where=text(f"status IN {sql_list(BOOKED)}"),
            using="gist",
            name="one_visit_per_patient",
        ),
        Index(
            "ix_appointment_taken",
            "doctor_id",
            text("lower(blocked)"),
            postgresql_where=text(f"status IN {sql_list(TAKES_UP_TIME)}"),
        ),
        Index("ix_appointment_doctor_id_start", "doctor_id", text("lower(during)")),
        Index("ix_appointment_patient_id_start", "patient_id", text("lower(during)")),
        Index("ix_appointment_start", text("lower(during)")),
        Index("ix_appointment_open", text("lower(during)"), postgresql_where=text(f"status IN {sql_list(BOOKED)}")),
        Index("ix_appointment_held_booked_by_id", "booked_by_id", postgresql_where=text("status = 'held'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="RESTRICT"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="RESTRICT"))
    appointment_date: Mapped[date] = mapped_column(
        Computed("(lower(during) AT TIME ZONE time_zone)::date", persisted=True)
    )
    appointment_time: Mapped[time] = mapped_column(
        Computed("(lower(during) AT TIME ZONE time_zone)::time", persisted=True)
    )
    appointment_type: Mapped[str]
    status: Mapped[str] = mapped_column(default=Status.HELD)
    reason_sealed: Mapped[bytes | None] = mapped_column("reason", LargeBinary, deferred=True)
    notes: Mapped[str | None]
    doctor_notes_sealed: Mapped[bytes | None] = mapped_column("doctor_notes", LargeBinary, deferred=True)
    prescription_sealed: Mapped[bytes | None] = mapped_column("prescription", LargeBinary, deferred=True)
    follow_up_required: Mapped[bool] = mapped_column(default=False)
    follow_up_date: Mapped[date | None]
    visit_type_id: Mapped[int | None] = mapped_column(ForeignKey("visit_type.id", ondelete="SET NULL"), index=True)
    reference: Mapped[str] = mapped_column(unique=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    blocked: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    time_zone: Mapped[str]
    fee: Mapped[Decimal] = mapped_column(Numeric(10, 2), default=Decimal(0))
    held_until: Mapped[datetime | None]
    overbooked: Mapped[bool] = mapped_column(default=False)
    private: Mapped[bool] = mapped_column(default=False)
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    request_key: Mapped[UUID | None] = mapped_column(unique=True)
    moved_from_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="RESTRICT"), unique=True)
    ical_uid: Mapped[UUID] = mapped_column(default=uuid4)
    ical_sequence: Mapped[int] = mapped_column(default=0)
    at_desk: Mapped[bool] = mapped_column(default=False)
    overbook_reason: Mapped[str | None]
    status_before: Mapped[str | None]
    status_since: Mapped[datetime | None]
    says_here_at: Mapped[datetime | None]
    call_patient: Mapped[bool] = mapped_column(default=False)
    reached: Mapped[bool | None]
    reached_at: Mapped[datetime | None]
    reached_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    cancelled_late: Mapped[bool] = mapped_column(default=False)
    to_move_since: Mapped[datetime | None]
    kept_at: Mapped[datetime | None]
    kept_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)
    video: Mapped[bool] = mapped_column(default=False)

    reason = Sealed()
    doctor_notes = Sealed()
    prescription = Sealed()

    patient: Mapped["Patient"] = relationship(back_populates="appointments")
    doctor: Mapped["Doctor"] = relationship(back_populates="appointments")
    visit_type: Mapped["VisitType | None"] = relationship()
    reached_by: Mapped["User | None"] = relationship(foreign_keys=[reached_by_id])
    kept_by: Mapped["User | None"] = relationship(foreign_keys=[kept_by_id])
    moved_from: Mapped["Appointment | None"] = relationship(remote_side=[id])
    history: Mapped[list["AppointmentHistory"]] = relationship(
        back_populates="appointment", order_by="AppointmentHistory.id.desc()"
    )
    record: Mapped["MedicalRecord | None"] = relationship(
        back_populates="appointment",
        primaryjoin="and_(Appointment.id == foreign(MedicalRecord.appointment_id), "
        "MedicalRecord.superseded_at.is_(None))",
        viewonly=True,
    )

    @property
    def starts_at(self) -> datetime:
        """The start on the wall clock of the place where the visit is."""
        return self.during.lower.astimezone(ZoneInfo(self.time_zone))

    @property
    def minutes(self) -> int:
        return (self.during.upper - self.during.lower) // timedelta(minutes=1)
