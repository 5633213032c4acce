"""Doctors as the public may see them, and an applicant's own application."""

import re
from typing import NamedTuple
from unicodedata import normalize

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    text,
)
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from healthbook.db import db
from healthbook.models import Doctor, DoctorStatus, Specialization, User
from healthbook.pages import Listed, page

PAGE = 20
# Accents and apostrophes, which people leave out or type otherwise.
LEFT_OUT = r"[\u0300-\u036f'\u2018\u2019\u02bc]"
APART, AROUND = re.compile(r"[\s.,;]+"), re.compile(r"^\W+|\W+$")
# In the words of the partial indexes, or they cannot serve.
APPROVED = text(f"doctor.status = '{DoctorStatus.APPROVED}'")


class Offer(NamedTuple):
    """A specialization that somebody here has, and how many do."""

    specialization: Specialization
    doctors: int


class Choices(NamedTuple):
    """What a search can ask for: names of specializations by their ids, and languages, both in order."""

    specializations: dict[int, str]
    languages: list[str]


def public() -> Select[Doctor]:
    """Approved doctors who are with us, as their pages show them: of the person that is the name."""
    person = contains_eager(Doctor.user).load_only(User.first_name, User.last_name, User.is_active)
    return (
        select(Doctor)
        .join(Doctor.user)
        .join(Doctor.specialization)
        .join(Doctor.clinic)
        .where(Doctor.status == DoctorStatus.APPROVED, User.is_active)
        .options(person, contains_eager(Doctor.specialization), contains_eager(Doctor.clinic))
    )


# Made once: every page of a doctor asks it, and making it takes as long as asking.
ONE = public().where(Doctor.id == bindparam("id", type_=Integer)).options(joinedload(Doctor.visit_types))


def approved(doctor_id: int) -> Doctor:
    """With person, specialization, clinic, and what can be booked."""
    return db.session.execute(ONE, {"id": doctor_id}).unique().scalar_one()


def directory(words: str, specialization_id: int | None, number: int) -> Listed[Doctor]:
    """Doctors by name, where every word is part of the name or of the specialization; the nearest page there is."""
    statement = public().where(*called(words))
    if specialization_id:
        statement = statement.where(Doctor.specialization_id == specialization_id)
    return page(statement.order_by(func.lower(User.last_name), func.lower(User.first_name), Doctor.id), number, PAGE)


def is_anybody(words: str) -> bool:
    """Whether there is a doctor whom these words name, free or not."""
    return bool(db.session.scalar(select(public().where(*called(words)).with_only_columns(Doctor.id).exists())))


def called(words: str) -> list[ColumnElement[bool]]:
    """Whom words name: each is part of the name or of the specialization. Asked of doctors with both."""
    return [named().icontains(word, autoescape=True) for word in plain(words)]


def named() -> ColumnElement[str]:
    """What a search looks in, without accents: `Dr Zoe OBrien Skin`."""
    words = func.concat_ws(" ", literal("Dr"), User.first_name, User.last_name, Specialization.name)
    return func.regexp_replace(func.normalize(words, literal_column("NFD")), LEFT_OUT, "", "g", type_=String)


def plain(words: str) -> list[str]:
    """Each word as it would be typed without accents and punctuation. What is nothing else names nobody."""
    apart = APART.split(re.sub(LEFT_OUT, "", normalize("NFD", words)))
    return [word for each in apart if (word := AROUND.sub("", each))] or words.split()


def offers() -> list[Offer]:
    """The specializations of the approved doctors, by name."""
    counted = (
        select(Specialization, func.count())
        .join(Specialization.doctors)
        .join(Doctor.user)
        .where(Doctor.status == DoctorStatus.APPROVED, User.is_active)
        .group_by(Specialization.id)
        .order_by(func.lower(Specialization.name))
    )
    return [Offer(*row) for row in db.session.execute(counted)]


def practised_and_spoken() -> CompoundSelect:
    """Specializations with their ids, and languages, of the approved doctors."""
    practised = select(Specialization.id, Specialization.name).where(
        Specialization.doctors.any(Doctor.status == DoctorStatus.APPROVED)
    )
    return practised.union_all(select(cast(null(), Integer), func.unnest(spoken().c.languages)).distinct())


def spoken() -> CTE:
    """Each list of languages once: from one to the next in the index, since thousands of doctors share a few."""
    lists = select(func.min(Doctor.languages).label("languages")).where(APPROVED).cte("lists", recursive=True)
    following = select(func.min(Doctor.languages)).where(APPROVED, Doctor.languages > lists.c.languages)
    return lists.union_all(select(following.scalar_subquery()).where(lists.c.languages.is_not(None)))


PRACTISED_AND_SPOKEN = practised_and_spoken()


def choices() -> Choices:
    """Those of the approved doctors, in one statement."""
    rows = sorted(db.session.execute(PRACTISED_AND_SPOKEN), key=lambda row: row[1].casefold())
    return Choices({id: name for id, name in rows if id}, [name for id, name in rows if not id])


def specializations() -> list[Specialization]:
    """All of them, by name: what an applicant chooses from."""
    return list(db.session.scalars(select(Specialization).order_by(func.lower(Specialization.name))))


def own(person: User) -> Doctor:
    """The person's own profile, whatever its status, with what the clinic decided about it."""
    profile = select(Doctor).where(Doctor.user_id == person.id)
    loaded = profile.options(joinedload(Doctor.specialization), selectinload(Doctor.reviews))
    return db.session.execute(loaded).scalar_one()
