"""People and their sessions."""

import sqlalchemy as sa
from alembic import op

revision = "001_accounts"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "custom_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("user_type", sa.Text(), nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=True),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("btrim(first_name) <> '' AND btrim(last_name) <> ''", name=op.f("ck_custom_user_names")),
        sa.CheckConstraint(
            "date_of_birth >= DATE '1900-01-01' AND date_of_birth < DATE '2200-01-01'",
            name=op.f("ck_custom_user_date_of_birth"),
        ),
        sa.CheckConstraint("is_staff = (user_type IN ('desk', 'admin'))", name=op.f("ck_custom_user_is_staff")),
        sa.CheckConstraint("theme IN ('light', 'dark')", name=op.f("ck_custom_user_theme")),
        sa.CheckConstraint(
            "user_type IN ('patient', 'doctor', 'desk', 'admin')", name=op.f("ck_custom_user_user_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_user")),
        sa.UniqueConstraint("username", name=op.f("uq_custom_user_username")),
    )
    op.create_index("uq_custom_user_email", "custom_user", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["custom_user.id"],
            name=op.f("fk_user_session_user_id_custom_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index("uq_custom_user_email", table_name="custom_user")
    op.drop_table("custom_user")
