"""Who kept a visit although its time was lost, and when."""

import sqlalchemy as sa
from alembic import op

revision = "017_kept"
down_revision = "016_dates_and_bounds"


def upgrade() -> None:
    op.add_column("appointment", sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointment", sa.Column("kept_by_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_appointment_kept_by_id_custom_user"),
        *("appointment", "custom_user", ["kept_by_id"], ["id"]),
        ondelete="SET NULL",
    )


def downgrade() -> None:
    op.drop_column("appointment", "kept_by_id")
    op.drop_column("appointment", "kept_at")
