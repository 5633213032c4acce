"""Days on which the whole clinic is closed, with public holidays to choose from."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.rules import Unfit
from healthbook.appointments.queries.affected import Met, if_closed, the_clinic, while_closed
from healthbook.clinic.forms.staff import HolidaysForm
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role
from healthbook.scheduling.away import Away
from healthbook.scheduling.forms.time_off import TimeOffForm
from healthbook.scheduling.queries import closures as queries
from healthbook.scheduling.rules import closures as rules
from healthbook.scheduling.rules.days import today_at
from healthbook.scheduling.rules.time_off import check


@bp.get("/clinic/closures")
@allow(Role.ADMIN)
def closures() -> Response:
    """What is closed, and the holidays of the place and year in the address."""
    form = HolidaysForm.of(request.args, the_clinic().time_zone, today_at(the_clinic(), clock.now()))
    return drawn(holidays_form=form, status=200 if form.validate() else 422)


@bp.post("/clinic/closures")
@allow(Role.ADMIN)
def close() -> Response:
    """Close, or with another button only show what that would meet."""
    form = TimeOffForm()
    if not form.validate():
        return drawn(form, status=422)
    try:
        if request.form.get("act") == "show":
            return drawn(form, preview=preview(form.wanted))
        return closed([(form.wanted, form.reason.data)])
    except Unfit as refusal:
        form.point_out(refused(refusal))
        return drawn(form, status=refusal.status)


def preview(away: Away) -> Met:
    """Raises Unfit for what could not be closed either."""
    now = clock.now()
    return if_closed(check(the_clinic(), away, now), now)


@bp.post("/clinic/closures/holidays")
@allow(Role.ADMIN)
def close_on_holidays() -> Response:
    """The ticked ones of a place and year."""
    form = HolidaysForm.of(request.form, the_clinic().time_zone, today_at(the_clinic(), clock.now()))
    if not form.validate():
        return drawn(holidays_form=form, status=422)
    ticked = set(request.form.getlist("day"))
    chosen = [day for day in form.proposed if str(day.on_date) in ticked]
    if not chosen:
        return drawn(holidays_form=form, refusal=_("Tick the days on which the clinic is closed first."), status=422)
    try:
        return closed([(Away(day.on_date, None, day.on_date, None), day.name) for day in chosen])
    except Unfit as refusal:
        return drawn(holidays_form=form, refusal=refused(refusal), status=refusal.status)


def closed(wanted: list[tuple[Away, str]]) -> Response:
    """Close, and go on to the visits that are booked then, if there are any."""
    now = clock.now()
    rules.close(the_clinic(), wanted, current_user, now)
    days = [day for away, _reason in wanted for day in (away.first, away.until or away.last)]
    visits = while_closed(now, min(days), max(days), 1).total
    db.session.commit()
    flash(ngettext("The clinic is closed then.", "The clinic is closed on these %(num)s days.", len(wanted)))
    return go(url_for("appointments.affected", first=min(days), last=max(days)) if visits else url_for(".closures"))


@bp.post("/clinic/closures/<id:time_off_id>/removal")
@allow(Role.ADMIN)
def open_again(time_off_id: int) -> Response:
    try:
        rules.open_again(the_clinic(), time_off_id, "whole" in request.form, clock.now())
    except Refused as refusal:
        return drawn(refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    flash(_("The clinic is open then. Patients see the times already."))
    return go(url_for(".closures"))


def drawn(form: TimeOffForm | None = None, holidays_form: HolidaysForm | None = None, status: int = 200, **given):
    now, clinic = clock.now(), the_clinic()
    holidays_form = holidays_form or HolidaysForm.of({}, clinic.time_zone, today_at(clinic, now))
    series = queries.closures(clinic, now)
    known = {row.during.lower.astimezone(clinic.zone).date() for each in series for row in each.rows}
    context = {
        "form": form or TimeOffForm(formdata=None),
        "holidays_form": holidays_form,
        "known": known,
        "place": clinic,
        "preview": None,
        "refusal": None,
        "series": series,
        "today": today_at(clinic, now),
        "visits": while_closed(now, None, None, 1, kept_too=False).total,
    }
    return show("clinic/closures.html", "clinic/_closures.html", status, **context | given)
