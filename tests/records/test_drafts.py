"""A doctor writes about a patient: drafts that only they see, medicines line by line, signing, two pages at once."""

from datetime import date
from uuid import uuid4

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, MedicalRecord, Patient, Prescription

WORDS = {
    "record_type": "diagnosis",
    "record_date": "2026-11-24",
    "title": "Hand eczema",
    "diagnosis": "Contact dermatitis",
    "description": "Both hands, since the new job",
    "treatment": "Gloves\nEmollient",
    "medications": "Goes on with cetirizine",
}
LINE = {
    "lines-0-medication_name": "Betamethasone ointment",
    "lines-0-dosage": "0.1 %",
    "lines-0-frequency": "once a day",
    "lines-0-duration": "2 weeks",
    "lines-0-instructions": "Thinly, at night",
}
TEXTS = ("title", "diagnosis", "description", "treatment", "medications")


@pytest.fixture
def cole(browser, treated):
    return browser("cole")


@pytest.fixture
def path(cast):
    return f"/patients/{cast.ada}/records/new"


@pytest.fixture
def page(cole, path):
    return cole.get(path)


def form(page, **given):
    return page.form(action=page.path.split("?")[0]).submit(**given)


@pytest.fixture
def draft(page):
    """The page of a draft that Doctor Cole has begun."""
    return form(page, **WORDS).follow()


def test_a_new_record_is_a_draft_until_it_is_signed(page, stored, cast):
    answer = form(page, **WORDS, **LINE)
    (record,) = stored(MedicalRecord, "id", "patient_id", "doctor_id", "signed_at", "version")
    assert (answer.status, answer.location) == (303, f"/records/{record[0]}/edit?saved=1")
    assert record[1:] == (cast.ada, cast.cole, None, 1)
    assert stored(MedicalRecord, *TEXTS) == [tuple(WORDS[name] for name in TEXTS)]
    lines = ("medication_name", "dosage", "frequency", "duration", "instructions")
    assert stored(Prescription, *lines) == [tuple(LINE.values())]
    edit = answer.follow()
    assert text_of(edit.find("span", class_="saved")) == "Saved"
    signed = form(edit, do="sign")
    assert signed.location == f"/records/{record[0]}"
    assert stored(MedicalRecord, "signed_at", "version") == [(NOW, 2)]


def test_it_can_be_signed_at_once(page, stored):
    answer = form(page, **WORDS, do="sign")
    assert answer.follow().h1 == "Hand eczema"
    assert stored(MedicalRecord, "signed_at") == [NOW]


def test_every_text_is_sealed(app, page):
    form(page, **WORDS, **LINE)
    with app.app_context():
        rows = db.session.execute(
            db.text("SELECT medical_record::text || prescription::text FROM medical_record, prescription")
        )
        held = rows.scalar()
    for words in (*(WORDS[name] for name in TEXTS), *LINE.values()):
        assert words not in held
        assert words.encode().hex() not in held


@pytest.mark.parametrize("kind", ["diagnosis", "prescription", "lab_result", "imaging", "surgery", "vaccination"])
def test_every_kind_of_record_can_be_written(cole, path, stored, kind):
    page = cole.get(f"{path}?type={kind}")
    assert page.form(action=path).fields["record_type"] == kind
    page.form(action=path).submit(**WORDS | {"record_type": kind})
    assert stored(MedicalRecord, "record_type") == [kind]


def test_the_page_says_whom_it_is_about_and_what_they_must_not_have(app, cast, cole, path, change):
    change(Patient, cast.ada, allergies="Penicillin")
    page = cole.get(path)
    assert page.h1 == "New record"
    assert page.title == "New record, Ada Byrne – Test Clinic"
    said = text_of(page.by_id("patient"))
    assert "Ada Byrne" in said
    assert "Penicillin" in said


def test_a_day_earlier_is_noon_of_that_day_and_a_later_one_is_refused(page, stored):
    assert form(page, **WORDS | {"record_date": "2026-11-25"}).status == 422
    form(page, **WORDS | {"record_date": "2026-07-01"})
    (at,) = stored(MedicalRecord, "record_date")
    assert at.isoformat() == "2026-07-01T11:00:00+00:00"


