"""Photos: the patient's own to change, and shown to those who should know them by sight."""

from flask import Response, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow, signed_in, takes
from healthbook.db import db
from healthbook.hypermedia import from_htmx, go, show
from healthbook.images import NotAPicture, remade
from healthbook.models import Patient, Role
from healthbook.patients.forms.profile import PhotoForm
from healthbook.patients.queries import profile
from healthbook.patients.queries.photos import photo_for
from healthbook.patients.rules import profile as rules
from healthbook.patients.views.blueprint import bp

MOST_BYTES = 12 * 1024 * 1024
LONGEST_SIDE = 512


@bp.get("/me/photo")
@allow(Role.PATIENT)
def photo() -> Response:
    return picture(int(current_user.patient.profile_picture or 0))


@bp.get("/pictures/<id:picture_id>")
@signed_in
def picture(picture_id: int) -> Response:
    """Made anew by us when it came, and shown in a sandbox all the same."""
    found = photo_for(current_user, picture_id, clock.now())
    response = Response(found.content, mimetype=found.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = "inline; filename=photo"
    return response


@bp.post("/me/photo")
@allow(Role.PATIENT)
@takes(MOST_BYTES)
def change_photo() -> Response:
    form = PhotoForm()
    if not form.validate():
        return drawn(form, status=422)
    # Making it anew takes its time, and no connection waits for it.
    db.session.rollback()
    try:
        made = remade(form.photo.data.read(), LONGEST_SIDE)
    except NotAPicture as refusal:
        form.photo.errors = [str(refusal)]
        return drawn(form, status=422)
    rules.show_photo(own(), made, clock.now())
    db.session.commit()
    # The page itself would not be loaded again for a place on it.
    return drawn(PhotoForm(formdata=None)) if from_htmx() else go(url_for(".me", _anchor="photo"))


@bp.post("/me/photo/removal")
@allow(Role.PATIENT)
def remove_photo() -> Response:
    rules.take_photo_away(own())
    db.session.commit()
    return go(url_for(".me", _anchor="photo"))


def own() -> Patient:
    return profile.own(current_user)


def drawn(form: PhotoForm, status: int = 200) -> Response:
    return show("patients/photo.html", "patients/_photo.html", status, photo=form, form=form, patient=own())
