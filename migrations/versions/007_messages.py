"""Messages to people."""

import sqlalchemy as sa
from alembic import op

revision = "007_messages"
down_revision = "006_records"


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("channel IN ('email')", name=op.f("ck_message_channel")),
        sa.CheckConstraint("kind IN ('booked', 'cancelled')", name=op.f("ck_message_kind")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_message_tries")),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_message_appointment_id_appointment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["custom_user.id"], name=op.f("fk_message_user_id_custom_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "appointment_id",
            "kind",
            "channel",
            "version",
            name=op.f("uq_message_appointment_id_kind_channel_version"),
        ),
    )
    op.create_index(
        "ix_message_unsent", "message", ["due_at"], unique=False, postgresql_where=sa.text("sent_at IS NULL")
    )
    op.create_index(op.f("ix_message_user_id"), "message", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_message_user_id"), table_name="message")
    op.drop_index("ix_message_unsent", table_name="message", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_table("message")