def test_a_day_that_did_not_change_keeps_its_moment(draft, stored, later):
    later(hours=5)
    form(draft, title="Eczema of both hands")
    assert stored(MedicalRecord, "record_date", "title") == [(NOW, "Eczema of both hands")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": " "}, "Say in a few words what this is about."),
        ({"title": "x" * 201}, "At most 200 letters."),
        ({"description": "x" * 20_001}, "At most 20,000 letters."),
        ({"record_type": "rumour"}, "Not a valid choice."),
        ({"record_date": "29 February"}, "Enter the day this is about."),
        ({"lines-0-dosage": "5 mg"}, "Look at medicine 1 again."),
        ({"key": "x"}, "Load the page again."),
        ({"do": "delete"}, "Load the page again."),
    ],
)
def test_what_is_wrong_is_told_at_the_field_and_nothing_is_lost(page, unchanged, wrong, words):
    with unchanged():
        again = form(page, **WORDS | wrong)
    assert again.status == 422
    assert words in text_of(again.by_id("errors"))
    assert again.form(action=page.path).fields["treatment"].replace("\r", "").strip() == WORDS["treatment"]


def test_medicines_are_added_and_removed_without_script(page, unchanged):
    with unchanged():
        one = form(page, **WORDS, do="add")
        assert one.status == 200
        two = form(one, **LINE, do="add")
        fields = two.form(action=page.path).fields
        assert {"lines-0-medication_name", "lines-1-medication_name"} <= set(fields)
        assert (fields["lines-0-dosage"], fields["title"]) == ("0.1 %", WORDS["title"])
        filled = form(two, **{"lines-1-medication_name": "Emollient"}, do="remove-0")
        fields = filled.form(action=page.path).fields
    assert fields["lines-0-medication_name"] == "Emollient"
    assert "lines-1-medication_name" not in fields


def test_the_new_line_has_the_focus_and_every_line_a_button_of_its_own(page):
    two = form(form(page, do="add"), do="add")
    focused = [found.get("id") for found in two.find_all("input") if found.get("autofocus") is not None]
    assert focused == ["lines-1-medication_name"]
    assert text_of(two.by_id("remove-1")) == "Remove medicine 2"


def test_at_most_twenty_medicines_and_empty_lines_are_none(page, stored):
    for _ in range(21):
        page = form(page, **WORDS, do="add")
    assert "lines-20-medication_name" not in page.form(action=page.path).fields
    form(page, **{"lines-3-medication_name": "Emollient"})
    assert stored(Prescription, "medication_name") == ["Emollient"]


@pytest.mark.parametrize("index", ["²", "٣", "9" * 5000, "-1", "x", ""])
def test_lines_that_no_form_numbers_so_are_not_read(page, stored, index):
    answer = form(page, **WORDS, **{f"lines-{index}-medication_name": "Emollient"})
    assert (answer.status, stored(Prescription, "id")) == (303, [])


def test_saving_again_replaces_the_lines(draft, stored):
    page = form(draft, **LINE).follow()
    form(page, **{"lines-0-dosage": "0.05 %"})
    assert stored(Prescription, "medication_name", "dosage") == [("Betamethasone ointment", "0.05 %")]
    assert stored(MedicalRecord, "version") == [3]


def test_enter_in_a_field_keeps_the_draft_and_signs_nothing(page, draft):
    for shown in (page, draft):
        first = next(found for found in shown.form(action=shown.path.split("?")[0]).element.iter("button"))
        assert (first.get("name"), first.get("value"), first.get("tabindex")) == ("do", "save", "-1")


@pytest.mark.parametrize("htmx", [False, True])
def test_the_second_of_two_pages_sees_both_texts(cole, draft, stored, htmx):
    other = cole.get(draft.path)
    form(other, treatment="Newer words")
    late = draft.form(action=draft.path.split("?")[0]).submit(htmx=htmx, treatment="My words", **LINE)
    assert late.status == 409
    assert "This draft was changed elsewhere." in text_of(late.by_id("refusal"))
    assert "Newer words" in text_of(late.by_id("kept"))
    assert "My words" not in text_of(late.by_id("kept"))
    fields = late.form(action=draft.path.split("?")[0]).fields
    assert fields["treatment"].strip() == "My words"
    assert fields["lines-0-medication_name"] == "Betamethasone ointment"
    assert stored(MedicalRecord, "treatment") == ["Newer words"]
    assert late.form(action=draft.path.split("?")[0]).submit(treatment="Both").status == 303
    assert stored(MedicalRecord, "treatment", "version") == [("Both", 3)]


