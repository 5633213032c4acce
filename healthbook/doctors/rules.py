"""Asking to practise at the clinic."""

from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from healthbook.accounts.rules import TAKEN, Unfit, account, known, one_of_a_kind
from healthbook.db import db
from healthbook.models import AppointmentType, Clinic, Doctor, User, UserType, VisitType

LICENSED = ("license_number", _("There is already a doctor with this licence number. Call the clinic if it is yours."))
GONE = ("specialization", _("This specialization is no longer offered. Choose another one."))
TAKEN_OR_GONE = TAKEN | {
    "uq_doctor_license_number": LICENSED,
    "fk_doctor_specialization_id_specialization": GONE,
}


def apply(now: datetime, person: dict[str, Any], profile: dict[str, Any]) -> User:
    """A doctor whom the clinic has yet to approve, or the same again for whoever sends the form twice.

    Raises Unfit for what it cannot take of the form.
    """
    user = account(UserType.DOCTOR, now, **person)
    clinic_id = db.session.scalars(select(Clinic.id).order_by(Clinic.id).limit(1)).one()
    try:
        with one_of_a_kind(TAKEN_OR_GONE):
            db.session.add(user)
            db.session.flush()
            db.session.add(Doctor(user_id=user.id, clinic_id=clinic_id, visit_types=[first_visit(profile)], **profile))
    except Unfit:
        again = known(person["email"], person["password"])
        if again and again.doctor:
            return again
        raise
    return user


def first_visit(profile: dict[str, Any]) -> VisitType:
    """What a new doctor can be booked for, as soon as they are approved and have hours."""
    name, fee = gettext("Consultation"), profile.get("consultation_fee") or 0
    return VisitType(appointment_type=AppointmentType.CONSULTATION, name=name, minutes=30, fee=fee)
