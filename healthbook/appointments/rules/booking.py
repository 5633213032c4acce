"""Booking what is held."""

from datetime import UTC, datetime

from flask_babel import gettext as _

from healthbook.appointments.queries.visits import again
from healthbook.appointments.rules import holds
from healthbook.appointments.rules.limits import within
from healthbook.appointments.rules.locks import lock, losing_is_told
from healthbook.appointments.rules.visits import step
from healthbook.appointments.rules.wanted import no_visit_then, offered
from healthbook.errors import Stale
from healthbook.models import Appointment, Status, User
from healthbook.patients.rules.family import insist


def book(person: User, held: Appointment, reason: str, now: datetime, worries: bool = False) -> Appointment:
    """Make a held time the patient's visit. A hold that has run out still books while the time is free.

    With `worries` the doctor and the desk are asked to call. Booking twice changes nothing. Raises SlotTaken, Refused
    when the patient has another visit then or enough of them, NotTheirs when the person may no longer book for them,
    Stale when it is held for another by now, or NoResultFound when the hold ran out and was swept away.
    """
    held_id, patient_id = held.id, held.patient_id
    lock([held.doctor_id], [patient_id])
    held = again(held_id)
    if held.patient_id != patient_id:
        raise Stale(_("You have changed meanwhile for whom this time is. Please choose again."))
    insist(person, held.patient, now)
    if held.status != Status.HELD:
        return held
    if not (holds.lasts(held, now) and held.doctor.bookable):
        offered(person, held.patient, held.doctor, held.starts_at.astimezone(UTC), held.visit_type_id, now)
    within(held.patient, held.doctor.clinic, now, another=held.patient.user_id != person.id)
    held.reason, held.booked_by_id, held.call_patient = reason, person.id, worries
    booked = Status.CONFIRMED if held.doctor.clinic.confirms_at_once else Status.SCHEDULED
    another = held.patient.user_id != person.id
    if another:
        # The database only says that there is a visit, and not whether they may know of it.
        no_visit_then(person, held.patient, held.during)
    with losing_is_told(another):
        step(person, held, Status.HELD, booked, now)
    return held
