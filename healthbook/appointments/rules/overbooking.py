"""A visit over another one: only the desk does it, with a reason, and the patient still has one visit at a time."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from flask_babel import gettext as _

from healthbook.appointments.queries import desk as queries
from healthbook.appointments.rules import desk, holds
from healthbook.appointments.rules.locks import lock, losing_is_told
from healthbook.appointments.rules.wanted import end_of
from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.models import Appointment, Doctor, Patient, User, VisitType
from healthbook.scheduling.queries.free import is_free


class Wish(NamedTuple):
    """What the desk asks for. `key` is the form's own: sent twice it is one booking."""

    start: datetime
    visit_type_id: int
    reason: str
    notes: str | None
    key: UUID


def overbook(person: User, patient: Patient, doctor: Doctor, wish: Wish, now: datetime) -> Appointment:
    """The new visit. Raises Refused where the time is free, nobody is booked, or the patient has a visit."""
    if again := made_before(person, patient, doctor, wish):
        return again
    over_somebody(patient, doctor, wish, now)
    lock([doctor.id], [patient.id])
    if again := made_before(person, patient, doctor, wish):
        return again
    desk.insist(patient)
    visit = holds.new_hold(person, patient, doctor, wish.start, over_somebody(patient, doctor, wish, now), now)
    visit.overbooked, visit.overbook_reason, visit.at_desk = True, wish.reason, True
    visit.request_key, visit.notes = wish.key, wish.notes
    with losing_is_told(another=True):
        db.session.add(visit)
        db.session.flush()
    return desk.booked(person, visit, now)


def made_before(person: User, patient: Patient, doctor: Doctor, wish: Wish) -> Appointment | None:
    """What this form has made already. Raises Stale for a key that another form has used."""
    found = queries.asked_before(wish.key)
    if found and (found.booked_by_id, found.patient_id, found.doctor_id) != (person.id, patient.id, doctor.id):
        raise Stale(_("This page was used for something else. Please begin again."))
    return found


def over_somebody(patient: Patient, doctor: Doctor, wish: Wish, now: datetime) -> VisitType:
    """What is booked, once it is sure that there is a visit to book it over."""
    if wish.start < now:
        raise Refused(_("That time is over. Choose one to come."))
    kind = desk.fitting(patient, doctor, wish.start, wish.visit_type_id)
    if kind is None or not doctor.bookable:
        raise Refused(_("%(doctor)s takes no bookings of this kind.", doctor=doctor.name))
    if is_free(doctor, kind, wish.start, now, desk=True):
        raise Refused(_("That time is free. Book it among the free times, and nobody has to share it."))
    before, after = timedelta(minutes=kind.buffer_before), timedelta(minutes=kind.buffer_after)
    if not queries.visits_then(doctor, wish.start - before, end_of(wish.start, kind) + after):
        raise Refused(_("Nobody is booked at that time. A visit can only be booked over another one."))
    return kind
