"""Each page that shows why somebody comes, a remark or the doctor's notes leaves its row, once, and no other does."""

import pytest
from browsers import HTMX
from factories import NOW

from healthbook import reading
from healthbook.db import db
from healthbook.models import AccessLog, Appointment


@pytest.fixture
def rows(app):
    """rows(): place, object's reference, why and actor of every line of the log, in order."""

    def read():
        with app.app_context():
            references = dict(db.session.execute(db.select(Appointment.id, Appointment.reference)).all())
            lines = db.session.scalars(db.select(AccessLog).order_by(AccessLog.id))
            return [(x.object, references.get(x.object_id), x.why, x.actor.first_name, x.patient_id) for x in lines]

    return read


def test_the_agenda_leaves_one_row_for_each_patient_whose_words_stand_on_it(browser, cast, visit, rows):
    visit("ada", "cole", "10:00", reason="A cough")
    visit("ada", "cole", "11:00", reason="A rash", status="cancelled")
    visit("ben", "cole", "12:00")
    browser("cole").get("/agenda")
    assert rows() == [("agenda", None, "treating", "Maria", cast.ada)]


def test_a_refresh_of_the_agenda_within_a_quarter_of_an_hour_adds_none_and_a_later_one_does(
    browser, visit, rows, later
):
    visit("ada", "cole", "10:00", reason="A cough")
    cole = browser("cole")
    for minutes, expected in ((0, 1), (1, 1), (14, 1), (16, 2)):
        later(minutes=minutes)
        assert cole.get("/agenda", htmx=True).status == 200
        assert len(rows()) == expected


def test_an_agenda_that_has_not_changed_shows_nothing_and_leaves_nothing(browser, visit, rows, later, monkeypatch):
    visit("ada", "cole", "10:00", reason="A cough")
    cole = browser("cole")
    tag = cole.get("/agenda?day=2026-11-24", htmx=True).headers["HX-PTag"]
    monkeypatch.setattr("healthbook.audit.rules.ONCE_IN", NOW - NOW)
    assert cole.get("/agenda?day=2026-11-24", headers=HTMX | {"HX-PTag": tag}).status == 304
    assert len(rows()) == 1


@pytest.mark.parametrize(("htmx", "expected"), [(True, 1), (False, 0)])
def test_a_step_draws_the_day_for_htmx_only(browser, visit, rows, htmx, expected):
    reference = visit("ada", "cole", "10:00", reason="A cough")
    sent = {"seen": "scheduled", "to": "confirmed"}
    browser("cole").post(f"/agenda/{reference}/status", sent, htmx=htmx)
    assert len(rows()) == expected


def test_a_step_that_is_refused_draws_the_day_again(browser, visit, rows):
    reference = visit("ada", "cole", "10:00", reason="A cough")
    refused = browser("cole").post(f"/agenda/{reference}/status", {"seen": "confirmed", "to": "no_show"})
    assert refused.status == 409
    assert [row[0] for row in rows()] == ["agenda"]


def test_the_appointment_s_page_is_noted_as_whom_it_concerns(browser, cast, visit, rows):
    reference = visit("ada", "cole", "10:00", reason="A cough")
    for name in ("ada", "cole", "dot", "mo", "ben", "dean"):
        browser(name).get(f"/appointments/{reference}")
    assert rows() == [
        ("appointment", reference, "self", "Ada", cast.ada),
        ("appointment", reference, "treating", "Maria", cast.ada),
    ]


def test_two_visits_of_one_patient_are_two_rows_and_one_without_a_word_is_none(browser, visit, rows):
    ada = browser("ada")
    for clock_time, reason in (("10:00", "A cough"), ("11:00", "A rash"), ("12:00", None)):
        ada.get(f"/appointments/{visit('ada', 'cole', clock_time, reason=reason)}")
    assert len({row[1] for row in rows()}) == len(rows()) == 2


def test_a_remark_is_somebody_s_words_too_for_whoever_may_read_it(app, browser, cast, visit, rows):
    reference = visit("ada", "cole", "10:00")
    browser("dot").post(f"/appointments/{reference}/cancellation", {"reason": "other", "remark": "She called"})
    browser("ada").get(f"/appointments/{reference}")
    assert rows() == []
    assert "She called" in browser("cole").get(f"/appointments/{reference}").text
    assert rows() == [("appointment", reference, "treating", "Maria", cast.ada)]


def test_an_open_page_that_has_not_changed_leaves_nothing(browser, visit, rows, monkeypatch):
    reference = visit("ada", "cole", "10:00", reason="A cough")
    monkeypatch.setattr("healthbook.audit.rules.ONCE_IN", NOW - NOW)
    for name, path in (("ada", f"/appointments/{reference}"), ("cole", f"/agenda/{reference}")):
        who = browser(name)
        tag, before = who.get(path, htmx=True).headers["HX-PTag"], len(rows())
        assert who.get(path, headers=HTMX | {"HX-PTag": tag}).status == 304
        assert len(rows()) == before


@pytest.mark.parametrize("given", [{"reason": "A cough"}, {"doctor_notes": "Rest"}, {}])
def test_the_doctor_s_page_of_a_visit_is_noted_when_there_is_something_to_read(browser, visit, rows, given):
    reference = visit("ada", "cole", "10:00", **given)
    browser("cole").get(f"/agenda/{reference}")
    assert [row[:2] for row in rows()] == ([("appointment", reference)] if given else [])


def test_notes_that_are_refused_show_what_is_saved_and_are_noted(browser, visit, rows):
    reference = visit("ada", "cole", "10:00", doctor_notes="Rest")
    late = browser("cole").post(f"/agenda/{reference}/notes", {"doctor_notes": "Walk", "version": "7"})
    assert late.status == 409
    assert [row[:2] for row in rows()] == [("appointment", reference)]


def test_a_page_that_cannot_write_its_row_shows_nothing(app, browser, visit, monkeypatch):
    """Nothing clinical is shown that could not be written down first (PR1)."""
    reference = visit("ada", "cole", "10:00", reason="A cough 5517")
    who = {name: browser(name) for name in ("ada", "cole")}
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fails(*_args, **_more):
        raise RuntimeError

    monkeypatch.setattr(reading, "seen", fails)
    paths = ("ada", "/appointments/"), ("cole", "/appointments/"), ("cole", "/agenda/")
    for name, path in (*((name, path + reference) for name, path in paths), ("cole", "/agenda")):
        page = who[name].get(path)
        assert (page.status, "5517" in page.body) == (500, False), path
    app.config["PROPAGATE_EXCEPTIONS"] = None


def test_the_log_costs_two_statements_however_many_stand_on_the_day(app, browser, visit, statements):
    cole, counted = browser("cole"), []
    for n, who in enumerate(["ada", "ben", "ada", "ben"]):
        visit(who, "cole", f"{10 + n}:00", reason="A cough" if n else None)
        cole.get("/agenda")
        with statements() as seen:
            cole.get("/agenda")
        counted.append(len(seen))
    assert counted == [counted[0], *[counted[0] + 2] * 3]
