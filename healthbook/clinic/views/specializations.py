"""The specializations a doctor can have."""

from flask import Response, flash, url_for
from flask_babel import gettext as _

from healthbook.access import allow
from healthbook.accounts.forms import point_out
from healthbook.accounts.rules import Unfit
from healthbook.clinic import rules
from healthbook.clinic.forms.staff import SpecializationForm
from healthbook.clinic.queries import doctors as queries
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role


@bp.get("/clinic/specializations")
@allow(Role.ADMIN)
def specializations() -> Response:
    return listing()


def listing(wrong: SpecializationForm | None = None, of: int | None = None, **given) -> Response:
    """All of them, each with its form; `wrong` is one that was not taken, `of` whose it is (None: a new one)."""
    listed = queries.specializations()
    forms = {row.id: form_for(row.id, formdata=None, obj=row) for row, _used in listed}
    forms[None] = form_for(None, formdata=None)
    if wrong:
        forms[of] = wrong
    context = {"refusal": None, "form": wrong, "forms": forms, "adding": forms[None], "listed": listed} | given
    return show("clinic/specializations.html", "clinic/_specializations.html", **context)


def form_for(specialization_id: int | None, **given) -> SpecializationForm:
    """Many stand on one page, so each field's id names its specialization."""
    form = SpecializationForm(**given)
    for field in (form.name, form.description):
        field.id = f"{field.name}-{specialization_id or 'new'}"
    return form


@bp.post("/clinic/specializations")
@allow(Role.ADMIN)
def add_specialization() -> Response:
    form = form_for(None)
    if not form.validate():
        return listing(form, status=422)
    try:
        rules.add_specialization(form.name.data, form.description.data)
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return listing(form, status=422)
    db.session.commit()
    return changed(_("%(name)s was added.", name=form.name.data))


def changed(words: str) -> Response:
    flash(words)
    return go(url_for(".specializations"))


@bp.post("/clinic/specializations/<id:specialization_id>")
@allow(Role.ADMIN)
def rename_specialization(specialization_id: int) -> Response:
    specialization, form = queries.specialization(specialization_id), form_for(specialization_id)
    if not form.validate():
        return listing(form, of=specialization_id, status=422)
    try:
        rules.rename(specialization, form.name.data, form.description.data)
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return listing(form, of=specialization_id, status=422)
    db.session.commit()
    return changed(_("%(name)s was changed.", name=form.name.data))


@bp.post("/clinic/specializations/<id:specialization_id>/removal")
@allow(Role.ADMIN)
def remove_specialization(specialization_id: int) -> Response:
    specialization = queries.specialization(specialization_id)
    name = specialization.name
    try:
        rules.remove(specialization)
    except Refused as refusal:
        return listing(refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    return changed(_("%(name)s was removed.", name=name))
