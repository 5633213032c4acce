"""A doctor is away: whom to call first, and other times for all the others, a press for each batch."""

from collections import Counter
from datetime import date, datetime
from typing import NamedTuple, Self

from flask import Response, abort, flash, request, url_for
from flask_babel import ngettext
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.offering import Batch, Line, State, batch, groups, is_soon, state
from healthbook.appointments.queries import offers as queries
from healthbook.appointments.queries.substitutes import need, stand_ins, substitutes
from healthbook.appointments.queries.visits import for_staff
from healthbook.appointments.rules import affected
from healthbook.appointments.rules.offering import Made, offer_times
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import done, go, show
from healthbook.models import Appointment, Doctor, Offer, Role, User
from healthbook.scheduling.forms.fields import day_or_none
from healthbook.scheduling.queries.keepers import kept_by


class Asked(NamedTuple):
    """What the address asks for: between two days, everything that is booked or only what has lost its time."""

    first: date | None
    last: date | None
    everything: bool
    number: int

    @classmethod
    def now(cls) -> Self:
        days = [day_or_none(request.args.get(name, "")) for name in ("first", "last")]
        given = [request.args.get(name) for name in ("first", "last")]
        if any(text and not (day and 1900 < day.year < 2199) for text, day in zip(given, days, strict=True)):
            abort(404)
        number = request.args.get("page", 1, type=int)
        return cls(*days, "all" in request.args, min(max(number, 1), 1000))

    @property
    def query(self) -> dict[str, object]:
        return {"first": self.first, "last": self.last, "all": 1 if self.everything else None}

    def listed(self, doctor: Doctor, now: datetime) -> queries.Listed:
        return queries.listed(doctor, now, *self)


@bp.get("/doctors/<id:doctor_id>/offers")
@allow(Role.DESK, Role.ADMIN)
def offers(doctor_id: int) -> Response:
    shown = drawn(kept_by(current_user, doctor_id))
    return show("appointments/offers.html", "appointments/_offers.html", **shown)


def drawn(doctor: Doctor, **given: object) -> dict[str, object]:
    now, asked = clock.now(), Asked.now()
    listed = asked.listed(doctor, now)
    lines, today = lines_of(doctor, listed, now), now.astimezone(doctor.clinic.zone).date()
    soon = [line.visit.id for line in lines if is_soon(line.visit, now)]
    return {
        "tag": (today, listed.number, listed.total, [seen(line) for line in lines], soon),
        "doctor": doctor,
        "asked": asked,
        "listed": listed,
        "groups": groups(lines, today),
        "soon": soon,
        "counts": Counter(line.state for line in lines),
        "refusal": None,
        **given,
    }


def lines_of(doctor: Doctor, listed: queries.Listed, now: datetime) -> list[Line]:
    last, phones = queries.latest([visit.id for visit in listed.rows]), queries.phones(listed.rows, now)
    states = {visit.id: state(visit, last.get(visit.id), now) for visit in listed.rows}
    colleagues = stand_ins(doctor)
    names = {each.id: each for each in (doctor, *colleagues)}
    found = substitutes(doctor, colleagues, listed.rows, now)
    near = {visit.id: [(names[time.doctor_id], time) for time in found.shown(need(visit))] for visit in listed.rows}
    for visit in listed.rows:
        offer = last.get(visit.id)
        if offer and states[visit.id] == State.ASKED and found.is_away(offer.doctor_id, *times_of(offer)):
            states[visit.id] = State.IN_VAIN
    return [
        Line(visit, last.get(visit.id), states[visit.id], near[visit.id], others(visit, phones))
        for visit in listed.rows
    ]


def times_of(offer: Offer) -> tuple[datetime, datetime]:
    return offer.during.lower, offer.during.upper


def others(visit: Appointment, phones: dict[int, list[User]]) -> list[User]:
    """What is private is no guardian's."""
    return [] if visit.private else phones.get(visit.patient_id, [])


def seen(line: Line) -> tuple[object, ...]:
    """What tells whether a line looks the same."""
    visit, offer = line.visit, line.offer
    times = [(doctor.id, time.at) for doctor, time in line.times]
    return visit.reference, visit.status, visit.updated_at, line.state, offer and offer.id, times


@bp.post("/doctors/<id:doctor_id>/offers")
@allow(Role.DESK, Role.ADMIN)
def make_offers(doctor_id: int) -> Response:
    doctor, asked, now, pressed = kept_by(current_user, doctor_id), Asked.now(), clock.now(), request.form.get("batch")
    if pressed not in list(Batch):
        abort(422)
    today = now.astimezone(doctor.clinic.zone).date()
    chosen = [visit.id for visit in asked.listed(doctor, now).rows if batch(visit, today) == pressed]
    try:
        made = offer_times(current_user, doctor, chosen, now)
    except Refused as refusal:
        shown = drawn(kept_by(current_user, doctor_id), refusal=refused(refusal), tag=None)
        return show("appointments/offers.html", "appointments/_offers.html", refusal.status, **shown)
    db.session.commit()
    say(made)
    return go(url_for(".offers", doctor_id=doctor_id, page=page(asked), **asked.query))


def page(asked: Asked) -> int | None:
    return asked.number if asked.number > 1 else None


def say(made: Made) -> None:
    if made.offered or not made.without:
        flash(ngettext("%(num)s patient was offered a time.", "%(num)s patients were offered a time.", made.offered))
    if made.without:
        words = ngettext(
            "For %(num)s visit there is no free time left. Please call them.",
            "For %(num)s visits there is no free time left. Please call them.",
            made.without,
        )
        flash(words, "error")


@bp.post("/appointments/<reference:reference>/reached")
@allow(Role.DESK, Role.ADMIN)
def mark_reached(reference: str) -> Response:
    visit, said = for_staff(reference), request.form.get("reached")
    if said not in ("yes", "no"):
        abort(422)
    doctor_id = visit.doctor_id
    affected.mark_reached(current_user, visit, said == "yes", clock.now())
    db.session.commit()
    asked = Asked.now()
    back = url_for(".offers", doctor_id=doctor_id, page=page(asked), _anchor=f"line-{reference}", **asked.query)
    return done(back, "appointments/_offers.html", **drawn(kept_by(current_user, doctor_id)))