@pytest.mark.parametrize("given", [{"do": "add"}, {"title": ""}])
def test_whatever_is_pressed_on_a_draft_that_was_signed_meanwhile_is_told_so(cole, draft, unchanged, given):
    form(cole.get(draft.path), do="sign")
    with unchanged():
        late = form(draft, treatment="My words", **given)
    assert late.status == 409
    assert "was signed elsewhere" in text_of(late.by_id("refusal"))
    assert "My words" in late.text
    assert not late.has("button", id="discard")


def test_a_draft_that_was_signed_meanwhile_is_not_written_over(cole, draft, unchanged, stored):
    form(cole.get(draft.path), do="sign")
    with unchanged():
        late = form(draft, treatment="My words")
    assert late.status == 409
    assert "was signed elsewhere" in text_of(late.by_id("refusal"))
    number = stored(MedicalRecord, "id")[0]
    assert late.by_id("to-kept").get("href") == f"/records/{number}"
    with unchanged():
        amendment = late.form(action=f"/records/{number}/amendment").submit()
    assert (amendment.status, amendment.h1) == (422, "Amend the record of 24 November 2026")
    assert amendment.form(action=f"/records/{number}/amendment").fields["treatment"].strip() == "My words"


def test_a_form_that_comes_twice_counts_once(page, stored):
    first, second = form(page, **WORDS, **LINE), form(page, **WORDS, **LINE)
    assert first.location == second.location
    assert len(stored(MedicalRecord, "id")) == len(stored(Prescription, "id")) == 1


def test_a_form_that_comes_twice_with_other_words_shows_both(page, stored):
    form(page, **WORDS)
    again = form(page, **WORDS | {"treatment": "My words"})
    assert again.status == 409
    assert "saved before, with other words" in text_of(again.by_id("refusal"))
    assert "Emollient" in text_of(again.by_id("kept"))
    number = stored(MedicalRecord, "id")[0]
    assert again.form(action=f"/records/{number}/edit").submit().status == 303
    assert stored(MedicalRecord, "treatment") == ["My words"]


def test_a_form_that_comes_again_after_signing_writes_nothing(page, unchanged):
    form(page, **WORDS, do="sign")
    with unchanged():
        assert form(page, **WORDS, do="sign").status == 303
        again = form(page, **WORDS | {"treatment": "My words"})
    assert again.status == 409
    assert again.by_id("to-amendment") is not None


def test_two_doctors_may_send_the_same_key(app, cast, browser, treats, page, stored):
    treats("dean", start=NOW - factories.timedelta(days=3))
    dean = browser("dean").get(page.path)
    key = page.form(action=page.path).fields["key"]
    form(page, **WORDS)
    assert form(dean, **WORDS, key=key).status == 404
    assert stored(MedicalRecord, "doctor_id") == [cast.cole]


def test_a_draft_is_its_authors_alone(browser, treats, draft, unchanged, stored):
    """Neither the patient nor another doctor who treats her sees or changes it (AZ8)."""
    treats("dean", start=NOW - factories.timedelta(days=3))
    number = stored(MedicalRecord, "id")[0]
    with unchanged():
        for name in ("ada", "ben", "dean", "dot", "mo"):
            who = browser(name)
            for path in (f"/records/{number}", f"/records/{number}.pdf", f"/records/{number}/edit"):
                answer = who.get(path)
                assert answer.status in (403, 404), (name, path)
                assert "eczema" not in answer.body
            version = {"version": "1", "do": "sign"}
            assert who.post(f"/records/{number}/edit", WORDS | version).status in (403, 404)
            assert who.post(f"/records/{number}/discard").status in (403, 404)


def test_a_draft_can_be_discarded(draft, stored, cast):
    page = form(draft, **LINE).follow()
    action = page.path.replace("/edit?saved=1", "/discard")
    answer = page.form(action=action).submit()
    assert answer.location == f"/patients/{cast.ada}"
    assert stored(MedicalRecord, "id") == stored(Prescription, "id") == []
    assert form(draft, treatment="x").status == 404


def test_what_is_signed_is_not_discarded(browser, signed, unchanged):
    number = signed()
    with unchanged():
        assert browser("cole").post(f"/records/{number}/discard").status == 409


