"""Signing in, registering, signing out."""

import re

from flask import Blueprint, Response, current_app, flash, g, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from healthbook import access, clock, hypermedia, urls
from healthbook.access import public, takes
from healthbook.accounts import carried, queries, rules
from healthbook.accounts.carried import LONGEST, Carried
from healthbook.accounts.forms import RegisterForm, SignInForm, point_out
from healthbook.db import db
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role, User
from healthbook.urls import number

bp = Blueprint("accounts", __name__)
HOLDS = re.compile(r"/doctors/([0-9]{1,9})/holds")


@bp.route("/sign-in", methods=["GET", "POST"])
@public(why="whoever comes to sign in has not done so yet")
@takes(LONGEST + 16 * 1024, plain=True)
def sign_in() -> Response:
    form = SignInForm()
    if request.method == "GET":
        return go(onward(form, current_user)) if current_user.is_authenticated else entrance("sign_in", form)
    if not form.validate():
        return entrance("sign_in", form, status=422)
    try:
        person, token = rules.sign_in(form.email.data, form.password.data, clock.now(), **access.browser())
    except rules.Unfit as refusal:
        point_out(form, refused(refusal))
        return entrance("sign_in", form, status=422)
    db.session.commit()
    access.remember(token)
    # Where Flask-Login keeps who it is, for the rest of this request.
    g._login_user = person
    found = carried.opened(person.id, form.carried.data or "")
    return unsaved(found, person) if found else go(onward(form, person))


def interrupted() -> Response | None:
    """The answer to words of somebody who is no longer signed in, or has signed in anew since they got the page.

    The form said who was writing: only for them are the words carried on. None where somebody else is here.
    """
    access_mark, writer = current_app.view_functions[request.endpoint].access, number(request.form.get("writer"))
    found = Carried(request.path, {name: request.form.get(name, "") for name in access_mark.carry})
    if current_user.is_authenticated:
        return unsaved(found, current_user) if writer == current_user.id else None
    if writer is None:
        return hypermedia.sign_in(None)
    form = SignInForm(formdata=None)
    form.carried.data = carried.sealed(writer, found)
    return entrance("sign_in", form, status=401, lost=form.carried.data is None)


def unsaved(found: Carried, person: User) -> Response:
    """What the person wrote, once more in a form, to be sent where it was going."""
    page, part = "accounts/unsaved.html", "accounts/_unsaved.html"
    return show(page, part, path=found.path, fields=found.fields, person=person)


@bp.route("/register", methods=["GET", "POST"])
@public(why="new patients register themselves")
def register() -> Response:
    form = RegisterForm()
    if request.method == "GET":
        return go(onward(form, current_user)) if current_user.is_authenticated else entrance("register", form)
    if not form.validate():
        return entrance("register", form, status=422)
    try:
        now = clock.now()
        person = rules.register(now, **form.person)
        token = rules.open_session(person, now, **access.browser())
    except rules.Unfit as refusal:
        point_out(form, refused(refusal))
        return entrance("register", form, status=422)
    db.session.commit()
    access.remember(token)
    return go(onward(form, person))


@bp.post("/sign-out")
@public(why="whoever is signed out already is where they want to be")
def sign_out() -> Response:
    rules.sign_out(session.get("token"))
    db.session.commit()
    session.clear()
    flash(_("You are signed out."))
    response = go(url_for("doctors.front"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def entrance(part: str, form: FlaskForm, status: int = 200, lost: bool = False) -> Response:
    """The one page for both, with the form that was sent; the other is empty. `lost`: too much was written to carry."""
    forms = {"sign_in": SignInForm(formdata=None), "register": RegisterForm(formdata=None), part: form}
    for each in forms.values():
        each.next.data = back_to(form)
    page = "accounts/sign_in.html"
    return show(page, f"accounts/_{part}.html", status, form=form, lost=lost, chosen=chosen(back_to(form)), **forms)


def back_to(form: SignInForm | RegisterForm) -> str | None:
    """Where the person was going: as the form or the address says, else on to the time they chose."""
    asked = urls.local(form.next.data or request.args.get("next"))
    return asked or access.kept().get("path")


def onward(form: SignInForm | RegisterForm, person: User) -> str:
    """Where the person goes from here; whoever is no patient cannot hold what a guest chose in this browser."""
    path = back_to(form)
    lost = path and HOLDS.fullmatch(path) and Role.PATIENT not in person.roles
    return path if path and not lost else url_for("doctors.front")


def chosen(path: str | None) -> queries.Choice | None:
    """The time that waits in the session, if the person is on the way to it."""
    doctor = HOLDS.fullmatch(path or "")
    kept = access.kept(path) if doctor else {}
    return queries.choice(int(doctor[1]), kept.get("start", "")) if kept else None
