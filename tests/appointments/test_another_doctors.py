"""One doctor reaches for what is another's: their visits, their notes, their hours, their patients' charts."""

import pytest
from factories import PASSWORD

from healthbook.db import db
from healthbook.models import Doctor

SENT = {"doctor_notes": "x", "version": "1", "seen": "scheduled", "to": "cancelled", "reason": "other", "title": "x"}
WORDS = {"act": "save", "first": "2026-11-30", "weeks": "1", "on": "2026-11-30", "record_type": "diagnosis"}
WORDS |= {"windows-0-place": "0-7", "windows-0-start_time": "09:00", "windows-0-end_time": "10:00"}


@pytest.fixture
def addresses(cast, visit):
    """Where Cole writes about Ada's visit and the hours."""
    reference = visit("ada", "cole", "10:00", reason="A cough 5517", doctor_notes="Rest 5517")
    hours = f"/doctors/{cast.cole}/hours"
    agenda, appointment = f"/agenda/{reference}", f"/appointments/{reference}"
    written = f"{agenda}/notes", f"{agenda}/status", f"{appointment}/cancellation", f"{appointment}/record"
    kept = hours, f"{hours}/dates", f"{hours}/dates/removal", f"{hours}/time-off", f"/doctors/{cast.cole}/visit-types"
    return (*written, *kept), (agenda, appointment, f"/patients/{cast.ada}")


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
    dean = browser("dean")
    seen = dean.get("/hours").form(id="plan").fields["seen"]
    sent = WORDS | {"doctor_id": str(cast.cole), "seen": seen}
    assert dean.post(f"/doctors/{cast.dean}/hours?doctor_id={cast.cole}", sent).status == 303
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
