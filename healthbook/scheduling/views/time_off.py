"""A doctor's time off, kept by the doctor and by the clinic's staff."""

from dataclasses import replace

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Doctor
from healthbook.scheduling.away import Away
from healthbook.scheduling.forms.hours import LOAD_AGAIN
from healthbook.scheduling.forms.time_off import TimeOffForm
from healthbook.scheduling.queries import time_off as queries
from healthbook.scheduling.queries.keepers import kept_by
from healthbook.scheduling.queries.outside import undecided
from healthbook.scheduling.queries.preview import Ahead, ahead
from healthbook.scheduling.rules import time_off as rules
from healthbook.scheduling.views.blueprint import KEEPERS, bp, kept


@bp.get("/doctors/<id:doctor_id>/hours/time-off")
@allow(*KEEPERS)
def time_off(doctor_id: int) -> Response:
    return drawn(kept_by(current_user, doctor_id), TimeOffForm(formdata=None))


@bp.post("/doctors/<id:doctor_id>/hours/time-off")
@allow(*KEEPERS)
def add_time_off(doctor_id: int) -> Response:
    """Save it, or with another button only show what patients will see."""
    doctor, form, act = kept_by(current_user, doctor_id), TimeOffForm(), request.form.get("act")
    if act not in ("save", "show"):
        return drawn(doctor, form, refusal=LOAD_AGAIN, status=422)
    if not form.validate():
        return drawn(doctor, form, status=422)
    try:
        if act == "save":
            return save(doctor, form.wanted, form.reason.data)
        return drawn(doctor, form, preview=preview(doctor, form.wanted))
    except Unfit as refusal:
        form.point_out(refused(refusal))
        return drawn(doctor, form, status=refusal.status)


def save(doctor: Doctor, away: Away, reason: str) -> Response:
    now = clock.now()

    def change() -> None:
        rules.add_time_off(doctor, away, reason, current_user, now)

    words = _("The time off was saved. Patients no longer see times inside it.")
    last = away.until or away.last
    return kept(doctor, change, words, lambda: url_for(".time_off", doctor_id=doctor.id), now, away.first, last)


def preview(doctor: Doctor, away: Away) -> Ahead:
    """Raises Unfit for what could not be saved either."""
    now = clock.now()
    periods = rules.check(doctor.clinic, away, now)
    return ahead(doctor, away.first, now, lambda known: replace(known, time_off=(*known.time_off, *periods)))


@bp.post("/doctors/<id:doctor_id>/hours/time-off/<id:time_off_id>/removal")
@allow(*KEEPERS)
def remove_time_off(doctor_id: int, time_off_id: int) -> Response:
    doctor = kept_by(current_user, doctor_id)
    try:
        rules.remove_time_off(doctor, time_off_id, "whole" in request.form, clock.now())
    except Refused as refusal:
        return drawn(doctor, TimeOffForm(formdata=None), refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    flash(_("The time off was removed. Patients see the times already."))
    return go(url_for(".time_off", doctor_id=doctor_id))


def drawn(doctor: Doctor, form: TimeOffForm, status: int = 200, **given: object) -> Response:
    now = clock.now()
    context = {
        "doctor": doctor,
        "form": form,
        "zone": now.astimezone(doctor.clinic.zone),
        "series": queries.time_off(doctor, now),
        "outside": len(undecided(doctor, now)),
        "preview": None,
        "refusal": None,
    }
    return show("scheduling/time_off.html", "scheduling/_time_off.html", status, **context | given)
