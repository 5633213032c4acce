"""A patient's chart, for the doctors who treat them and for whoever opened it in an emergency."""

from flask import Response, request, url_for
from flask_login import current_user

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.day import age
from healthbook.hypermedia import go, show, wants_part
from healthbook.models import Act, Place, Role
from healthbook.patients.queries.access import Reader
from healthbook.patients.queries.emergencies import in_force
from healthbook.reading import noted
from healthbook.records.queries import chart as queries
from healthbook.records.queries.records import WRITES
from healthbook.records.views.blueprint import bp

LONGEST_SEARCH = 100
ON_PAPER = 100


@bp.get("/patients/<id:patient_id>")
@allow(Role.DOCTOR)
def chart(patient_id: int) -> Response:
    now = clock.now()
    who = queries.opened(current_user, patient_id, now)
    if who.why not in WRITES:
        return go(url_for(".mine", patient=patient_id))
    words, printed = request.args.get("q", "")[:LONGEST_SEARCH], "print" in request.args
    before = queries.key(request.args.get("before", ""))
    timeline = queries.timeline(who, now, words, before, ON_PAPER if printed else queries.PAGE)
    context = {} if wants_part() else beside(who)
    context |= {"patient": who.patient, "timeline": timeline, "words": words, "before": before, "printed": printed}
    note(who, Act.PRINTED if printed else Act.READ)
    return show("records/chart.html", "records/_timeline.html", **context)


def beside(who: Reader) -> dict[str, object]:
    """Who the patient is, what they must not be given and what they take; and until when, in an emergency."""
    now, patient = clock.now(), who.patient
    on_the_wall = now.astimezone(who.person.doctor.clinic.zone)
    medicines, number = queries.medicines(who, now)
    return {
        "patient": patient,
        "age": age(patient.user.date_of_birth, on_the_wall.date()),
        "allergies": queries.apart(patient.allergies),
        "medicines": medicines,
        "number": number,
        "emergency": in_force(who.person.doctor, patient.id, now) if who.reason else None,
        "now": on_the_wall,
    }


def note(who: Reader, action: Act = Act.READ) -> None:
    noted([who.patient.id], Place.CHART, who.why, action=action, reason=who.reason)


@bp.get("/patients/<id:patient_id>/beside")
@allow(Role.DOCTOR)
def aside(patient_id: int) -> Response:
    """The short of the chart, which the page of a visit fetches to stand beside it."""
    who = queries.opened(current_user, patient_id, clock.now())
    if who.why not in WRITES or not wants_part():
        return go(url_for(".chart", patient_id=patient_id))
    context = beside(who)
    note(who)
    return show("records/chart.html", "records/_aside.html", **context)
