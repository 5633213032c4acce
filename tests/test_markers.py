"""Whatever is clinical carries a marker, and the marker turns up nowhere but before those who may read it."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import islice, takewhile
from pathlib import Path
from types import SimpleNamespace

import factories
import pytest
from browsers import HTMX, Browser
from conftest import all_undone, migrated, people
from crawl import ask, crawl
from factories import NOW
from sqlalchemy import ARRAY, LargeBinary, Text
from test_access import ACCESS, PEOPLE, SENT, address, away, desk, related

from healthbook import jobs
from healthbook.db import db
from healthbook.live import announce
from healthbook.models import (
    Attachment,
    Doctor,
    MedicalRecord,
    Patient,
    Picture,
    Prescription,
    SealCheck,
    User,
)
from healthbook.seal import Sealed, SealedBytes

MARKER = re.compile(r"zq7\.([a-z_]+\.[a-z_]+)")
BLOOD = re.compile(r"\bAB-(?!\w)")
"""A blood group that nobody else has; it is clinical, but not sealed."""
OPTION = re.compile(r"<option\b[^>]*>[^<]*</option>")
PLAIN = "plain-zq7-4711"

BACKGROUND = {"patient.allergies", "patient.current_medications", "patient.medical_history", "patient.blood_group"}
# Sealed, though not clinical: whoever should know her by sight sees it.
PHOTO = "picture.content"
SEE_PHOTO = ("ada", "cole", "dot", "mo")
RECORDS = {
    *(f"medical_record.{name}" for name in ("title", "description", "diagnosis", "treatment", "medications")),
    *(f"prescription.{name}" for name in ("medication_name", "dosage", "frequency", "duration", "instructions")),
    *("medical_record.amend_reason", "prescription.stop_reason", "attachment.file_name", "attachment.content"),
}
# Who reads what of Ada's: she herself, Doctor Cole, and nobody else.
READS = {name: set() for name in PEOPLE} | {
    "ada": {"appointment.reason", "appointment_history.remark", "appointment_history.told"}
    | BACKGROUND
    | RECORDS
    | {"patient.insurance_policy_number"},
    "cole": {"appointment.reason", "appointment.doctor_notes", "appointment_history.remark", "appointment_history.told"}
    | BACKGROUND
    | RECORDS,
}
# What a guardian is not shown even so, and the pages where they say whose record they read.
OWN = {"patient.insurance_policy_number"}
OF_A_WARD = ("/records", "/prescriptions", "/me/background", "/me/access")
STAFF = ("dot", "mo")
OUTSIDERS = [name for name, columns in READS.items() if not columns]
TODAY = NOW.replace(hour=0, minute=0)

# Text that is not clinical, column by column, so that a new one must be decided on. The rest must be sealed.
NOT_CLINICAL = {
    "clinic": "name address phone email hours emergency_phone urgent_phone time_zone currency reminder_hours"
    " guardian_review_ages desk_ignores",
    "custom_user": "username email password first_name last_name user_type phone_number locale theme",
    "specialization": "name description code",
    "doctor": "license_number qualification hospital_affiliation biography profile_picture status languages",
    "patient": "gender emergency_contact_name emergency_contact_phone address insurance_provider profile_picture"
    " preferred_name pronouns access_needs",
    "user_session": "token_hash user_agent ip",
    "availability_override": "note",
    "doctor_availability": "day_of_week",
    "doctor_review": "old_status new_status reason",
    "time_off": "reason",
    "visit_type": "appointment_type name instructions",
    "appointment": "appointment_type status notes reference time_zone overbook_reason status_before",
    "appointment_history": "old_status new_status change_reason",
    "medical_record": "record_type",
    "message": "kind channel error",
    "attachment": "media_type",
    "access_log": "object action why reason request_id ip",
    "access_digest": "digest",
    "emergency_access": "reason",
    "guardian_invitation": "code_hash",
    "wrong_code": "ip",
    "picture": "media_type",
    "claim": "code_hash",
    "offer": "why answer",
}
CLINICAL_IN_PLAIN = {("patient", "blood_group")}


def sealed(model):
    return [name for name, found in vars(model).items() if isinstance(found, Sealed)]


def models():
    return [mapper.class_ for mapper in db.Model.registry.mappers]


def marked(row):
    """The row with a marker in everything that is sealed."""
    for name in sealed(type(row)):
        mark = f"zq7.{row.__tablename__}.{name}"
        setattr(row, name, mark.encode() if isinstance(vars(type(row))[name], SealedBytes) else mark)
    return row


def found_in(text):
    """The clinical columns that can be read in a text. Every blood group stands in the list to choose from."""
    said = OPTION.sub("", text)
    return set(MARKER.findall(text)) | ({"patient.blood_group"} if BLOOD.search(said) else set())


@pytest.fixture(scope="module")
def clinic(server, tmp_path_factory, request):
    """A database of its own, really committed, with Ada's visits at Doctor Cole's and all that is clinical in them."""
    name = "marked_" + request.module.__name__.rpartition(".")[2]
    with migrated(server, tmp_path_factory.mktemp("marked"), name) as app:
        with app.app_context():
            cast = people()
            objects, references = planted(cast)
            db.session.commit()
        yield SimpleNamespace(app=app, objects=objects, references=references, **vars(cast))


def planted(cast):
    """What stands in addresses and forms, and the references of Ada's visits."""
    ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
    cole, dean = (db.session.get(Doctor, id) for id in (cast.cole, cast.dean))
    marked(ada).blood_group = "AB-"
    booked, done = visit(ada, cole, 14), visit(ada, cole, 8, status="completed")
    gone, held = visit(ada, cole, 16, status="cancelled"), visit(ada, cole, 15, status="held")
    visit(ben, cole, 11, mark=False)
    # The doctor is away then, so that the visit is on the desk's list, with an offer that waits.
    factories.time_off(cole.clinic, TODAY + timedelta(hours=13), TODAY + timedelta(hours=15), doctor_id=cole.id)
    offer = factories.offer(booked, dean, TODAY + timedelta(hours=14))
    visit(ben, dean, 12, mark=False)
    records = recorded(done)
    picture = factories.added(marked(Picture(user_id=ada.user_id, media_type="image/png")))
    ada.profile_picture = str(picture.id)
    db.session.merge(marked(SealCheck(id=1)))
    for name, sees in (("gina", True), ("tom", False)):
        carer = factories.patient(name=f"{name.title()} Marlow", email=f"{name}@test.example")
        factories.guardian(carer.user_id, ada, may_see_record=sees)
    objects = {
        "visit": booked.reference,
        "held": held.reference,
        "offer": offer.id,
        "doctor": cole.id,
        **desk(cast, cole),
        "waiting": cast.pat,
        "visit_type": cole.visit_types[0].id,
        "specialization": factories.specialization("Unused").id,
        **away(cole),
        **dict.fromkeys(("seen_about", "seen_booking", "seen_desk", "seen_records", "seen_words"), ""),
        "patient": ada.id,
        "emergency": factories.emergency(dean, ada, NOW - timedelta(hours=2)).id,
        "picture": picture.id,
        "seen_contact": "",
        "seen_blood": "",
        **records,
        **related(ada),
    }
    return objects, [booked.reference, done.reference, gone.reference, held.reference]


