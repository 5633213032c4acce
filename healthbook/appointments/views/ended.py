"""A hold that is over: for whoever had it in this browser it has ended, for everybody else it has never been."""

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.exc import NoResultFound

from healthbook import remembered
from healthbook.appointments.queries import holds as queries
from healthbook.appointments.views.blueprint import bp
from healthbook.failures import from_missing
from healthbook.hypermedia import show


@bp.errorhandler(NoResultFound)
def missing(error: NoResultFound) -> Response:
    doctor_id = remembered.doctor_of((request.view_args or {}).get("reference", ""))
    if doctor_id is None:
        return from_missing(error)
    words, page, part = _("This time is no longer held for you."), "appointments/ended.html", "errors/_error.html"
    return show(page, part, status=410, words=words, doctor=queries.bookable(doctor_id))
