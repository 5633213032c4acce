"""Closing one's account. It stands here, since visits to come are cancelled with it."""

from flask import Response, flash, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.forms import point_out
from healthbook.accounts.rules import Unfit, confirm
from healthbook.appointments.queries import closing as queries
from healthbook.appointments.rules.closing import close
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role, UserType
from healthbook.patients.forms.leaving import ClosingForm
from healthbook.patients.views.blueprint import bp


@bp.get("/me/closing")
@allow(Role.PATIENT)
def closing() -> Response:
    return asked(ClosingForm(formdata=None))


@bp.post("/me/closing")
@allow(Role.PATIENT)
def close_account() -> Response:
    form = ClosingForm()
    if not form.validate():
        return asked(form, status=422)
    try:
        confirm(current_user, form.password.data)
        close(current_user.patient, clock.now())
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return asked(form, status=422)
    except Refused as refusal:
        return asked(form, refused(refusal), refusal.status)
    db.session.commit()
    session.clear()
    flash(_("Your account is closed. We wish you well."))
    response = go(url_for("doctors.front"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def asked(form: ClosingForm, refusal: object = None, status: int = 200) -> Response:
    patient, now = current_user.patient, clock.now()
    return show(
        "patients/closing.html",
        "patients/_closing.html",
        status,
        form=form,
        refusal=refusal,
        visits=queries.to_come(patient, now),
        kept_until=queries.kept_until(patient, now),
        may=current_user.user_type == UserType.PATIENT,
    )