def visit(patient, doctor, hour, status="scheduled", mark=True):
    held_until = NOW + timedelta(minutes=5) if status == "held" else None
    given = {"status": status, "held_until": held_until, "visit_type_id": doctor.visit_types[0].id}
    made = factories.appointment(patient, doctor, TODAY + timedelta(hours=hour), notes=PLAIN, **given)
    if mark:
        marked(made)
        for step in made.history:
            marked(step)
    return made


def recorded(visit):
    """The record of a visit and its amendment, with a medicine, a stopped one and a file; a draft; each by its name."""
    about = {"patient_id": visit.patient_id, "doctor_id": visit.doctor_id, "record_type": "diagnosis"}
    signed = about | {"appointment_id": visit.id, "signed_at": NOW, "record_date": NOW}
    old = factories.added(marked(MedicalRecord(superseded_at=NOW, **signed)))
    record = factories.added(marked(MedicalRecord(supersedes_id=old.id, **signed)))
    draft = factories.added(marked(MedicalRecord(record_date=NOW, **about)))
    prescription = factories.added(marked(Prescription(medical_record_id=record.id)))
    factories.added(marked(Prescription(medical_record_id=record.id, stopped_at=NOW)))
    file = factories.added(marked(Attachment(medical_record_id=record.id, media_type="application/pdf", size=22)))
    return {"record": record.id, "draft": draft.id, "prescription": prescription.id, "file": file.id}


def browser(clinic, name):
    made = Browser(clinic.app)
    return made if name == "guest" else made.as_person(f"{name}@test.example")


def starts(clinic):
    """The address of every page there is, with each of Ada's visits where it names one."""
    pages = [row.split()[1] for row in ACCESS if row.startswith("GET ") and row != "GET static"]
    each = [clinic.objects | {"visit": reference, "held": reference} for reference in clinic.references]
    return list(dict.fromkeys(address(clinic.app, page, objects) for page in pages for objects in each))


