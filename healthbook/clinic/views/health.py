"""For the machines that watch over this one."""

from flask import Response, current_app

from healthbook.access import public
from healthbook.clinic.queries.readiness import ready
from healthbook.clinic.views.blueprint import bp


@bp.get("/healthz")
@public(why="says only that the process answers")
def healthz() -> Response:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public(why="says only whether it can work")
def readyz() -> Response:
    """503 while the database is away or lacks a migration."""
    if ready(current_app.extensions["migrate"].directory):
        return Response("ready\n", mimetype="text/plain")
    return Response("not ready\n", status=503, mimetype="text/plain", headers={"Retry-After": "5"})
