"""The languages that doctors speak are found without reading all doctors."""

import sqlalchemy as sa
from alembic import op

revision = "014_languages"
down_revision = "013_offers"


def upgrade() -> None:
    approved = sa.text("status = 'approved'")
    op.create_index("ix_doctor_languages", "doctor", ["languages"], postgresql_where=approved)


def downgrade() -> None:
    op.drop_index("ix_doctor_languages", "doctor")
