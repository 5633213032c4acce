"""The desk books for anybody: how it finds people, whom it enters, and what it holds."""

import sqlalchemy as sa
from alembic import op

revision = "012_desk"
down_revision = "011_life"

NAME = (
    r"lower(translate(regexp_replace(normalize(' ' || first_name || ' ' || last_name, NFD),"
    r" '[\u0300-\u036f''\u2019]', '', 'g'), '-', ' '))"
)
DIGITS = "regexp_replace(phone_number, '[^0-9]', '', 'g')"
FOUND_BY = {"name": NAME, "phone": DIGITS}


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, words in FOUND_BY.items():
        opclass = sa.text(f"({words}) gin_trgm_ops")
        op.create_index(f"ix_custom_user_{name}", "custom_user", [opclass], postgresql_using="gin")
    op.create_index("ix_custom_user_date_of_birth", "custom_user", ["date_of_birth"])
    emails(unique_where="claimed_at IS NOT NULL")
    op.create_index("ix_custom_user_email", "custom_user", [sa.literal_column("lower(email)")])
    op.add_column("appointment", sa.Column("at_desk", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("appointment", "at_desk", server_default=None)
    op.add_column("wrong_code", sa.Column("ip", sa.Text(), nullable=True))
    op.alter_column("wrong_code", "user_id", nullable=True)
    op.create_check_constraint(op.f("ck_wrong_code_whose"), "wrong_code", "num_nonnulls(user_id, ip) = 1")
    op.create_index(op.f("ix_wrong_code_ip"), "wrong_code", ["ip"])


def emails(unique_where: str | None) -> None:
    """Which accounts have an e-mail address for themselves alone; None: all."""
    op.drop_index("uq_custom_user_email", table_name="custom_user")
    where = sa.text(unique_where) if unique_where else None
    column = sa.literal_column("lower(email)")
    op.create_index("uq_custom_user_email", "custom_user", [column], unique=True, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(op.f("ix_wrong_code_ip"), table_name="wrong_code")
    op.execute("DELETE FROM wrong_code WHERE user_id IS NULL")
    op.drop_constraint(op.f("ck_wrong_code_whose"), "wrong_code", type_="check")
    op.drop_column("wrong_code", "ip")
    op.alter_column("wrong_code", "user_id", nullable=False)
    op.drop_column("appointment", "at_desk")
    # Only one of those who share an address could keep it.
    op.execute("UPDATE custom_user SET email = NULL WHERE claimed_at IS NULL")
    for name in ("email", "date_of_birth", *FOUND_BY):
        op.drop_index(f"ix_custom_user_{name}", table_name="custom_user")
    emails(unique_where=None)
