"""Whether a time can be somebody's: a quick look before the locks, and all the rules of it under them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import Range

from healthbook.appointments.queries import holds as queries
from healthbook.appointments.rules.limits import within
from healthbook.appointments.rules.locks import second_visit
from healthbook.appointments.rules.offers import for_patient
from healthbook.errors import Refused, SlotTaken, a_look
from healthbook.models import Appointment, Doctor, Patient, User, VisitType
from healthbook.scheduling.queries.free import is_free


def quick_look(
    person: User, patient: Patient, doctor: Doctor, start: datetime, visit_type_id: int | None, now: datetime
) -> None:
    """One small question before the locks turns most losers away. Raises SlotTaken."""
    kind = next((kind for kind in doctor.visit_types if kind.id == visit_type_id), None)
    with a_look():
        if kind and is_taken(person, patient, doctor, start, end_of(start, kind), now):
            raise gone()


def is_taken(person: User, patient: Patient, doctor: Doctor, start: datetime, end: datetime, now: datetime) -> bool:
    """Whether somebody else has some of this time; what the person holds would be let go."""
    return queries.is_taken(doctor.id, start, end, now, by_others_than=patient.id, unless_held_by=person.id)


def offered(
    person: User,
    patient: Patient,
    doctor: Doctor,
    start: datetime,
    visit_type_id: int | None,
    now: datetime,
    held: Sequence[Appointment] = (),
) -> VisitType:
    """What the time is offered for. What the patient holds now would be let go, so it is not in the way.

    Raises SlotTaken when the time is not free, Refused when it is not for this patient, they have a visit then or
    enough of them.
    """
    if patient.user_id == doctor.user_id:
        raise Refused(_("You cannot book a visit with yourself."))
    kind, not_in_the_way = for_patient(patient, doctor, visit_type_id), [hold.id for hold in held]
    if kind is None:
        raise gone()
    end = end_of(start, kind)
    # Who waited for the winner asks one small question more, and lets go of the lock at once.
    if is_taken(person, patient, doctor, start, end, now):
        raise gone()
    no_visit_then(person, patient, Range(start, end))
    if not is_free(doctor, kind, start, now, ignoring=not_in_the_way):
        raise gone()
    within(patient, doctor.clinic, now, another=patient.user_id != person.id)
    return kind


def no_visit_then(person: User, patient: Patient, during: Range[datetime], ignoring: int = 0) -> None:
    """Raises Refused when the patient has a visit in this stretch, but for the one with the id `ignoring`."""
    private = queries.visit_then(patient, during, ignoring)
    if private is not None:
        raise second_visit(another=patient.user_id != person.id, private=private)


def end_of(start: datetime, visit_type: VisitType) -> datetime:
    return start + timedelta(minutes=visit_type.minutes)


def gone() -> SlotTaken:
    return SlotTaken(_("That time has gone. Nothing has been booked for you."))
