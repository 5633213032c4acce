"""The page of one visit: what the patient, the doctor and the clinic's staff may read there."""

import factories
import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient, VisitType

MARK = "MARK-4180"
SEALED = ("reason", "doctor_notes", "prescription")


@pytest.fixture
def marked(app, cast, visit):
    """Ada's visit with Cole tomorrow at ten, with a mark of its own in each clinical column."""
    words = {name: f"{MARK} {name}" for name in SEALED}
    reference = visit("ada", "cole", "10:00", days=1, **words)
    with app.app_context():
        found = db.session.scalar(db.select(Appointment).where(Appointment.reference == reference))
        cole, ada = db.session.get(Doctor, cast.cole), db.session.get(Patient, cast.ada)
        for author, words in ((ada.user_id, "patient's"), (cole.user_id, "doctor's"), (cast.dot, "desk's")):
            factories.step(found, "scheduled", author, remark=f"{MARK} {words} remark")
        ada.allergies = ada.medical_history = f"{MARK} record"
        db.session.commit()
    return reference


def facts(page):
    return {text_of(fact.find("dt")): text_of(fact.find("dd")) for fact in page.find("dl").findall("div")}


def history(page):
    return [text_of(step) for step in page.by_id("history").iter("li")]


def test_the_patient_reads_when_where_with_whom_and_why(browser, visit):
    reference = visit("ada", "cole", "10:00", days=1, reason="A cough", fee=85)
    page = browser("ada").get(f"/appointments/{reference}")
    assert (page.status, page.h1) == (200, "Wednesday 25 November, 10:00")
    assert page.title == "Visit on Wednesday 25 November at 10:00 – Test Clinic"
    assert "About 30 minutes, United Kingdom Time" in page.text
    assert facts(page) == {
        "Doctor": "Dr Maria Cole General practice, New problem",
        "Where": "Test Clinic, 1 Test Street",
        "Bring with you": "A list of your medicines",
        "Why you come": "A cough Only Dr Maria Cole reads this.",
        "Fee": "£85",
        "Reference": f"{reference[:4]} {reference[4:]}",
    }
    assert "Free to cancel until Tuesday 24 November, 22:00." in page.text
    assert "Who may read this" in page.text
    assert "You are booked in" not in page.text
    assert "You are booked in" in browser("ada").get(f"/appointments/{reference}?new=1").text


def test_the_doctor_reads_who_comes_and_why(browser, visit):
    reference = visit("ada", "cole", "10:00", days=1, reason="A cough")
    page = browser("cole").get(f"/appointments/{reference}")
    assert (facts(page)["Patient"], facts(page)["Why"]) == ("Ada Byrne", "A cough")
    assert "Who may read this" not in page.text
    assert page.by_id("notes").get("href") == f"/agenda/{reference}"


def test_desk_and_admin_read_who_and_when_and_nothing_clinical(browser, marked):
    for name in ("dot", "mo"):
        who = browser(name)
        for path in (f"/appointments/{marked}", f"/appointments/{marked}/cancellation"):
            for htmx in (False, True):
                page = who.get(path, htmx=htmx)
                assert page.status == 200
                assert "Ada Byrne" in page.text
                # What the desk itself wrote is for whoever works there.
                assert MARK not in page.body.replace(f"{MARK} desk&#39;s remark", ""), path


def test_the_staff_s_pages_do_not_even_ask_the_database_for_it(browser, marked, statements):
    dot = browser("dot")
    dot.get("/clinic")
    with statements() as seen:
        dot.get(f"/appointments/{marked}")
        dot.post(f"/appointments/{marked}/cancellation", {"reason": "x"})
        dot.post(f"/appointments/{marked}/cancellation", {"reason": "doctor_away"})
        dot.get(f"/appointments/{marked}")
    columns = [f".{name}" for name in (*SEALED, "remark", "allergies", "medical_history")]
    # Steps that the staff made are read with the words of the staff.
    of_visits = [s for s in seen if "FROM appointment" in s and "AND (EXISTS (SELECT 1" not in s]
    assert of_visits
    for statement in of_visits:
        assert not [column for column in columns if column in statement.split("FROM")[0]], statement


def test_each_clinical_word_is_read_by_whom_it_is_for_and_by_nobody_else(browser, marked):
    page = f"/appointments/{marked}"
    expected = {
        ("ada", page): {"reason", "patient's remark"},
        ("cole", page): {"reason", "patient's remark", "doctor's remark", "desk's remark"},
        ("cole", f"/agenda/{marked}"): {
            "reason",
            "doctor_notes",
            "patient's remark",
            "doctor's remark",
            "desk's remark",
        },
        ("cole", "/agenda?day=2026-11-25"): {"reason"},
        ("cole", f"{page}/cancellation"): set(),
        ("ada", f"{page}/cancellation"): set(),
        ("ada", "/appointments"): set(),
        ("ada", "/"): set(),
    }
    words = (*SEALED, "patient's remark", "doctor's remark", "desk's remark", "record")
    for (name, path), found in expected.items():
        body = browser(name).get(path).text
        assert {word for word in words if f"{MARK} {word}" in body} == found, (name, path)


def test_strangers_find_nothing(browser, marked):
    for name in ("ben", "dean", "pat"):
        who = browser(name)
        for path in (f"/appointments/{marked}", f"/agenda/{marked}", "/agenda?day=2026-11-25", "/appointments"):
            for htmx in (False, True):
                page = who.get(path, htmx=htmx)
                assert page.status in (200, 403, 404)
                assert MARK not in page.body
                assert "Ada Byrne" not in page.text
        assert who.get(f"/appointments/{marked}").status == 404


