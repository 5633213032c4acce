"""A hold that is over: for whoever had it in this browser it has ended, for everybody else it has never been."""

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import NoResultFound

from healthbook import clock, remembered, whom
from healthbook.access import allow
from healthbook.appointments.queries import holds as queries
from healthbook.appointments.rules import ending
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.failures import from_missing
from healthbook.hypermedia import go, show
from healthbook.models import Role, Status


@bp.errorhandler(NoResultFound)
def missing(error: NoResultFound) -> Response:
    doctor_id = remembered.doctor_of((request.view_args or {}).get("reference", ""))
    if doctor_id is None:
        return from_missing(error)
    words, page, part = _("This time is no longer held for you."), "appointments/ended.html", "errors/_error.html"
    other = queries.holding(current_user, clock.now())
    return show(page, part, status=410, words=words, doctor=queries.bookable(doctor_id), other=other)


@bp.post("/holds/<reference:reference>/release")
@allow(Role.PATIENT)
def release(reference: str) -> Response:
    appointment, family = queries.held_by(current_user, reference, clock.now()), whom.whom(whom.named())
    if appointment.status != Status.HELD:
        return go(url_for(".shown", reference=reference))
    there = {"doctor_id": appointment.doctor_id, "type": appointment.visit_type_id}
    ending.release(appointment)
    db.session.commit()
    return go(url_for("scheduling.slots", **there, patient_id=family.other and family.other.id))
