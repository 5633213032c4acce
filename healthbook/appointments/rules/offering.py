"""The doctor is away: each patient is offered another time, which is held for them alone until a deadline."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import Range

from healthbook import jobs
from healthbook.appointments.queries import offers as queries
from healthbook.appointments.queries.affected import unread
from healthbook.appointments.queries.substitutes import need, stand_ins, substitutes
from healthbook.appointments.rules.holds import new_hold
from healthbook.appointments.rules.locks import lock, losing_is_told
from healthbook.appointments.rules.steps import AHEAD
from healthbook.appointments.substitutes import Time
from healthbook.db import db, those
from healthbook.live import announce
from healthbook.models import Answer, Appointment, Doctor, Offer, OfferWhy, Status, User
from healthbook.scheduling.away import Period


class Made(NamedTuple):
    """How many were offered a time, and for how many there was none."""

    offered: int
    without: int


def offer_times(person: User, doctor: Doctor, visit_ids: Collection[int], now: datetime) -> Made:
    """Offer the nearest times for these visits of a doctor, no time twice and none beyond the share of a colleague.

    Left alone is what is no longer booked, has an open offer, or whose patient has declined one.
    """
    # A look before the lock, for which everybody waits who wants a time of any of these doctors.
    if not to_offer(doctor, visit_ids, now):
        return Made(0, 0)
    colleagues = [each.id for each in stand_ins(doctor)]
    lock({doctor.id, *colleagues})
    visits = to_offer(doctor, visit_ids, now)
    sweep([doctor.id, *colleagues], visits, now)
    found = substitutes(doctor, stand_ins(doctor), visits, now).allot(map(need, visits))
    offers = [made(person, visit, found[visit.id], now) for visit in visits if visit.id in found]
    with losing_is_told():
        db.session.add_all(offers)
        db.session.flush()
    tell(offers, now)
    return Made(len(offers), len(visits) - len(offers))


def to_offer(doctor: Doctor, visit_ids: Collection[int], now: datetime) -> Sequence[Appointment]:
    """In the order of time."""
    booked = Appointment.doctor_id == doctor.id, Appointment.status.in_(AHEAD)
    wanted = unread().where(those(Appointment.id, visit_ids), *booked).order_by(Appointment.during, Appointment.id)
    visits = db.session.scalars(wanted).all()
    offers = queries.latest([visit.id for visit in visits])
    return [visit for visit in visits if may_be_offered(visit, offers.get(visit.id), now)]


def may_be_offered(visit: Appointment, last: Offer | None, now: datetime) -> bool:
    """Whoever has declined once is called."""
    if visit.status not in AHEAD or (last and last.answer == Answer.DECLINED):
        return False
    return last is None or last.answer is not None or last.expires_at <= now


def sweep(doctors: Collection[int], visits: Collection[Appointment], now: datetime) -> None:
    """Let go of all that has run out at these doctors, or what is offered would meet it in the database."""
    late = Offer.answer.is_(None), Offer.expires_at <= now, those(Offer.replaces_id, [visit.id for visit in visits])
    db.session.execute(update(Offer).where(*late).values(answer=Answer.RUN_OUT, answered_at=now))
    run_out = (Appointment.status == Status.HELD) & (Appointment.held_until <= now)
    db.session.execute(delete(Appointment).where(those(Appointment.doctor_id, doctors), run_out))


def made(person: User, visit: Appointment, time: Time, now: datetime) -> Offer:
    """The offer with what holds its time; one that overlaps the visit itself holds nothing until it is accepted."""
    doctor, start = db.session.get_one(Doctor, time.doctor_id), time.starts
    until = min(now + timedelta(minutes=doctor.clinic.offer_minutes), start)
    held = new_hold(person, visit.patient, doctor, start, time.kind.row, now)
    held.held_until, held.booked_by_id = until, None
    offer = Offer(
        replaces_id=visit.id,
        doctor_id=doctor.id,
        during=Range(start, held.during.upper),
        why=OfferWhy.DOCTOR_AWAY,
        made_by_id=person.id,
        created_at=now,
        expires_at=until,
    )
    if doctor.id != visit.doctor_id or not overlaps(held.blocked, visit.blocked):
        offer.held = held
    return offer


def overlaps(one: Range[datetime], other: Range[datetime]) -> bool:
    first, second = Period.of(one), Period.of(other)
    return first.start < second.end and second.start < first.end


def tell(offers: Collection[Offer], now: datetime) -> None:
    """Whoever looks at these times or visits, and after the commit each patient by a letter."""
    visits = [offer.replaces for offer in offers]
    family = queries.guardians([visit.patient_id for visit in visits if not visit.private], now)
    for offer in offers:
        jobs.tell("offer_made", offer_id=offer.id)
    for doctor_id, until in sorted({(offer.doctor_id, offer.expires_at) for offer in offers}):
        jobs.tell("hold_ended", at=until, doctor_id=doctor_id)
    people = {visit.patient.user_id for visit in visits}
    people |= {user.id for visit in visits if not visit.private for user in family.get(visit.patient_id, [])}
    topics = {*(f"doctor-{offer.doctor_id}" for offer in offers), *(f"me-{user_id}" for user_id in people)}
    announce("clinic", *sorted(topics), *(f"appointment-{visit.reference}" for visit in visits))
