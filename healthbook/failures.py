"""What a person is told when a request fails: one page for every status, and never what was asked for or found."""

from flask import Flask, Response, current_app, g, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, NoResultFound, OperationalError, SQLAlchemyError, TimeoutError
from werkzeug.exceptions import HTTPException

from healthbook import access, hypermedia, urls
from healthbook.db import db, sqlstate, violated
from healthbook.errors import Refused

RETRY_SECONDS = "5"
CANNOT_WAIT = ("55P03", "57014", "40001")
JUST_TAKEN = ("23P01", "40P01")
NOT_KEPT = ("csrf_token", "password")


def problem(status: int, words: str = "", **context) -> Response:
    """The page (or the small part for htmx) for a status; `words` is the refusal's own sentence."""
    try:
        return drawn(status, words, **context)
    except SQLAlchemyError:
        return without_database(status, words, **context)


def without_database(status: int, words: str = "", **context) -> Response:
    """The same page where nothing can be asked: it knows nobody, and the clinic as it was last seen."""
    db.session.rollback()
    # Where Flask-Login keeps the person, who would be loaded again.
    g._login_user = AnonymousUserMixin()
    g.clinic = current_app.extensions.get("last_clinic")
    return drawn(status, words, **context)


def drawn(status: int, words: str, name: str = "error", **context) -> Response:
    page, part = f"errors/{name}.html", f"errors/_{name}.html"
    response = hypermedia.show(page, part, status=status, code=status, words=words, **context)
    if status in (429, 503):
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def refused(refusal: Refused) -> Refused:
    """Undo what the rule had begun, before anything is drawn: the one place where a refusal rolls back."""
    if not refusal.only_looked:
        db.session.rollback()
    return refusal


def status_of(error: DBAPIError) -> int:
    """409 for a lost race, 429 for a lock that did not come, 400 for a value that cannot be, 503 for no database."""
    state = sqlstate(error)
    if state in JUST_TAKEN:
        return 409
    if state in CANNOT_WAIT:
        return 429
    if isinstance(error, DataError):
        return 400
    return 503 if error.connection_invalidated or isinstance(error, OperationalError) else 500


def from_http(error: HTTPException) -> Response:
    response = problem(error.code or 500)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def from_csrf(error: CSRFError) -> Response:
    """The page is older than the session: somebody has signed in or out since. What it sent is kept for sending again.

    Only for a page of ours: another's could choose what stands behind the button.
    """
    if answer := access.interrupted():
        return answer
    mark = current_app.view_functions[request.endpoint].access
    typed = [(name, text) for name, text in request.form.items(multi=True) if name not in NOT_KEPT and "\0" not in text]
    return problem(
        400,
        name="old_page",
        here=urls.local(request.full_path.rstrip("?")) if access.from_us() else None,
        typed=typed,
        closed=mark.roles is not None,
        came_from=access.came_from(),
    )


def from_missing(error: NoResultFound) -> Response:
    return problem(404)


def from_refusal(refusal: Refused) -> Response:
    return problem(refusal.status, str(refused(refusal)))


def from_full_pool(error: TimeoutError) -> Response:
    return without_database(429)


def from_database(error: DBAPIError) -> Response:
    db.session.rollback()
    status = status_of(error)
    if status >= 500:
        # The error's own text carries the row's values.
        what = sqlstate(error) or type(error).__name__
        current_app.logger.error("database: %s %s, request %s", what, violated(error), g.get("request_id"))
    return without_database(status) if status == 503 else problem(status)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(CSRFError, from_csrf)
    app.register_error_handler(NoResultFound, from_missing)
    app.register_error_handler(Refused, from_refusal)
    app.register_error_handler(TimeoutError, from_full_pool)
    app.register_error_handler(DBAPIError, from_database)
