"""Double entry for access: every endpoint, who may open it, and what is answered. Each request is really sent.

A row is a method, an endpoint, and one status for each person. Objects in the address are Ada's visit with Doctor Cole,
Ada's held time, Cole's hours; so Ada and Cole are owners, Ben and Dean strangers of the same kind.
"""

import re
from contextlib import contextmanager
from datetime import timedelta

import factories
import pytest
from factories import NOW
from flask import Flask, url_for

from healthbook.access import check_declared
from healthbook.db import db
from healthbook.models import Doctor, Patient
from healthbook.scheduling import terms

PEOPLE = ("guest", "ada", "ben", "cole", "dean", "pat", "dot", "mo")
OPEN = (200,) * 8
TO_SIGN_IN = 303

# method and endpoint, then: guest, Ada, Ben, Cole, Dean, Pat (waiting for approval), Dot (desk), Mo (admin)
ACCESS = {
    "GET static": OPEN,
    "GET clinic.events": (401, 403, 403, 403, 403, 403, 403, 403),
    "GET clinic.healthz": OPEN,
    "GET clinic.readyz": OPEN,
    "GET accounts.sign_in": (200, 303, 303, 303, 303, 303, 303, 303),
    "POST accounts.sign_in": (422,) * 8,
    "GET accounts.register": (200, 303, 303, 303, 303, 303, 303, 303),
    "POST accounts.register": (422,) * 8,
    "POST accounts.sign_out": (303,) * 8,
    "GET doctors.front": (200, 200, 200, 303, 303, 303, 303, 303),
    "GET doctors.directory": OPEN,
    "GET doctors.profile": OPEN,
    "GET doctors.apply": (200, 303, 303, 303, 303, 303, 303, 303),
    "POST doctors.apply": (422,) * 8,
    "GET doctors.application": (303, 403, 403, 403, 403, 200, 403, 403),
    "GET scheduling.slots": OPEN,
    "GET scheduling.hours": (303, 403, 403, 200, 200, 403, 403, 403),
    "POST scheduling.add_hours": (303, 403, 403, 303, 303, 403, 403, 403),
    "POST scheduling.change_hours": (303, 403, 403, 303, 404, 403, 403, 403),
    "POST scheduling.remove_hours": (303, 403, 403, 303, 404, 403, 403, 403),
    "POST appointments.hold": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET appointments.take_up": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET appointments.held": (303, 200, 404, 403, 403, 403, 403, 403),
    "POST appointments.book": (303, 303, 404, 403, 403, 403, 403, 403),
    "POST appointments.release": (303, 303, 404, 403, 403, 403, 403, 403),
    "GET appointments.mine": (303, 200, 200, 403, 403, 403, 403, 403),
    "GET appointments.shown": (303, 200, 404, 200, 404, 404, 200, 200),
    "GET appointments.cancellation": (303, 200, 404, 200, 404, 403, 200, 200),
    "POST appointments.cancel": (303, 303, 404, 303, 404, 403, 303, 303),
    "GET appointments.agenda": (303, 403, 403, 200, 200, 403, 403, 403),
    "POST appointments.step": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET appointments.visit": (303, 403, 403, 200, 404, 403, 403, 403),
    "POST appointments.write_notes": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET clinic.overview": (303, 403, 403, 403, 403, 403, 200, 200),
    "GET clinic.appointments": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST clinic.step": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET clinic.doctors": (303, 403, 403, 403, 403, 403, 403, 200),
    "POST clinic.review": (303, 403, 403, 403, 403, 403, 403, 303),
    "GET clinic.specializations": (303, 403, 403, 403, 403, 403, 403, 200),
    "POST clinic.add_specialization": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.rename_specialization": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.remove_specialization": (303, 403, 403, 403, 403, 403, 403, 303),
}
OF_A_HOLD = ("appointments.held", "appointments.book", "appointments.release")

# What is sent with a POST, so that it would do something for whoever may.
SENT = {
    "scheduling.add_hours": {"day_of_week": "sunday", "start_time": "09:00", "end_time": "12:00"},
    "scheduling.change_hours": {
        "day_of_week": "monday",
        "start_time": "10:00",
        "end_time": "12:00",
        "seen": "{seen_hours}",
    },
    "scheduling.remove_hours": {"seen": "{seen_hours}"},
    "appointments.hold": {"start": "2026-11-24T16:00:00+00:00", "visit_type": "{visit_type}"},
    "appointments.book": {"reason": "A cough"},
    "appointments.cancel": {"reason": "other"},
    "appointments.step": {"seen": "scheduled", "to": "confirmed"},
    "appointments.write_notes": {"doctor_notes": "Rest", "version": "1"},
    "clinic.step": {"seen": "scheduled", "to": "confirmed"},
    "clinic.review": {"seen": "pending", "decision": "approved", "reason": "Papers are in order"},
    "clinic.add_specialization": {"name": "New field"},
    "clinic.rename_specialization": {"name": "Newer field"},
}
MISSING = {"doctor_id": 999_999, "hours_id": 999_999, "specialization_id": 999_999, "reference": "ZZZZZZZZ"}


