"""Signing in and out, and becoming known to the clinic."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from healthbook.accounts import passwords, queries
from healthbook.db import db, violated
from healthbook.errors import Refused
from healthbook.models import Patient, User, UserSession, UserType

LASTS = timedelta(hours=12)
A_DAY = timedelta(days=1)
KNOWN = ("email", _("There is already an account with this e-mail address. Sign in with it."))
TAKEN = {"uq_custom_user_email": KNOWN, "uq_custom_user_username": KNOWN}


class Unfit(Refused):
    """What stands in one field of a form cannot be taken; `field` is its name."""

    status = 422

    def __init__(self, field: str, words: object):
        super().__init__(words)
        self.field = field


def sign_in(email: str, password: str, now: datetime, **browser: str | None) -> tuple[User, str]:
    """The person, and the new session's token. Whoever cannot is refused in the same words, after the same work."""
    user = known(email, password)
    if user is None:
        raise Unfit("email", _("E-mail or password is not right. Check both and try again."))
    return user, open_session(user, now, **browser)


def known(email: str, password: str) -> User | None:
    """Whose e-mail address and password these are; the work is the same whoever it is, and for nobody."""
    found = queries.credentials(email)
    # Hashing takes its time, and no connection waits for it.
    db.session.close()
    right = passwords.verify(found.password if found else None, password)
    return db.session.get_one(User, found.id) if found and right else None


def confirm(person: User, password: str) -> None:
    """Make sure that it is still the person who has signed in. Raises Unfit for a password that is not theirs."""
    hashed = person.password
    # Hashing takes its time, and no connection waits for it; the person stays known.
    db.session.rollback()
    if not passwords.verify(hashed, password):
        raise Unfit("password", _("That is not your password. Please try again."))


def change_password(person: User, old: str, new: str, token: str | None) -> None:
    """A new password, and the end of every session but the one with this token.

    Raises Unfit where the old one is not right, or the new one easily guessed.
    """
    refuse_guessable("new_password", new, person.email or "", person.first_name, person.last_name)
    confirm(person, old)
    person.password = passwords.hash_password(new)
    others = UserSession.user_id == person.id, UserSession.token_hash != queries.digest(token or "")
    db.session.execute(delete(UserSession).where(*others))
    db.session.flush()


def end_session(person: User, session_id: int) -> None:
    """One of their own; ending it twice changes nothing."""
    theirs = UserSession.id == session_id, UserSession.user_id == person.id
    db.session.execute(delete(UserSession).where(*theirs))


def refuse_guessable(field: str, password: str, *known: str) -> None:
    if passwords.guessable(password, *known, *queries.clinic_names()):
        raise Unfit(field, _("This password is easily guessed. Choose one without names and common words."))


def open_session(
    user: User, now: datetime, replaces: str | None = None, user_agent: str | None = None, ip: str | None = None
) -> str:
    """A new session's token, of which the database keeps only a hash. The browser's session before it ends."""
    sign_out(replaces)
    token = secrets.token_urlsafe(32)
    db.session.add(
        UserSession(
            token_hash=queries.digest(token),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + LASTS,
            user_agent=user_agent,
            ip=ip,
        )
    )
    db.session.flush()
    return token


def sign_out(token: str | None) -> None:
    """A copy of the cookie is worth nothing from now on."""
    if token:
        db.session.execute(delete(UserSession).where(UserSession.token_hash == queries.digest(token)))


def sweep_sessions(now: datetime) -> None:
    """Forget those that ran out a day ago or more."""
    db.session.execute(delete(UserSession).where(UserSession.expires_at <= now - A_DAY))


def register(now: datetime, **person: Any) -> User:
    """A new patient, or the same again for whoever sends the form twice.

    Raises Unfit where the e-mail address has another's account or the password is easily guessed.
    """
    user = account(UserType.PATIENT, now, **person)
    try:
        with one_of_a_kind(TAKEN):
            db.session.add(user)
            db.session.flush()
            db.session.add(Patient(user_id=user.id))
    except Unfit:
        if again := known(person["email"], person["password"]):
            return again
        raise
    return user


def account(user_type: UserType, now: datetime, *, email: str, password: str, **person: Any) -> User:
    """A person who can sign in, not yet added to the session. Raises Unfit for a password that is easily guessed."""
    refuse_guessable("password", password, email, person["first_name"], person["last_name"])
    # Hashing takes its time, and no connection waits for it.
    db.session.close()
    hashed = passwords.hash_password(password)
    return User(username=email, email=email, password=hashed, user_type=user_type, claimed_at=now, **person)


@contextmanager
def one_of_a_kind(taken: Mapping[str, tuple[str, object]]) -> Iterator[None]:
    """A savepoint for new rows; `taken` says by unique index which field to point at, and in which words."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        if violated(error) not in taken:
            raise
        raise Unfit(*taken[violated(error)]) from error
