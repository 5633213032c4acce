"""Another time for a visit, on a page of its own: the patient says yes or no, or the desk does so for them."""

from flask import Response, abort, request, url_for
from flask_login import current_user
from sqlalchemy.exc import NoResultFound

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.queries import offers as queries
from healthbook.appointments.queries.moving import now_at
from healthbook.appointments.queries.visits import acts_for_patient, appointment_for
from healthbook.appointments.rules import answering, steps
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Appointment, Offer, Role, Status
from healthbook.models.accounts import STAFF
from healthbook.urls import number

ANSWERS = {"decline": answering.decline, "take_back": answering.take_back}


@bp.get("/appointments/<reference:reference>/offer")
@allow(Role.PATIENT, Role.DESK, Role.ADMIN)
def offer(reference: str) -> Response:
    visit = visit_for(reference)
    if visit.status == Status.RESCHEDULED and now_at(current_user, visit, clock.now()):
        return go(url_for(".shown", reference=reference))
    return drawn(visit, queries.of_visit(visit))


def visit_for(reference: str) -> Appointment:
    """For whoever may answer: the patient, who books for them, and the desk. Raises NoResultFound."""
    now = clock.now()
    visit = appointment_for(current_user, reference, now)
    if not current_user.roles & STAFF and not acts_for_patient(current_user, visit, now):
        raise NoResultFound
    return visit


@bp.post("/appointments/<reference:reference>/offer")
@allow(Role.PATIENT, Role.DESK, Role.ADMIN)
def answer(reference: str) -> Response:
    """To the offer that was on the page, whatever has become of it."""
    visit, said = visit_for(reference), request.form.get("answer")
    if said not in ("accept", *ANSWERS):
        abort(422)
    asked = queries.one_of(visit, number(request.form.get("offer")) or 0)
    if said == "take_back" and not current_user.roles & STAFF:
        abort(403)
    try:
        there = given(visit, asked, said)
    except Refused as refusal:
        words = refused(refusal)
        visit = visit_for(reference)
        return drawn(visit, queries.of_visit(visit), words, refusal.status)
    db.session.commit()
    return go(there)


def given(visit: Appointment, asked: Offer, said: str) -> str:
    """The page to go on to."""
    if said == "accept":
        after = answering.accept(current_user, visit, asked, clock.now())
        return url_for(".shown", reference=after.reference, moved=1)
    doctor_id = visit.doctor_id
    here = url_for(".offer", reference=visit.reference)
    ANSWERS[said](current_user, visit, asked, clock.now())
    mine = acts_for_patient(current_user, visit, clock.now())
    return here if mine else url_for(".offers", doctor_id=doctor_id)


def drawn(visit: Appointment, last: Offer | None, refusal: object = None, status: int = 200) -> Response:
    now = clock.now()
    context = {
        "appointment": visit,
        "offer": last,
        "open": bool(last and not last.answer and visit.status in steps.AHEAD),
        "late": bool(last and last.expires_at <= now),
        "own": current_user.id == visit.patient.user_id,
        "patient": acts_for_patient(current_user, visit, now),
        "movable": Status.RESCHEDULED in steps.possible(current_user, visit, now),
        "refusal": refusal,
    }
    state = last and (last.id, last.answer, context["late"])
    tag = None if refusal else (visit.status, visit.updated_at, state)
    return show("appointments/offer.html", "appointments/_offer.html", status, tag, **context)
