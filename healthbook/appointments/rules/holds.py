"""Holding a free time and letting it go. The database forbids two at once; the locks keep the losers quick."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Range

from healthbook import jobs
from healthbook.appointments.queries import holds as queries
from healthbook.appointments.rules.locks import lock, losing_is_told, second_visit
from healthbook.db import db
from healthbook.errors import Busy, Refused, SlotTaken
from healthbook.live import announce
from healthbook.models import Appointment, Doctor, Patient, Status, VisitType
from healthbook.models.appointments import CROCKFORD
from healthbook.scheduling import queries as scheduling


def hold(patient: Patient, doctor: Doctor, start: datetime, visit_type_id: int, now: datetime) -> Appointment:
    """Keep a free time for a patient for the clinic's minutes; whatever else they held is let go.

    Holding the same time again gives the same hold. Raises SlotTaken, Refused when the patient has another visit
    then, or Busy when they chose twice at once.
    """
    mine, wanted = patient.id, (doctor.id, visit_type_id, start)
    held = holds_of(mine)
    if same := same_hold(held, wanted, now):
        return same
    # A look before the lock: most who come too late need not wait for it.
    end = end_of(start, offered(patient, doctor, start, visit_type_id, now, held))
    locked = {doctor.id, *(hold.doctor_id for hold in held)}
    lock(locked, [mine])
    held = holds_of(mine)
    if not locked.issuperset(hold.doctor_id for hold in held):
        raise Busy(_("You chose two times at once. Please choose again."))
    if same := same_hold(held, wanted, now):
        return same
    # Who waited for the winner lets go of the lock at once, or those behind wait too long.
    if queries.is_taken(wanted[0], start, end, now, by_others_than=mine):
        raise gone()
    end_holds(patient, doctor, now)
    return keep(new_hold(patient, doctor, start, offered(patient, doctor, start, visit_type_id, now), now))


def keep(held: Appointment) -> Appointment:
    with losing_is_told():
        db.session.add(held)
        db.session.flush()
    announce(f"doctor-{held.doctor_id}")
    # Nothing happens by itself when a hold runs out: a job tells the others.
    jobs.tell("hold_ended", at=held.held_until, doctor_id=held.doctor_id)
    return held


def new_hold(patient: Patient, doctor: Doctor, start: datetime, visit_type: VisitType, now: datetime) -> Appointment:
    """The row: length, buffers, fee and zone are copied, so that changing a visit type changes nothing booked."""
    end = end_of(start, visit_type)
    before, after = timedelta(minutes=visit_type.buffer_before), timedelta(minutes=visit_type.buffer_after)
    return Appointment(
        patient_id=patient.id,
        doctor_id=doctor.id,
        visit_type_id=visit_type.id,
        appointment_type=visit_type.appointment_type,
        status=Status.HELD,
        held_until=now + timedelta(minutes=doctor.clinic.hold_minutes),
        during=Range(start, end),
        blocked=Range(start - before, end + after),
        time_zone=doctor.clinic.time_zone,
        fee=visit_type.fee,
        booked_by_id=patient.user_id,
        reference="".join(secrets.choice(CROCKFORD) for place in range(8)),
    )


def end_of(start: datetime, visit_type: VisitType) -> datetime:
    return start + timedelta(minutes=visit_type.minutes)


def holds_of(patient_id: int) -> list[Appointment]:
    """What the patient holds or held and nobody has swept: one, but for what two browsers do at once."""
    held = select(Appointment).where(Appointment.patient_id == patient_id, Appointment.status == Status.HELD)
    return list(db.session.scalars(held, execution_options={"populate_existing": True}))


def same_hold(held: list[Appointment], wanted: tuple[int, int, datetime], now: datetime) -> Appointment | None:
    """The one that still holds the wanted time: doctor, visit type and start."""
    for hold in held:
        if lasts(hold, now) and (hold.doctor_id, hold.visit_type_id, hold.during.lower) == wanted:
            return hold
    return None


def lasts(hold: Appointment, now: datetime) -> bool:
    """A hold that ends now is over."""
    return hold.held_until is not None and hold.held_until > now


def offered(
    patient: Patient,
    doctor: Doctor,
    start: datetime,
    visit_type_id: int | None,
    now: datetime,
    held: Sequence[Appointment] = (),
) -> VisitType:
    """What the time is offered for. What the patient holds now would be let go, so it is not in the way.

    Raises SlotTaken when the time is not free, Refused when the patient is the doctor or has a visit then.
    """
    if patient.user_id == doctor.user_id:
        raise Refused(_("You cannot book a visit with yourself."))
    kinds = {kind.id: kind for kind in scheduling.visit_types(doctor)}
    kind, not_in_the_way = kinds.get(visit_type_id or 0), [hold.id for hold in held]
    if kind and queries.has_visit(patient, start, end_of(start, kind)):
        raise second_visit()
    if kind is None or not scheduling.is_free(doctor, kind, start, now, ignoring=not_in_the_way):
        raise gone()
    return kind


def gone() -> SlotTaken:
    return SlotTaken(_("That time has gone. Nothing has been booked for you."))


def end_holds(patient: Patient, doctor: Doctor, now: datetime) -> None:
    """Let go of what the patient held, and sweep what has run out at the doctor."""
    run_out = (Appointment.held_until <= now) & (Appointment.doctor_id == doctor.id)
    mine = Appointment.patient_id == patient.id
    ended = delete(Appointment).where(Appointment.status == Status.HELD, run_out | mine)
    for doctor_id in set(db.session.scalars(ended.returning(Appointment.doctor_id))):
        announce(f"doctor-{doctor_id}")


def sweep(doctor_id: int, now: datetime) -> None:
    """End what has run out at a doctor, so that whoever looks hears of it."""
    lock([doctor_id])
    run_out = (Appointment.status == Status.HELD) & (Appointment.held_until <= now)
    ended = delete(Appointment).where(Appointment.doctor_id == doctor_id, run_out)
    if db.session.scalars(ended.returning(Appointment.id)).all():
        announce(f"doctor-{doctor_id}")


def release(held: Appointment) -> None:
    """The patient lets a held time go; letting go twice changes nothing."""
    doctor_id = held.doctor_id
    ended = delete(Appointment).where(Appointment.id == held.id, Appointment.status == Status.HELD)
    lock([doctor_id], [held.patient_id])
    if db.session.scalars(ended.returning(Appointment.id)).all():
        announce(f"doctor-{doctor_id}")
