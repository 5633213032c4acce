"""Booked visits that lost their time, and what becomes of each: nothing is cancelled unless somebody says so here."""

import re
from hashlib import sha256
from typing import NamedTuple, Self

from flask import Response, abort, flash, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.forms import AffectedForm
from healthbook.appointments.queries import affected as queries
from healthbook.appointments.rules import affected as rules
from healthbook.appointments.rules.visits import Why
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.hypermedia import go, show
from healthbook.models import Doctor, Role
from healthbook.models.accounts import STAFF
from healthbook.models.appointments import REFERENCE
from healthbook.scheduling.forms.fields import day_or_none
from healthbook.scheduling.queries.keepers import kept_by

TICK_FIRST = _("Tick the visits that you mean first.")
TICKED = re.compile(rf"({REFERENCE})-((?:scheduled|confirmed|checked_in)(?:-kept|-moving)?)")
ID = re.compile(r"[1-9][0-9]{0,8}")


class Asked(NamedTuple):
    """What the address asks for; without a doctor, what a closing of the clinic meets."""

    doctor: Doctor | None
    days: dict[str, object]
    everything: bool
    number: int

    @classmethod
    def now(cls) -> Self:
        given = {name: request.args.get(name, "") for name in ("first", "last")}
        days = {name: day_or_none(text) for name, text in given.items()}
        if any(text and not (days[name] and 1900 < days[name].year < 2199) for name, text in given.items()):
            abort(404)
        return cls(asked_doctor(), days, "all" in request.args, request.args.get("page", 1, type=int))

    @property
    def query(self) -> dict[str, object]:
        doctor, everything = self.doctor.id if self.doctor else None, 1 if self.everything else None
        return {"doctor": doctor, "all": everything, **self.days}

    def listed(self) -> queries.Listed:
        now, number = clock.now(), min(max(self.number, 1), 1000)
        if self.doctor:
            return queries.of_doctor(self.doctor, now, *self.days.values(), self.everything, number)
        return queries.while_closed(now, *self.days.values(), number)


def asked_doctor() -> Doctor | None:
    """One whose hours this person keeps; doctors are always asked about themselves."""
    asked = request.args.get("doctor")
    if not asked and current_user.roles & STAFF:
        return None
    if asked and not ID.fullmatch(asked):
        abort(404)
    return kept_by(current_user, int(asked) if asked else current_user.doctor.id)


@bp.get("/affected")
@allow(Role.DOCTOR, Role.DESK, Role.ADMIN)
def affected() -> Response:
    return drawn(Asked.now(), AffectedForm(formdata=None))


@bp.post("/affected")
@allow(Role.DOCTOR, Role.DESK, Role.ADMIN)
def decide() -> Response:
    asked, form = Asked.now(), AffectedForm()
    ticked = dict(
        found.groups() for found in map(TICKED.fullmatch, request.form.getlist("visit")[: queries.PAGE]) if found
    )
    if not ticked and form.validate():
        form.form_errors.append(TICK_FIRST)
    if not form.validate() or not ticked:
        return drawn(asked, form, ticked, status=422)
    if form.act.data == rules.CANCEL and form.sure.data != digest(ticked):
        return drawn(asked, form, ticked, asking=True)
    visits, why = queries.chosen(list(ticked), asked.doctor), Why(form.reason.data, told=form.told.data or None)
    done = rules.decide(current_user, visits, ticked, form.act.data, why, clock.now(), asked.doctor)
    db.session.commit()
    say(form.act.data, done, len(ticked) - done)
    return go(url_for(".affected", **asked.query))


def digest(ticked: dict[str, str]) -> str:
    """By which it is known which visits, as they were, somebody was asked about."""
    return sha256(repr(sorted(ticked.items())).encode()).hexdigest()[:16]


def say(act: str, done: int, missed: int) -> None:
    if done and act == rules.CANCEL:
        flash(ngettext("%(num)s visit was cancelled.", "%(num)s visits were cancelled.", done))
    elif done and act == rules.MOVE:
        flash(ngettext("%(num)s visit is marked to be moved.", "%(num)s visits are marked to be moved.", done))
    elif done:
        flash(ngettext("%(num)s visit stays as it is.", "%(num)s visits stay as they are.", done))
    if missed:
        words = ngettext(
            "%(num)s visit was changed by somebody meanwhile, and left alone.",
            "%(num)s visits were changed by somebody meanwhile, and left alone.",
            missed,
        )
        flash(words, "error")


def drawn(
    asked: Asked,
    form: AffectedForm,
    ticked: dict[str, str] | None = None,
    status: int = 200,
    asking: bool = False,
) -> Response:
    """With `asking`, whether to cancel is asked once more, with how many that would be."""
    listed = asked.listed()
    there = {row.visit.reference: rules.as_seen(row.visit) for row in listed.rows}
    if ticked is None:
        ticked = there if request.args.get("ticked") == "all" else {}
    ticked = {reference: seen for reference, seen in there.items() if reference in ticked}
    if asking and not ticked:
        form.form_errors.append(TICK_FIRST)
        status, asking = 422, False
    if form.reason.data is None:
        form.reason.data = "doctor_away" if asked.doctor else "clinic_closed"
    context = {"asked": asked, "listed": listed, "form": form, "ticked": ticked}
    context |= {"seen": there, "sure": digest(ticked) if asking else None}
    return show("appointments/affected.html", "appointments/_affected.html", status, **context)
