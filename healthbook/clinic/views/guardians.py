"""Children's guardians: who may see a child's record, and who must be looked at again since the child is older."""

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role
from healthbook.patients.forms.family import DecisionForm
from healthbook.patients.queries import family as queries
from healthbook.patients.rules import review


@bp.get("/clinic/family")
@allow(Role.DESK, Role.ADMIN)
def guardians() -> Response:
    return page()


def page(refusal: object = None, status: int = 200) -> Response:
    now = clock.now()
    waiting = queries.waiting(now)
    total = queries.count_waiting(now) if len(waiting) == queries.MOST_LISTED else len(waiting)
    drawn = {"waiting": waiting, "total": total, "refusal": refusal}
    return show("clinic/guardians.html", "clinic/_guardians.html", status, **drawn)


@bp.post("/clinic/family/<id:guardian_id>/decision")
@allow(Role.DESK, Role.ADMIN)
def decide(guardian_id: int) -> Response:
    guardian, form = queries.childs_guardian(guardian_id), DecisionForm()
    if not form.validate():
        return page(_("That did not go through. Please try again."), 422)
    name, child = guardian.user.full_name, guardian.patient.user.full_name
    decision = review.confirm if form.decision.data == "confirm" else review.decline
    try:
        decision(current_user, guardian, form.seen.data, clock.now())
    except Refused as refusal:
        return page(refused(refusal), refusal.status)
    db.session.commit()
    if form.decision.data == "confirm":
        flash(_("%(name)s may book for %(child)s and see the record.", name=name, child=child))
    else:
        flash(_("%(name)s can no longer act for %(child)s.", name=name, child=child))
    return go(url_for(".guardians"))
