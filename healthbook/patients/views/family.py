"""Whom somebody acts for, who acts for them, and how both begin and end."""

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.forms import point_out
from healthbook.accounts.rules import Unfit
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role
from healthbook.patients.forms.family import CodeForm, DependentForm, RightsForm
from healthbook.patients.queries import family as queries
from healthbook.patients.rules import family as rules
from healthbook.patients.rules import invitations
from healthbook.patients.views.blueprint import bp


@bp.get("/family")
@allow(Role.PATIENT)
def family() -> Response:
    return page()


def page(form: FlaskForm | None = None, guardian_id: int | None = None, status: int = 200, **told) -> Response:
    """All of it, with the form that was sent; `guardian_id` says whose rights those were."""
    now = clock.now()
    guardians = queries.act_for(current_user.patient, now)
    rights = {each.row.id: RightsForm.of(each.row, formdata=None) for each in guardians}
    if guardian_id in rights:
        rights[guardian_id] = form
    return show(
        "patients/family.html",
        "patients/_family.html",
        status,
        wards=queries.acts_for(current_user, now),
        guardians=guardians,
        invitations=queries.invitations(current_user.patient, now),
        rights=rights,
        child=form if isinstance(form, DependentForm) else DependentForm(formdata=None),
        code=form if isinstance(form, CodeForm) else CodeForm(formdata=None),
        form=form,
        **{"refusal": None, "new_code": None} | told,
    )


def again(form: FlaskForm | None, refusal: Refused, guardian_id: int | None = None) -> Response:
    """The page with what a rule said: at the field that it is about, or above everything."""
    if isinstance(refusal, Unfit):
        point_out(form, refused(refusal))
        return page(form, guardian_id, refusal.status)
    return page(form, guardian_id, refusal.status, refusal=refused(refusal))


def done(words: str) -> Response:
    db.session.commit()
    flash(words)
    return go(url_for(".family"))


@bp.post("/family/dependents")
@allow(Role.PATIENT)
def add_dependent() -> Response:
    form = DependentForm()
    if not form.validate():
        return page(form, status=422)
    try:
        added = rules.add_dependent(current_user, clock.now(), **form.child)
    except Refused as refusal:
        return again(form, refusal)
    if not added.may_book:
        return done(
            _("We have asked the clinic. You can book for %(name)s when they agree.", name=form.first_name.data)
        )
    return done(_("You can book for %(name)s now.", name=form.first_name.data))


@bp.post("/family/wards/<id:guardian_id>/end")
@allow(Role.PATIENT)
def step_back(guardian_id: int) -> Response:
    guardian = queries.own_ward(current_user, guardian_id)
    rules.end(guardian, clock.now(), by=current_user)
    return done(_("You no longer act for %(name)s.", name=guardian.patient.user.full_name))


@bp.post("/family/invitations")
@allow(Role.PATIENT)
def invite() -> Response:
    """The answer itself shows the code: it stands nowhere else."""
    try:
        code = invitations.invite(current_user, current_user.patient, clock.now())
    except Refused as refusal:
        return again(None, refusal)
    db.session.commit()
    return page(new_code=code)


@bp.post("/family/invitations/<id:invitation_id>/withdrawal")
@allow(Role.PATIENT)
def withdraw(invitation_id: int) -> Response:
    invitations.withdraw(queries.own_invitation(current_user.patient, invitation_id), clock.now())
    return done(_("The code is no longer valid."))


@bp.post("/family/codes")
@allow(Role.PATIENT)
def use_code() -> Response:
    form, now = CodeForm(), clock.now()
    if not form.validate():
        return page(form, status=422)
    try:
        invitation = invitations.look_up(current_user, form.code.data, now)
        if invitation is None:
            # What was counted must stay, whatever else is refused.
            db.session.commit()
            raise Unfit("code", _("We do not know this code. Check it, or ask for a new one."))
        asked = invitations.ask(current_user, invitation, now)
    except Refused as refusal:
        return again(form, refusal)
    return done(_("We have asked %(name)s. They decide what you may do.", name=asked.patient.user.full_name))


@bp.post("/family/guardians/<id:guardian_id>")
@allow(Role.PATIENT)
def decide(guardian_id: int) -> Response:
    guardian = queries.own_guardian(current_user.patient, guardian_id)
    form = RightsForm.of(guardian)
    if not form.validate():
        return page(form, guardian_id, 422)
    try:
        invitations.decide(current_user, guardian, clock.now(), **form.rights)
    except Refused as refusal:
        return again(form, refusal, guardian_id)
    return done(_("Saved. %(name)s sees it on their page.", name=guardian.user.full_name))


@bp.post("/family/guardians/<id:guardian_id>/end")
@allow(Role.PATIENT)
def end_guardian(guardian_id: int) -> Response:
    guardian = queries.own_guardian(current_user.patient, guardian_id)
    name = guardian.user.full_name
    try:
        invitations.end(current_user, guardian, clock.now())
    except Refused as refusal:
        return again(None, refusal)
    return done(_("%(name)s can no longer act for you.", name=name))
