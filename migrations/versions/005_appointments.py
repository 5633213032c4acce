"""Appointments, which cannot overlap, and their history."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "005_appointments"
down_revision = "004_scheduling"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column(
            "appointment_date",
            sa.Date(),
            sa.Computed("(lower(during) AT TIME ZONE time_zone)::date", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "appointment_time",
            sa.Time(),
            sa.Computed("(lower(during) AT TIME ZONE time_zone)::time", persisted=True),
            nullable=False,
        ),
        sa.Column("appointment_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("doctor_notes", sa.LargeBinary(), nullable=True),
        sa.Column("prescription", sa.LargeBinary(), nullable=True),
        sa.Column("follow_up_required", sa.Boolean(), nullable=False),
        sa.Column("follow_up_date", sa.Date(), nullable=True),
        sa.Column("visit_type_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("blocked", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("fee", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overbooked", sa.Boolean(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("booked_by_id", sa.Integer(), nullable=True),
        sa.Column("request_key", sa.Uuid(), nullable=True),
        sa.Column("moved_from_id", sa.Integer(), nullable=True),
        sa.Column("ical_uid", sa.Uuid(), nullable=False),
        sa.Column("ical_sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("video", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("doctor_id"), "="),
            (sa.column("blocked"), "&&"),
            where=sa.text(
                "status IN ('held', 'scheduled', 'confirmed', 'checked_in', 'in_progress') AND NOT overbooked"
            ),
            using="gist",
            name="one_visit_per_doctor",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("patient_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("status IN ('scheduled', 'confirmed', 'checked_in', 'in_progress')"),
            using="gist",
            name="one_visit_per_patient",
        ),
        sa.CheckConstraint("(status = 'held') = (held_until IS NOT NULL)", name=op.f("ck_appointment_held_until")),
        sa.CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during) AND lower_inc(during) AND NOT upper_inc(during) AND lower(during) >= '1900-01-01 00:00+00' AND upper(during) < '2200-01-01 00:00+00'",
            name=op.f("ck_appointment_during"),
        ),
        sa.CheckConstraint(
            "appointment_type IN ('consultation', 'follow_up', 'emergency', 'routine_checkup')",
            name=op.f("ck_appointment_appointment_type"),
        ),
        sa.CheckConstraint("fee >= 0 AND fee <> 'NaN'", name=op.f("ck_appointment_fee")),
        sa.CheckConstraint("reference ~ '^[0-9A-HJKMNP-TV-Z]{8}$'", name=op.f("ck_appointment_reference")),
        sa.CheckConstraint(
            "status IN ('held', 'scheduled', 'confirmed', 'checked_in', 'in_progress', 'completed', 'cancelled', 'no_show', 'rescheduled')",
            name=op.f("ck_appointment_status"),
        ),
        sa.CheckConstraint(
            "upper(blocked) - lower(blocked) <= interval '12 hours'", name=op.f("ck_appointment_length")
        ),
        sa.CheckConstraint(
            "during <@ blocked AND lower_inc(blocked) AND NOT upper_inc(blocked)",
            name=op.f("ck_appointment_blocked"),
        ),
        sa.ForeignKeyConstraint(
            ["booked_by_id"],
            ["custom_user.id"],
            name=op.f("fk_appointment_booked_by_id_custom_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctor.id"], name=op.f("fk_appointment_doctor_id_doctor"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["moved_from_id"],
            ["appointment.id"],
            name=op.f("fk_appointment_moved_from_id_appointment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_appointment_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["visit_type_id"],
            ["visit_type.id"],
            name=op.f("fk_appointment_visit_type_id_visit_type"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("moved_from_id", name=op.f("uq_appointment_moved_from_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_appointment_reference")),
        sa.UniqueConstraint("request_key", name=op.f("uq_appointment_request_key")),
    )
    op.create_index(
        "ix_appointment_doctor_id_start",
        "appointment",
        ["doctor_id", sa.literal_column("lower(during)")],
        unique=False,
    )
    op.create_index(
        "ix_appointment_patient_id_start",
        "appointment",
        ["patient_id", sa.literal_column("lower(during)")],
        unique=False,
    )
    op.create_index("ix_appointment_start", "appointment", [sa.literal_column("lower(during)")], unique=False)
    op.create_index(
        "ix_appointment_taken",
        "appointment",
        ["doctor_id", sa.literal_column("lower(blocked)")],
        unique=False,
        postgresql_where=sa.text("status IN ('held', 'scheduled', 'confirmed', 'checked_in', 'in_progress')"),
    )
    op.create_index(op.f("ix_appointment_visit_type_id"), "appointment", ["visit_type_id"], unique=False)
    op.create_table(
        "appointment_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("old_status", sa.Text(), nullable=True),
        sa.Column("new_status", sa.Text(), nullable=False),
        sa.Column("change_reason", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "change_reason IN ('cannot_come', 'feels_better', 'found_another', 'booked_by_mistake', 'doctor_away', 'clinic_closed', 'patient_asked', 'other')",
            name=op.f("ck_appointment_history_change_reason"),
        ),
        sa.CheckConstraint(
            "new_status IN ('held', 'scheduled', 'confirmed', 'checked_in', 'in_progress', 'completed', 'cancelled', 'no_show', 'rescheduled')",
            name=op.f("ck_appointment_history_new_status"),
        ),
        sa.CheckConstraint(
            "old_status IN ('held', 'scheduled', 'confirmed', 'checked_in', 'in_progress', 'completed', 'cancelled', 'no_show', 'rescheduled')",
            name=op.f("ck_appointment_history_old_status"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_appointment_history_appointment_id_appointment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["custom_user.id"],
            name=op.f("fk_appointment_history_changed_by_id_custom_user"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_history")),
    )
    op.create_index(
        op.f("ix_appointment_history_appointment_id"), "appointment_history", ["appointment_id"], unique=False
    )
    op.create_index(
        op.f("ix_appointment_history_changed_by_id"), "appointment_history", ["changed_by_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_appointment_history_changed_by_id"), table_name="appointment_history")
    op.drop_index(op.f("ix_appointment_history_appointment_id"), table_name="appointment_history")
    op.drop_table("appointment_history")
    op.drop_index(op.f("ix_appointment_visit_type_id"), table_name="appointment")
    op.drop_index(
        "ix_appointment_taken",
        table_name="appointment",
        postgresql_where=sa.text("status IN ('held', 'scheduled', 'confirmed', 'checked_in', 'in_progress')"),
    )
    op.drop_index("ix_appointment_start", table_name="appointment")
    op.drop_index("ix_appointment_patient_id_start", table_name="appointment")
    op.drop_index("ix_appointment_doctor_id_start", table_name="appointment")
    op.drop_table("appointment")
