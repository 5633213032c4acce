"""A visit's whole life: offers, claims, worrying words, and what the desk and the patient say about a visit."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "011_life"
down_revision = "010_hours"

OLD_KINDS = ("booked", "cancelled", "emergency_patient", "emergency_staff", "guardian_ended", "account_closed")
NEW_KINDS = ("booked", "cancelled", "moved", "offered", *OLD_KINDS[2:])
WORRYING = {
    "en": [
        *("chest pain", "pain in my chest", "cannot breathe", "can't breathe", "short of breath"),
        *("shortness of breath", "stroke", "face droops", "slurred", "unconscious", "passed out", "seizure"),
        *("overdose", "poisoned", "heavy bleeding", "bleeding heavily", "suicide", "suicidal", "kill myself"),
        "end my life",
    ]
}
STATUSES = (
    *("held", "scheduled", "confirmed", "checked_in", "in_progress", "completed", "cancelled", "no_show"),
    "rescheduled",
)
OLD_HOLD = "hold_minutes BETWEEN 1 AND 60"
NEW_HOLD = (
    "hold_minutes BETWEEN 1 AND 60 AND desk_hold_minutes BETWEEN 1 AND 60"
    " AND max_hold_minutes BETWEEN hold_minutes AND 120"
)
MINUTES = {
    "max_hold_minutes": "30",
    "desk_hold_minutes": "15",
    "arrival_minutes": "30",
    "offer_minutes": "120",
    "offer_share_percent": "50",
}


def key(table: str, column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
    )


def check(table: str, name: str, words: str) -> None:
    """Put this check in the place of the one of that name."""
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, words)


def kinds(words: tuple[str, ...]) -> None:
    check("message", "kind", "kind IN ({})".format(", ".join(f"'{word}'" for word in words)))


def upgrade() -> None:
    for name, default in MINUTES.items():
        op.add_column("clinic", sa.Column(name, sa.Integer(), nullable=False, server_default=default))
        op.alter_column("clinic", name, server_default=None)
    check("clinic", "hold_minutes", NEW_HOLD)
    check(
        "clinic",
        "arrivals_and_offers",
        "arrival_minutes BETWEEN 0 AND 240 AND offer_minutes BETWEEN 5 AND 10080"
        " AND offer_share_percent BETWEEN 1 AND 100",
    )
    kinds(NEW_KINDS)
    visits()
    offers()
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_claim_tries")),
        key("claim", "user_id", "custom_user", "CASCADE"),
        key("claim", "made_by_id", "custom_user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("user_id", name=op.f("uq_claim_user_id")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_claim_code_hash")),
    )
    words = postgresql.JSONB()
    op.add_column("clinic", sa.Column("worrying_words", words, nullable=False, server_default=json.dumps(WORRYING)))
    op.alter_column("clinic", "worrying_words", server_default=None)


def visits() -> None:
    for name in ("overbook_reason", "status_before"):
        op.add_column("appointment", sa.Column(name, sa.Text(), nullable=True))
    for name in ("status_since", "says_here_at", "reached_at"):
        op.add_column("appointment", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("call_patient", "cancelled_late"):
        op.add_column("appointment", sa.Column(name, sa.Boolean(), nullable=False, server_default="false"))
        op.alter_column("appointment", name, server_default=None)
    check("appointment", "overbook_reason", "overbook_reason IS NULL OR overbooked")
    check("appointment", "status_before", "status_before IN ({})".format(", ".join(f"'{word}'" for word in STATUSES)))
    op.execute("""
        UPDATE appointment SET status_before = last.old_status, status_since = last.changed_at
        FROM (SELECT DISTINCT ON (appointment_id) appointment_id, old_status, changed_at FROM appointment_history
              ORDER BY appointment_id, id DESC) last
        WHERE last.appointment_id = appointment.id
    """)
    op.add_column("appointment_history", sa.Column("told", sa.LargeBinary(), nullable=True))


def offers() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("why IN ('doctor_away', 'earlier')", name=op.f("ck_offer_why")),
        sa.CheckConstraint("answer IN ('accepted', 'declined', 'taken_back', 'run_out')", name=op.f("ck_offer_answer")),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_offer_answered")),
        key("offer", "appointment_id", "appointment", "SET NULL"),
        key("offer", "replaces_id", "appointment", "RESTRICT"),
        key("offer", "doctor_id", "doctor", "RESTRICT"),
        key("offer", "made_by_id", "custom_user", "SET NULL"),
        key("offer", "answered_by_id", "custom_user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_offer_appointment_id")),
    )
    op.create_index(op.f("ix_offer_replaces_id"), "offer", ["replaces_id"])
    op.create_index(op.f("ix_offer_doctor_id"), "offer", ["doctor_id"])
    op.create_index("ix_offer_open", "offer", ["expires_at"], postgresql_where=sa.text("answer IS NULL"))


def downgrade() -> None:
    for table in ("claim", "offer"):
        op.drop_table(table)
    op.drop_column("appointment_history", "told")
    op.drop_column("clinic", "worrying_words")
    for name in ("overbook_reason", "status_before"):
        op.drop_constraint(op.f(f"ck_appointment_{name}"), "appointment", type_="check")
    for name in (
        *("cancelled_late", "reached_at", "call_patient", "says_here_at", "status_since"),
        *("status_before", "overbook_reason"),
    ):
        op.drop_column("appointment", name)
    op.execute("DELETE FROM message WHERE kind IN ('moved', 'offered')")
    kinds(OLD_KINDS)
    op.drop_constraint(op.f("ck_clinic_arrivals_and_offers"), "clinic", type_="check")
    check("clinic", "hold_minutes", OLD_HOLD)
    for name in MINUTES:
        op.drop_column("clinic", name)
