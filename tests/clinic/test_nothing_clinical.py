"""The desk and the admin see people and times. Why somebody comes is nowhere among them."""

import factories
import pytest
from sqlalchemy.exc import InvalidRequestError

from healthbook.clinic.queries import appointments, today
from healthbook.db import db
from healthbook.models import Appointment

MARK = "MARK-7731"
SEALED = ("reason", "doctor_notes", "prescription")


@pytest.fixture
def marked(app, cast, visit):
    """A visit of today in each status, with the mark in all that is clinical."""
    hours = {"checked_in": "09:00", "scheduled": "10:00", "completed": "08:00", "cancelled": "11:00"}
    references = [
        visit("ada", "cole", hour, status=status, **dict.fromkeys(SEALED, MARK)) for status, hour in hours.items()
    ]
    with app.app_context():
        for found in db.session.scalars(db.select(Appointment)):
            found.patient.medical_history = found.patient.allergies = MARK
            factories.step(found, found.status, cast.dot, remark=MARK, change_reason="other")
        db.session.commit()
    return references


def test_no_page_of_desk_or_admin_shows_it(browser, marked):
    pages = ["/clinic", "/clinic/appointments", "/clinic/appointments?q=ada&sort=status"]
    for name in ("dot", "mo"):
        who = browser(name)
        for path in (*pages, *(["/clinic/doctors", "/clinic/specializations"] if name == "mo" else [])):
            for htmx in (True, False):
                page = who.get(path, htmx=htmx)
                assert page.status == 200
                assert MARK not in page.body, path


def test_no_answer_to_a_step_shows_it(browser, marked):
    dot = browser("dot")
    for seen, to in (("confirmed", "checked_in"), ("scheduled", "x"), ("scheduled", "checked_in")):
        for htmx in (True, False):
            page = dot.post(f"/clinic/appointments/{marked[1]}/status", {"seen": seen, "to": to}, htmx=htmx)
            assert MARK not in page.body


def test_nobody_can_search_for_it(browser, marked):
    assert "No appointment fits" in browser("dot").get("/clinic/appointments", {"q": MARK}).text


def test_the_rows_do_not_even_carry_it(app, marked, now):
    with app.app_context():
        day = now.date()
        (row, *_), (waiting,) = appointments.again(marked), today.waiting(day, now)
        (expected,) = today.expected(day, now)
        for visit in (row, waiting.visit, expected.visit):
            for name in (*SEALED, "notes", "fee"):
                with pytest.raises(InvalidRequestError):
                    getattr(visit, name)
            with pytest.raises(InvalidRequestError):
                _ = visit.patient.allergies


def test_the_database_is_not_even_asked_for_it(browser, marked, statements):
    dot = browser("dot")
    dot.get("/clinic")
    with statements() as seen:
        dot.get("/clinic")
        dot.get("/clinic/appointments")
    of_visits = [statement for statement in seen if "FROM appointment" in statement]
    assert of_visits
    for statement in of_visits:
        assert not any(f"appointment.{name}" in statement for name in SEALED)
        assert "remark" not in statement
        assert "allergies" not in statement
