"""Who has opened my record: everybody, when, as what, where and why; what is private stays from guardians."""

import csv
from datetime import timedelta
from io import StringIO

import factories
import pytest
from factories import NOW

from healthbook.db import db
from healthbook.models import (
    AccessLog,
    Act,
    Attachment,
    Doctor,
    EmergencyAccess,
    Guardian,
    MedicalRecord,
    Patient,
    Place,
    Prescription,
    User,
    Why,
)
from healthbook.patients.queries import log

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def look(app, cast):
    """look("cole", Place.CHART, ago=DAY): that person has looked at Ada's record, so long ago."""

    def looked(name, place=Place.CHART, why=Why.TREATING, ago=timedelta(), **more):
        with app.app_context():
            row = {"ada": Patient, "ben": Patient, "cole": Doctor, "dean": Doctor}.get(name, User)
            found = db.session.get(row, getattr(cast, name))
            actor = found if row is User else found.user
            about = {"at": NOW - ago, "actor_id": actor.id, "patient_id": cast.ada}
            db.session.add(AccessLog(**about, object=place, why=why, **{"action": Act.READ} | more))
            db.session.commit()

    return looked


@pytest.fixture
def guardian(app, cast):
    with app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
        rights = {"may_see_record": True, "confirmed_at": NOW, "confirmed_by_id": ada.user_id, "since": NOW.date()}
        db.session.add(Guardian(user_id=ben.user_id, patient_id=ada.id, **rights))
        db.session.commit()


def lines(page):
    """What each line says, cell by cell."""
    rows = page.find("tbody") if page.has("tbody") else []
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in rows]


def test_a_line_says_when_who_as_what_where_and_why(browser, look):
    """Dates, purposes and roles are told (PR2)."""
    look("cole", Place.RECORD, object_id=7, ago=DAY)
    look("ben", Place.RECORDS, Why.GUARDIAN, ago=2 * DAY, action=Act.PRINTED)
    look("ada", Place.EXPORT, Why.SELF, ago=3 * DAY, action=Act.EXPORTED)
    page = browser("ada").get("/me/access")
    assert page.h1 == "Who has opened my record"
    assert lines(page) == [
        ["Mon 23 Nov, 09:41", "Dr Maria Cole Doctor", "A record", "Treats the patient"],
        ["Sun 22 Nov, 09:41", "Ben Byrne Parent or carer", "List of records and medicines, printed", "Allowed to"],
        ["Sat 21 Nov, 09:41", "You Patient", "Everything, taken as a file", "Own record"],
    ]


def test_looks_of_one_day_at_one_place_stand_on_one_line(browser, look):
    for ago in (90, 60, 30):
        look("cole", ago=ago * MINUTE)
    look("cole", Place.RECORDS, ago=20 * MINUTE)
    look("dean", ago=10 * MINUTE)
    look("cole", ago=DAY)
    assert [(line[0], line[1]) for line in lines(browser("ada").get("/me/access"))] == [
        ("Tue 24 Nov, 09:31", "Dr Maria Dean Doctor"),
        ("Tue 24 Nov, 09:21", "Dr Maria Cole Doctor"),
        ("Tue 24 Nov, 08:11–09:11 3 looks", "Dr Maria Cole Doctor"),
        ("Mon 23 Nov, 09:41", "Dr Maria Cole Doctor"),
    ]


def test_a_day_is_the_clinics_own(app, browser, cast, look):
    """Half past eleven in the evening and half past midnight are two days, whatever UTC says."""
    with app.app_context():
        db.session.execute(db.text("UPDATE clinic SET time_zone = 'Asia/Tokyo'"))
        db.session.commit()
    base = NOW.replace(hour=15, minute=0) - DAY
    look("cole", ago=NOW - (base - 30 * MINUTE))
    look("cole", ago=NOW - (base + 30 * MINUTE))
    assert [line[0] for line in lines(browser("ada").get("/me/access"))] == ["Tue 24 Nov, 00:30", "Mon 23 Nov, 23:30"]


def emergency(app, cast, ago, **given):
    with app.app_context():
        at = NOW - ago
        about = {"doctor_id": cast.dean, "patient_id": cast.ada, "starts_at": at, "ends_at": at + timedelta(hours=1)}
        db.session.add(EmergencyAccess(**about, **given))
        db.session.commit()


def test_an_emergency_stands_on_top_with_its_reason(app, browser, cast, look):
    emergency(app, cast, 3 * DAY, reason="Unconscious in the waiting room <b>")
    look("dean", why=Why.EMERGENCY, ago=3 * DAY, reason="Unconscious in the waiting room <b>")
    page = browser("ada").get("/me/access")
    (note,) = page.find_all("div", role="note")
    words = " ".join("".join(note.itertext()).split())
    assert words == (
        "Emergency access. On Saturday 21 November at 09:41 Dr Maria Dean opened this record without treating the "
        "patient. The reason given: “Unconscious in the waiting room <b>” The clinic will look at it."
    )
    assert lines(page)[0][3] == "Emergency “Unconscious in the waiting room <b>”"


