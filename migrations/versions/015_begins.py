"""When a doctor's hours begin is read from the index alone, where a search asks it of thousands of doctors."""

from alembic import op

revision = "015_begins"
down_revision = "014_languages"

OLD, NEW = "ix_doctor_availability_doctor_id", "ix_doctor_availability_doctor_id_start_time"


def upgrade() -> None:
    op.create_index(NEW, "doctor_availability", ["doctor_id", "start_time"])
    op.drop_index(OLD, "doctor_availability")


def downgrade() -> None:
    op.create_index(OLD, "doctor_availability", ["doctor_id"])
    op.drop_index(NEW, "doctor_availability")
