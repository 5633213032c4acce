"""One doctor reaches for what is another's: their visits, their notes, their hours, their patients' charts."""

import pytest
from factories import PASSWORD

from healthbook.db import db
from healthbook.models import Doctor

SENT = {"doctor_notes": "x", "version": "1", "seen": "scheduled", "to": "cancelled", "reason": "other", "title": "x"}
WORDS = {"day_of_week": "monday", "start_time": "08:00", "end_time": "09:00", "record_type": "diagnosis"}


@pytest.fixture
def addresses(app, cast, visit):
    """Where Cole writes about Ada's visit and the hours."""
    reference = visit("ada", "cole", "10:00", reason="A cough 5517", doctor_notes="Rest 5517")
    with app.app_context():
        hours = db.session.get(Doctor, cast.cole).availability[0].id
    agenda, appointment = f"/agenda/{reference}", f"/appointments/{reference}"
    written = f"{agenda}/notes", f"{agenda}/status", f"{appointment}/cancellation", f"{appointment}/record"
    return (*written, f"/hours/{hours}", f"/hours/{hours}/removal"), (agenda, appointment, f"/patients/{cast.ada}")


@pytest.mark.parametrize("htmx", [False, True])
def test_what_is_another_doctor_s_is_not_there_and_stays_as_it_was(browser, cast, addresses, unchanged, htmx):
    """D1 edits D2's hours, visits and notes, and names D2 in the form: as if they were not there (AZ12)."""
    writes, reads = addresses
    dean = browser("dean")
    with unchanged():
        for path in writes:
            for more in ({}, {"doctor_id": str(cast.cole)}):
                page = dean.post(path, SENT | WORDS | more, htmx=htmx)
                assert (page.status, "5517" in page.body) == (404, False), path
        for path in reads:
            page = dean.get(path, htmx=htmx)
            assert (page.status, "5517" in page.body) == (404, False), path


def test_naming_another_doctor_adds_hours_to_one_s_own(app, browser, cast):
    """D1 sends doctor_id=D2 with new hours: what is in the body counts for nothing (AZ12)."""
    sent = WORDS | {"day_of_week": "sunday", "doctor_id": str(cast.cole), "start_time": "09:00", "end_time": "10:00"}
    assert browser("dean").post("/hours", sent).status == 303
    with app.app_context():
        days = {
            name: [h.day_of_week for h in db.session.get(Doctor, getattr(cast, name)).availability]
            for name in ("cole", "dean")
        }
    assert ("sunday" in days["dean"], "sunday" in days["cole"]) == (True, False)


def test_an_emergency_opens_the_chart_and_no_visit_notes_or_hours_of_the_other_doctor(browser, cast, addresses):
    """Breaking the glass is for reading the record, not for editing a colleague's work (AZ9, AZ12)."""
    writes, (agenda, appointment, chart) = addresses
    dean = browser("dean")
    opened = dean.post(f"{chart}/emergency", {"reason": "Found unconscious", "password": PASSWORD})
    assert opened.follow().status == 200
    for path in (agenda, appointment):
        assert dean.get(path).status == 404
    for path in writes:
        assert dean.post(path, SENT | WORDS).status == 404, path