@pytest.fixture
def objects(app, cast):
    """What stands in the addresses, and what is sent so that a POST would do something."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        visit_type, hours = cole.visit_types[0].id, cole.availability[0]
        visit = factories.appointment(ada, cole, NOW.replace(hour=14, minute=0), visit_type_id=visit_type)
        held = factories.appointment(
            ada,
            cole,
            NOW.replace(hour=15, minute=0),
            status="held",
            held_until=NOW + timedelta(minutes=5),
            visit_type_id=visit_type,
        )
        waiting, unused = db.session.get(Doctor, cast.pat), factories.specialization("Unused")
        db.session.commit()
        return {
            "visit": visit.reference,
            "held": held.reference,
            "doctor": cole.id,
            "waiting": waiting.id,
            "hours": hours.id,
            "seen_hours": terms.seen(hours),
            "visit_type": str(visit_type),
            "specialization": unused.id,
        }


def address(app, endpoint, objects, missing=False):
    """The endpoint's path for Ada's and Cole's things, or for things that are not there."""
    own = {
        "doctor_id": objects["waiting" if endpoint == "clinic.review" else "doctor"],
        "hours_id": objects["hours"],
        "specialization_id": objects["specialization"],
        "reference": objects["held" if endpoint in OF_A_HOLD else "visit"],
        "filename": "healthbook.css",
    }
    rule = next(rule for rule in app.url_map.iter_rules(endpoint))
    with app.test_request_context():
        return url_for(endpoint, **{name: (MISSING if missing else own)[name] for name in rule.arguments})


def send(app, browser, row, objects, missing=False):
    method, endpoint = row.split()
    path = address(app, endpoint, objects, missing)
    if method == "GET":
        return browser.get(path)
    return browser.post(path, {name: value.format(**objects) for name, value in SENT.get(endpoint, {}).items()})


@pytest.mark.parametrize("row", ACCESS)
def test_each_endpoint_opens_to_whom_it_should_and_to_nobody_else(app, browser, objects, row):
    got = {}
    for person in PEOPLE:
        who = browser(None if person == "guest" else person)
        with undone(app):
            got[person] = send(app, who, row, objects).status
    assert got == dict(zip(PEOPLE, ACCESS[row], strict=True))


@contextmanager
def undone(app):
    """Whatever one person's request does is undone before the next person's."""
    with app.app_context():
        savepoint = db.engines[None].begin_nested()
    yield
    savepoint.rollback()


def about_a_thing(app):
    return [
        row for row in ACCESS if set(MISSING) & {a for r in app.url_map.iter_rules(row.split()[1]) for a in r.arguments}
    ]


def test_a_strangers_thing_is_answered_like_one_that_is_not_there(app, browser, objects):
    for row in about_a_thing(app):
        for person, status in zip(PEOPLE, ACCESS[row], strict=True):
            if status == 404:
                who = browser(person)
                theirs, missing = send(app, who, row, objects), send(app, who, row, objects, missing=True)
                assert (theirs.status, without_token(theirs)) == (missing.status, without_token(missing)), (row, person)


def test_what_is_not_there_is_a_404_for_whoever_may_ask(app, browser, objects):
    for row in about_a_thing(app):
        for person, status in zip(PEOPLE, ACCESS[row], strict=True):
            if status < 400 and not (person == "guest" and status == TO_SIGN_IN):
                missing = send(app, browser(None if person == "guest" else person), row, objects, missing=True)
                assert missing.status == 404, (row, person)


def without_token(page):
    return re.sub(r'(content|value)="[\w.-]{60,}"', "", page.body)


def declared(app):
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_endpoint_is_in_the_table_and_nothing_else(app):
    assert declared(app) == set(ACCESS)


def test_an_app_with_an_unmarked_view_does_not_start(app):
    stray = Flask("stray")
    stray.add_url_rule("/stray", "stray", lambda: "")
    with pytest.raises(RuntimeError, match="stray"):
        check_declared(stray)


def test_a_guest_is_sent_to_sign_in_and_htmx_is_told_so(browser):
    page = browser().get("/appointments?show=past")
    assert page.location == "/sign-in?next=/appointments?show%3Dpast"
    part = browser().get("/appointments", htmx=True)
    assert (part.status, part.location) == (401, "/sign-in?next=/appointments")


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_what_another_site_sends_is_refused(browser, objects, sent):
    ada = browser("ada")
    assert ada.post(f"/holds/{objects['held']}", {"reason": "A cough"}, headers=sent).status == 403


@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_site_cannot_sign_anybody_out(app, cast, sent):
    """Its form comes without our cookie, and an answer that sets a new one would take the place of the old."""
    for path in ("/sign-out", "/sign-in", "/no/such/page"):
        answer = app.test_client().post(path, headers=sent)
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (403, None)


def test_a_write_without_the_token_is_refused(app, browser, objects):
    ada = browser("ada")
    assert ada.open("POST", f"/holds/{objects['held']}", data={"reason": "A cough"}).status == 400


@pytest.mark.parametrize(
    "path", ["//clinic", "/Clinic", "/clinic/", "/clinic/.", "/clinic%2f", "/clinic;x=1", "/clinic/x.css"]
)
def test_no_trick_in_a_path_opens_a_page(browser, path):
    assert browser("ada").get(path).status in (303, 308, 403, 404)
