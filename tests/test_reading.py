"""The access log and what was shown agree exactly: an answer that shows something clinical of a patient has its row,
and an answer that shows nothing has none. A page that cannot write its row shows nothing.

Everything that is sealed of every patient carries a marker with the patient's number, so this holds for pages to come.
"""

import re
from collections import Counter
from datetime import timedelta
from io import BytesIO
from itertools import cycle, product
from types import SimpleNamespace
from typing import NamedTuple

import crawl
import factories
import pytest
from browsers import HTMX, Browser
from conftest import migrated, people
from factories import NOW
from pypdf import PdfReader
from sqlalchemy import text
from test_access import ACCESS, SENT, address
from test_markers import OPTION, models, planted, sealed, starts

from healthbook.audit import rules
from healthbook.db import db
from healthbook.models import (
    AccessLog,
    EmergencyAccess,
    MedicalRecord,
    Patient,
    Place,
    Role,
    SealCheck,
    User,
)
from healthbook.seal import SealedBytes

MARKER = re.compile(r"zq7\.([a-z_]+\.[a-z_]+)\.p(\d+)\b")
NOT_CLINICAL = {"picture.content"}
"""Sealed, but no secret of the body: a photo."""
BLOOD = {"AB-": "ada", "B-": "ben"}
OF_BLOOD = re.compile(r"(?<![\w+-])(AB-|B-)(?!\w)")
READERS = ("ada", "ben", "gus", "cole", "dean", "dot", "mo", "pat", "guest")
LISTS = (Place.RECORDS, Place.CHART)
READ_SOMETHING = ("ada", "ben", "gus", "cole", "dean")
ONLY_BY_POST = {Place.EXPORT}
REFUSED = (409, 422)


@pytest.fixture(scope="module")
def clinic(server, tmp_path_factory):
    """A database of its own: Gus is Ada's guardian, Dean has opened Ben's record in an emergency."""
    with migrated(server, tmp_path_factory.mktemp("read"), "read") as app, pytest.MonkeyPatch.context() as patched:
        patched.setattr("healthbook.clock.now", lambda: NOW)
        with app.app_context():
            cast = people()
            objects, references = planted(cast)
            also_planted(cast)
            db.session.commit()
            for model in models():
                for row in db.session.scalars(db.select(model)) if sealed(model) else ():
                    mark(row)
            db.session.commit()
        yield SimpleNamespace(app=app, objects=objects, references=references, **vars(cast))


def also_planted(cast):
    ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
    gus = factories.patient(name="Gus Byrne", email="gus@test.example")
    factories.guardian(gus.user_id, ada)
    whose = {"patient_id": ben.id, "doctor_id": cast.dean, "record_type": "imaging", "title": "", "record_date": NOW}
    factories.added(MedicalRecord(**whose, signed_at=NOW))
    ends = NOW + timedelta(minutes=50)
    about = {"doctor_id": cast.cole, "patient_id": gus.id, "reason": "Unconscious"}
    factories.added(EmergencyAccess(**about, starts_at=NOW - timedelta(minutes=10), ends_at=ends))
    ada.blood_group, ben.blood_group = BLOOD


def mark(row):
    """A marker in everything that is sealed, with the number of the patient whom it is about."""
    whose = patient_of(row)
    for name in sealed(type(row)) if whose else ():
        words = f"zq7.{row.__tablename__}.{name}.p{whose}"
        setattr(row, name, words.encode() if isinstance(vars(type(row))[name], SealedBytes) else words)


def patient_of(row):
    """The patient's id, found along the row's own foreign keys; None for a row that is about nobody."""
    if isinstance(row, Patient):
        return row.id
    if isinstance(row, SealCheck):
        return None
    if hasattr(row, "patient_id"):
        return row.patient_id
    if hasattr(row, "user_id"):
        return db.session.get(User, row.user_id).patient.id
    about = getattr(row, "appointment", None) or row.medical_record
    return about.patient_id


class Look(NamedTuple):
    """One answer: of which patients it shows what, and the rows that it left in the log."""

    answer: crawl.Answer
    headers: dict
    shown: set
    rows: list


@pytest.fixture(scope="module")
def crawled(clinic):
    """crawled("ada"): every page that she can reach, asked for once in this run. Each look is a row of its own."""
    known = {}

    def looks(name):
        if name not in known:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(rules, "ONCE_IN", timedelta())
                patched.setattr(crawl, "ask", ask)
                # Each address is asked for twice: as a page, and as the part that htmx asks for.
                answers = zip(crawl.crawl(browser(clinic, name), starts(clinic)), cycle(({}, HTMX)), strict=False)
                known[name] = [look(clinic, *answered) for answered in answers]
        return known[name]

    return looks


def look(clinic, answer, headers):
    return Look(answer, headers, shown(clinic, answer), written(clinic, answer))


def ask(browser, method, path, **sent):
    with browser.client.open(path, method=method, **sent) as response:
        content = response.get_data()
    # The files of records are markers, whatever they are called.
    if response.mimetype == "application/pdf" and content.startswith(b"%PDF"):
        content = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).encode()
    said = f"{response.headers}\n{content.decode(errors='replace')}"
    return crawl.Answer(path, response.status_code, said)


def browser(clinic, name):
    made = Browser(clinic.app)
    return made if name == "guest" else made.as_person(f"{name}@test.example")


