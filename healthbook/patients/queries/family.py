"""For whom somebody may act, who may act for them, and what waits for the desk."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, DateTime, Integer, Select, and_, bindparam, cast, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import joinedload, with_expression
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from healthbook.db import Moment, db
from healthbook.models import Guardian, GuardianInvitation, Patient, User
from healthbook.patients.queries.access import holds
from healthbook.patients.queries.guardianship import (
    awaits_review,
    has_begun,
    in_force,
    outgrown,
    over,
    still_holds,
    ward_age,
    with_ward,
)

MOST_LISTED = 50


def may_book_for(person: User, now: datetime) -> ColumnElement[bool]:
    """Of a query that has Patient in it: those for whom the person may book as a guardian."""
    return exists().where(Guardian.patient_id == Patient.id, *holds(person, now), Guardian.may_book)


def may_book(person: User, patient_id: int, now: datetime) -> bool:
    """Asked of the database at this moment, whatever the request found before."""
    return bool(db.session.scalar(select(may_book_for(person, now)).where(Patient.id == patient_id)))


def with_wards(now: Moment) -> ExecutableOption:
    """For a query of a User: also for whom they may book, so that nobody without a family costs a statement more."""
    mine = Guardian.user_id == User.id, *in_force(now), Guardian.may_book
    ids = select(func.coalesce(func.array_agg(Guardian.patient_id), cast(array([]), ARRAY(Integer))))
    return with_expression(User.acts_for, ids.where(*mine).correlate(User).scalar_subquery())


def wards(person: User, now: datetime) -> Collection[int]:
    """The ids of the patients for whom the person may book as a guardian."""
    if person.acts_for is None:
        mine = select(Guardian.patient_id).where(*holds(person, now), Guardian.may_book)
        set_committed_value(person, "acts_for", list(db.session.scalars(mine)))
    return person.acts_for or ()


class Person(NamedTuple):
    """Somebody who can be booked for, by the patient's id."""

    id: int
    user_id: int
    first_name: str
    last_name: str
    born: date | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def people(person: User, now: datetime) -> list[Person]:
    """For whom the person may book as a guardian, by name. No statement where there is nobody."""
    if not wards(person, now):
        return []
    columns = Patient.id, Patient.user_id, User.first_name, User.last_name, User.date_of_birth
    theirs = select(*columns).join(Patient.user).where(may_book_for(person, now))
    in_order = theirs.order_by(func.lower(User.first_name), func.lower(User.last_name), User.date_of_birth, Patient.id)
    return [Person(*row) for row in db.session.execute(in_order)]


class Guardianship(NamedTuple):
    """Somebody and whom they act for, with what the day makes of it."""

    row: Guardian
    in_force: bool
    awaits_review: bool
    age: int | None

    @property
    def patient(self) -> Patient:
        return self.row.patient

    @property
    def is_new(self) -> bool:
        """A child's, which the desk has not seen yet."""
        return self.row.confirmed_at is None and self.in_force

    @property
    def is_asked_for(self) -> bool:
        """An adult's, who has not answered yet."""
        return self.row.confirmed_at is None and not self.in_force

    @property
    def waits_as(self) -> str:
        """What the desk has to do with it: a new one, one to review, or nothing."""
        if self.is_new:
            return "new"
        return "review" if self.in_force and self.awaits_review else ""

    @property
    def sees_record(self) -> bool:
        return self.in_force and self.row.may_see_record and not self.awaits_review


def guardianships(now: datetime) -> Select:
    """Those that were not ended, oldest first; whoever selects the rows says whose."""
    holds_today = func.coalesce(and_(*in_force(now)), false())
    return select(Guardian, holds_today, awaits_review(now), ward_age(now)).where(~over(now)).order_by(Guardian.id)


def listed(statement: Select) -> list[Guardianship]:
    return [Guardianship(*row) for row in db.session.execute(statement)]


