"""A doctor's day: who comes when, and the next step of each visit."""

from collections import Counter
from datetime import date, datetime, timedelta

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments import day as days
from healthbook.appointments.forms import StatusForm
from healthbook.appointments.queries import agenda as queries
from healthbook.appointments.queries import visits as lookups
from healthbook.appointments.queries.left_open import left_open
from healthbook.appointments.rules import steps, visits
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, from_htmx, show, unchanged
from healthbook.models import Appointment, Place, Role, Why
from healthbook.patients.queries.access import read_among
from healthbook.reading import noted

FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)


@bp.get("/agenda")
@allow(Role.DOCTOR)
def agenda() -> Response:
    shown = drawn(chosen_day())
    if not unchanged(shown["tag"]):
        note(shown)
    return show("appointments/agenda.html", "appointments/_agenda.html", **shown)


def note(shown: dict[str, object]) -> None:
    """Write down whose words about why they come stand on the day."""
    read = {line.visit.patient_id for line in shown["lines"] if line.visit and line.visit.reason}
    noted(read, Place.AGENDA, Why.TREATING)


def chosen_day() -> date:
    """The day in the address, or today; a day that cannot be is no page."""
    text = request.args.get("day")
    if not text:
        return clock.today(current_user.doctor.clinic.time_zone)
    try:
        chosen = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if not FIRST <= chosen <= LAST:
        abort(404)
    return chosen


def drawn(day: date, refusal: object = None, moved: str = "") -> dict[str, object]:
    """What the page of a day shows. `moved` is the reference of the visit that somebody just moved."""
    doctor = current_user.doctor
    now, appointments = clock.now(), queries.day_of(doctor, day)
    on_the_wall = now.astimezone(doctor.clinic.zone)
    today = on_the_wall.date()
    free = queries.free_in(doctor, day, now) if appointments else []
    left = left_open(now, doctor) if day == today else []
    return {
        "tag": (day, now.strftime("%F %H:%M"), free, [(a.id, a.status, a.updated_at) for a in (*appointments, *left)]),
        "day": day,
        "before": max(day - timedelta(days=1), FIRST),
        "after": min(day + timedelta(days=1), LAST),
        "today": today,
        "doctor": doctor,
        "lines": days.lines(appointments, free, on_the_wall if day == today else None),
        "next_up": days.next_up(appointments, now) if day == today else None,
        "ages": {a.id: days.age(a.patient.user.date_of_birth, day) for a in appointments},
        **next_steps(appointments, now, today),
        "to_close": steps.to_close(current_user, left, now),
        "counts": Counter(a.status for a in appointments),
        "charts": read_among(current_user, {a.patient_id for a in appointments}, now) if appointments else set(),
        "refusal": refusal,
        "moved": moved,
    }


def next_steps(appointments: list[Appointment], now: datetime, today: date) -> dict[str, object]:
    """By the visits' ids: what is possible, and what of it comes next."""
    possible = {each.id: steps.possible(current_user, each, now) for each in appointments}
    return {
        "steps": possible,
        "next": {each.id: steps.next_step(each, possible[each.id], today) for each in appointments},
    }


@bp.post("/agenda/<reference:reference>/status")
@allow(Role.DOCTOR)
def step(reference: str) -> Response:
    appointment, form = lookups.for_doctor(current_user, reference), StatusForm()
    # What is left open from other days stands on today's page.
    at_the_clinic = clock.today(current_user.doctor.clinic.time_zone)
    day = at_the_clinic if "close" in request.args else appointment.appointment_date
    if not form.validate():
        return refuse(day, _("That did not go through. Please try again."), 422)
    try:
        visits.change(current_user, appointment, form.seen.data, form.to.data, clock.now())
    except Refused as refusal:
        return refuse(day, refused(refusal), refusal.status)
    db.session.commit()
    shown = drawn(day, moved=reference)
    if from_htmx():
        note(shown)
    return done(url_for(".agenda", day=day), "appointments/_day.html", **shown)


def refuse(day: date, refusal: object, status: int) -> Response:
    shown = drawn(day, refusal)
    note(shown)
    return show("appointments/agenda.html", "appointments/_day.html", status=status, **shown)
