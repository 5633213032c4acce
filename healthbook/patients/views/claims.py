"""Somebody whom the desk entered makes the account theirs."""

from flask import Response, request, url_for
from flask_login import current_user

from healthbook import access, clock
from healthbook.access import public
from healthbook.accounts import rules as accounts
from healthbook.accounts.forms import point_out
from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.patients.forms.people import ClaimForm
from healthbook.patients.rules import claims
from healthbook.patients.views.blueprint import bp


@bp.get("/claim")
@public(why="whoever claims an account has none to sign in with")
def claim() -> Response:
    if current_user.is_authenticated:
        return go(url_for("doctors.front"))
    return drawn(ClaimForm(formdata=None))


@bp.post("/claim")
@public(why="whoever claims an account has none to sign in with")
def take_over() -> Response:
    form, now = ClaimForm(), clock.now()
    if not form.validate():
        return drawn(form, 422)
    code, born = form.code.data, form.date_of_birth.data
    try:
        found = claims.look_up(code, born, request.remote_addr, now)
        # What was wrong counts, whatever becomes of it.
        db.session.commit()
        if not found:
            raise claims.no_such_code()
        person = claims.take_over(code, born, form.email.data, form.password.data, now)
        token = accounts.open_session(person, now, **access.browser())
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return drawn(form, 422)
    db.session.commit()
    access.remember(token)
    return go(url_for("appointments.mine"))


def drawn(form: ClaimForm, status: int = 200) -> Response:
    return show("patients/claim.html", "patients/_claim.html", status, form=form)
