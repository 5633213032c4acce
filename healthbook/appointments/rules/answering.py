"""The answer to another time: the patient's, or the desk's for them; and an offer that the desk takes back."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import false
from sqlalchemy.dialects.postgresql import Range

from healthbook import jobs
from healthbook.appointments.queries.moving import kind_for, moved_to
from healthbook.appointments.rules.ending import end_holds
from healthbook.appointments.rules.locks import lock
from healthbook.appointments.rules.moving import replaced
from healthbook.appointments.rules.releasing import end_offer
from healthbook.appointments.rules.steps import acting, overtaken
from healthbook.appointments.rules.visits import Why, announce_family
from healthbook.appointments.rules.wanted import end_of, no_visit_then
from healthbook.errors import SlotTaken, Stale
from healthbook.models import Answer, Appointment, ChangeReason, Offer, Status, User, VisitType, steps_from
from healthbook.models.accounts import STAFF
from healthbook.patients.rules.family import insist
from healthbook.scheduling import slots, terms
from healthbook.scheduling.queries.free import calendar

ENDED = {
    Answer.ACCEPTED: lazy_gettext("This time was accepted already."),
    Answer.DECLINED: lazy_gettext("This time was declined before. Nothing was changed now."),
    Answer.TAKEN_BACK: lazy_gettext("This time is no longer offered. Nothing was changed."),
    Answer.RUN_OUT: lazy_gettext("It was too late for this time. Nothing was changed."),
}


def accept(person: User, visit: Appointment, offer: Offer, now: datetime) -> Appointment:
    """The visit at the time that was offered; accepting twice is accepting once. After the deadline while it is free.

    Raises Stale when the visit was moved or changed, or the offer was answered or taken back meanwhile, SlotTaken when
    the time is gone, Refused when the patient has another visit then, NotTheirs when the person may no longer answer.
    """
    lock_both(person, visit, offer, now)
    if offer.answer == Answer.ACCEPTED and (after := moved_to(visit)):
        return after
    not_answered(offer)
    if Status.RESCHEDULED not in steps_from(visit.status, acting(person, visit, now)):
        raise overtaken(visit)
    kind, start, doctor, was = fitting(person, visit, offer, now), offer.start, offer.doctor, visit.status
    end_offer(visit, person, Answer.ACCEPTED, now)
    end_holds(false(), doctor, now)
    after = replaced(person, visit, doctor, start, kind, now, Why(ChangeReason.DOCTOR_AWAY))
    if was == Status.CONFIRMED:
        # The clinic itself chose the new time.
        after.status = Status.CONFIRMED
    return after


def lock_both(person: User, visit: Appointment, offer: Offer, now: datetime) -> None:
    """Everything about an offer waits for the doctor of its visit. Raises NotTheirs."""
    lock({visit.doctor_id, offer.doctor_id}, {visit.patient_id})
    if not person.roles & STAFF:
        insist(person, visit.patient, now)


def not_answered(offer: Offer) -> None:
    if offer.answer:
        raise Stale(str(ENDED[Answer(offer.answer)]))


def fitting(person: User, visit: Appointment, offer: Offer, now: datetime) -> VisitType:
    """What the visit becomes. Notice and reach were kept when it was offered: only the time itself is asked again."""
    held, start, doctor = offer.held, offer.start, offer.doctor
    kind = held.visit_type if held and held.visit_type else kind_for(visit, doctor)
    if kind:
        no_visit_then(person, visit.patient, Range(start, end_of(start, kind)), ignoring=visit.id)
    ignoring = [visit.id, *([held.id] if held else [])]
    if kind is None or not is_still_free(offer, kind, now, ignoring):
        raise SlotTaken(_("That time has gone. Your appointment stays as it was."))
    return kind


def is_still_free(offer: Offer, kind: VisitType, now: datetime, ignoring: list[int]) -> bool:
    """Also not when the colleague has become ill, or works at other hours by now."""
    doctor, start = offer.doctor, offer.start
    day = start.astimezone(doctor.clinic.zone).date()
    visit = terms.visit(doctor, kind)._replace(lead=terms.NONE, horizon=terms.FURTHEST, kept_too=True)
    return doctor.bookable and slots.is_free(calendar(doctor, visit, day, day, now, ignoring), visit, start, now)


def decline(person: User, visit: Appointment, offer: Offer, now: datetime) -> None:
    """The visit stays as it is, and the time is free for all. Declining twice is declining once. Raises Stale."""
    lock_both(person, visit, offer, now)
    if offer.answer == Answer.DECLINED:
        return
    not_answered(offer)
    end_offer(visit, person, Answer.DECLINED, now)
    announce_family(visit, now, visit.private)


def take_back(person: User, visit: Appointment, offer: Offer, now: datetime) -> None:
    """What nobody has answered; the patient gets a letter. Raises Stale when it was answered or has run out."""
    lock_both(person, visit, offer, now)
    if offer.answer == Answer.TAKEN_BACK:
        return
    not_answered(offer)
    if offer.expires_at <= now:
        raise Stale(_("It has run out already: the time is free for all."))
    end_offer(visit, person, Answer.TAKEN_BACK, now)
    announce_family(visit, now, visit.private)
    jobs.tell("offer_taken_back", offer_id=offer.id)
