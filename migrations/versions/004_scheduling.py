"""Hours, exceptions, time off and visit types."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "004_scheduling"
down_revision = "003_patients"


def upgrade() -> None:
    op.create_table(
        "availability_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=True),
        sa.Column("end_time", sa.Time(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "on_date BETWEEN DATE '1900-01-01' AND DATE '2199-12-31'",
            name=op.f("ck_availability_override_on_date"),
        ),
        sa.CheckConstraint("(start_time IS NULL) = (end_time IS NULL)", name=op.f("ck_availability_override_times")),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
            name=op.f("fk_availability_override_doctor_id_doctor"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_override")),
    )
    op.create_index(
        "ix_availability_override_doctor_id_on_date",
        "availability_override",
        ["doctor_id", "on_date"],
        unique=False,
    )
    op.create_table(
        "doctor_availability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("day_of_week", sa.Text(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "day_of_week IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')",
            name=op.f("ck_doctor_availability_day_of_week"),
        ),
        sa.CheckConstraint(
            "valid_from >= DATE '1900-01-01' AND valid_to < DATE '2200-01-01'",
            name=op.f("ck_doctor_availability_dates"),
        ),
        sa.CheckConstraint(
            "every_weeks = 1 OR valid_from IS NOT NULL", name=op.f("ck_doctor_availability_counted_from")
        ),
        sa.CheckConstraint("every_weeks BETWEEN 1 AND 4", name=op.f("ck_doctor_availability_every_weeks")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_doctor_availability_validity")),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
            name=op.f("fk_doctor_availability_doctor_id_doctor"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doctor_availability")),
    )
    op.create_index(op.f("ix_doctor_availability_doctor_id"), "doctor_availability", ["doctor_id"], unique=False)
    op.create_table(
        "time_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)",
            name=op.f("ck_time_off_during"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_time_off_clinic_id_clinic"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["custom_user.id"],
            name=op.f("fk_time_off_created_by_id_custom_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctor.id"], name=op.f("fk_time_off_doctor_id_doctor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_off")),
    )
    op.create_index(op.f("ix_time_off_clinic_id"), "time_off", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_time_off_doctor_id"), "time_off", ["doctor_id"], unique=False)
    op.create_index("ix_time_off_during", "time_off", ["during"], unique=False, postgresql_using="gist")
    op.create_table(
        "visit_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("appointment_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before", sa.Integer(), nullable=False),
        sa.Column("buffer_after", sa.Integer(), nullable=False),
        sa.Column("fee", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=True),
        sa.Column("lead_minutes", sa.Integer(), nullable=True),
        sa.Column("horizon_days", sa.Integer(), nullable=True),
        sa.Column("bookable_online", sa.Boolean(), nullable=False),
        sa.Column("new_patients", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT (bookable_online AND appointment_type = 'emergency')",
            name=op.f("ck_visit_type_emergency_by_desk"),
        ),
        sa.CheckConstraint(
            "appointment_type IN ('consultation', 'follow_up', 'emergency', 'routine_checkup')",
            name=op.f("ck_visit_type_appointment_type"),
        ),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_visit_type_name")),
        sa.CheckConstraint("fee >= 0 AND fee <> 'NaN'", name=op.f("ck_visit_type_fee")),
        sa.CheckConstraint(
            "buffer_before BETWEEN 0 AND 120 AND buffer_after BETWEEN 0 AND 120",
            name=op.f("ck_visit_type_buffers"),
        ),
        sa.CheckConstraint(
            "lead_minutes >= 0 AND horizon_days BETWEEN 1 AND 730",
            name=op.f("ck_visit_type_lead_and_horizon"),
        ),
        sa.CheckConstraint("minutes BETWEEN 5 AND 240", name=op.f("ck_visit_type_minutes")),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctor.id"], name=op.f("fk_visit_type_doctor_id_doctor"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_type")),
    )
    op.create_index("ix_visit_type_doctor_id_position", "visit_type", ["doctor_id", "position"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_visit_type_doctor_id_position", table_name="visit_type")
    op.drop_table("visit_type")
    op.drop_index("ix_time_off_during", table_name="time_off", postgresql_using="gist")
    op.drop_index(op.f("ix_time_off_doctor_id"), table_name="time_off")
    op.drop_index(op.f("ix_time_off_clinic_id"), table_name="time_off")
    op.drop_table("time_off")
    op.drop_index(op.f("ix_doctor_availability_doctor_id"), table_name="doctor_availability")
    op.drop_table("doctor_availability")
    op.drop_index("ix_availability_override_doctor_id_on_date", table_name="availability_override")
    op.drop_table("availability_override")
