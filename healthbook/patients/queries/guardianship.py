"""When somebody may act for a patient, in SQL: conditions on the Guardian of a query, on a day at the clinic.

A child's guardian, whom the desk confirms, is one until the child is an adult; an adult's as long as they have agreed.
"""

from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from healthbook.db import Moment, db
from healthbook.models import Clinic, Guardian, Patient, User

ADULT = 18

Ward, WardUser = aliased(Patient), aliased(User)


def in_force(now: Moment) -> tuple[ColumnElement[bool], ...]:
    """It has begun and not ended, and who it is about is a child, or agreed to it. What it allows stands in the row."""
    return *has_begun(now), of_the_ward(*still_holds(now))


def awaits_review(now: Moment) -> ColumnElement[bool]:
    """The child has turned one of the clinic's review ages since somebody last looked at it."""
    return of_the_ward(*outgrown(now))


def with_ward(statement: Select) -> Select:
    """A query of Guardian that has the ward in it too, for many rows at once: `still_holds` and `outgrown` fit it."""
    return statement.join(Ward, Ward.id == Guardian.patient_id).join(WardUser, WardUser.id == Ward.user_id)


def of_the_ward(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    whose = Ward.id == Guardian.patient_id, WardUser.id == Ward.user_id
    return exists().where(*whose, *conditions).correlate(Guardian)


def has_begun(now: Moment) -> tuple[ColumnElement[bool], ...]:
    return Guardian.since <= day(now), or_(Guardian.until.is_(None), Guardian.until >= day(now))


def still_holds(now: Moment) -> tuple[ColumnElement[bool], ...]:
    agreed = Guardian.confirmed_by_id == Ward.user_id
    return WardUser.is_active.is_(True), or_(agreed, age(WardUser.date_of_birth, day(now)) < ADULT)


def outgrown(now: Moment) -> tuple[ColumnElement[bool], ...]:
    turned = func.unnest(setting(Clinic.guardian_review_ages)).column_valued("turned")
    reviewed = func.coalesce(Guardian.reviewed_age, age(WardUser.date_of_birth, day(Guardian.confirmed_at)))
    passed = exists().where(turned > reviewed, turned <= age(WardUser.date_of_birth, day(now)))
    return Guardian.confirmed_by_id != Ward.user_id, passed.correlate(Guardian, WardUser)


def over(now: datetime) -> ColumnElement[bool]:
    """Somebody ended it, or set the day after which it would end: on that very day it may be without any right."""
    nothing_left = and_(Guardian.until.is_not(None), ~Guardian.may_book, ~Guardian.may_see_record)
    return or_(func.coalesce(Guardian.until < day(now), False), nothing_left)


def ward_age(now: datetime) -> ColumnElement[int]:
    """How old the one is whom it is about; null where nobody knows."""
    born = select(age(WardUser.date_of_birth, day(now))).where(Ward.id == Guardian.patient_id)
    return cast(born.join(Ward, Ward.user_id == WardUser.id).correlate(Guardian).scalar_subquery(), Integer)


def day(at: Moment) -> ColumnElement[date]:
    """The day of an instant on the clinic's calendar."""
    return func.date(func.timezone(setting(Clinic.time_zone), at))


def age(born: SQLColumnExpression, on: SQLColumnExpression) -> ColumnElement[int]:
    """Whole years; whoever was born on 29 February is a year older on 1 March."""
    return func.date_part("year", func.age(on, born))


def setting(column: SQLColumnExpression) -> ScalarSelect:
    return select(column).order_by(Clinic.id).limit(1).correlate(None).scalar_subquery()


def today(now: datetime) -> date:
    return db.session.execute(select(day(now))).scalar_one()


def years(born: date, now: datetime) -> int:
    """How old somebody is on this day of the clinic's calendar."""
    return int(db.session.execute(select(age(literal(born), day(now)))).scalar_one())