def test_whether_the_clinic_has_looked_at_it_is_told(app, browser, cast):
    emergency(app, cast, DAY, reason="Fell", reviewed_by_id=cast.mo, reviewed_at=NOW)
    assert "The clinic has looked at it." in browser("ada").get("/me/access").text


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ("", ["Dr Maria Cole", "You", "Dr Maria Dean", "Dr Maria Cole"]),
        ("?who=others", ["Dr Maria Cole", "Dr Maria Dean", "Dr Maria Cole"]),
        ("?who=emergency", ["Dr Maria Dean"]),
        ("?when=month", ["Dr Maria Cole", "You"]),
        ("?who=others&when=month", ["Dr Maria Cole"]),
        ("?who=nobody&when=never&before=x", ["Dr Maria Cole", "You", "Dr Maria Dean", "Dr Maria Cole"]),
    ],
)
def test_what_was_asked_for_is_listed(browser, look, asked, who):
    look("cole")
    look("ada", Place.RECORDS, Why.SELF, ago=29 * DAY)
    look("dean", why=Why.EMERGENCY, ago=31 * DAY, reason="Fell")
    look("cole", ago=364 * DAY)
    look("cole", ago=366 * DAY)
    page = browser("ada").get(f"/me/access{asked}")
    found = [line[1].rsplit(" ", 1)[0] for line in lines(page)]
    assert found == who


def test_pages_follow_one_another_without_gap_or_double(browser, look, monkeypatch):
    monkeypatch.setattr(log, "PAGE", 3)
    for ago in range(8):
        look("cole", ago=(8 - ago) * DAY)
    who, found, path = browser("ada"), [], "/me/access?who=others"
    while path:
        page = who.get(path)
        found += [line[0] for line in lines(page)]
        later = [a for a in page.find_all("a") if a.get("id") == "page-earlier"]
        path = later[0].get("href") if later else None
    assert len(found) == len(set(found)) == 8
    assert found[0].startswith("Mon 23 Nov")
    part = who.get("/me/access", {"who": "others", "before": "3"}, htmx=True)
    assert part.by_id("access-list") is not None
    assert not part.has("h1")


def test_nobody_has_opened_it_yet(browser):
    page = browser("ada").get("/me/access")
    assert lines(page) == []
    assert "Nobody has opened it" in page.text


def test_it_shows_nothing_clinical_and_is_no_look_itself(app, browser, cast, look):
    look("cole")
    who = browser("ada")
    assert len(lines(who.get("/me/access"))) == 1
    assert len(lines(who.get("/me/access"))) == 1


def test_the_file_has_every_look_by_itself_and_no_formula(browser, look):
    look("cole", ago=60 * MINUTE)
    look("cole", ago=30 * MINUTE)
    look("dean", why=Why.EMERGENCY, reason="=HYPERLINK(1)")
    answer = browser("ada").get("/me/access.csv?who=others")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.body.startswith("\ufeff")
    rows = list(csv.reader(StringIO(answer.body.lstrip("\ufeff"))))
    assert rows == [
        ["When", "Who", "As", "What", "How", "Why", "Reason"],
        ["2026-11-24T09:41:00+00:00", "Dr Maria Dean", "Doctor", "The chart", "read", "Emergency", "'=HYPERLINK(1)"],
        ["2026-11-24T09:11:00+00:00", "Dr Maria Cole", "Doctor", "The chart", "read", "Treats the patient", ""],
        ["2026-11-24T08:41:00+00:00", "Dr Maria Cole", "Doctor", "The chart", "read", "Treats the patient", ""],
    ]


def test_on_paper_all_of_it_is_on_one_page(browser, look, monkeypatch):
    monkeypatch.setattr(log, "PAGE", 2)
    for ago in range(5):
        look("cole", ago=(5 - ago) * DAY)
    page = browser("ada").get("/me/access?print=")
    assert len(lines(page)) == 5
    assert page.by_id("print").get("data-print") is not None


def test_a_guardian_who_may_see_the_record_sees_who_opened_it(browser, cast, look, guardian):
    look("cole")
    look("ben", Place.RECORDS, Why.GUARDIAN, ago=DAY)
    page = browser("ben").get(f"/me/access?patient={cast.ada}")
    assert page.h1 == "Who has opened the record of Ada Byrne"
    assert [line[1] for line in lines(page)] == ["Dr Maria Cole Doctor", "You Parent or carer"]
    others = page.form(id="filters").submit(who="others")
    assert [line[1] for line in lines(others)] == ["Dr Maria Cole Doctor"]
    assert "Dr Maria Cole" in browser("ben").get(f"/me/access.csv?patient={cast.ada}").body


