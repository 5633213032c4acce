"""What every template may use: the clinic, the navigation, and addresses of static files named by their content."""

from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from babel.support import NullTranslations
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import get_locale, get_translations
from flask_babel import gettext as _
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from healthbook.db import db
from healthbook.models import Clinic, Role
from healthbook.models.accounts import STAFF

# The pages beside a doctor's weekly hours.
KEPT = (
    *("scheduling.dates", "scheduling.time_off", "scheduling.own_visit_types", "scheduling.visit_types"),
    *("scheduling.visit_type", "scheduling.new_visit_type"),
)


class Place(NamedTuple):
    """One entry of the main navigation."""

    endpoint: str
    label: str
    icon: str
    also: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        return request.endpoint in (self.endpoint, *self.also)


def navigation() -> list[Place]:
    """The pages of the person's day, in the order of what they do most."""
    roles = current_user.roles if current_user.is_authenticated else frozenset()
    places = at_work(roles)
    if Role.APPLICANT in roles:
        places.append(Place("doctors.application", _("My application"), "file-text"))
    if not roles or Role.PATIENT in roles:
        places.append(Place("doctors.directory", _("Find a doctor"), "search"))
    if Role.PATIENT in roles:
        places.append(Place("appointments.mine", _("My appointments"), "calendar"))
        places.append(Place("records.mine", _("My record"), "file-text"))
        places.append(Place("patients.family", _("Family"), "users"))
    return places


def at_work(roles: frozenset[Role]) -> list[Place]:
    """Those of doctors, the desk and the admin."""
    places = []
    if Role.DOCTOR in roles:
        places += [
            Place("appointments.agenda", _("My day"), "calendar-check"),
            Place("patients.search", _("Patients"), "users"),
            Place("scheduling.hours", _("My hours"), "clock", KEPT),
        ]
    if roles & STAFF:
        places += [
            Place("clinic.overview", _("Today"), "layout-dashboard"),
            Place("clinic.appointments", _("Appointments"), "list"),
            Place("clinic.hours", _("Hours"), "clock", ("scheduling.hours_of", *KEPT)),
        ]
    if Role.ADMIN in roles:
        places += [
            Place("clinic.doctors", _("Doctors"), "stethoscope"),
            Place("clinic.settings", _("Settings"), "settings"),
            Place("clinic.emergencies", _("Emergencies"), "triangle-alert"),
        ]
    return places


def clinic() -> Clinic | None:
    """The clinic whose name and phone stand on the page; the last one seen while the database is away."""
    if "clinic" not in g:
        try:
            g.clinic = read_already() or db.session.scalar(select(Clinic).order_by(Clinic.id).limit(1))
            if g.clinic:
                columns = {column.key: getattr(g.clinic, column.key) for column in Clinic.__mapper__.column_attrs}
                current_app.extensions["last_clinic"] = Clinic(**columns)
        except SQLAlchemyError:
            db.session.rollback()
            g.clinic = current_app.extensions.get("last_clinic")
    return g.clinic


def read_already() -> Clinic | None:
    """The clinic that the page is about, where it was read with a doctor."""
    return next((row for row in db.session.identity_map.values() if isinstance(row, Clinic)), None)


@cache
def content_hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:10]


@cache
def static_url(filename: str) -> str:
    """The address of a static file, which changes with its content."""
    return url_for("static", filename=filename, v=content_hash(Path(current_app.static_folder) / filename))


# What a macro draws again and again. Typed: safe markup and the same text are equal, and are drawn differently.
kept = lru_cache(512, typed=True)


def words() -> NullTranslations:
    """The person's language; looked up once a request, since for each word of a page it takes longer than the word."""
    if not has_request_context():
        return get_translations()
    if "words" not in g:
        g.words = get_translations()
    return g.words


# Jinja's own two ask the context three times for each text, and copy it in a loop: longer than all else of a text.
@pass_eval_context
def said(template: EvalContext, text: str, /, **values: object) -> str:
    """A text in the person's language, with values at their places."""
    return filled(template, words().ugettext(text), values)


@pass_eval_context
def counted(template: EvalContext, one: str, many: str, num: int, /, **values: object) -> str:
    """A text about so many."""
    return filled(template, words().ungettext(one, many, num), {"num": num} | values)


def filled(template: EvalContext, text: str, values: dict[str, object]) -> str:
    return (Markup(text) if template.autoescape else text) % values


def init_app(app: Flask) -> None:
    app.add_template_global(static_url)
    app.add_template_global(kept, "kept")
    # For lists: making an address takes as long as drawing what leads there.
    app.add_template_global(lru_cache(4096, typed=True)(app.url_for), "kept_url")
    app.jinja_env.globals.update(_=said, gettext=said, ngettext=counted)

    @app.context_processor
    def everywhere() -> dict[str, object]:
        person = current_user if current_user and current_user.is_authenticated else None
        theme, language = person.theme if person else None, str(get_locale()).replace("_", "-")
        return {"clinic": clinic(), "nav": navigation(), "theme": theme, "language": language}
