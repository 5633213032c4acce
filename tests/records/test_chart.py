"""The chart: what a doctor must see at once, visits and records in one line of time, and for whom it opens."""

from datetime import timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import (
    AccessLog,
    Appointment,
    Attachment,
    Doctor,
    EmergencyAccess,
    MedicalRecord,
    Patient,
    Prescription,
)

DAY = timedelta(days=1)


@pytest.fixture
def visit(app, cast):
    """visit("cole", -30): Ada's visit with that doctor so many days from now, completed if it has been; its id."""

    def booked(doctor, days, **given):
        with app.app_context():
            ada, whom = db.session.get(Patient, cast.ada), db.session.get(Doctor, getattr(cast, doctor))
            given.setdefault("status", "completed" if days <= 0 else "scheduled")
            made = factories.appointment(ada, whom, NOW + days * DAY, visit_type_id=whom.visit_types[0].id, **given)
            db.session.commit()
            return made.id

    return booked


@pytest.fixture
def record(app, cast):
    """record("Psoriasis", -30): a signed record of Cole's about Ada; `medicine` puts a line into it."""

    def written(title, days=0, by="cole", medicine=None, files=0, **given):
        given = {"record_type": "diagnosis", "signed_at": NOW} | given
        with app.app_context():
            about = {"patient_id": cast.ada, "doctor_id": getattr(cast, by), "record_date": NOW + days * DAY}
            made = factories.added(MedicalRecord(title=title, **about | given))
            if medicine:
                factories.added(Prescription(medical_record_id=made.id, medication_name=medicine, dosage="15 mg"))
            for n in range(files):
                of = {"medical_record_id": made.id, "media_type": "image/png", "size": 1}
                factories.added(Attachment(file_name=f"scan{n}.png", content=b"x", **of))
            db.session.commit()
            return made.id

    return written


@pytest.fixture
def background(app, cast):
    """background(allergies="Penicillin"): what Ada has told about herself."""

    def told(**given):
        with app.app_context():
            ada = db.session.get(Patient, cast.ada)
            for name, value in given.items():
                setattr(ada, name, value)
            db.session.commit()

    return told


@pytest.fixture
def path(cast):
    return f"/patients/{cast.ada}"


@pytest.fixture
def cole(browser, visit):
    """Doctor Cole, who has seen Ada ten days ago."""
    visit("cole", -10)
    return browser("cole")


def entries(page):
    return [text_of(row.find(".//b")) for found in page.find_all("ol", class_="entries") for row in found.findall("li")]


def rows(app):
    with app.app_context():
        found = db.session.scalars(db.select(AccessLog).order_by(AccessLog.id))
        return [(row.object, row.action, row.why, row.reason, row.patient_id) for row in found]


def test_who_it_is_and_what_they_must_not_be_given_stay_in_sight(app, cole, path, cast, background):
    background(allergies="Penicillin: rash, 2014\nLatex; Nickel", preferred_name="Addie", pronouns="she/her")
    page = cole.get(path)
    vitals = page.by_id("vitals")
    assert "stays" in vitals.get("class").split()
    assert (page.status, page.h1, page.title) == (200, "Ada Byrne", "Ada Byrne, chart – Test Clinic")
    assert "36, born 12 May 1990, called Addie, she/her" in text_of(vitals)
    alerts = [text_of(tag) for tag in vitals.iter("span") if "st-alert" in tag.get("class", "")]
    assert alerts == ["Penicillin: rash, 2014", "Latex", "Nickel"]


def test_who_told_of_no_allergy_is_not_said_to_have_none(cole, path):
    assert "None on record. Please ask." in text_of(cole.get(path).by_id("allergies"))


def test_the_background_is_read_and_of_the_insurance_no_more_than_tells_it_apart(cole, path, background):
    """A number that the doctor need not read whole is masked (AZ13)."""
    background(
        medical_history="Asthma since 1999",
        blood_group="AB-",
        access_needs="Step-free room",
        emergency_contact_name="Sam Marlow, brother",
        emergency_contact_phone="0117 496 0155",
        current_medications="Vitamin D",
        insurance_policy_number="POLICY-4711",
    )
    page = cole.get(path)
    facts = [text_of(found) for found in page.by_id("background").iter("dd")]
    assert facts == ["Asthma since 1999", "AB-", "Step-free room", "Sam Marlow, brother 0117 496 0155", "•••• 4711"]
    assert "Vitamin D" in text_of(page.by_id("medicines"))
    assert "POLICY" not in page.body


