"""Who may read a patient's record and who has: the access log, emergencies, guardians; pictures and the seal's check."""

import sqlalchemy as sa
from alembic import op

revision = "009_access"
down_revision = "008_jobs"

OLD_KINDS = ("booked", "cancelled")
NEW_KINDS = (*OLD_KINDS, "emergency_patient", "emergency_staff", "guardian_ended", "account_closed")
OF_A_VISIT = ("appointment_id", "kind", "channel", "version")
TOLD_TWICE = """
DELETE FROM message later USING message first
WHERE later.id > first.id AND later.appointment_id = first.appointment_id
  AND (later.kind, later.channel, later.version) = (first.kind, first.channel, first.version)
"""
KEPT = """
CREATE FUNCTION access_log_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the access log is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER access_log_rows BEFORE UPDATE OR DELETE ON access_log
  FOR EACH ROW EXECUTE FUNCTION access_log_is_kept();
CREATE TRIGGER access_log_whole BEFORE TRUNCATE ON access_log
  FOR EACH STATEMENT EXECUTE FUNCTION access_log_is_kept();
"""


def key(table: str, column: str, other: str, ondelete: str = "RESTRICT") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
    )


def one_of(table: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def upgrade() -> None:
    settings()
    audit()
    guardians()
    codes()
    holds()
    records()
    messages(NEW_KINDS)
    op.execute(KEPT)


def settings() -> None:
    for name, default in (("treating_months", "12"), ("treating_days_ahead", "30"), ("retention_years", "10")):
        op.add_column("clinic", sa.Column(name, sa.Integer(), nullable=False, server_default=default))
        op.alter_column("clinic", name, server_default=None)
    ages = sa.Column("guardian_review_ages", sa.ARRAY(sa.Integer()), nullable=False, server_default="{13,16}")
    op.add_column("clinic", ages)
    op.alter_column("clinic", "guardian_review_ages", server_default=None)
    op.create_check_constraint(
        op.f("ck_clinic_treating"),
        "clinic",
        "treating_months BETWEEN 0 AND 120 AND treating_days_ahead BETWEEN 0 AND 365",
    )
    op.create_check_constraint(op.f("ck_clinic_retention_years"), "clinic", "retention_years BETWEEN 0 AND 100")
    op.add_column("custom_user", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        key("picture", "user_id", "custom_user", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
    )
    op.create_index(op.f("ix_picture_user_id"), "picture", ["user_id"])
    op.create_table(
        "seal_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_seal_check_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_check")),
    )


def audit() -> None:
    places = (
        *("profile", "agenda", "appointment", "background", "chart"),
        *("records", "record", "prescription", "file", "export"),
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        one_of("access_log", "object", places),
        one_of("access_log", "action", ("read", "printed", "downloaded", "exported")),
        one_of("access_log", "why", ("self", "guardian", "treating", "emergency")),
        key("access_log", "actor_id", "custom_user"),
        key("access_log", "patient_id", "patient"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index("ix_access_log_patient_id_at", "access_log", ["patient_id", "at"])
    op.create_index("ix_access_log_actor_id_at", "access_log", ["actor_id", "at"])
    op.create_table(
        "access_digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_digest")),
        sa.UniqueConstraint("day", name=op.f("uq_access_digest_day")),
    )
    op.create_table(
        "emergency_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_emergency_access_reason")),
        sa.CheckConstraint(
            "ends_at > starts_at AND ends_at <= starts_at + interval '1 hour'", name=op.f("ck_emergency_access_ends_at")
        ),
        sa.CheckConstraint(
            "(reviewed_by_id IS NULL) = (reviewed_at IS NULL)", name=op.f("ck_emergency_access_reviewed")
        ),
        key("emergency_access", "doctor_id", "doctor"),
        key("emergency_access", "patient_id", "patient"),
        key("emergency_access", "reviewed_by_id", "custom_user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index(op.f("ix_emergency_access_patient_id"), "emergency_access", ["patient_id"])
    op.create_index(
        "ix_emergency_access_doctor_id_patient_id_ends_at", "emergency_access", ["doctor_id", "patient_id", "ends_at"]
    )


def guardians() -> None:
    op.create_table(
        "guardian",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("may_book", sa.Boolean(), nullable=False),
        sa.Column("may_see_record", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_age", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_guardian_until")),
        sa.CheckConstraint(
            "may_see_record = false OR confirmed_at IS NOT NULL", name=op.f("ck_guardian_may_see_record")
        ),
        key("guardian", "user_id", "custom_user"),
        key("guardian", "patient_id", "patient"),
        key("guardian", "confirmed_by_id", "custom_user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint("user_id", "patient_id", name=op.f("uq_guardian_user_id_patient_id")),
    )
    op.create_index(op.f("ix_guardian_patient_id"), "guardian", ["patient_id"])
    op.create_index("ix_guardian_unconfirmed", "guardian", ["since"], postgresql_where=sa.text("confirmed_at IS NULL"))
    op.create_table(
        "guardian_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        key("guardian_invitation", "patient_id", "patient", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_guardian_invitation_code_hash")),
    )
    op.create_index(op.f("ix_guardian_invitation_patient_id"), "guardian_invitation", ["patient_id"])


