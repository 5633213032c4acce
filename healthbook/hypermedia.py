"""The only reader and writer of HX-* headers: page or part, sending a person on, and unchanged answers."""

from hashlib import sha256
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for

VARY = ("HX-Request", "HX-Request-Type", "HX-PTag")


def from_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_part() -> bool:
    """htmx asks for a full page when it restores history, boosts or selects."""
    return from_htmx() and request.headers.get("HX-Request-Type") == "partial"


def show(page: str, part: str, status: int = 200, tag: object = None, **context) -> Response:
    """The whole page, or its part for htmx, drawn with the same context.

    `tag` stands for what the part shows: while its repr stays the same a refresh is answered 304.
    """
    if tag is not None and status == 200 and unchanged(tag):
        response = Response(status=304)
    else:
        response = make_response(render_template(part if wants_part() else page, **context), status)
    if tag is not None:
        response.headers["HX-PTag"] = ptag(tag)
    response.vary.update(VARY)
    return response


def ptag(tag: object) -> str:
    return sha256(repr(tag).encode()).hexdigest()[:16]


def unchanged(tag: object) -> bool:
    """Whether whoever asks has the part on the screen already, so that nothing is shown."""
    return wants_part() and request.headers.get("HX-PTag") == ptag(tag)


def done(url: str, part: str, **context) -> Response:
    """After an action that stays on its page: for htmx the part as it is now, else back to the page by 303."""
    response = make_response(render_template(part, **context)) if from_htmx() else redirect(url, 303)
    response.vary.update(VARY)
    return response


def go(url: str) -> Response:
    """On to another page: 303, or for htmx 204 with a header, since fetch would follow a 303 into the part."""
    response = Response(status=204, headers={"HX-Redirect": url}) if from_htmx() else redirect(url, 303)
    response.vary.update(VARY)
    return response


def on_screen() -> str:
    """The path of the page from which htmx asks, or ''."""
    there = urlsplit(request.headers.get("HX-Current-URL", ""))
    return there.path + (f"?{there.query}" if there.query else "")


def sign_in(back_to: str | None) -> Response:
    """To the sign-in page and, after it, back; htmx gets a 401, so that a stream or a refresh stops."""
    url = url_for("accounts.sign_in", next=back_to)
    response = Response(status=401, headers={"HX-Redirect": url}) if from_htmx() else redirect(url, 303)
    response.vary.update(VARY)
    return response
