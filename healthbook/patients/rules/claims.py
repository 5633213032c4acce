"""Somebody whom the desk entered makes the account theirs: with a code from the desk, once, and their birth date."""

import secrets
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, text

from healthbook.accounts import passwords
from healthbook.accounts.rules import TAKEN, Unfit, one_of_a_kind, refuse_guessable
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.models import Claim, Patient, User, UserType, WrongCode
from healthbook.models.appointments import CROCKFORD
from healthbook.patients.rules.invitations import MISREAD, WITHIN, hashed

LASTS = timedelta(days=14)
# Of one code with a wrong birth date, and of any codes from one address: a proxy may stand for many people.
MOST_TRIES, MOST_WRONG = 5, 60


def make(clerk: User, patient: Patient, now: datetime) -> str:
    """A new code in the place of any before; only a hash is kept. Raises Refused where nobody could use it."""
    user = patient.user
    db.session.refresh(user, ["claimed_at", "is_active"], with_for_update={"key_share": True})
    if not user.is_unclaimed or user.user_type != UserType.PATIENT:
        raise Refused(_("This account is its owner's already. They sign in with their own password."))
    if user.date_of_birth is None:
        raise Refused(_("A code works together with the date of birth, which is not known here."))
    code = "".join(secrets.choice(CROCKFORD) for place in range(8))
    db.session.execute(delete(Claim).where(Claim.user_id == user.id))
    made = {"user_id": user.id, "code_hash": hashed(code), "made_by_id": clerk.id}
    db.session.add(Claim(**made, created_at=now, expires_at=now + LASTS))
    db.session.flush()
    return code


def look_up(written: str, born: date, ip: str | None, now: datetime) -> Claim | None:
    """The claim that code and birth date open; None, and counted, for everything else. Commit in either case.

    Raises Unfit after too many wrong ones.
    """
    address = one_address_at_a_time(ip)
    db.session.execute(delete(WrongCode).where(WrongCode.ip.is_not(None), WrongCode.at <= now - WITHIN))
    tried = select(func.count()).select_from(WrongCode).where(WrongCode.ip == address)
    if db.session.execute(tried).scalar_one() >= MOST_WRONG:
        raise Unfit("code", _("Too many wrong codes were tried. Please try again in an hour, or call us."))
    found = db.session.scalar(with_code(written).with_for_update())
    if found and opens(found, born, now):
        return found
    db.session.add(WrongCode(ip=address, at=now))
    if found:
        found.tries += 1
    db.session.flush()
    return None


def one_address_at_a_time(ip: str | None) -> str:
    """Two tries at once count as two."""
    address = ip or "unknown"
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:words))"), {"words": f"claim {address}"})
    return address


def with_code(written: str):
    return select(Claim).where(Claim.code_hash == hashed(written.upper().translate(MISREAD)))


def opens(claim: Claim, born: date, now: datetime) -> bool:
    user = claim.user
    return claim.expires_at > now and claim.tries < MOST_TRIES and user.is_unclaimed and user.date_of_birth == born


def take_over(written: str, born: date, email: str, password: str, now: datetime) -> User:
    """The account is theirs from now on, and the code is used up. Raises Unfit, also where somebody was quicker."""
    user = opened(written, born, now)
    refuse_guessable("password", password, email, user.first_name, user.last_name)
    # Hashing takes its time, and no connection waits for it.
    db.session.close()
    password = passwords.hash_password(password)
    user = opened(written, born, now)
    with one_of_a_kind(TAKEN):
        user.username = user.email = email
        user.password, user.claimed_at, user.email_verified_at = password, now, None
        db.session.execute(delete(Claim).where(Claim.user_id == user.id))
        db.session.flush()
    return user


def opened(written: str, born: date, now: datetime) -> User:
    claim = db.session.scalar(with_code(written).with_for_update())
    if claim is None or not opens(claim, born, now):
        raise no_such_code()
    return claim.user


def no_such_code() -> Unfit:
    """One answer for a wrong code, a wrong birth date, and a code that was used or has run out."""
    words = _("This code and date of birth do not belong together, or the code is no longer valid. Ask us for another.")
    return Unfit("code", words)
