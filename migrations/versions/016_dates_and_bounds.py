"""Dates that differ are found by date without tempting the question for some doctors; bounds within a specialization."""

import sqlalchemy as sa
from alembic import op

revision = "016_dates_and_bounds"
down_revision = "015_searches"

OLD, NEW = "ix_availability_override_on_date_doctor_id", "ix_availability_override_on_date"
BOUNDS = "ix_doctor_specialization_id_next_free_at"


def upgrade() -> None:
    approved = sa.text("status = 'approved'")
    op.create_index(NEW, "availability_override", ["on_date"], postgresql_include=["doctor_id"])
    op.drop_index(OLD, "availability_override")
    op.create_index(BOUNDS, "doctor", ["specialization_id", "next_free_at", "id"], postgresql_where=approved)


def downgrade() -> None:
    op.drop_index(BOUNDS, "doctor")
    op.create_index(OLD, "availability_override", ["on_date", "doctor_id"])
    op.drop_index(NEW, "availability_override")
