"""Who has opened my record: on the screen, on paper, and as a file. It shows nothing clinical."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.headers import download
from healthbook.hypermedia import show
from healthbook.models import Role
from healthbook.patients import log as words
from healthbook.patients.queries import log as queries
from healthbook.patients.queries.access import Reader
from healthbook.patients.queries.log import EVERYONE, WHO
from healthbook.patients.queries.whose import whose, zone
from healthbook.patients.views.blueprint import bp
from healthbook.urls import number

DAYS = {"year": 365, "month": 30}
ON_PAPER = 2000
WORDS = {"places": words.PLACES, "acts": words.ACTS, "whys": words.WHYS, "roles": words.ROLES, "icons": words.ICONS}


@bp.get("/me/access")
@allow(Role.PATIENT)
def access() -> Response:
    who, which, when, since = asked()
    printed = "print" in request.args
    most = ON_PAPER if printed else queries.PAGE
    return show(
        "patients/access.html",
        "patients/_access_list.html",
        who=who,
        own=who.patient.user_id == current_user.id,
        which=which,
        when=when,
        printed=printed,
        listed=queries.listed(who, which, since, number(request.args.get("before")), most),
        emergencies=queries.emergencies(who, since),
        zone=ZoneInfo(zone()),
        name_of=words.name,
        **WORDS,
    )


@bp.get("/me/access.csv")
@allow(Role.PATIENT)
def access_file() -> Response:
    who, which, _, since = asked()
    made = words.as_csv(queries.each(who, which, since), ZoneInfo(zone()))
    return download(made, "text/csv", "who-opened-my-record.csv")


def asked() -> tuple[Reader, str, str, datetime]:
    """Whose log, whose looks, and since when, as the address says; what makes no sense is everybody's of a year."""
    which, when = request.args.get("who", ""), request.args.get("when", "")
    which, when = which if which in WHO else EVERYONE, when if when in DAYS else "year"
    now = clock.now()
    who = whose(current_user, number(request.args.get("patient")), now)
    return who, which, when, now - timedelta(days=DAYS[when])
