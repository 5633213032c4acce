"""What every answer says to the browser about itself: no storing, no framing, no script but ours."""

from io import BytesIO
from secrets import token_hex

from flask import Flask, Response, g, request, send_file

CSP = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
A_YEAR = "public, max-age=31536000, immutable"

# A file that somebody sent may be anything: wherever it is opened, it can do nothing.
OF_A_FILE = "sandbox; default-src 'none'"


def download(content: bytes, media_type: str, name: str) -> Response:
    """A file to be kept by whoever asks, under this name; no browser shows it as a page of ours."""
    response = send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name, etag=False)
    response.headers["Content-Security-Policy"] = OF_A_FILE
    return response


def init_app(app: Flask, https: bool) -> None:
    headers = ALWAYS | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})

    @app.before_request
    def name() -> None:
        g.request_id = token_hex(8)

    @app.after_request
    def say(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # Not there when a request was refused before it was one.
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint == "static" and response.status_code in (200, 304):
            named_by_content = "v" in request.args or request.path.endswith(".woff2")
            response.headers["Cache-Control"] = A_YEAR if named_by_content else "no-cache"
        else:
            response.headers["Cache-Control"] = "no-store"
        return response