def test_every_text_is_sealed_or_known_not_to_be_clinical():
    open_text = {
        (table.name, column.name)
        for table in db.metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, Text | LargeBinary | ARRAY)
    }
    open_text -= {(model.__tablename__, name) for model in models() for name in sealed(model)}
    listed = {(table, column) for table, columns in NOT_CLINICAL.items() for column in columns.split()}
    assert open_text == listed | CLINICAL_IN_PLAIN


def test_every_sealed_column_carries_a_marker(clinic):
    with clinic.app.app_context():
        for model in (model for model in models() if sealed(model)):
            rows = db.session.scalars(db.select(model)).all()
            for name in sealed(model):
                values = {getattr(row, name) for row in rows}
                values |= {value.decode() for value in values if isinstance(value, bytes)}
                assert f"zq7.{model.__tablename__}.{name}" in values, f"{model.__name__}.{name} was not planted"


@pytest.mark.parametrize("name", PEOPLE)
def test_what_is_clinical_is_read_by_the_patient_and_the_doctor_only(clinic, name, caplog):
    answers = list(crawl(browser(clinic, name), starts(clinic)))
    assert len(answers) > 2 * len(starts(clinic)), "no link was followed"
    read = {}
    for answer in answers:
        assert answer.status < 500, answer.path
        read |= dict.fromkeys(found_in(answer.said), answer.path)
    assert read.keys() - {PHOTO} == READS[name], f"{name} reads {read}"
    assert (PHOTO in read) == (name in SEE_PHOTO)
    assert not found_in(caplog.text)
    if name in STAFF:
        # Or the crawl would prove nothing: the visit itself is on their pages.
        there = {answer.path for answer in answers if clinic.references[0] in answer.said}
        pages = {"/clinic", "/clinic/appointments", f"/appointments/{clinic.references[0]}"}
        assert pages | {f"/doctors/{clinic.objects['doctor']}/offers"} <= there


@pytest.mark.parametrize(
    ("name", "columns"), [("gina", READS["ada"] - {"appointment_history.remark"} - OWN), ("tom", set())]
)
def test_a_guardian_reads_what_they_were_allowed_and_nothing_else(clinic, name, columns):
    """Gina may book for Ada and see her record; Tom may only book (AZ6, AZ7)."""
    theirs = [*starts(clinic), *(f"{path}?patient={clinic.objects['patient']}" for path in OF_A_WARD)]
    answers = list(crawl(browser(clinic, name), theirs))
    read = {}
    for answer in answers:
        assert answer.status < 500, answer.path
        read |= dict.fromkeys(found_in(answer.said), answer.path)
    assert read.keys() - {PHOTO} == columns, f"{name} reads {read}"
    assert f"/appointments/{clinic.references[0]}" in {answer.path for answer in answers if answer.status == 200}


@pytest.mark.parametrize("name", OUTSIDERS)
def test_a_refusal_does_not_tell_either(clinic, name):
    with all_undone(clinic.app):
        refusals_tell_nothing(clinic, name)


def refusals_tell_nothing(clinic, name):
    who, objects = browser(clinic, name), clinic.objects
    token, statuses = who.token(), set()
    taken = {"start": (TODAY + timedelta(hours=14)).isoformat()}
    # Nothing that a completed visit is asked for can be done.
    gone = objects | {"visit": clinic.references[1]}
    for row in (row for row in ACCESS if row.startswith("POST ") and row != "POST accounts.sign_out"):
        endpoint = row.split()[1]
        sent = {field: value.format(**objects) for field, value in SENT.get(endpoint, {}).items()}
        for form in ({}, sent | taken):
            for headers in ({}, HTMX):
                path = address(clinic.app, endpoint, gone)
                answer = ask(who, "POST", path, data=form | {"csrf_token": token}, headers=headers)
                statuses.add(answer.status)
                assert not found_in(answer.said), (endpoint, form)
    expected = {"dot": {409, 422}, "mo": {409, 422}, "ben": {409, 422, 404}, "dean": {404, 422}}
    assert expected.get(name, {422}) <= statuses
    assert max(statuses) < 500


