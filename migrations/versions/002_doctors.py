"""The clinic, its doctors and their specializations."""

import sqlalchemy as sa
from alembic import op

revision = "002_doctors"
down_revision = "001_accounts"


def upgrade() -> None:
    op.create_table(
        "clinic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("emergency_phone", sa.Text(), nullable=False),
        sa.Column("urgent_phone", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("cancel_hours", sa.Integer(), nullable=False),
        sa.Column("max_open_bookings", sa.Integer(), nullable=False),
        sa.Column("max_late_cancels", sa.Integer(), nullable=False),
        sa.Column("confirms_at_once", sa.Boolean(), nullable=False),
        sa.Column("reminder_hours", sa.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_clinic_currency")),
        sa.CheckConstraint(
            "cancel_hours >= 0 AND max_open_bookings >= 1 AND max_late_cancels >= 0",
            name=op.f("ck_clinic_limits"),
        ),
        sa.CheckConstraint("hold_minutes BETWEEN 1 AND 60", name=op.f("ck_clinic_hold_minutes")),
        sa.CheckConstraint(
            "lead_minutes >= 0 AND horizon_days BETWEEN 1 AND 730", name=op.f("ck_clinic_lead_and_horizon")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "specialization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_specialization_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specialization")),
    )
    op.create_index("uq_specialization_name", "specialization", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "doctor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("specialization_id", sa.Integer(), nullable=False),
        sa.Column("license_number", sa.Text(), nullable=False),
        sa.Column("years_of_experience", sa.Integer(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=True),
        sa.Column("hospital_affiliation", sa.Text(), nullable=True),
        sa.Column("consultation_fee", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("biography", sa.Text(), nullable=True),
        sa.Column("profile_picture", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("slot_step_minutes", sa.Integer(), nullable=True),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("accepts_new_patients", sa.Boolean(), nullable=False),
        sa.Column("video_visits", sa.Boolean(), nullable=False),
        sa.Column("next_free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "consultation_fee >= 0 AND consultation_fee <> 'NaN'", name=op.f("ck_doctor_consultation_fee")
        ),
        sa.CheckConstraint("status IN ('pending', 'approved', 'suspended', 'rejected')", name=op.f("ck_doctor_status")),
        sa.CheckConstraint("slot_step_minutes BETWEEN 5 AND 240", name=op.f("ck_doctor_slot_step_minutes")),
        sa.CheckConstraint("years_of_experience BETWEEN 0 AND 80", name=op.f("ck_doctor_years_of_experience")),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_doctor_clinic_id_clinic"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["specialization_id"],
            ["specialization.id"],
            name=op.f("fk_doctor_specialization_id_specialization"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["custom_user.id"], name=op.f("fk_doctor_user_id_custom_user"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doctor")),
        sa.UniqueConstraint("license_number", name=op.f("uq_doctor_license_number")),
        sa.UniqueConstraint("user_id", name=op.f("uq_doctor_user_id")),
    )
    op.create_index(op.f("ix_doctor_clinic_id"), "doctor", ["clinic_id"], unique=False)
    op.create_index("ix_doctor_specialization_id_status", "doctor", ["specialization_id", "status"], unique=False)
    op.create_table(
        "doctor_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_status", sa.Text(), nullable=False),
        sa.Column("new_status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_doctor_review_reason")),
        sa.CheckConstraint(
            "new_status IN ('pending', 'approved', 'suspended', 'rejected')",
            name=op.f("ck_doctor_review_new_status"),
        ),
        sa.CheckConstraint(
            "old_status IN ('pending', 'approved', 'suspended', 'rejected')",
            name=op.f("ck_doctor_review_old_status"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["custom_user.id"],
            name=op.f("fk_doctor_review_decided_by_id_custom_user"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctor.id"], name=op.f("fk_doctor_review_doctor_id_doctor"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doctor_review")),
    )
    op.create_index(op.f("ix_doctor_review_doctor_id"), "doctor_review", ["doctor_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_doctor_review_doctor_id"), table_name="doctor_review")
    op.drop_table("doctor_review")
    op.drop_index("ix_doctor_specialization_id_status", table_name="doctor")
    op.drop_index(op.f("ix_doctor_clinic_id"), table_name="doctor")
    op.drop_table("doctor")
    op.drop_index("uq_specialization_name", table_name="specialization")
    op.drop_table("specialization")
    op.drop_table("clinic")
