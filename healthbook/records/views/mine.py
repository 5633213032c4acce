"""A patient's own record: what it holds, what they take now, and who else has opened it."""

from flask import Response, request, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.hypermedia import show
from healthbook.labels import RECORD_WORDS
from healthbook.models import Act, Place, RecordType, Role
from healthbook.records.queries import medicines, records
from healthbook.records.queries import mine as queries
from healthbook.records.reading import note
from healthbook.records.views.blueprint import bp
from healthbook.urls import number

LONGEST_SEARCH = 100
LAST_PAGE = 1000
ON_PAPER = 5000


@bp.get("/records")
@allow(Role.PATIENT)
def mine() -> Response:
    now, printed = clock.now(), "print" in request.args
    who = queries.whose(current_user, number(request.args.get("patient")), now)
    kind, words = request.args.get("type"), request.args.get("q", "")[:LONGEST_SEARCH]
    kind = kind if kind in list(RecordType) else None
    page, most = min(number(request.args.get("page")) or 1, LAST_PAGE), records.PAGE
    listed = records.listed(who, kind, words, 1 if printed else page, ON_PAPER if printed else most)
    context = queries.about(who) | {
        "kind": kind,
        "words": words,
        "listed": listed,
        "medicines": medicines.current(who, now),
        "others": queries.others(current_user, now),
        "openings": queries.last_openings(who),
        "kinds": [(kind.value, words) for kind, words in RECORD_WORDS.items()],
        "back": url_for(".mine", patient=request.args.get("patient"), type=kind, q=words or None),
    }
    note(who, Place.RECORDS, action=Act.PRINTED if printed else Act.READ)
    if printed:
        return show("records/on_paper.html", "records/_on_paper.html", **context)
    return show("records/mine.html", "records/_mine.html", **context)
