"""Whether a doctor takes new bookings."""

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.db import db
from healthbook.hypermedia import go
from healthbook.scheduling.queries.keepers import kept_by
from healthbook.scheduling.queries.outside import expected
from healthbook.scheduling.rules import bookings as rules
from healthbook.scheduling.views.blueprint import KEEPERS, bp

TAKING = {"yes": True, "no": False}


@bp.post("/doctors/<id:doctor_id>/bookings")
@allow(*KEEPERS)
def set_bookings(doctor_id: int) -> Response:
    """On to the visits that are booked, where no more are to come."""
    doctor, taking = kept_by(current_user, doctor_id), TAKING.get(request.form.get("taking", ""))
    if taking is None:
        abort(422)
    now = clock.now()
    rules.set_bookings(doctor, taking, now)
    booked = [] if taking else expected(doctor, now)
    db.session.commit()
    if taking:
        flash(_("Patients can book again, and see the free times already."))
    else:
        flash(_("No new bookings are taken from now on. Visits already booked stay as they are."))
    if booked:
        return go(url_for("appointments.affected", doctor=doctor_id, all=1))
    return go(url_for(".hours") if doctor.user_id == current_user.id else url_for(".hours_of", doctor_id=doctor_id))
