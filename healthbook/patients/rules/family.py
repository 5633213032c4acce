"""Acting for somebody: a child whom a parent enters, and how it ends."""

from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from healthbook import jobs
from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import NotTheirs, Refused
from healthbook.live import announce
from healthbook.models import Guardian, Patient, User, UserType
from healthbook.patients.queries.family import may_book
from healthbook.patients.queries.guardianship import ADULT, over, today, years

MOST = 10


def add_dependent(
    person: User, now: datetime, *, first_name: str, last_name: str, date_of_birth: date, gender: str | None
) -> Guardian:
    """A child becomes known to the clinic, and the person may book for them at once; their record opens later.

    Raises Unfit for an adult, Refused for a child whom the person has entered before, or for too many.
    """
    if years(date_of_birth, now) >= ADULT:
        words = _("From 18 on people decide themselves: they invite you from their own page. Or call us.")
        raise Unfit("date_of_birth", words)
    one_at_a_time(person)
    if before := entered_before(person, first_name, last_name, date_of_birth):
        return asked_again(before, now)
    if db.session.execute(dependents(person).where(~over(now))).scalar_one() >= MOST:
        raise Refused(_("You act for %(n)s people already. Please call us.", n=MOST))
    names = {"first_name": first_name, "last_name": last_name, "date_of_birth": date_of_birth}
    child = User(username=f"child-{number(person)}-of-{person.id}", user_type=UserType.PATIENT, **names)
    patient = Patient(user=child, gender=gender)
    added = Guardian(user_id=person.id, patient=patient, may_book=True, since=today(now))
    db.session.add(added)
    db.session.flush()
    announce("clinic")
    return added


def one_at_a_time(person: User) -> None:
    """Two pages of one person do this one after the other."""
    db.session.refresh(person.patient, ["updated_at"], with_for_update={"key_share": True})


def dependents(person: User) -> Select:
    """How many the person has entered: whoever has an e-mail address speaks for themself."""
    mine = select(func.count()).select_from(Guardian).join(Guardian.patient).join(Patient.user)
    return mine.where(Guardian.user_id == person.id, User.email.is_(None))


def number(person: User) -> int:
    """Of the next whom the person acts for: none is ever deleted."""
    theirs = select(func.count()).select_from(Guardian).where(Guardian.user_id == person.id)
    return db.session.execute(theirs).scalar_one() + 1


def entered_before(person: User, first_name: str, last_name: str, born: date) -> Guardian | None:
    mine = select(Guardian).join(Guardian.patient).join(Patient.user).where(Guardian.user_id == person.id)
    alike = (
        func.lower(User.first_name) == first_name.lower(),
        func.lower(User.last_name) == last_name.lower(),
        User.date_of_birth == born,
    )
    return db.session.scalars(mine.where(*alike).limit(1)).first()


def asked_again(guardian: Guardian, now: datetime) -> Guardian:
    """What was ended begins anew when the desk says so, and until then allows nothing."""
    if not has_ended(guardian, now):
        raise Refused(_("%(name)s is on your page already.", name=guardian.patient.user.full_name))
    begin(guardian, now)
    announce("clinic")
    return guardian


def has_ended(guardian: Guardian, now: datetime) -> bool:
    return bool(db.session.scalar(select(over(now)).where(Guardian.id == guardian.id)))


def begin(guardian: Guardian, now: datetime) -> None:
    """As if it had never been confirmed."""
    guardian.may_book = guardian.may_see_record = False
    guardian.since, guardian.until = today(now), None
    guardian.confirmed_at = guardian.confirmed_by_id = guardian.reviewed_age = None
    db.session.flush()


def end(guardian: Guardian, now: datetime, by: User) -> None:
    """From now on nothing is allowed any more. The row stays and says until which day there was something.

    Whoever books at this moment does so before it or not at all: both lock the patient. Ending twice changes nothing.
    """
    decided_alone(guardian)
    if has_ended(guardian, now):
        return
    guardian.may_book = guardian.may_see_record = False
    guardian.until = max(guardian.since, today(now) - timedelta(days=1))
    db.session.flush()
    tell(guardian.user_id, now, by)


def decided_alone(guardian: Guardian) -> None:
    """Whoever else decides about the patient's guardians has done so, or waits; the row is read as it is then."""
    db.session.refresh(guardian.patient, ["updated_at"], with_for_update={"key_share": True})
    db.session.refresh(guardian)


def tell(user_id: int, now: datetime, by: User) -> None:
    """The guardian's pages at once, and a letter unless it was their own doing."""
    announce(f"me-{user_id}", "clinic")
    if by.id != user_id:
        # Minutes since the epoch tell this end from an earlier one.
        jobs.tell("guardian_ended", user_id=user_id, version=int(now.timestamp()) // 60)


def insist(person: User, patient: Patient, now: datetime) -> None:
    """Asked again once the patient is locked: raises NotTheirs when the person may not book for them by now.

    Nor for themself, once their account is closed.
    """
    own = patient.user_id == person.id
    if not (person.is_active if own else may_book(person, patient.id, now)):
        raise not_theirs()


def not_theirs() -> NotTheirs:
    return NotTheirs(_("You cannot book for this person. Ask them, or call us: then you can book for them here."))
