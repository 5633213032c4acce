"""Dates on which a doctor's hours differ, kept by the doctor and by the clinic's staff."""

from dataclasses import replace
from datetime import date

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.rules import Unfit
from healthbook.errors import Stale
from healthbook.failures import refused
from healthbook.hypermedia import show
from healthbook.models import Doctor
from healthbook.scheduling import terms
from healthbook.scheduling.editor import edited
from healthbook.scheduling.forms.dates import DateForm
from healthbook.scheduling.forms.fields import day_or_none
from healthbook.scheduling.forms.hours import LOAD_AGAIN, fill
from healthbook.scheduling.queries import dates as queries
from healthbook.scheduling.queries.keepers import kept_by
from healthbook.scheduling.queries.outside import undecided
from healthbook.scheduling.queries.preview import Ahead, ahead
from healthbook.scheduling.rules import dates as rules
from healthbook.scheduling.rules.days import FAR, today_at
from healthbook.scheduling.slots import Calendar
from healthbook.scheduling.views.blueprint import KEEPERS, bp, kept


@bp.get("/doctors/<id:doctor_id>/hours/dates")
@allow(*KEEPERS)
def dates(doctor_id: int) -> Response:
    """All of them from today on, and the one in the address to be changed."""
    doctor, asked = kept_by(current_user, doctor_id), request.args.get("on")
    on_date, today = day_or_none(asked or ""), today_at(doctor.clinic, clock.now())
    if asked and not (on_date and today <= on_date <= today + FAR):
        abort(404)
    rows = queries.of_date(doctor, on_date) if on_date else []
    return drawn(doctor, DateForm.of(rows, on=on_date))


@bp.post("/doctors/<id:doctor_id>/hours/dates")
@allow(*KEEPERS)
def save_date(doctor_id: int) -> Response:
    """Save, or whatever another button asks for: then nothing is kept but what stands on the page."""
    doctor, form, act = kept_by(current_user, doctor_id), DateForm(), request.form.get("act", "")
    if act in ("opens", "shut"):
        form.opens.data = "1" if act == "opens" else ""
        return drawn(doctor, form)
    if sheet := edited(act, form.sheet):
        fill(form.windows, sheet.lines)
        return drawn(doctor, form, fresh=sheet.fresh)
    if act not in ("save", "show"):
        return drawn(doctor, form, refusal=LOAD_AGAIN, status=422)
    if not form.validate():
        return drawn(doctor, form, status=422)
    try:
        return save(doctor, form) if act == "save" else drawn(doctor, form, preview=preview(doctor, form))
    except Stale as refusal:
        return overtaken(doctor, form, refusal)
    except Unfit as refusal:
        form.point_out(refused(refusal))
        return drawn(doctor, form, status=refusal.status)


def save(doctor: Doctor, form: DateForm) -> Response:
    now, on_date = clock.now(), form.on.data

    def change() -> None:
        rules.set_date(doctor, on_date, form.wanted, form.note.data, form.seen.data, current_user, now)

    words = _("The hours of that day were saved. Patients see them already.")
    return kept(doctor, change, words, lambda: url_for(".dates", doctor_id=doctor.id), now, on_date, on_date)


def preview(doctor: Doctor, form: DateForm) -> Ahead:
    """Raises Unfit for what could not be saved either."""
    now, on_date = clock.now(), form.on.data
    own = rules.check(doctor, on_date, form.wanted, now)

    def proposed(known: Calendar) -> Calendar:
        others = [override for override in known.overrides if override.on_date != on_date]
        return replace(known, overrides=(*others, *own))

    return ahead(doctor, on_date, now, proposed)


def overtaken(doctor: Doctor, form: DateForm, refusal: Stale) -> Response:
    """What was typed stays, beside the day as somebody else has made it: saving again puts it in its place."""
    words = refused(refusal)
    rows = queries.of_date(doctor, form.on.data)
    form.seen.data = terms.seen(rows)
    return drawn(doctor, form, refusal=words, theirs=rows, status=words.status)


@bp.post("/doctors/<id:doctor_id>/hours/dates/removal")
@allow(*KEEPERS)
def remove_date(doctor_id: int) -> Response:
    doctor, now, seen = kept_by(current_user, doctor_id), clock.now(), request.form.get("seen", "")
    on_date = day_or_none(request.form.get("on", ""))
    if not on_date:
        abort(422)

    def change() -> None:
        rules.remove_date(doctor, on_date, seen, now)

    words = _("That day has its weekly hours again.")
    try:
        return kept(doctor, change, words, lambda: url_for(".dates", doctor_id=doctor.id), now, on_date, on_date)
    except (Stale, Unfit) as refusal:
        return drawn(doctor, DateForm.of([]), refusal=refused(refusal), status=refusal.status)


def drawn(doctor: Doctor, form: DateForm, status: int = 200, **given: object) -> Response:
    now = clock.now()
    known: dict[date, list] = queries.dates(doctor, today_at(doctor.clinic, now))
    context = {
        "doctor": doctor,
        "form": form,
        "here": url_for(".dates", doctor_id=doctor.id),
        "zone": now.astimezone(doctor.clinic.zone),
        "days": [(on_date, rows, terms.seen(rows)) for on_date, rows in known.items()],
        "lines": [each.form for each in form.windows],
        "outside": len(undecided(doctor, now)),
        "clock": terms.clock,
        "fresh": None,
        "preview": None,
        "refusal": None,
        "theirs": None,
    }
    return show("scheduling/dates.html", "scheduling/_dates.html", status, **context | given)