def test_a_doctor_who_was_suspended_reads_nothing_any_more(cast, browser, marked, change):
    change(Doctor, cast.cole, status="suspended")
    cole = browser("cole")
    assert cole.get(f"/appointments/{marked}").status == 404
    assert cole.get(f"/agenda/{marked}").status == 403


def test_a_hold_is_no_visit_yet(browser, visit):
    reference = visit("ada", "cole", "10:00", status="held")
    for name in ("ada", "cole", "dot"):
        assert browser(name).get(f"/appointments/{reference}").status == 404


def test_the_history_names_its_authors_as_the_reader_knows_them(app, cast, browser, visit):
    reference = visit("ada", "cole", "10:00", days=1)
    with app.app_context():
        found = db.session.scalar(db.select(Appointment))
        cole = db.session.get(Doctor, cast.cole)
        for status, author, reason in (
            ("confirmed", cast.dot, None),
            ("checked_in", cole.user_id, None),
            ("cancelled", None, "doctor_away"),
        ):
            factories.step(found, status, author, change_reason=reason)
        db.session.commit()
    assert history(browser("ada").get(f"/appointments/{reference}")) == [
        "Cancelled: The doctor is away by the system Tue 24 Nov, 09:41",
        "Checked in by Dr Maria Cole Tue 24 Nov, 09:41",
        "Confirmed by the desk Tue 24 Nov, 09:41",
        "Booked by you Tue 24 Nov, 09:41",
    ]
    assert history(browser("cole").get(f"/appointments/{reference}"))[1:] == [
        "Waiting by you Tue 24 Nov, 09:41",
        "Confirmed by Dot Marsh Tue 24 Nov, 09:41",
        "Booked by the patient Tue 24 Nov, 09:41",
    ]
    assert history(browser("mo").get(f"/appointments/{reference}"))[1:3] == [
        "Waiting by Dr Maria Cole Tue 24 Nov, 09:41",
        "Confirmed by Dot Marsh Tue 24 Nov, 09:41",
    ]


def test_who_may_cancel_finds_the_way_and_who_may_not_does_not(browser, visit):
    offered = {
        ("scheduled", "16:00"): {"ada", "cole", "dot"},
        ("confirmed", "15:00"): {"ada", "cole", "dot"},
        ("confirmed", "09:30"): {"cole", "dot"},
        ("checked_in", "14:00"): {"cole", "dot"},
        ("in_progress", "13:00"): set(),
        ("completed", "09:00"): set(),
        ("cancelled", "12:00"): set(),
        ("no_show", "08:30"): set(),
    }
    people = {name: browser(name) for name in ("ada", "cole", "dot")}
    for (status, clock_time), may in offered.items():
        path = f"/appointments/{visit('ada', 'cole', clock_time, status=status)}"
        found = {name for name, who in people.items() if who.get(path).has("a", id="cancel")}
        assert found == may, (status, clock_time)


def test_what_is_over_leads_to_another_visit(cast, browser, visit):
    page = browser("ada").get(f"/appointments/{visit('ada', 'cole', '09:00', status='completed')}")
    assert page.by_id("again").get("href") == f"/doctors/{cast.cole}/slots"


def test_a_visit_whose_type_was_removed_is_still_shown(app, cast, browser, visit):
    reference = visit("ada", "cole", "10:00", days=1)
    with app.app_context():
        db.session.execute(db.delete(VisitType))
        db.session.commit()
    for name, path in (
        ("ada", f"/appointments/{reference}"),
        ("ada", "/appointments"),
        ("cole", f"/agenda/{reference}"),
    ):
        assert browser(name).get(path).status == 200
    assert browser("cole").get("/agenda?day=2026-11-25").status == 200


def test_somebody_of_the_staff_who_is_the_patient_reads_their_own(app, cast, browser, visit):
    with app.app_context():
        db.session.add(Patient(user_id=cast.dot))
        db.session.commit()
        cast.dotty = db.session.scalar(db.select(Patient.id).where(Patient.user_id == cast.dot))
    own, other = visit("dotty", "cole", "10:00", days=1, reason=MARK), visit("ada", "cole", "11:00", reason=MARK)
    dot = browser("dot")
    assert MARK in dot.get(f"/appointments/{own}").text
    assert MARK not in dot.get(f"/appointments/{other}").body


def test_an_open_page_learns_what_changed(browser, visit):
    path = f"/appointments/{visit('ada', 'cole', '10:00')}"
    ada = browser("ada")
    part = ada.get(path, htmx=True)
    same = {"HX-PTag": part.headers["HX-PTag"]}
    assert ada.get(path, htmx=True, headers=same).status == 304
    browser("cole").post(path.replace("appointments", "agenda") + "/status", {"seen": "scheduled", "to": "checked_in"})
    changed = ada.get(path, htmx=True, headers=same)
    assert (changed.status, "Checked in by Dr Maria Cole" in changed.text) == (200, True)


def test_the_page_costs_eight_statements_at_most(app, cast, browser, visit, statements):
    path = f"/appointments/{visit('ada', 'cole', '10:00', days=1)}"
    ada, counted = browser("ada"), []
    for steps in (0, 40):
        with app.app_context():
            found = db.session.scalar(db.select(Appointment))
            for _ in range(steps):
                factories.step(found, "scheduled", cast.dot)
            db.session.commit()
        ada.get(path)
        with statements() as seen:
            ada.get(path)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 8
