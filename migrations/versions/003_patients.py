"""Patients."""

import sqlalchemy as sa
from alembic import op

revision = "003_patients"
down_revision = "002_doctors"


def upgrade() -> None:
    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("blood_group", sa.Text(), nullable=True),
        sa.Column("emergency_contact_name", sa.Text(), nullable=True),
        sa.Column("emergency_contact_phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("medical_history", sa.LargeBinary(), nullable=True),
        sa.Column("allergies", sa.LargeBinary(), nullable=True),
        sa.Column("current_medications", sa.LargeBinary(), nullable=True),
        sa.Column("insurance_provider", sa.Text(), nullable=True),
        sa.Column("insurance_policy_number", sa.LargeBinary(), nullable=True),
        sa.Column("profile_picture", sa.Text(), nullable=True),
        sa.Column("preferred_name", sa.Text(), nullable=True),
        sa.Column("pronouns", sa.Text(), nullable=True),
        sa.Column("access_needs", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "blood_group IN ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-')",
            name=op.f("ck_patient_blood_group"),
        ),
        sa.CheckConstraint("gender IN ('M', 'F', 'O')", name=op.f("ck_patient_gender")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["custom_user.id"], name=op.f("fk_patient_user_id_custom_user"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("user_id", name=op.f("uq_patient_user_id")),
    )


def downgrade() -> None:
    op.drop_table("patient")
