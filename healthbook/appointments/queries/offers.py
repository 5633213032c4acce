"""Times that are offered in the place of visits, and how those stand whose doctor is away."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased, joinedload

from healthbook.appointments.queries.affected import PAGE, Listed, unread
from healthbook.db import db, those
from healthbook.models import Answer, Appointment, Doctor, Guardian, Offer, OfferWhy, Status, TimeOff, User
from healthbook.patients.queries.guardianship import in_force
from healthbook.scheduling.queries.calendar_rows import LONGEST_BLOCK
from healthbook.scheduling.queries.outside import expected, still_to_come, undecided


def is_offer() -> ColumnElement[bool]:
    """Of a query of appointments: held as an offer, so that it is nobody's own hold."""
    return exists().where(Offer.appointment_id == Appointment.id)


def is_open(now: datetime) -> ColumnElement[bool]:
    return Offer.answer.is_(None) & (Offer.expires_at > now)


def latest(visit_ids: Collection[int]) -> dict[int, Offer]:
    """The last offer of each visit, by the visit's id."""
    if not visit_ids:
        return {}
    doctor = joinedload(Offer.doctor).options(joinedload(Doctor.user), joinedload(Doctor.clinic))
    last = select(Offer).where(those(Offer.replaces_id, visit_ids)).ext(distinct_on(Offer.replaces_id))
    ordered = last.order_by(Offer.replaces_id, Offer.id.desc()).options(doctor, joinedload(Offer.answered_by))
    return {offer.replaces_id: offer for offer in db.session.scalars(ordered)}


def open_ones(visits: Iterable[Appointment], now: datetime) -> dict[int, Offer]:
    """Those that wait for an answer, by the visit's id; only visits that are still ahead have any."""
    last = latest([visit.id for visit in visits if visit.status in (Status.SCHEDULED, Status.CONFIRMED)])
    return {id: offer for id, offer in last.items() if offer.answer is None and offer.expires_at > now}


def of_visit(visit: Appointment) -> Offer | None:
    return latest([visit.id]).get(visit.id)


def one_of(visit: Appointment, offer_id: int) -> Offer:
    """Raises NoResultFound for one of another visit."""
    theirs = select(Offer).where(Offer.id == offer_id, Offer.replaces_id == visit.id)
    return db.session.execute(theirs).scalar_one()


class Standing(NamedTuple):
    """What an offer takes up at a doctor: the row that holds it, or that it has become."""

    doctor_id: int
    appointment_id: int | None
    start: datetime
    end: datetime


def standing(doctors: Iterable[int], now: datetime) -> list[Standing]:
    """What offers of these doctors' times take up from now on, open ones and those that were accepted."""
    held, became = aliased(Appointment), aliased(Appointment)
    row = func.coalesce(held.id, became.id)
    stretch = func.coalesce(held.blocked, became.blocked, Offer.during)
    taken = (
        select(Offer.doctor_id, row, func.lower(stretch), func.upper(stretch))
        .outerjoin(held, held.id == Offer.appointment_id)
        .outerjoin(
            became,
            and_(
                became.moved_from_id == Offer.replaces_id,
                became.doctor_id == Offer.doctor_id,
                became.status.in_((Status.SCHEDULED, Status.CONFIRMED)),
                Offer.answer == Answer.ACCEPTED,
            ),
        )
        .where(those(Offer.doctor_id, doctors), Offer.why == OfferWhy.DOCTOR_AWAY, func.upper(Offer.during) > now)
        .where(or_(is_open(now), became.id.is_not(None)))
    )
    return [Standing(*found) for found in db.session.execute(taken)]


def listed(
    doctor: Doctor, now: datetime, first: date | None, last: date | None, everything: bool, number: int
) -> Listed:
    """A page of the visits that need another time, or whose patients think about one or have accepted it, in order."""
    booked = expected(doctor, now, first, last) if everything else []
    found = dict.fromkeys(each.id for each in booked if each.kept_at is None) | undecided(doctor, now, first, last)
    found |= dict.fromkeys(offered(doctor, now, first, last))
    empty = Listed([], 1, len(found))
    number = min(max(number, 1), empty.pages)
    in_order = unread().where(those(Appointment.id, found)).order_by(func.lower(Appointment.during), Appointment.id)
    some = in_order.options(joinedload(Appointment.reached_by)).limit(PAGE).offset((number - 1) * PAGE)
    return empty._replace(rows=list(db.session.scalars(some)) if found else [], number=number)


def offered(doctor: Doctor, now: datetime, first: date | None, last: date | None) -> list[int]:
    """Visits with an open or an accepted offer, also when the doctor is well again."""
    moved = select(Offer.replaces_id).join(Appointment, Appointment.id == Offer.replaces_id)
    stands = or_(Offer.answer == Answer.ACCEPTED, is_open(now))
    theirs = moved.where(stands, Offer.why == OfferWhy.DOCTOR_AWAY, Appointment.doctor_id == doctor.id)
    return list(db.session.scalars(theirs.where(*still_to_come(now, first, last))))


class Away(NamedTuple):
    """A doctor whose time off meets so many visits that are still booked."""

    doctor_id: int
    first_name: str
    last_name: str
    visits: int


def away(now: datetime, most: int = 5) -> list[Away]:
    """Doctors for whose visits somebody has to find other times, the most urgent first."""
    start, off = func.lower(Appointment.during), TimeOff.during
    visits = (
        select(Doctor.id, User.first_name, User.last_name, func.count(Appointment.id.distinct()))
        .join(Doctor.user)
        .join(TimeOff, TimeOff.doctor_id == Doctor.id)
        .join(Appointment, Appointment.doctor_id == Doctor.id)
        .where(func.upper(off) > now, func.upper(Appointment.during) > now, Appointment.during.overlaps(off))
        .where(start >= func.greatest(func.lower(off), now) - LONGEST_BLOCK, start < func.upper(off))
        .where(Appointment.status.in_((Status.SCHEDULED, Status.CONFIRMED)), Appointment.kept_at.is_(None))
    )
    grouped = visits.group_by(Doctor.id, User.first_name, User.last_name).order_by(func.min(start), Doctor.id)
    return [Away(*row) for row in db.session.execute(grouped.limit(most))]


def phones(visits: Iterable[Appointment], now: datetime) -> dict[int, list[User]]:
    """Whom to call where a patient has no phone, by the patient's id: who books for them, unless it is private."""
    without = {each.patient_id for each in visits if not each.patient.user.phone_number and not each.private}
    found = guardians(without, now)
    return {id: [user for user in users if user.phone_number] for id, users in found.items()}


def guardians(patient_ids: Collection[int], now: datetime) -> dict[int, list[User]]:
    """Who may book for each of these patients today."""
    if not patient_ids:
        return {}
    may = Guardian.may_book, *in_force(now), User.is_active
    people = select(Guardian.patient_id, User).join(User, User.id == Guardian.user_id).order_by(Guardian.id)
    found: dict[int, list[User]] = {}
    for patient_id, user in db.session.execute(people.where(those(Guardian.patient_id, patient_ids), *may)):
        found.setdefault(patient_id, []).append(user)
    return found
