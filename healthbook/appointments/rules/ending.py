"""Holds that end: let go, run out, or given up for another. Whoever looks at the doctor's times hears of it."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete

from healthbook.appointments.rules.locks import lock
from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Appointment, Doctor, Status


def end_holds(theirs: ColumnElement[bool], doctor: Doctor, now: datetime, keeping: int = 0) -> None:
    """Let go of what they held, and sweep what has run out at the doctor; all but the one with the id `keeping`."""
    run_out = (Appointment.held_until <= now) & (Appointment.doctor_id == doctor.id)
    ended = delete(Appointment).where(Appointment.status == Status.HELD, Appointment.id != keeping)
    for doctor_id in set(db.session.scalars(ended.where(run_out | theirs).returning(Appointment.doctor_id))):
        announce(f"doctor-{doctor_id}")


def sweep(doctor_id: int, now: datetime) -> None:
    """End what has run out at a doctor, so that whoever looks hears of it."""
    lock([doctor_id])
    run_out = (Appointment.status == Status.HELD) & (Appointment.held_until <= now)
    ended = delete(Appointment).where(Appointment.doctor_id == doctor_id, run_out)
    if swept := db.session.scalars(ended.returning(Appointment.at_desk)).all():
        announce(f"doctor-{doctor_id}", *(["clinic"] if any(swept) else []))


def release(held: Appointment) -> None:
    """The patient, or the desk, lets a held time go; letting go twice changes nothing."""
    doctor_id, topics = held.doctor_id, ["clinic"] if held.at_desk else []
    ended = delete(Appointment).where(Appointment.id == held.id, Appointment.status == Status.HELD)
    lock([doctor_id], [held.patient_id])
    if db.session.scalars(ended.returning(Appointment.id)).all():
        announce(f"doctor-{doctor_id}", *topics)
