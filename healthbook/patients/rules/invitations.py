"""An adult asks somebody to act for them: a code from hand to hand, and then what the adult decides."""

import secrets
from datetime import date, datetime, timedelta
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.live import announce
from healthbook.models import Guardian, GuardianInvitation, Patient, User, WrongCode
from healthbook.models.appointments import CROCKFORD
from healthbook.patients.queries import family as queries
from healthbook.patients.queries.guardianship import ADULT, today, years
from healthbook.patients.rules import family
from healthbook.patients.rules.family import begin, decided_alone, has_ended, one_at_a_time

LASTS = timedelta(days=7)
MOST_OPEN = 5
TRIES, WITHIN = 10, timedelta(hours=1)
# What people write for the letters that a code never has.
MISREAD = str.maketrans("OIL", "011", " -")


def invite(person: User, patient: Patient, now: datetime) -> str:
    """A code for a carer, of which only a hash is kept. Raises Refused for a minor, or for too many that are open."""
    if is_minor(person, now):
        raise Refused(_("From 18 on you can invite somebody here. Until then please call us."))
    one_at_a_time(person)
    if len(queries.invitations(patient, now)) >= MOST_OPEN:
        raise Refused(_("You have %(n)s codes that nobody has used yet. Withdraw one first.", n=MOST_OPEN))
    code = "".join(secrets.choice(CROCKFORD) for place in range(8))
    made = GuardianInvitation(patient_id=patient.id, code_hash=hashed(code), created_at=now, expires_at=now + LASTS)
    db.session.add(made)
    db.session.flush()
    return code


def hashed(code: str) -> str:
    return sha256(code.encode()).hexdigest()


def withdraw(invitation: GuardianInvitation, now: datetime) -> None:
    """Nobody can use the code any more."""
    invitation.expires_at = min(invitation.expires_at, now)
    db.session.flush()


def look_up(person: User, written: str, now: datetime) -> GuardianInvitation | None:
    """Whose code it is; None for nobody's, which is counted. Commit in either case. Raises Unfit after too many."""
    one_at_a_time(person)
    theirs = WrongCode.user_id == person.id
    db.session.execute(delete(WrongCode).where(theirs, WrongCode.at <= now - WITHIN))
    tried = select(func.count()).select_from(WrongCode).where(theirs)
    if db.session.execute(tried).scalar_one() >= TRIES:
        raise Unfit("code", _("You tried many codes that we do not know. Please try again in an hour."))
    code = written.upper().translate(MISREAD)
    known = select(GuardianInvitation).where(GuardianInvitation.code_hash == hashed(code))
    found = db.session.scalar(known.with_for_update())
    if found is None:
        db.session.add(WrongCode(user_id=person.id, at=now))
    db.session.flush()
    return found


def ask(person: User, invitation: GuardianInvitation, now: datetime) -> Guardian:
    """The carer asks to act for whoever gave them the code, which is used up. Raises Unfit, saying why not."""
    patient = invitation.patient
    if patient.user_id == person.id:
        raise Unfit("code", _("This is your own code. Give it to the person who is to act for you."))
    if invitation.used_at is not None:
        raise Unfit("code", _("This code has been used already. Ask for a new one."))
    if invitation.expires_at <= now or not patient.user.is_active:
        raise Unfit("code", _("This code is no longer valid. Ask for a new one."))
    invitation.used_at = now
    theirs = select(Guardian).where(Guardian.user_id == person.id, Guardian.patient_id == patient.id)
    before = db.session.scalar(theirs)
    if before is None:
        asked = Guardian(user_id=person.id, patient=patient, since=today(now))
        db.session.add(asked)
        db.session.flush()
    else:
        asked = renewed(before, now)
    announce(f"me-{patient.user_id}")
    return asked


def renewed(before: Guardian, now: datetime) -> Guardian:
    """After an end, or since the child whose guardian they were has grown up. Raises Unfit while it holds."""
    state = queries.one(before.id, now)
    if state and (state.in_force or state.is_asked_for):
        name = before.patient.user.full_name
        raise Unfit("code", _("You act for %(name)s already, or have asked to.", name=name))
    begin(before, now)
    return before


def decide(
    person: User, guardian: Guardian, now: datetime, *, may_book: bool, may_see_record: bool, until: date | None
) -> None:
    """The patient says what somebody may do for them, and until which day. Raises Unfit, or Stale when it has ended."""
    theirs_to_decide(person, now)
    if not (may_book or may_see_record):
        raise Unfit("may_book", _("Choose what they may do. If it is nothing, decline."))
    if until is not None and until < today(now):
        raise Unfit("until", _("Choose today or a later day, or leave it empty."))
    decided_alone(guardian)
    if has_ended(guardian, now):
        raise Stale(_("This has ended meanwhile."))
    guardian.may_book, guardian.may_see_record, guardian.until = may_book, may_see_record, until
    guardian.confirmed_by_id, guardian.confirmed_at = person.id, now
    db.session.flush()
    announce(f"me-{guardian.user_id}")


def end(person: User, guardian: Guardian, now: datetime) -> None:
    """The patient declines, or ends what they allowed before."""
    theirs_to_decide(person, now)
    family.end(guardian, now, by=person)


def theirs_to_decide(person: User, now: datetime) -> None:
    """A minor's guardians are the clinic's to confirm and to end."""
    if is_minor(person, now):
        raise Refused(_("Until you are 18 the clinic decides this with you. Please call us."))


def is_minor(person: User, now: datetime) -> bool:
    return person.date_of_birth is not None and years(person.date_of_birth, now) < ADULT
