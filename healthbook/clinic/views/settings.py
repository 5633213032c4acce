"""The clinic's own data, its rules of booking, and what the desk may ignore of them."""

from flask import Response, flash, url_for
from flask_babel import gettext as _

from healthbook import clock
from healthbook.access import allow
from healthbook.accounts.forms import point_out
from healthbook.accounts.rules import Unfit
from healthbook.clinic import rules
from healthbook.clinic.forms.settings import AboutForm, BookingForm, DeskForm, RecordsForm, SettingsForm, WordsForm
from healthbook.clinic.queries import settings as queries
from healthbook.clinic.views.blueprint import bp
from healthbook.db import db
from healthbook.errors import Stale
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Role

SECTIONS = {"about": AboutForm, "booking": BookingForm, "desk": DeskForm, "records": RecordsForm, "words": WordsForm}


@bp.get("/clinic/settings")
@allow(Role.ADMIN)
def settings() -> Response:
    return drawn()


@bp.post("/clinic/settings/about")
@allow(Role.ADMIN)
def change_about() -> Response:
    return save("about")


@bp.post("/clinic/settings/booking")
@allow(Role.ADMIN)
def change_booking() -> Response:
    return save("booking")


@bp.post("/clinic/settings/desk")
@allow(Role.ADMIN)
def change_desk() -> Response:
    return save("desk")


@bp.post("/clinic/settings/records")
@allow(Role.ADMIN)
def change_records() -> Response:
    return save("records")


@bp.post("/clinic/settings/words")
@allow(Role.ADMIN)
def change_words() -> Response:
    return save("words")


def save(section: str) -> Response:
    clinic, form = queries.kept(), SECTIONS[section]()
    if not form.validate():
        return drawn(section, form, status=422)
    try:
        rules.change_settings(clinic, form.seen.data, form.wanted, clock.now())
    except Unfit as refusal:
        point_out(form, refused(refusal))
        return drawn(section, form, status=422)
    except Stale as refusal:
        return drawn(section, refusal=refused(refusal), status=refusal.status)
    db.session.commit()
    flash(_("Saved. It holds from now on."))
    return go(url_for(".settings"))


def drawn(section: str = "", form: SettingsForm | None = None, refusal: object = None, status: int = 200) -> Response:
    """All sections as they are now, but for one that was sent and could not be saved."""
    clinic = queries.kept()
    forms = {name: kind.of(clinic) for name, kind in SECTIONS.items()}
    seen = {name: queries.seen(clinic, each.wanted) for name, each in forms.items()}
    if form:
        forms[section], seen[section] = form, form.seen.data or seen[section]
    context = {"forms": forms, "form": form, "seen": seen, "section": section, "refusal": refusal}
    return show("clinic/settings.html", "clinic/_settings.html", status=status, **context)
