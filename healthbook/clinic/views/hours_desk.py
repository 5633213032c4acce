"""Whose hours the clinic's staff keep."""

from flask import Response, request

from healthbook.access import allow
from healthbook.clinic.views.blueprint import bp
from healthbook.doctors.queries import directory
from healthbook.hypermedia import show
from healthbook.models import Role


@bp.get("/clinic/hours")
@allow(Role.DESK, Role.ADMIN)
def hours() -> Response:
    words = request.args.get("q", "")[:100]
    listed = directory(words, None, request.args.get("page", 1, type=int))
    return show("clinic/hours.html", "clinic/_hours.html", listed=listed, words=words)
