"""How a patient signs in: another password, and where they are signed in now."""

from zoneinfo import ZoneInfo

from flask import Response, flash, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook.access import allow
from healthbook.accounts import queries, rules
from healthbook.accounts.forms import PasswordForm, point_out
from healthbook.db import db
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role
from healthbook.patients.devices import device
from healthbook.patients.queries.whose import zone
from healthbook.patients.views.blueprint import bp


@bp.get("/me/signing-in")
@allow(Role.PATIENT)
def signing_in() -> Response:
    return drawn(PasswordForm(formdata=None))


@bp.post("/me/signing-in/password")
@allow(Role.PATIENT)
def change_password() -> Response:
    form = PasswordForm()
    if not form.validate():
        return drawn(form, 422)
    try:
        rules.change_password(current_user, form.password.data, form.new_password.data, session.get("token"))
    except rules.Unfit as refusal:
        point_out(form, refused(refusal))
        return drawn(form, 422)
    db.session.commit()
    flash(_("You have a new password. Everywhere else you are signed out."))
    return go(url_for(".signing_in"))


@bp.post("/me/signing-in/<id:session_id>/end")
@allow(Role.PATIENT)
def end_session(session_id: int) -> Response:
    rules.end_session(current_user, session_id)
    db.session.commit()
    return go(url_for(".signing_in"))


def drawn(form: PasswordForm, status: int = 200) -> Response:
    here, places = queries.digest(session.get("token", "")), queries.sessions(current_user)
    listed = [(place, device(place.user_agent), place.token_hash == here) for place in places]
    page, part = "patients/signing_in.html", "patients/_change_password.html"
    return show(page, part, status, form=form, places=listed, zone=ZoneInfo(zone()))
