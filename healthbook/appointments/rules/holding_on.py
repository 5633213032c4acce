"""Holding a time for longer, while somebody still writes."""

from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from healthbook import jobs
from healthbook.appointments.rules import desk, holds, wanted
from healthbook.appointments.rules.locks import lock
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.models import Appointment, Status, User


def latest(held: Appointment) -> datetime:
    """Until when it can be held at most."""
    return held.created_at + timedelta(minutes=held.doctor.clinic.max_hold_minutes)


def hold_on(person: User, held: Appointment, now: datetime) -> Appointment:
    """Keep it for the clinic's minutes from now, up to the most since it was chosen.

    One that has run out is held again while it is free. Raises Refused when it was held for the longest time, SlotTaken
    when others have it, NoResultFound when it was swept away.
    """
    again = select(Appointment).where(Appointment.id == held.id)
    lock([held.doctor_id], [held.patient_id])
    held = db.session.execute(again).scalar_one()
    if held.status != Status.HELD:
        return held
    clinic = held.doctor.clinic
    minutes = clinic.desk_hold_minutes if held.at_desk else clinic.hold_minutes
    until = min(now + timedelta(minutes=minutes), latest(held))
    if until <= now:
        raise Refused(_("It was held for %(n)s minutes. Book it now, if you want it.", n=clinic.max_hold_minutes))
    if not holds.lasts(held, now):
        offered_again(person, held, now)
    held.held_until = max(until, held.held_until or until)
    jobs.tell("hold_ended", at=held.held_until, doctor_id=held.doctor_id)
    return held


def offered_again(person: User, held: Appointment, now: datetime) -> None:
    start, kind = held.starts_at.astimezone(UTC), held.visit_type_id
    if held.at_desk:
        desk.offered(held.patient, held.doctor, start, kind, now, [held.id])
    else:
        wanted.offered(person, held.patient, held.doctor, start, kind, now, [held])