def test_whoever_may_not_see_the_record_finds_nobody(app, browser, cast, look):
    """Neither a stranger nor a doctor, who has the chart for that (AZ6)."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        db.session.add(Patient(user_id=cole.user_id))
        factories.appointment(ada, cole, NOW + DAY)
        db.session.commit()
    for name in ("ben", "cole"):
        for path in ("/me/access", "/me/access.csv"):
            assert browser(name).get(f"{path}?patient={cast.ada}").status == 404
    assert browser("dot").get(f"/me/access?patient={cast.ada}").status == 403


def test_what_is_private_leaves_no_trace_for_a_guardian(app, browser, cast, look, guardian):
    """Looks at a private visit, and at a record, a prescription or a file of it, are between patient and doctor."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        things = []
        for private in (False, True):
            visit = factories.appointment(ada, cole, NOW + DAY * (1 + private), private=private)
            record = factories.added(
                MedicalRecord(
                    patient_id=ada.id,
                    doctor_id=cole.id,
                    appointment_id=visit.id,
                    record_type="diagnosis",
                    title="A title",
                    record_date=NOW,
                    signed_at=NOW,
                )
            )
            line = factories.added(Prescription(medical_record_id=record.id, medication_name="Ramipril"))
            file = Attachment(medical_record_id=record.id, file_name="x", media_type="image/png", size=1, content=b"x")
            things.append((visit.id, record.id, line.id, factories.added(file).id))
        db.session.commit()
    for ids in things:
        for place, id in zip((Place.APPOINTMENT, Place.RECORD, Place.PRESCRIPTION, Place.FILE), ids, strict=True):
            look("cole", place, object_id=id)
    assert [line[0] for line in lines(browser("ada").get("/me/access"))] == ["Tue 24 Nov, 09:41 2 looks"] * 4
    path = f"/me/access?patient={cast.ada}"
    assert [line[0] for line in lines(browser("ben").get(path))] == ["Tue 24 Nov, 09:41"] * 4
    assert len(browser("ben").get(f"/me/access.csv?patient={cast.ada}").body.splitlines()) == 5
    assert len(browser("ada").get("/me/access.csv").body.splitlines()) == 9


@pytest.mark.parametrize(("open_visit", "told"), [(True, {"The chart"}), (False, set())])
def test_a_doctor_whom_the_patient_sees_in_private_is_not_told_of(app, browser, cast, look, guardian, open_visit, told):
    """Their chart, or a line on their day, would say that there is such a visit (AZ7)."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        factories.appointment(ada, cole, NOW + DAY, private=True)
        if open_visit:
            factories.appointment(ada, cole, NOW + 2 * DAY)
        db.session.commit()
    look("cole")
    look("cole", Place.AGENDA)
    look("cole", Place.CHART, Why.EMERGENCY, reason="Fell", ago=DAY)
    assert len(lines(browser("ada").get("/me/access"))) == 3
    page = browser("ben").get(f"/me/access?patient={cast.ada}")
    assert [line[2] for line in lines(page)] == [*told, "The chart"]
    assert ("Dr Maria Cole, the doctor" in browser("ben").get(f"/records?patient={cast.ada}").text) == open_visit


def test_nor_is_the_last_look_at_something_private(app, browser, cast, look, guardian):
    """The record's own page has the latest looks in short, and not this one (AZ7)."""
    with app.app_context():
        ada, dean = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.dean)
        factories.appointment(ada, dean, NOW + DAY)
        about = {"patient_id": ada.id, "doctor_id": dean.id, "record_type": "diagnosis", "record_date": NOW}
        private = factories.added(MedicalRecord(**about, title="Between us", private=True, signed_at=NOW)).id
        db.session.commit()
    look("dean", Place.RECORD, object_id=private)
    assert "Dr Maria Dean" in browser("ada").get("/records").text
    assert "Dr Maria Dean" not in browser("ben").get(f"/records?patient={cast.ada}").text


def test_fifty_lines_cost_what_five_do(browser, look, statements):
    who = browser("ada")
    who.get("/me/access")

    def cost():
        with statements() as run:
            page = who.get("/me/access")
        return len(lines(page)), len(run)

    look("cole")
    look("ada", Place.RECORDS, Why.SELF)
    few = cost()
    for ago in range(1, 60):
        look(("cole", "dean")[ago % 2], ago=ago * DAY)
    many = cost()
    assert (few[0], many[0]) == (2, log.PAGE)
    assert many[1] == few[1] <= 9
