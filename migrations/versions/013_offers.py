"""A doctor is ill: who was reached, one open offer for each visit, its letters, and visits still open at closing."""

import sqlalchemy as sa
from alembic import op

revision = "013_offers"
down_revision = "012_desk"

OLD_KINDS = (
    *("booked", "cancelled", "moved", "offered"),
    *("emergency_patient", "emergency_staff", "guardian_ended", "account_closed"),
)
NEW_KINDS = (*OLD_KINDS[:4], "offer_taken_back", *OLD_KINDS[4:])
OPEN = "status IN ('scheduled', 'confirmed', 'checked_in', 'in_progress')"


def kinds(words: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_message_kind"), "message", type_="check")
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f("ck_message_kind"), "message", f"kind IN ({listed})")


def upgrade() -> None:
    kinds(NEW_KINDS)
    op.add_column("appointment", sa.Column("reached", sa.Boolean(), nullable=True))
    op.add_column("appointment", sa.Column("reached_by_id", sa.Integer(), nullable=True))
    op.execute("UPDATE appointment SET reached = true WHERE reached_at IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_appointment_reached"), "appointment", "(reached IS NULL) = (reached_at IS NULL)"
    )
    op.create_foreign_key(
        op.f("fk_appointment_reached_by_id_custom_user"),
        *("appointment", "custom_user", ["reached_by_id"], ["id"]),
        ondelete="SET NULL",
    )
    op.create_index("ix_appointment_open", "appointment", [sa.text("lower(during)")], postgresql_where=sa.text(OPEN))
    op.create_index(
        "uq_offer_replaces_id", "offer", ["replaces_id"], unique=True, postgresql_where=sa.text("answer IS NULL")
    )


def downgrade() -> None:
    op.drop_index("uq_offer_replaces_id", "offer")
    op.drop_index("ix_appointment_open", "appointment")
    op.drop_constraint(op.f("fk_appointment_reached_by_id_custom_user"), "appointment", type_="foreignkey")
    op.drop_constraint(op.f("ck_appointment_reached"), "appointment", type_="check")
    op.drop_column("appointment", "reached_by_id")
    op.drop_column("appointment", "reached")
    op.execute("DELETE FROM message WHERE kind = 'offer_taken_back'")
    kinds(OLD_KINDS)
