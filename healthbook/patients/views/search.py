"""Finding a patient, for doctors."""

from flask import Response, request, session
from flask_login import current_user
from sqlalchemy import Row

from healthbook import clock
from healthbook.access import allow
from healthbook.hypermedia import show
from healthbook.models import Patient, Role
from healthbook.patients.forms.emergency import FindForm
from healthbook.patients.queries import search as queries
from healthbook.patients.views.blueprint import bp

LONGEST = 100
# Whose name the page of an emergency may say: only who was found by it, and not long ago.
LATEST = 10


@bp.get("/patients")
@allow(Role.DOCTOR)
def search() -> Response:
    return listing(FindForm(formdata=None))


@bp.post("/patients")
@allow(Role.DOCTOR)
def find() -> Response:
    """By POST, so that no address and no log carries somebody's birthday."""
    form = FindForm()
    if not form.validate():
        return listing(form, status=422)
    found = queries.exactly(current_user, form.full_name.data, form.date_of_birth.data, clock.now())
    session["found"] = [*session.get("found", []), *(patient.id for patient, _reads in found)][-LATEST:]
    return listing(form, found)


def listing(form: FindForm, found: list[Row[Patient, bool]] | None = None, status: int = 200) -> Response:
    """One's own patients, and who was `found` among all others (None: nobody was looked for)."""
    words = request.args.get("q", "")[:LONGEST]
    number = min(max(request.args.get("page", 1, type=int), 1), 1000)
    own = queries.own(current_user.doctor, words, clock.now(), number)
    page, part = "patients/search.html", "patients/_search.html"
    return show(page, part, status=status, words=words, own=own, form=form, found=found)