def test_medicines_now_are_what_is_prescribed_and_neither_stopped_nor_over_nor_amended(app, cole, path, record):
    record("Eczema", -20, medicine="Methotrexate")
    stopped, over = record("A", -30, medicine="Ibuprofen"), record("B", -40, medicine="Amoxicillin")
    old, draft = record("C", -50, medicine="Aspirin"), record("D", medicine="Codeine", signed_at=None)
    with app.app_context():
        lines = {line.medical_record_id: line for line in db.session.scalars(db.select(Prescription))}
        lines[stopped].stopped_at, lines[over].duration = NOW, "7 days"
        db.session.get(MedicalRecord, old).superseded_at = NOW
        db.session.commit()
    page = cole.get(path)
    found = page.by_id("medicines")
    assert [text_of(name) for name in found.iter("b")] == ["Methotrexate 15 mg"]
    assert draft
    (stop,) = found.iter("a")
    assert text_of(stop) == "Stop Methotrexate"
    assert cole.get(stop.get("href")).status == 200


def test_many_medicines_are_the_latest_and_the_page_says_so(app, cast, cole, path, record):
    about = record("Many")
    with app.app_context():
        for n in range(35):
            factories.added(Prescription(medical_record_id=about, medication_name=f"Medicine {n}"))
        db.session.commit()
    page = cole.get(path)
    assert len(list(page.by_id("medicines").iter("li"))) == 30
    assert "These are the latest 30 of 35." in page.text


def test_visits_and_records_stand_in_one_line_of_time_newest_first(cole, path, visit, record):
    record("Psoriasis", -5)
    record("Blood count", -15, record_type="lab_result", files=2)
    visit("dean", -12, status="no_show")
    visit("dean", -13, status="cancelled")
    visit("dean", 3)
    page = cole.get(path)
    assert entries(page) == ["Psoriasis", "New problem", "New problem", "Blood count"]
    text = text_of(page.by_id("timeline"))
    assert "Dr Maria Dean Thu 12 Nov Did not come" in text
    assert "Test result, Dr Maria Cole Mon 9 Nov 2 files" in text


def test_what_somebody_said_to_another_doctor_is_not_on_the_chart(cole, path, visit):
    visit("dean", -3, reason="Secret 5517", doctor_notes="Secret 5518")
    visit("cole", -4, reason="Itching", doctor_notes="Plaques on both elbows")
    page = cole.get(path)
    assert "Secret" not in page.body
    assert "Plaques on both elbows" in page.text
    assert "Secret" not in cole.get(path, {"q": "secret"}).text.replace("“secret”", "")
    assert "found 0 times" in cole.get(path, {"q": "secret"}).text


def test_a_draft_is_its_author_s_alone(cole, path, record, browser, visit):
    record("Half a thought", signed_at=None)
    assert "Half a thought" in cole.get(path).text
    visit("dean", -1)
    assert "Half a thought" not in browser("dean").get(path).text


def test_a_version_that_was_amended_gives_way_to_the_new_one(app, cole, path, record):
    old = record("First words", -5)
    record("Second words", -5, supersedes_id=old)
    with app.app_context():
        db.session.get(MedicalRecord, old).superseded_at = NOW
        db.session.commit()
    page = cole.get(path)
    assert "First words" not in page.text
    assert "Second words Diagnosis, Dr Maria Cole, amended" in page.text


def test_what_is_private_is_private_from_guardians_not_from_doctors(cole, path, record):
    record("Between us", private=True)
    assert "Between us" in cole.get(path).text


