"""Moving a visit to another time, or to another doctor: the old one stands until the new one does."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import Range

from healthbook.appointments.queries.moving import kind_for, moved_to
from healthbook.appointments.queries.visits import again
from healthbook.appointments.rules.holds import end_holds, holds_of, lock_all, new_hold
from healthbook.appointments.rules.locks import lock, losing_is_told
from healthbook.appointments.rules.offers import for_patient
from healthbook.appointments.rules.steps import allowed, is_patients
from healthbook.appointments.rules.visits import UNSAID, Why, step
from healthbook.appointments.rules.wanted import end_of, is_taken, no_visit_then
from healthbook.db import db
from healthbook.errors import Refused, SlotTaken, Stale, a_look
from healthbook.live import announce
from healthbook.models import Appointment, Doctor, Status, User, VisitType
from healthbook.scheduling.queries.free import is_free

KEPT = ("reason", "notes", "private", "booked_by_id", "at_desk", "call_patient", "ical_uid")
WITH_ITS_DOCTOR = ("doctor_notes", "fee", "video", "follow_up_required", "follow_up_date")


def move(person: User, visit: Appointment, doctor: Doctor, start: datetime, now: datetime) -> Appointment:
    """The visit at its new time; moving it there twice is moving it once. A time that the patient held is let go.

    Raises SlotTaken when the time is not free, Stale when the visit was changed or moved elsewhere meanwhile, Refused
    when it is not this person's to move now or the patient has another visit then. Whatever it raises, after the
    rollback the old visit is as it was.
    """
    if visit.status == Status.RESCHEDULED:
        return moved_already(visit, doctor, start)
    quick_look(person, visit, doctor, start, now)
    visit_id = visit.id
    ids = lock_everybody(person, visit, doctor, now)
    again(visit_id)
    if visit.status == Status.RESCHEDULED:
        return moved_already(visit, doctor, start)
    kind = offered(person, visit, doctor, start, now, ids)
    end_holds(Appointment.id.in_(ids), doctor, now)
    return replaced(person, visit, doctor, start, kind, now)


def quick_look(person: User, visit: Appointment, doctor: Doctor, start: datetime, now: datetime) -> None:
    """One small question before the locks turns most losers away. Raises SlotTaken, or Refused as `move` does."""
    with a_look():
        allowed(person, visit, visit.status, Status.RESCHEDULED, now)
        if (doctor.id, start) == (visit.doctor_id, visit.during.lower):
            raise Refused(_("That is the time you have already."))
        kind = kind_for(visit, doctor)
        if kind and is_taken(person, visit.patient, doctor, start, end_of(start, kind), now):
            raise gone()


def gone() -> SlotTaken:
    return SlotTaken(_("That time has gone. Your appointment stays as it was."))


def moved_already(visit: Appointment, doctor: Doctor, start: datetime) -> Appointment:
    after = moved_to(visit)
    if after and (after.doctor_id, after.during.lower) == (doctor.id, start):
        return after
    raise Stale(_("This visit was moved meanwhile. Look at its new time first."))


def lock_everybody(person: User, visit: Appointment, doctor: Doctor, now: datetime) -> list[int]:
    """Both doctors and the patient, and for the patient what they hold: the ids of those holds."""
    patient = visit.patient
    if not is_patients(person, visit, now):
        lock({visit.doctor_id, doctor.id}, {patient.id})
        return []
    return [held.id for held in lock_all(person, patient, doctor, [visit, *holds_of(patient.id, person.id)])]


def offered(
    person: User, visit: Appointment, doctor: Doctor, start: datetime, now: datetime, held: list[int]
) -> VisitType:
    """What the new time is offered for; neither the visit nor what the patient holds is in the way.

    The desk may take more than people online.
    """
    desk = not is_patients(person, visit, now)
    allowed(person, visit, visit.status, Status.RESCHEDULED, now)
    if visit.patient.user_id == doctor.user_id:
        raise Refused(_("You cannot book a visit with yourself."))
    kind = kind_for(visit, doctor)
    if kind and doctor.id != visit.doctor_id:
        kind = for_patient(visit.patient, doctor, kind.id, desk)
    if kind:
        no_visit_then(person, visit.patient, Range(start, end_of(start, kind)), ignoring=visit.id)
    if kind is None or not is_free(doctor, kind, start, now, [visit.id, *held], desk):
        raise gone()
    return kind


def replaced(
    person: User,
    visit: Appointment,
    doctor: Doctor,
    start: datetime,
    kind: VisitType,
    now: datetime,
    why: Why = UNSAID,
) -> Appointment:
    """The old row ends and the new one begins, in this order, or they would be in each other's way."""
    seen, same_doctor = Status(visit.status), doctor.id == visit.doctor_id
    # What is clinical is loaded by nobody before, and here at once.
    db.session.refresh(visit, ["reason_sealed", "doctor_notes_sealed"])
    kept = {name: getattr(visit, name) for name in (*KEPT, *(WITH_ITS_DOCTOR if same_doctor else ()))}
    after = new_hold(person, visit.patient, doctor, start, kind, now)
    for name, value in kept.items():
        setattr(after, name, value)
    after.status, after.held_until, after.status_since = status(person, visit, doctor, now), None, now
    after.moved_from_id, after.ical_sequence = visit.id, visit.ical_sequence + 1
    step(person, visit, seen, Status.RESCHEDULED, now, why)
    with losing_is_told(another=visit.patient.user_id != person.id, moving=True):
        db.session.add(after)
        db.session.flush()
    announce(f"doctor-{doctor.id}", f"agenda-{doctor.id}")
    return after


def status(person: User, visit: Appointment, doctor: Doctor, now: datetime) -> Status:
    """What was confirmed stays so when the staff moves it; a patient's new time is looked at anew."""
    by_staff = visit.status == Status.CONFIRMED and not is_patients(person, visit, now)
    return Status.CONFIRMED if by_staff or doctor.clinic.confirms_at_once else Status.SCHEDULED
