"""A doctor's weekly hours, changed from a day on: by the doctor, and by the clinic's staff for any doctor."""

from dataclasses import replace
from datetime import date

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.rules import Unfit
from healthbook.errors import Stale
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Doctor, DoctorAvailability, Role
from healthbook.scheduling import terms
from healthbook.scheduling.changes import rows_of, touches
from healthbook.scheduling.editor import Sheet, edited, line
from healthbook.scheduling.forms.fields import day_or_none
from healthbook.scheduling.forms.hours import LOAD_AGAIN, PlanForm
from healthbook.scheduling.plan import A_DAY, Plan, patterns, plan_on, plans, postponed
from healthbook.scheduling.queries import hours as queries
from healthbook.scheduling.queries.keepers import kept_by
from healthbook.scheduling.queries.outside import undecided
from healthbook.scheduling.queries.preview import Ahead, ahead
from healthbook.scheduling.rules import hours as rules
from healthbook.scheduling.rules.days import FAR, today_at
from healthbook.scheduling.rules.days import ahead as ahead_of
from healthbook.scheduling.views.blueprint import KEEPERS, bp, kept
from healthbook.scheduling.weeks import columns
from healthbook.scheduling.words import in_words


@bp.get("/hours")
@allow(Role.DOCTOR)
def hours() -> Response:
    return opened(current_user.doctor)


@bp.get("/doctors/<id:doctor_id>/hours")
@allow(*KEEPERS)
def hours_of(doctor_id: int) -> Response:
    return opened(kept_by(current_user, doctor_id))


def opened(doctor: Doctor) -> Response:
    """The hours that hold from the day in the address on, or from today, as what somebody may begin with."""
    rows, today = queries.hours(doctor), today_at(doctor.clinic, clock.now())
    plan = plan_on(rows, today, day_asked_for(today))
    sheet = Sheet(plan.weeks, [*map(line, plan.windows)])
    opens = "1" if any(window.opens_at for window in plan.windows) else ""
    begun = str(plan.first) if plan.first > today else ""
    return drawn(doctor, PlanForm.of(sheet, first=plan.first, opens=opens, begun=begun, seen=terms.seen(rows)))


def day_asked_for(today: date) -> date:
    text = request.args.get("from")
    asked = day_or_none(text) if text else today
    if asked is None or not today <= asked <= today + FAR:
        abort(404)
    return asked


@bp.post("/doctors/<id:doctor_id>/hours")
@allow(*KEEPERS)
def save_hours(doctor_id: int) -> Response:
    """Save, or whatever another button asks for: then nothing is kept but what stands on the page."""
    doctor, form, act = kept_by(current_user, doctor_id), PlanForm(), request.form.get("act", "")
    if act in ("opens", "shut"):
        form.opens.data = "1" if act == "opens" else ""
        return drawn(doctor, form)
    if sheet := edited(act, form.sheet):
        form.take(sheet)
        return drawn(doctor, form, fresh=sheet.fresh)
    if act not in ("save", "drop", "show"):
        return drawn(doctor, form, refusal=LOAD_AGAIN, status=422)
    if not form.validate():
        return drawn(doctor, form, status=422)
    try:
        return act_on(doctor, form, act)
    except Stale as refusal:
        return overtaken(doctor, form, refusal)
    except Unfit as refusal:
        form.point_out(refused(refusal))
        return drawn(doctor, form, status=refusal.status)


def act_on(doctor: Doctor, form: PlanForm, act: str) -> Response:
    now, rows = clock.now(), queries.hours(doctor)
    today, first = today_at(doctor.clinic, now), form.first.data
    ahead_of("first", first, today)
    wanted = Plan(first, plan_on(rows, today, first).last, patterns(form.sheet.weeks, form.wanted))
    if act == "drop":
        wanted = plan = before(rows, today, form.planned or first)
    else:
        plan = (form.planned and postponed(rows, today, form.planned, wanted)) or wanted
    if act == "show":
        return drawn(doctor, form, preview=preview(doctor, rows, plan))
    if not rules.needed(rows, plan, today):
        # Somebody may have moved what was planned to another day.
        if act == "save" and all(each.first != first for each in plans(rows, today)):
            rules.check(rows, form.seen.data)
        flash(_("Nothing had to be changed: these hours hold then already."))
        return go(where_kept(doctor, wanted, today))

    def change() -> None:
        rules.replan(doctor, plan, form.seen.data, current_user, now)

    words = _("The hours were saved. Patients see the new times already.")
    days = (day for day in (plan.first, plan.last) if day)
    return kept(doctor, change, words, lambda: where_kept(doctor, wanted, today), now, *days)


def before(rows: list[DoctorAvailability], today: date, begun: date) -> Plan:
    """The hours before those that would have begun on a day, as what goes on in their place."""
    day = max(begun, today)
    return Plan(day, plan_on(rows, today, day).last, plan_on(rows, today, day - A_DAY).patterns)


def where_kept(doctor: Doctor, plan: Plan, today: date) -> str:
    """The page of a plan that was saved: it may differ from what was before only some days after its first."""
    later = (each for each in plans(queries.hours(doctor), today) if each.last is None or each.last >= plan.first)
    first = next((each.first for each in later if each.patterns == plan.patterns), today)
    return there(doctor, first if first > today else None)


def preview(doctor: Doctor, rows: list[DoctorAvailability], plan: Plan) -> Ahead:
    """Raises Unfit for what could not be saved either."""
    now = clock.now()
    change = rules.proposed(rows, plan, today_at(doctor.clinic, now))
    held = [hours for row, hours in change.left(rows) if row.is_available] + [added.hours for added in change.added]
    return ahead(doctor, plan.first, now, lambda known: replace(known, hours=tuple(held)))


def overtaken(doctor: Doctor, form: PlanForm, refusal: Stale) -> Response:
    """What was typed stays, beside the hours as somebody else has made them: saving again puts it in their place."""
    words = refused(refusal)
    rows = queries.hours(doctor)
    form.seen.data = terms.seen(rows)
    today, first = today_at(doctor.clinic, clock.now()), form.first.data
    theirs = [
        (plan.first, [(in_words(terms.hours(row)), row) for row in rows if touches(row, plan)])
        for plan in plans(rows, min(first, max(form.planned or first, today)))
    ]
    return drawn(doctor, form, refusal=words, theirs=theirs, status=words.status)


def there(doctor: Doctor, first: date | None = None) -> str:
    own = doctor.user_id == current_user.id
    later = {"from": first} if first else {}
    return url_for(".hours", **later) if own else url_for(".hours_of", doctor_id=doctor.id, **later)


def drawn(doctor: Doctor, form: PlanForm, status: int = 200, **given: object) -> Response:
    rows, today, weeks = queries.hours(doctor), today_at(doctor.clinic, clock.now()), form.sheet.weeks
    planned = plans(rows, today)
    since = min(max(form.first.data or today, today), today + FAR)
    plan = [plan for plan in planned if plan.first <= since][-1]
    context = {
        "doctor": doctor,
        "form": form,
        "here": there(doctor),
        "zone": clock.now().astimezone(doctor.clinic.zone),
        "planned": planned,
        "plan": plan,
        "since": since,
        "today": today,
        "weeks": columns((each.form for each in form.windows), weeks, since, rows_of(rows, plan, weeks)),
        "outside": len(undecided(doctor, clock.now())),
        "fresh": None,
        "preview": None,
        "refusal": None,
        "theirs": [],
    }
    return show("scheduling/hours.html", "scheduling/_plan.html", status, **context | given)
