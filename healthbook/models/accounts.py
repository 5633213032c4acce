"""People who can sign in, what they may be, and their sessions."""

from datetime import date, datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from healthbook import clock
from healthbook.db import Stamped, db, one_of
from healthbook.seal import SealedBytes, SealedRow


class UserType(StrEnum):
    PATIENT = "patient"
    DOCTOR = "doctor"
    DESK = "desk"
    ADMIN = "admin"


class Role(StrEnum):
    """What somebody may act as, now. A doctor who is not approved, or suspended, is an applicant."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    APPLICANT = "applicant"
    DESK = "desk"
    ADMIN = "admin"


STAFF = frozenset({Role.DESK, Role.ADMIN})

# How the desk finds somebody: a name in small letters without accents, each part of it after a space, and the digits of
# a phone number. In the words of the indexes, or they cannot serve.
PLAIN_NAME = (
    r"lower(translate(regexp_replace(normalize(' ' || first_name || ' ' || last_name, NFD),"
    r" '[\u0300-\u036f''\u2019]', '', 'g'), '-', ' '))"
)
DIGITS = "regexp_replace(phone_number, '[^0-9]', '', 'g')"


class User(UserMixin, Stamped, db.Model):
    __tablename__ = "custom_user"
    __table_args__ = (
        one_of("user_type", UserType),
        CheckConstraint(
            "date_of_birth >= DATE '1900-01-01' AND date_of_birth < DATE '2200-01-01'", name="date_of_birth"
        ),
        CheckConstraint("btrim(first_name) <> '' AND btrim(last_name) <> ''", name="names"),
        CheckConstraint("is_staff = (user_type IN ('desk', 'admin'))", name="is_staff"),
        CheckConstraint("theme IN ('light', 'dark')", name="theme"),
        # Whom the desk entered may share an address with others: it is no name to sign in with before they claim it.
        Index(
            "uq_custom_user_email",
            func.lower(db.text("email")),
            unique=True,
            postgresql_where=db.text("claimed_at IS NOT NULL"),
        ),
        Index("ix_custom_user_email", func.lower(db.text("email"))),
        Index("ix_custom_user_date_of_birth", "date_of_birth"),
        Index("ix_custom_user_name", db.text(f"({PLAIN_NAME}) gin_trgm_ops"), postgresql_using="gin"),
        Index("ix_custom_user_phone", db.text(f"({DIGITS}) gin_trgm_ops"), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    password: Mapped[str | None]
    first_name: Mapped[str]
    last_name: Mapped[str]
    user_type: Mapped[str]
    phone_number: Mapped[str | None]
    date_of_birth: Mapped[date | None]
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    is_staff: Mapped[bool] = mapped_column(default=False)
    email_verified_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    locale: Mapped[str | None]
    theme: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    # The ids of the patients for whom the person may book today, where whoever loads them asks for it.
    acts_for: Mapped[list[int] | None] = query_expression()

    patient: Mapped["Patient | None"] = relationship(back_populates="user")
    doctor: Mapped["Doctor | None"] = relationship(back_populates="user")
    changes: Mapped[list["AppointmentHistory"]] = relationship(back_populates="changed_by")

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_unclaimed(self) -> bool:
        """Somebody whom others entered, and who has not made the account theirs."""
        return self.claimed_at is None and self.is_active

    @property
    def initials(self) -> str:
        return (self.first_name[0] + self.last_name[0]).upper()

    @property
    def hue(self) -> str:
        """One of the six colours of an avatar, the same for ever."""
        return f"h{self.id % 6 + 1}"

    @property
    def roles(self) -> frozenset[Role]:
        """Whoever has a patient profile may act as a patient too."""
        roles = {Role.PATIENT} if self.patient else set()
        if self.user_type == UserType.DOCTOR:
            roles.add(Role.DOCTOR if self.doctor and self.doctor.status == "approved" else Role.APPLICANT)
        elif self.user_type != UserType.PATIENT:
            roles.add(Role(self.user_type))
        return frozenset(roles)


class UserSession(db.Model):
    """A signed-in browser. Only the token's SHA-256 is kept; signing out deletes the row."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    seen_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    expires_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    user_agent: Mapped[str | None]
    ip: Mapped[str | None]

    user: Mapped[User] = relationship()


class Claim(db.Model):
    """A code that the desk hands to somebody it entered, who with it and the birth date makes the account theirs.

    Only its SHA-256 is kept. It works once, until `expires_at`, and not after too many wrong `tries`.
    """

    __tablename__ = "claim"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="CASCADE"), unique=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("custom_user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class Picture(SealedRow, db.Model):
    """Somebody's photo, made anew from what they sent. `profile_picture` of a patient or doctor is its id."""

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("custom_user.id", ondelete="CASCADE"), index=True)
    media_type: Mapped[str]
    content_sealed: Mapped[bytes] = mapped_column("content", LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: clock.now())

    content = SealedBytes()