@pytest.mark.parametrize("name", OUTSIDERS)
def test_nobody_can_search_for_it(clinic, name):
    who = browser(clinic, name)
    who.token()
    for column in ("appointment.reason", "patient.allergies"):
        for path in ("/doctors", "/clinic/appointments", "/appointments", "/agenda", "/clinic/doctors", "/clinic"):
            for field in ("q", "status", "specialization", "reason", "patient"):
                answers = [ask(who, "GET", path, query_string={field: text}) for text in words_for(column)]
                assert one_like_the_other(*answers, column), (path, field)


def words_for(column):
    """A marker, and as long a word that is nowhere."""
    return f"zq7.{column}", "qz7." + "x" * len(column)


def one_like_the_other(found, nothing, column):
    """Whether two answers differ in no more than the words that were asked for."""
    marker, nowhere = words_for(column)
    chance = r'(content|value)="[\w.-]{60,}"|(Set-Cookie|X-Request-Id): .*|delay:\d+ms'
    alike = [re.sub(chance, "", said) for said in (found.said.replace(marker, "?"), nothing.said.replace(nowhere, "?"))]
    return alike[0] == alike[1]


def test_a_search_that_finds_somebody_looks_different(clinic):
    who = browser(clinic, "dot")
    found, nothing = (ask(who, "GET", "/clinic/appointments", query_string={"q": q}) for q in ("byrne", "qz7xx"))
    assert found.said.replace("byrne", "?") != nothing.said.replace("qz7xx", "?")


def test_neither_streams_nor_letters_carry_it(clinic, monkeypatch):
    monkeypatch.setattr(jobs, "worker_app", None)
    ada, cole, dot = (browser(clinic, name) for name in ("ada", "cole", "dot"))
    with clinic.app.app_context():
        dots = db.session.scalar(db.select(User.id).where(User.email == "dot@test.example"))
    topics = f"clinic,agenda-{clinic.cole},doctor-{clinic.cole},me-{dots}"
    deaf = clinic.app.extensions["live"].listener is None
    with closing(dot.client.get("/events", query_string={"t": topics}, buffered=False)) as stream:
        chunks = (chunk.decode() for chunk in stream.response)
        # Once it is connected to the database, a process tells every page to refresh.
        list(islice(chunks, 2 if deaf else 1))
        reference = booked_and_cancelled(clinic, ada, cole)
        with clinic.app.app_context():
            announce(f"me-{dots}")
            db.session.commit()
        heard = list(takewhile(lambda chunk: f"me-{dots}" not in chunk, chunks))
    letters = [path.read_text() for path in mail(clinic.app).glob("*.eml")]
    assert {"event: clinic\ndata: clinic\n\n", f"event: doctor-{clinic.cole}\ndata: doctor-{clinic.cole}\n\n"} <= {
        *heard
    }
    assert sorted(re.findall("^Subject: (Booked|Cancelled)", "\n".join(letters), re.MULTILINE)) == [
        "Booked",
        "Cancelled",
    ]
    assert all(reference in letter for letter in letters)
    assert not found_in("".join(heard + letters))


def booked_and_cancelled(clinic, ada, cole):
    """Ada books and says why, Doctor Cole writes notes, Ada cancels and says why; after each the jobs are done."""
    start = (TODAY + timedelta(days=1, hours=10)).isoformat()
    held = ada.post(f"/doctors/{clinic.cole}/holds", {"start": start, "visit_type": str(clinic.objects["visit_type"])})
    reference = held.location.rpartition("/")[2]
    steps = (
        (ada, f"/holds/{reference}", {"reason": "zq7.appointment.reason"}),
        (cole, f"/agenda/{reference}/notes", {"doctor_notes": "zq7.appointment.doctor_notes", "version": "1"}),
        (
            ada,
            f"/appointments/{reference}/cancellation",
            {"reason": "other", "remark": "zq7.appointment_history.remark"},
        ),
    )
    for who, path, form in steps:
        assert who.post(path, form).status == 303
        # Where browsers are driven, this thread has a loop that runs already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(jobs.work, clinic.app, wait=False).result()
    return reference


def mail(app):
    return Path(app.extensions["config"].mail_url.removeprefix("file:"))


def test_no_file_of_the_data_folder_holds_it_in_plain_text(clinic, server):
    with clinic.app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(db.text("CHECKPOINT"))
    files = [path for path in server.folder.rglob("*") if path.is_file() and server.copy not in path.parents]
    files += clinic.app.extensions["config"].folder.rglob("*.*")
    marks, plain = set(), 0
    for path in files:
        held = path.read_bytes()
        marks |= set(re.findall(rb"zq7\.[a-z_]+\.[a-z_]+", held))
        plain += PLAIN.encode() in held
    assert plain, "the control was not found: the wrong folder is searched"
    assert not marks
