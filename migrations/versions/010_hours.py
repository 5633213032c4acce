"""Hours with their author, times kept for the day itself, visit types that are retired, and visits to be moved."""

import sqlalchemy as sa
from alembic import op

revision = "010_hours"
down_revision = "009_access"

AUTHORED = ("doctor_availability", "availability_override")
STAMPED = ("availability_override", "time_off")


def upgrade() -> None:
    for table in AUTHORED:
        op.add_column(table, sa.Column("opens_at", sa.Time(), nullable=True))
        op.add_column(table, sa.Column("created_by_id", sa.Integer(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_created_by_id_custom_user"),
            table,
            "custom_user",
            ["created_by_id"],
            ["id"],
            ondelete="SET NULL",
        )
    for table in STAMPED:
        at = sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
        op.add_column(table, at)
        op.alter_column(table, "created_at", server_default=None)
    op.add_column("time_off", sa.Column("series", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_time_off_series"), "time_off", ["series"])
    op.add_column("visit_type", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointment", sa.Column("to_move_since", sa.DateTime(timezone=True), nullable=True))
    ignores = sa.Column("desk_ignores", sa.ARRAY(sa.Text()), nullable=False, server_default="{lead,horizon,online}")
    op.add_column("clinic", ignores)
    op.alter_column("clinic", "desk_ignores", server_default=None)
    op.create_check_constraint(
        op.f("ck_clinic_desk_ignores"), "clinic", "desk_ignores <@ ARRAY['lead', 'horizon', 'online', 'new_patients']"
    )
    op.create_index(
        "ix_doctor_next_free_at", "doctor", ["next_free_at", "id"], postgresql_where=sa.text("status = 'approved'")
    )


def downgrade() -> None:
    op.drop_index("ix_doctor_next_free_at", "doctor")
    op.drop_constraint(op.f("ck_clinic_desk_ignores"), "clinic", type_="check")
    op.drop_column("clinic", "desk_ignores")
    op.drop_column("appointment", "to_move_since")
    op.drop_column("visit_type", "retired_at")
    op.drop_column("time_off", "series")
    for table in STAMPED:
        op.drop_column(table, "created_at")
    for table in AUTHORED:
        op.drop_column(table, "created_by_id")
        op.drop_column(table, "opens_at")
