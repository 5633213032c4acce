"""The front page, the directory and the doctors' own pages, and applying to become one of them."""

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import access, clock, whom
from healthbook.access import allow, public
from healthbook.accounts import rules as accounts
from healthbook.accounts.forms import point_out
from healthbook.accounts.names import one_line
from healthbook.db import db
from healthbook.doctors import queries, rules
from healthbook.doctors.forms import ApplyForm
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role

bp = Blueprint("doctors", __name__)
HOMES = {
    Role.DOCTOR: "appointments.agenda",
    Role.ADMIN: "clinic.overview",
    Role.DESK: "clinic.overview",
    Role.APPLICANT: "doctors.application",
}
LONGEST_SEARCH = 100


@bp.get("/")
@public(why="the clinic's front page")
def front() -> Response | str:
    """Patients and guests begin their search here; whoever works at the clinic goes on to their day."""
    roles = current_user.roles if current_user.is_authenticated else ()
    for role, home in HOMES.items():
        if role in roles:
            return go(url_for(home))
    return render_template("doctors/front.html", whom=whom.asked(), offers=queries.offers(), words="", chosen=None)


@bp.get("/doctors")
@public(why="patients choose before they sign in")
def directory() -> Response:
    family, offers, words = whom.asked(), queries.offers(), one_line(request.args.get("q"))[:LONGEST_SEARCH]
    known = {str(offer.specialization.id): offer.specialization for offer in offers}
    chosen = known.get(request.args.get("specialization", ""))
    listed = queries.directory(words, chosen and chosen.id, request.args.get("page", 1, type=int))
    page, part = "doctors/directory.html", "doctors/_directory.html"
    return show(page, part, listed=listed, offers=offers, words=words, chosen=chosen, whom=family)


@bp.get("/doctors/<id:doctor_id>")
@public(why="patients choose before they sign in")
def profile(doctor_id: int) -> str:
    return render_template("doctors/profile.html", whom=whom.asked(), doctor=queries.approved(doctor_id))


@bp.route("/apply", methods=["GET", "POST"])
@public(why="doctors apply before they have an account")
def apply() -> Response:
    form = ApplyForm()
    known = [(str(each.id), each.name) for each in queries.specializations()]
    form.specialization.choices = [("", _("Choose one")), *known]
    if request.method == "GET":
        return go(url_for(".front")) if current_user.is_authenticated else application_form(form)
    if not form.validate():
        return application_form(form, status=422)
    try:
        now = clock.now()
        token = accounts.open_session(rules.apply(now, form.person, form.profile), now, **access.browser())
    except accounts.Unfit as refusal:
        point_out(form, refused(refusal))
        return application_form(form, status=422)
    db.session.commit()
    access.remember(token)
    return go(url_for(".application"))


def application_form(form: ApplyForm, status: int = 200) -> Response:
    return show("doctors/apply.html", "doctors/_apply.html", status, form=form)


@bp.get("/application")
@allow(Role.APPLICANT)
def application() -> str:
    """What became of the application, in the clinic's words."""
    doctor = queries.own(current_user)
    return render_template("doctors/application.html", doctor=doctor, review=next(iter(doctor.reviews), None))