@pytest.mark.parametrize("words", ["PSORIASIS", "psoriasis elbow", "methotrexate", "scan0", "Éruption", "itching"])
def test_the_search_finds_words_in_everything_that_is_sealed(cole, path, record, visit, words):
    record("Plaque psoriasis", -5, diagnosis="Left elbow", treatment="eruption", medicine="Methotrexate", files=1)
    record("Fracture", -6)
    visit("cole", -7, reason="Itching")
    page = cole.get(path, {"q": words})
    assert entries(page) == (["New problem"] if words == "itching" else ["Plaque psoriasis"])
    assert f"“{words}”: found once" in page.text
    assert page.form(action=path).fields["q"] == words


def test_a_search_that_finds_nothing_says_so_and_leads_back(cole, path, record):
    record("Fracture")
    page = cole.get(path, {"q": "zebra"})
    assert entries(page) == []
    assert "“zebra”: found 0 times" in page.text
    assert page.by_id("all").get("href") == path
    part = cole.get(path, {"q": "zebra"}, htmx=True)
    assert not part.has("h1")
    assert part.has("section", id="timeline")


def test_show_earlier_goes_on_where_the_page_ends_to_the_very_first(cole, path, record, visit):
    for n in range(30):
        record(f"Record {n:02}", -n // 3)
    for n in range(15):
        visit("dean", -n - 1, minutes=15)
    seen, page, pages = [], cole.get(path), 1
    while page.has("a", id="earlier"):
        seen += entries(page)
        page, pages = cole.get(page.by_id("earlier").get("href")), pages + 1
        assert page.by_id("latest").get("href") == path
    seen += entries(page)
    assert (pages, len(seen)) == (3, 46)
    assert sorted(name for name in seen if name != "New problem") == [f"Record {n:02}" for n in range(30)]


def test_what_was_at_one_moment_is_neither_skipped_nor_shown_twice(cole, path, record, visit):
    for n in range(15):
        record(f"Record {n:02}", -3)
        visit("dean", -3)
    first = cole.get(path)
    second = cole.get(first.by_id("earlier").get("href"))
    ids = [row.get("id") for page in (first, second) for row in page.tree.iter("li")]
    shown = [name for name in ids if name and name.startswith("entry-")]
    assert len(shown) == len(set(shown)) == 31


def test_a_search_goes_on_to_earlier_finds_too(cole, path, record):
    for n in range(25):
        record(f"Visit to the coast {n:02}", -n)
        record(f"Other {n:02}", -n)
    page = cole.get(path, {"q": "coast"})
    later = cole.get(page.by_id("earlier").get("href"))
    assert [len(entries(found)) for found in (page, later)] == [20, 5]
    assert all(name.startswith("Visit to the coast") for name in entries(later))


@pytest.mark.parametrize(
    "before", ["", "x", "1", "1r", "9" * 17 + "r1", "-" + "9" * 17 + "v1", "1r99999999999", "\u0661r1"]
)
def test_an_address_that_makes_no_sense_is_no_error(cole, path, record, before):
    record("Fracture")
    assert cole.get(path, {"before": before}).status == 200


def test_a_long_search_is_cut_and_harmless(cole, path, record):
    record("Fracture")
    for words in ("x" * 5000, "%", "_", "'", "\\", "<b>", "  "):
        assert cole.get(path, {"q": words}).status == 200


def test_an_empty_chart_says_what_will_stand_there(browser, cast, path, visit):
    visit("cole", 3)
    page = browser("cole").get(path)
    assert "Nothing here yet" in page.text
    assert "No prescription is running." in page.text


def test_a_person_without_a_birthday_or_with_a_very_long_name_is_drawn(app, cole, path, cast):
    with app.app_context():
        person = db.session.get(Patient, cast.ada).user
        person.first_name, person.date_of_birth = "Wolfeschlegelstein" * 5, None
        db.session.commit()
    page = cole.get(path)
    assert (page.status, "None," in page.text) == (200, False)


@pytest.mark.parametrize(("name", "status"), [("dean", 404), ("pat", 403), ("dot", 403), ("mo", 403), ("ben", 403)])
def test_nobody_else_opens_it(browser, path, record, visit, name, status):
    """D2 reads P1's record: as if it were not there (AZ8); an admin manages accounts, not diagnoses (AZ11)."""
    visit("cole", -10)
    record("Fracture 5517")
    for address in (path, f"{path}?q=fracture", f"{path}?print=1", f"{path}/beside"):
        for htmx in (False, True):
            page = browser(name).get(address, htmx=htmx)
            assert (page.status, "5517" in page.body) == (status, False)


def test_a_stranger_s_chart_is_answered_like_none_at_all(browser, path, visit):
    """Neither the status nor the words tell whether somebody is a patient here (AZ8)."""
    dean = browser("dean")
    theirs, missing = dean.get(path), dean.get("/patients/999999")
    assert (theirs.status, theirs.text) == (missing.status, missing.text)


def test_when_the_visit_is_cancelled_before_it_was_the_chart_closes_at_once(app, browser, path, visit):
    """D1 loses the wider record with the visit (AZ10)."""
    made, cole = visit("cole", 3), browser("cole")
    assert cole.get(path).status == 200
    with app.app_context():
        db.session.get(Appointment, made).status = "cancelled"
        db.session.commit()
    assert cole.get(path).status == 404


def test_a_doctor_s_own_chart_and_a_ward_s_are_read_where_other_patients_read_them(app, browser, cast):
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        own = factories.added(Patient(user_id=cole.user_id)).id
        child = factories.child()
        factories.guardian(cole.user_id, child, confirmed_by_id=cast.dot)
        ids = own, child.id
        db.session.commit()
    for patient in ids:
        page = browser("cole").get(f"/patients/{patient}")
        assert (page.status, page.location) == (303, f"/records?patient={patient}")
    assert rows(app) == []


def test_opening_the_chart_is_written_down_once_and_printing_it_apart(app, cole, path, cast):
    """Every view and every print leaves its line (PR1)."""
    for address in (path, f"{path}?q=x", f"{path}?print=1", f"{path}?print=1", path):
        assert cole.get(address).status == 200
    assert rows(app) == [("chart", act, "treating", None, cast.ada) for act in ("read", "printed")]


def test_on_paper_there_is_more_of_it_and_nothing_to_press(cole, path, record):
    for n in range(40):
        record(f"Record {n}", -n)
    page = cole.get(path, {"print": 1})
    assert len(entries(page)) == 41
    assert page.has("button", data_print="")
    assert not page.has("a", id="write")


def test_the_short_of_it_stands_beside_a_visit(app, cole, path, background, record, cast):
    background(allergies="Latex")
    for n in range(8):
        record("Skin", -n, medicine=f"Medicine {n}")
    part = cole.get(f"{path}/beside", htmx=True)
    assert "Allergies Latex" in part.text
    assert "Medicine 0 15 mg" in part.text
    assert "and 2 more" in part.text
    assert part.by_id("chart").get("href") == path
    assert rows(app) == [("chart", "read", "treating", None, cast.ada)]
    assert cole.get(f"{path}/beside").location == path
    whole = {"HX-Request": "true", "HX-Request-Type": "full"}
    assert cole.get(f"{path}/beside", headers=whole).location == path


def test_in_an_emergency_a_banner_says_until_when_and_the_reason_stands_in_the_log(app, browser, path, cast):
    with app.app_context():
        given = {"doctor_id": cast.dean, "patient_id": cast.ada, "reason": "Fell", "starts_at": NOW}
        factories.added(EmergencyAccess(**given, ends_at=NOW + timedelta(hours=1)))
        db.session.commit()
    page = browser("dean").get(path)
    assert "Emergency access until 10:41. The patient and the clinic are told." in text_of(page.by_id("emergency"))
    assert rows(app) == [("chart", "read", "emergency", "Fell", cast.ada)]


def test_it_costs_at_most_ten_statements_however_much_there_is(app, cole, path, record, visit, statements):
    counted = []
    for number in (3, 30):
        for n in range(number):
            record(f"Record {number} {n}", -n, medicine=f"M{n}", files=1)
            visit("dean", -n - number * 5, minutes=10)
        cole.get(path)
        with statements() as seen:
            page = cole.get(path)
        counted.append(len(seen))
    assert len(entries(page)) == 20
    assert counted[0] == counted[1] <= 10, counted