def codes() -> None:
    op.create_table(
        "wrong_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        key("wrong_code", "user_id", "custom_user", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_code")),
    )
    op.create_index(op.f("ix_wrong_code_user_id"), "wrong_code", ["user_id"])


def holds() -> None:
    """A person holds one time, for whomever."""
    held = {"postgresql_where": sa.text("status = 'held'")}
    op.create_index("ix_appointment_held_booked_by_id", "appointment", ["booked_by_id"], **held)


def records() -> None:
    op.add_column("medical_record", sa.Column("amend_reason", sa.LargeBinary(), nullable=True))
    for name, kind, default in (("version", sa.Integer(), "1"), ("private", sa.Boolean(), "false")):
        op.add_column("medical_record", sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column("medical_record", name, server_default=None)
    op.add_column("medical_record", sa.Column("request_key", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_medical_record_request_key"), "medical_record", ["request_key"])
    op.add_column("prescription", sa.Column("stopped_by_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_prescription_stopped_by_id_custom_user"),
        "prescription",
        "custom_user",
        ["stopped_by_id"],
        ["id"],
        ondelete="RESTRICT",
    )


def messages(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_message_kind"), "message", type_="check")
    op.create_check_constraint(op.f("ck_message_kind"), "message", one_of("message", "kind", kinds).sqltext)
    if kinds != NEW_KINDS:
        return
    op.add_column("message", sa.Column("emergency_access_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_message_emergency_access_id_emergency_access"),
        "message",
        "emergency_access",
        ["emergency_access_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_unique_constraint(
        op.f("uq_message_emergency_access_id_kind_channel_user_id"),
        "message",
        ["emergency_access_id", "kind", "channel", "user_id"],
    )
    about_nothing = {"postgresql_where": sa.text("appointment_id IS NULL AND emergency_access_id IS NULL")}
    op.create_index(
        "uq_message_user_id_kind_version", "message", ["user_id", "kind", "version"], unique=True, **about_nothing
    )
    told_once(OF_A_VISIT, (*OF_A_VISIT, "user_id"))


def told_once(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """A step of a visit is told to each person once."""
    op.drop_constraint(op.f(f"uq_message_{'_'.join(before)}"), "message", type_="unique")
    op.create_unique_constraint(op.f(f"uq_message_{'_'.join(after)}"), "message", list(after))


def downgrade() -> None:
    op.drop_index("uq_message_user_id_kind_version", "message")
    op.drop_column("message", "emergency_access_id")
    op.execute("DELETE FROM message WHERE kind NOT IN ('booked', 'cancelled')")
    op.execute(TOLD_TWICE)
    told_once((*OF_A_VISIT, "user_id"), OF_A_VISIT)
    op.drop_index("ix_appointment_held_booked_by_id", "appointment")
    messages(OLD_KINDS)
    for table, column in (
        ("prescription", "stopped_by_id"),
        ("medical_record", "request_key"),
        ("medical_record", "private"),
        ("medical_record", "version"),
        ("medical_record", "amend_reason"),
    ):
        op.drop_column(table, column)
    for table in ("wrong_code", "guardian_invitation", "guardian", "emergency_access", "access_digest", "access_log"):
        op.drop_table(table)
    op.execute("DROP FUNCTION access_log_is_kept()")
    op.drop_table("seal_check")
    op.drop_table("picture")
    op.drop_column("custom_user", "closed_at")
    op.drop_constraint(op.f("ck_clinic_treating"), "clinic", type_="check")
    op.drop_constraint(op.f("ck_clinic_retention_years"), "clinic", type_="check")
    for name in ("guardian_review_ages", "retention_years", "treating_days_ahead", "treating_months"):
        op.drop_column("clinic", name)
