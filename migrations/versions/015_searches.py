"""For searches among thousands: when hours begin is read from the index alone, and dates that differ are found by date."""

from alembic import op

revision = "015_searches"
down_revision = "014_languages"

OLD, NEW = "ix_doctor_availability_doctor_id", "ix_doctor_availability_doctor_id_start_time"
DATES = "ix_availability_override_on_date_doctor_id"


def upgrade() -> None:
    op.create_index(NEW, "doctor_availability", ["doctor_id", "start_time"])
    op.drop_index(OLD, "doctor_availability")
    op.create_index(DATES, "availability_override", ["on_date", "doctor_id"])


def downgrade() -> None:
    op.drop_index(DATES, "availability_override")
    op.create_index(OLD, "doctor_availability", ["doctor_id"])
    op.drop_index(NEW, "doctor_availability")
