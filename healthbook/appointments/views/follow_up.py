"""The doctor ends a visit with when to see the patient again."""

from flask import Response, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.forms import FollowUpForm
from healthbook.appointments.queries.visits import for_doctor
from healthbook.appointments.rules.follow_up import see_again
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, show
from healthbook.models import Appointment, Role


@bp.post("/agenda/<reference:reference>/follow-up")
@allow(Role.DOCTOR)
def follow_up(reference: str) -> Response:
    visit, form = for_doctor(current_user, reference), FollowUpForm()
    if not form.validate():
        return drawn(visit, form, status=422)
    try:
        see_again(visit, form.when.data, clock.now())
    except Refused as refusal:
        return drawn(visit, form, refused(refusal), refusal.status)
    db.session.commit()
    there = url_for(".visit", reference=reference, _anchor="follow-up")
    return done(there, "appointments/_follow_up.html", appointment=visit, follow_up=form, refusal=None)


def drawn(visit: Appointment, form: FollowUpForm, refusal: object = None, status: int = 200) -> Response:
    page, part = "appointments/follow_up.html", "appointments/_follow_up.html"
    return show(page, part, status, appointment=visit, follow_up=form, refusal=refusal)
