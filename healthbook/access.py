"""Who may open which page: a view is marked, one guard reads the mark, and an app with an unmarked view does not start.

Whose row it is is not settled here but by queries that start at the person.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Flask, Response, abort, current_app, g, request, session
from flask_login import current_user

from healthbook import clock, hypermedia, urls
from healthbook.db import db
from healthbook.models.accounts import Role

SAFE = ("GET", "HEAD", "OPTIONS")
KEPT = timedelta(hours=1)


class Mark(NamedTuple):
    """`roles` None: everybody; empty: whoever has signed in. `keep`: fields a guest finds again after sign-in.

    `carry`: fields, however long, that whoever was signed in until now finds again.
    """

    roles: frozenset[Role] | None
    keep: tuple[str, ...] = ()
    carry: tuple[str, ...] = ()
    why: str = ""


def allow(*roles: Role, keep: tuple[str, ...] = (), carry: tuple[str, ...] = ()) -> Callable:
    """Only who may act as one of these roles. What a guest sent in the `keep` fields waits for them.

    `carry` is for what somebody has been writing while their session ended.
    """
    return mark(Mark(frozenset(roles), keep, carry))


def public(why: str) -> Callable:
    """Everybody, for a reason that stands beside it."""
    return mark(Mark(None, why=why))


def mark(access: Mark) -> Callable:
    def marked(view: Callable) -> Callable:
        view.access = access
        return view

    return marked


signed_in = mark(Mark(frozenset()))


def takes(size: int, plain: bool = False) -> Callable:
    """So many bytes of this view's form are read, of whoever may open it. `plain`: also of a form without files."""

    def marked(view: Callable) -> Callable:
        view.takes = size, plain
        return view

    return marked


def widen() -> None:
    """Before anything of a form is read: more of it may be, where a view takes so much and the person may send it.

    Also of words that somebody sends whose session is over, and signs in with.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    size, plain = getattr(view, "takes", (0, False))
    fits = plain or request.mimetype == "multipart/form-data"
    if size and fits and (view.access.carry or may_open(view.access)):
        request.max_content_length = size
    if size and fits:
        # Whoever was looked up above is looked up again: a slow sender keeps no connection from others meanwhile.
        db.session.rollback()


def may_open(access: Mark) -> bool:
    if access.roles is None:
        return True
    return current_user.is_authenticated and (not access.roles or bool(access.roles & current_user.roles))


def guard() -> Response | None:
    """Before every request: closed, unless the view's mark opens it to this person."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    access = view.access
    if access.roles is None:
        return None
    if not current_user.is_authenticated:
        return to_sign_in(access)
    if access.roles and not access.roles & current_user.roles:
        abort(403)
    return None


def from_another_site() -> bool:
    """Whether the browser says that a write comes from another site."""
    if request.method in SAFE:
        return False
    origin = request.headers.get("Origin")
    # Compared as text: what is malformed is not ours either.
    foreign = bool(origin) and origin.partition("://")[2] != request.host
    return foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def refuse_other_sites() -> None:
    if from_another_site():
        abort(403)


def keep_cookie(response: Response) -> Response:
    """What another site sends comes without our cookie: an answer with a new one would sign the person out."""
    if from_another_site():
        session.modified = False
    return response


def from_us() -> bool:
    """Whether the browser itself says that a page of ours sent this. Its silence is no proof."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "")
    return site == "same-origin" if site else origin.partition("://")[2] == request.host


def came_from() -> str | None:
    """The page of ours that sent this, if the browser says which."""
    host, _, path = (request.referrer or "").partition("://")[2].partition("/")
    return urls.local(f"/{path}") if host == request.host else None


def to_sign_in(access: Mark) -> Response:
    if request.method in SAFE:
        return hypermedia.sign_in(urls.local(request.full_path.rstrip("?")))
    if access.carry and not hypermedia.from_htmx():
        return current_app.login_manager.unauthorized()
    if not access.keep:
        return hypermedia.sign_in(urls.local(hypermedia.on_screen()))
    session["kept"] = {
        "path": request.path,
        "until": (clock.now() + KEPT).timestamp(),
        **{name: request.form.get(name, "")[:100] for name in access.keep},
    }
    return hypermedia.sign_in(request.path)


def kept(path: str | None = None) -> dict[str, Any]:
    """What a guest chose within the last hour, before signing in; on this path only, if one is given. May be empty."""
    choice = session.get("kept", {})
    if clock.now().timestamp() >= choice.get("until", 0) or path not in (None, choice["path"]):
        return {}
    return choice


def browser() -> dict[str, str | None]:
    """What a new session keeps of the browser that signs in, and the session of its own that it replaces."""
    replaces, user_agent = session.get("token"), request.user_agent.string[:300]
    return {"replaces": replaces, "user_agent": user_agent, "ip": request.remote_addr}


def remember(token: str) -> None:
    """The browser is signed in from now on. Nothing that was in its cookie before stays, but for a guest's choice."""
    choice = kept()
    session.clear()
    session.permanent = True
    session.update({"token": token} | ({"kept": choice} if choice else {}))
    # Where Flask-WTF keeps the old session's token for the rest of the request.
    g.pop("csrf_token", None)


def interrupted() -> Response | None:
    """What to answer to words that came with no session, or with the token of one that is over; None: refuse them."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or not view.access.carry or hypermedia.from_htmx() or from_another_site():
        return None
    return current_app.login_manager.unauthorized()


def check_declared(app: Flask) -> None:
    """Raises for a view that says nothing about who may open it."""
    silent = sorted(name for name, view in app.view_functions.items() if not hasattr(view, "access"))
    if silent:
        raise RuntimeError(
            f"Who may open {', '.join(silent)}? Put @allow(Role...), @signed_in or @public(why=...) on the view."
        )