@pytest.mark.parametrize("name", ["ada", "ben", "dean", "pat", "dot", "mo"])
def test_only_a_doctor_who_treats_the_patient_writes_about_them(browser, treated, path, unchanged, name):
    """Nobody prescribes who does not treat (AZ17)."""
    with unchanged():
        who = browser(name)
        assert who.get(path).status in (403, 404)
        answer = who.post(path, WORDS | LINE | {"key": str(uuid4()), "do": "sign"})
        assert answer.status in (403, 404)


def test_nobody_prescribes_for_themselves(app, cast, browser, treats, unchanged):
    """A doctor who is a patient too, and even their own patient (AZ17)."""
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        own = factories.added(Patient(user_id=cole.user_id))
        factories.appointment(own, cole, NOW, booked_by_id=None)
        db.session.commit()
        number = own.id
    with unchanged():
        path = f"/patients/{number}/records/new"
        assert browser("cole").get(path).status == 404
        assert browser("cole").post(path, WORDS | LINE | {"key": str(uuid4())}).status == 404


def test_nobody_prescribes_for_who_is_no_patient(cast, browser, treated, unchanged):
    """An id that is no patient's (AZ17)."""
    with unchanged():
        path = "/patients/999999/records/new"
        assert browser("cole").post(path, WORDS | LINE | {"key": str(uuid4())}).status == 404


@pytest.mark.parametrize("status", ["suspended", "pending", "rejected"])
def test_a_doctor_who_is_not_approved_writes_nothing(cast, page, change, unchanged, status):
    """Suspended between opening the page and signing (AZ17)."""
    change(Doctor, cast.cole, status=status)
    with unchanged():
        assert form(page, **WORDS, **LINE, do="sign").status == 403


def test_in_an_emergency_a_doctor_writes_too(browser, path, emergency, stored, log):
    emergency("dean")
    form(browser("dean").get(path), **WORDS, do="sign")
    assert len(stored(MedicalRecord, "signed_at")) == 1
    assert {row[4] for row in log()} == {"emergency"}


def test_ids_in_the_body_are_not_read(cast, page, draft, browser, stored):
    """Whose record it is stands in the address; what a body says of it does nothing (AZ3)."""
    others = {"patient_id": str(cast.ben), "doctor_id": str(cast.dean), "id": "1", "medical_record_id": "1"}
    more = {"signed_at": NOW.isoformat(), "supersedes_id": "1", "appointment_id": "1"}
    form(page, **WORDS | {"key": str(uuid4())}, **others, **more)
    form(draft, **others, **more)
    assert set(stored(MedicalRecord, "patient_id", "doctor_id", "signed_at")) == {(cast.ada, cast.cole, None)}


def test_what_is_opened_is_written_down(cole, path, log, stored):
    """The allergies beside a new record, and the draft itself (PR1)."""
    assert log() == []
    page = cole.get(path)
    form(page, **WORDS).follow()
    number = stored(MedicalRecord, "id")[0]
    assert log() == [
        ("Cole", "background", None, "read", "treating"),
        ("Cole", "record", number, "read", "treating"),
    ]


def test_repeating_a_medicine_fills_a_new_record_with_it(cole, path, signed, stored, log):
    signed(lines=[{"medication_name": "Amlodipine", "dosage": "5 mg", "frequency": "once a day"}])
    number = stored(Prescription, "id")[0]
    page = cole.get(f"{path}?repeat={number}")
    fields = page.form(action=path).fields
    assert (fields["record_type"], fields["title"]) == ("prescription", "Amlodipine")
    assert (fields["lines-0-medication_name"], fields["lines-0-dosage"]) == ("Amlodipine", "5 mg")
    assert ("Cole", "prescription", number, "read", "treating") in log()
    page.form(action=path).submit(do="sign")
    assert stored(Prescription, "medication_name", "frequency") == [("Amlodipine", "once a day")] * 2


def test_anothers_medicine_is_not_repeated(cast, cole, path, signed, treats, stored):
    """A medicine of another patient of the same doctor's (AZ5)."""
    treats("cole", of="ben", start=NOW - factories.timedelta(days=3))
    signed(of="ben", lines=["Amlodipine"])
    assert cole.get(f"{path}?repeat={stored(Prescription, 'id')[0]}").status == 404
    assert cole.get(f"{path}?repeat=999999").status == 404
    assert cole.get(f"{path}?repeat=x").status == 200


def test_the_day_is_that_of_the_clinic(page):
    assert page.form(action=page.path).fields["record_date"] == str(date(2026, 11, 24))
