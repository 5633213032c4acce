"""Which records were opened in an emergency, and that an admin has looked at it."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.clinic import rules
from healthbook.clinic.queries import emergencies as queries
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.hypermedia import go, show
from healthbook.models import Role


@bp.get("/clinic/emergencies")
@allow(Role.ADMIN)
def emergencies() -> Response:
    number = min(max(request.args.get("page", 1, type=int), 1), 1000)
    return show("clinic/emergencies.html", "clinic/_emergencies.html", listed=queries.listed(number))


@bp.post("/clinic/emergencies/<id:emergency_id>/review")
@allow(Role.ADMIN)
def look_at(emergency_id: int) -> Response:
    rules.look_at(current_user, queries.one(emergency_id), clock.now())
    db.session.commit()
    flash(_("It is noted that you have looked at it."))
    return go(url_for(".emergencies"))
