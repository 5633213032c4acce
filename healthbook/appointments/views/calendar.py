"""A visit for people's own calendars."""

from flask import Response, url_for
from flask_login import current_user

from healthbook import calendar_file, clock
from healthbook.access import signed_in
from healthbook.appointments.queries.moving import now_at
from healthbook.appointments.queries.visits import appointment_for
from healthbook.appointments.views.blueprint import bp
from healthbook.headers import download
from healthbook.hypermedia import go
from healthbook.models import Status


@bp.get("/appointments/<reference:reference>.ics")
@signed_in
def calendar(reference: str) -> Response:
    now = clock.now()
    visit = appointment_for(current_user, reference, now)
    if visit.status == Status.RESCHEDULED and (after := now_at(current_user, visit, now)):
        return go(url_for(".calendar", reference=after.reference))
    return download(calendar_file.made([visit], now), "text/calendar; charset=utf-8", f"{reference}.ics")
