"""create_app: where the parts meet."""

from pathlib import Path

from flask import Flask, abort, request, session
from flask_babel import Babel
from flask_compress import Compress
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from healthbook import access, context, failures, filters, headers, live, seal_check, turns, urls
from healthbook.accounts import queries as accounts
from healthbook.accounts import tasks as accounts_tasks  # noqa: F401
from healthbook.accounts import views as accounts_views
from healthbook.accounts.rules import LASTS
from healthbook.appointments import tasks as appointments_tasks  # noqa: F401
from healthbook.appointments.views import (  # noqa: F401
    affected,
    agenda,
    calendar,
    closing,
    desk,
    ended,
    follow_up,
    holds,
    moving,
    notes,
    offered,
    offers,
    overbooking,
    visits,
)
from healthbook.appointments.views.blueprint import bp as appointments_bp
from healthbook.audit import tasks as audit_tasks  # noqa: F401
from healthbook.clinic.views import (  # noqa: F401
    appointments,
    closures,
    emergencies,
    events,
    health,
    hours_desk,
    overview,
    specializations,
)
from healthbook.clinic.views import doctors as doctors_desk  # noqa: F401
from healthbook.clinic.views import guardians as guardians_desk  # noqa: F401
from healthbook.clinic.views import settings as clinic_settings  # noqa: F401
from healthbook.clinic.views.blueprint import bp as clinic_bp
from healthbook.config import Config
from healthbook.db import NOW, POOL, db
from healthbook.doctors import views as doctors_views
from healthbook.messages import tasks as messages_tasks  # noqa: F401
from healthbook.patients.queries.family import with_wards
from healthbook.patients.views import access as patients_access  # noqa: F401
from healthbook.patients.views import background, emergency, export, family, me, photos, search, signing_in  # noqa: F401
from healthbook.patients.views import claims as patients_claims  # noqa: F401
from healthbook.patients.views import people as patients_desk  # noqa: F401
from healthbook.patients.views.blueprint import bp as patients_bp
from healthbook.postgres import Postgres
from healthbook.records.views import amendments, chart, drafts, files, mine, prescriptions, records  # noqa: F401
from healthbook.records.views import visit_record as records_of_visits  # noqa: F401
from healthbook.records.views.blueprint import bp as records_bp
from healthbook.scheduling import tasks as scheduling_tasks  # noqa: F401
from healthbook.scheduling.views import bookings, dates, hours, slots, time_off, visit_types  # noqa: F401
from healthbook.scheduling.views import search as soonest  # noqa: F401
from healthbook.scheduling.views.blueprint import bp as scheduling_bp
from healthbook.seal import KeyRing

ROOT = Path(__file__).parent.parent
AT_ONCE = 2


def create_app(config: Config | None = None) -> Flask:
    """The whole application. Without a DATABASE_URL it starts, or joins, the embedded server in its folder."""
    config = config or Config.from_env()
    app = Flask("healthbook", root_path=str(ROOT))
    app.config.from_mapping(settings(config))
    app.extensions["config"] = config
    app.extensions["key_ring"] = KeyRing(config.seal_key)
    for converter, kind in (("id", urls.Id), ("reference", urls.Reference)):
        app.url_map.converters[converter] = kind
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    Babel(app, default_locale="en_GB")
    Compress(app)
    look_at_each_request(app)
    for part in (filters, context, failures, live):
        part.init_app(app)
    headers.init_app(app, config.https)
    know_people(app)
    own = accounts_views.bp, doctors_views.bp, scheduling_bp
    for bp in (*own, patients_bp, appointments_bp, records_bp, clinic_bp):
        app.register_blueprint(bp)
    access.public(why="style, script, fonts and icons")(app.view_functions["static"])
    access.check_declared(app)
    seal_check.init_app(app)
    return app


def look_at_each_request(app: Flask) -> None:
    """In this order, before any view."""
    # Flask-WTF looks for its token in the form, and with that reads all of it.
    app.before_request(access.widen)
    app.before_request(access.refuse_other_sites)
    app.after_request(access.keep_cookie)
    CSRFProtect(app)
    app.before_request(refuse_other_bodies)
    app.before_request(refuse_nul)
    turns.init_app(app, AT_ONCE)
    app.before_request(access.guard)


def know_people(app: Flask) -> None:
    people = LoginManager(app)
    # The session is a row of ours: Flask-Login need not keep anything of its own in the cookie.
    people.session_protection = None
    people.unauthorized_handler(accounts_views.interrupted)
    asked = accounts.of_session(with_wards(NOW))
    people.request_loader(lambda request: accounts.signed_in(session.get("token"), asked))


def settings(config: Config) -> dict[str, object]:
    """Flask's and its extensions' own names for what Config says."""
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url or embedded(config.folder),
        "SQLALCHEMY_ENGINE_OPTIONS": POOL,
        "SESSION_COOKIE_NAME": "__Host-session" if config.https else "session",
        "SESSION_COOKIE_SECURE": config.https,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # It carries the token of the forms: who sends one after the session has ended is led to sign in.
        "PERMANENT_SESSION_LIFETIME": 2 * LASTS,
        # A page's look at itself that comes late would undo what another tab changed.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "MAX_CONTENT_LENGTH": 64 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        # WTForms' own words are in the language of the pages already: each form would read a catalogue to find that.
        "WTF_I18N_ENABLED": False,
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "TESTING": config.testing,
    }


def embedded(folder: Path) -> str:
    server = Postgres(folder).start()
    server.create("healthbook")
    return server.url("healthbook")


def refuse_other_bodies() -> None:
    """Only forms are read: Flask-WTF would take JSON for one, with values in it that no form can carry."""
    if request.mimetype not in ("", "application/x-www-form-urlencoded", "multipart/form-data"):
        abort(415)


def refuse_nul() -> None:
    """PostgreSQL's text holds no NUL, and nobody types one."""
    for values in (request.args, request.form):
        if any("\0" in text for pair in values.items(multi=True) for text in pair):
            abort(400)
