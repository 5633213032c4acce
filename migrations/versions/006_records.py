"""Medical records, prescriptions and attachments."""

import sqlalchemy as sa
from alembic import op

revision = "006_records"
down_revision = "005_appointments"


def upgrade() -> None:
    op.create_table(
        "medical_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("description", sa.LargeBinary(), nullable=True),
        sa.Column("diagnosis", sa.LargeBinary(), nullable=True),
        sa.Column("treatment", sa.LargeBinary(), nullable=True),
        sa.Column("medications", sa.LargeBinary(), nullable=True),
        sa.Column("record_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "record_type IN ('diagnosis', 'prescription', 'lab_result', 'imaging', 'surgery', 'vaccination')",
            name=op.f("ck_medical_record_record_type"),
        ),
        sa.CheckConstraint("supersedes_id <> id", name=op.f("ck_medical_record_supersedes_id")),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_medical_record_appointment_id_appointment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctor.id"], name=op.f("fk_medical_record_doctor_id_doctor"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
            name=op.f("fk_medical_record_patient_id_patient"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["medical_record.id"],
            name=op.f("fk_medical_record_supersedes_id_medical_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medical_record")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_medical_record_supersedes_id")),
    )
    op.create_index(op.f("ix_medical_record_doctor_id"), "medical_record", ["doctor_id"], unique=False)
    op.create_index(
        "ix_medical_record_patient_id_record_date",
        "medical_record",
        ["patient_id", "record_date"],
        unique=False,
    )
    op.create_index(
        "uq_medical_record_live_appointment_id",
        "medical_record",
        ["appointment_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("medical_record_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_attachment_size")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["custom_user.id"],
            name=op.f("fk_attachment_created_by_id_custom_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["medical_record_id"],
            ["medical_record.id"],
            name=op.f("fk_attachment_medical_record_id_medical_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_medical_record_id"), "attachment", ["medical_record_id"], unique=False)
    op.create_table(
        "prescription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("medical_record_id", sa.Integer(), nullable=False),
        sa.Column("medication_name", sa.LargeBinary(), nullable=False),
        sa.Column("dosage", sa.LargeBinary(), nullable=True),
        sa.Column("frequency", sa.LargeBinary(), nullable=True),
        sa.Column("duration", sa.LargeBinary(), nullable=True),
        sa.Column("instructions", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.LargeBinary(), nullable=True),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["medical_record_id"],
            ["medical_record.id"],
            name=op.f("fk_prescription_medical_record_id_medical_record"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription")),
    )
    op.create_index(op.f("ix_prescription_medical_record_id"), "prescription", ["medical_record_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_prescription_medical_record_id"), table_name="prescription")
    op.drop_table("prescription")
    op.drop_index(op.f("ix_attachment_medical_record_id"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_index(
        "uq_medical_record_live_appointment_id",
        table_name="medical_record",
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_index("ix_medical_record_patient_id_record_date", table_name="medical_record")
    op.drop_index(op.f("ix_medical_record_doctor_id"), table_name="medical_record")
    op.drop_table("medical_record")
