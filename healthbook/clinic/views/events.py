"""The stream that open pages listen to."""

from collections.abc import Callable

from flask import Flask, Response, current_app, request, session
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from healthbook import live
from healthbook.access import public
from healthbook.accounts import queries as accounts
from healthbook.clinic.queries.topics import may_hear
from healthbook.clinic.views.blueprint import bp

STREAM = {"mimetype": "text/event-stream", "headers": {"X-Accel-Buffering": "no"}}


@bp.get("/events")
@public(why="free times are public; every topic is checked against whoever asks")
def events() -> Response:
    """Answers without a page: what a stream is refused with would only pile up on the page that listens."""
    topics = set(request.args.get("t", "").split(","))
    person = current_user if current_user.is_authenticated else None
    if not may_hear(person, topics):
        return Response(status=403 if person else 401)
    if live.crowded():
        return Response(status=503, headers={"Retry-After": "30"})
    if request.method == "HEAD":
        return Response(**STREAM)
    welcome = still_welcome(current_app._get_current_object(), session.get("token"), topics) if person else always
    # The request ends before the first line is asked for, and gives its pooled connection back.
    return Response(live.listen(topics, welcome), **STREAM)


def always() -> bool:
    return True


def still_welcome(app: Flask, token: str, topics: set[str]) -> Callable[[], bool]:
    """Whether the person has not signed out and may still hear all of it, asked again at each ping."""

    def asked() -> bool:
        with app.app_context():
            try:
                person = accounts.signed_in(token)
                return person is not None and may_hear(person, topics)
            except SQLAlchemyError:
                # Without a database nothing is told, so nothing is lost by asking at the next ping.
                return True

    return asked