def one(guardian_id: int, now: datetime) -> Guardianship | None:
    """Unless it was ended."""
    return next(iter(listed(guardianships(now).where(Guardian.id == guardian_id))), None)


def acts_for(person: User, now: datetime) -> list[Guardianship]:
    """For whom the person acts, has asked to, or did until they were grown up."""
    theirs = guardianships(now).where(Guardian.user_id == person.id)
    return listed(theirs.options(joinedload(Guardian.patient).joinedload(Patient.user)))


def act_for(patient: Patient, now: datetime) -> list[Guardianship]:
    """Who acts for a patient, or asks to."""
    theirs = guardianships(now).where(Guardian.patient_id == patient.id)
    return listed(theirs.options(joinedload(Guardian.user), joinedload(Guardian.patient)))


def own_ward(person: User, guardian_id: int) -> Guardian:
    """The person's own guardianship. Raises NoResultFound."""
    return one_of(Guardian.id == guardian_id, Guardian.user_id == person.id)


def own_guardian(patient: Patient, guardian_id: int) -> Guardian:
    """One of those who act for this patient. Raises NoResultFound."""
    return one_of(Guardian.id == guardian_id, Guardian.patient_id == patient.id)


def childs_guardian(guardian_id: int) -> Guardian:
    """One that is the desk's to decide, which an adult's is not. Raises NoResultFound."""
    patients = select(Patient.user_id).where(Patient.id == Guardian.patient_id).scalar_subquery()
    return one_of(Guardian.id == guardian_id, Guardian.confirmed_by_id.is_distinct_from(patients))


def one_of(*conditions: ColumnElement[bool]) -> Guardian:
    people = joinedload(Guardian.user), joinedload(Guardian.patient).joinedload(Patient.user)
    return db.session.execute(select(Guardian).where(*conditions).options(*people)).scalar_one()


# Made once: every step of a visit is told to them, and making it takes as long as asking.
GUARDIANS = (
    select(User)
    .join(Guardian, Guardian.user_id == User.id)
    .where(Guardian.patient_id == bindparam("patient", type_=Integer), Guardian.may_book, User.is_active)
    .where(*in_force(bindparam("now", type_=DateTime(timezone=True))))
    .order_by(Guardian.id)
)


def guardians(patient_id: int, now: datetime) -> list[User]:
    """Who may book for a patient today, the first first."""
    return list(db.session.scalars(GUARDIANS, {"patient": patient_id, "now": now}))


def invitations(patient: Patient, now: datetime) -> list[GuardianInvitation]:
    """The patient's codes that nobody has used yet."""
    theirs = select(GuardianInvitation).where(GuardianInvitation.patient_id == patient.id)
    unused = theirs.where(GuardianInvitation.used_at.is_(None), GuardianInvitation.expires_at > now)
    return list(db.session.scalars(unused.order_by(GuardianInvitation.id)))


def own_invitation(patient: Patient, invitation_id: int) -> GuardianInvitation:
    """Raises NoResultFound."""
    theirs = select(GuardianInvitation).where(GuardianInvitation.patient_id == patient.id)
    return db.session.execute(theirs.where(GuardianInvitation.id == invitation_id)).scalar_one()


def for_the_desk(now: datetime) -> Select:
    """Children's guardians who were never confirmed, or must be looked at again since the child is older."""
    waits = or_(Guardian.confirmed_at.is_(None), and_(*outgrown(now)))
    return with_ward(guardianships(now)).where(*has_begun(now), *still_holds(now), waits)


def waiting(now: datetime) -> list[Guardianship]:
    """What the desk must decide, the oldest MOST_LISTED of it, with both people."""
    people = joinedload(Guardian.user), joinedload(Guardian.patient).joinedload(Patient.user)
    return listed(for_the_desk(now).options(*people).limit(MOST_LISTED))


def count_waiting(now: datetime) -> int:
    return db.session.scalar(select(func.count()).select_from(for_the_desk(now).order_by(None).subquery())) or 0