def shown(clinic, answer):
    """The patients of whom the answer shows something clinical, and what."""
    said = OPTION.sub("", answer.said)
    found = {(int(whose), what) for what, whose in MARKER.findall(said) if what not in NOT_CLINICAL}
    return found | {(getattr(clinic, BLOOD[group]), "patient.blood_group") for group in OF_BLOOD.findall(said)}


def written(clinic, answer):
    """The rows of the log that the answer left."""
    # Empty where a request was refused before it had one.
    request_id = re.search(r"^X-Request-Id: ?(\S*)", answer.said, re.MULTILINE)[1]
    with clinic.app.app_context():
        return list(db.session.scalars(db.select(AccessLog).where(AccessLog.request_id == request_id)))


def disagreements(clinic, name, looks):
    """Where the log and the answers say different things."""
    wrong, actor = [], actor_of(clinic, name)
    for answer, headers, seen, rows in looks:
        what = f"{name} {answer.status} {'part' if headers else 'page'} {answer.path}"
        told = Counter((row.patient_id, row.object, row.object_id, row.action, row.why) for row in rows)
        about, noted = {whose for whose, _ in seen} | of_nothing(answer, rows), {row.patient_id for row in rows}
        # A form that was refused comes back with what its sender had written where something else would stand.
        if (
            not about <= noted
            or (about < noted and answer.status not in REFUSED)
            or {r.actor_id for r in rows} - {actor}
        ):
            wrong.append(f"{what} shows {sorted(seen)}, the log has {sorted(map(str, told))}")
        wrong += [f"{what}: {times} rows for {row}" for row, times in told.items() if times > 1]
    return wrong


def of_nothing(answer, rows):
    """That there is no record of a kind is told about a patient, too."""
    return {row.patient_id for row in rows if row.object in LISTS and 'class="empty"' in answer.said}


def actor_of(clinic, name):
    with clinic.app.app_context():
        return db.session.scalar(db.select(User.id).where(User.email == f"{name}@test.example"))


def test_the_markers_are_there_and_tell_the_patients_apart(clinic):
    with clinic.app.app_context():
        for model in models():
            for row in db.session.scalars(db.select(model)) if sealed(model) else ():
                for name in sealed(model):
                    said = getattr(row, name)
                    said = said.decode() if isinstance(said, bytes) else said
                    assert isinstance(row, SealCheck) or said.endswith(f"{name}.p{patient_of(row)}")
        assert {Role.DOCTOR} <= db.session.scalar(db.select(User).where(User.email == "cole@test.example")).roles


@pytest.mark.parametrize("name", READERS)
def test_each_answer_that_shows_something_clinical_has_its_row_and_no_other_has(clinic, name, crawled):
    """Requests and rows are counted against each other, page by page (PR1)."""
    wrong = disagreements(clinic, name, crawled(name))
    assert not wrong, "\n".join(wrong)
    # Or the crawl would prove nothing.
    assert any(look.rows for look in crawled(name)) == (name in READ_SOMETHING)


def test_every_place_that_can_be_read_is_reached(crawled):
    """Otherwise a page could show anything, unseen by the test above."""
    reached = {row.object for name in READ_SOMETHING for look in crawled(name) for row in look.rows}
    assert reached == set(Place) - ONLY_BY_POST


@pytest.mark.parametrize("name", ["ada", "gus", "cole", "dean"])
def test_what_cannot_be_written_down_is_not_shown(clinic, name, crawled, monkeypatch):
    """While the log takes no row, every page that is clinical is an error and shows nothing (PR1)."""
    asked = [look for look in crawled(name) if look.shown]
    assert asked
    monkeypatch.setattr(rules, "WRITE", text("INSERT INTO a_table_that_is_not_there VALUES (1)"))
    who = browser(clinic, name)
    for look in asked:
        answer = ask(who, "GET", look.answer.path, headers=look.headers)
        assert answer.status == 500, answer.path
        assert not shown(clinic, answer), answer.path


@pytest.mark.parametrize("name", ["ada", "cole"])
def test_the_same_pages_again_add_no_row_within_a_quarter_of_an_hour(clinic, name, crawled):
    """One row for each actor, patient and place in 15 minutes."""
    asked, who = [look for look in crawled(name) if look.shown], browser(clinic, name)
    assert asked
    for look in asked:
        answer = ask(who, "GET", look.answer.path, headers=look.headers)
        assert answer.status == 200, answer.path
        assert not written(clinic, answer), answer.path


@pytest.mark.parametrize("name", READERS)
def test_answers_to_what_was_sent_agree_with_the_log_too(clinic, name, monkeypatch):
    """A form that comes back with what was wrong shows the page around it again (PR1)."""
    monkeypatch.setattr(rules, "ONCE_IN", timedelta())
    who, looks = browser(clinic, name), []
    token, objects = who.token(), clinic.objects | {"visit": clinic.references[1]}
    for row in (row for row in ACCESS if row.startswith("POST ") and row != "POST accounts.sign_out"):
        endpoint = row.split()[1]
        sent = {field: value.format(**objects) for field, value in SENT.get(endpoint, {}).items()}
        path = address(clinic.app, endpoint, objects)
        for form, headers in product(({}, sent), ({}, HTMX)):
            answer = ask(who, "POST", path, data=form | {"csrf_token": token}, headers=headers)
            looks.append(look(clinic, answer, headers))
    wrong = disagreements(clinic, name, looks)
    assert not wrong, "\n".join(wrong)
