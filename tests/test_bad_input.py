"""Whatever is sent: a clear answer of the right status, never a failure of ours, and nothing changed.

The endpoints, and who may open them, are those of test_access; each row below is a way to be wrong.
"""

import json
import re
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import test_access
from crawl import ask
from factories import NOW, PASSWORD
from sqlalchemy import Boolean, Date, DateTime, Integer, LargeBinary, Numeric, Text, text
from test_access import ACCESS, MISSING, PEOPLE, address, undone
from werkzeug.datastructures import MultiDict
from wrong import (
    ELSEWHERE,
    FORMS,
    IDS,
    MISTAKES,
    NO_FORMS,
    NONSENSE,
    NOT_OFFERED,
    OVERRIDES,
    QUERIES,
    REFERENCES,
    SHAPELESS,
    TWICE,
)

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Doctor
from healthbook.seal import sealed

objects = test_access.objects

POSTS = [row.split()[1] for row in ACCESS if row.startswith("POST ")]
GETS = [row.split()[1] for row in ACCESS if row.startswith("GET ") and row != "GET static"]

DATED = ("records.write", "records.rewrite", "records.amend")
numbers = count(5_000_000, 10_000)


@pytest.fixture
def standing(app, objects):
    """standing(): everything in the database but sessions, jobs and who read what, as one word for each table."""
    left_out = ("user_session", "access_log")
    tables = [table.name for table in db.metadata.sorted_tables if table.name not in left_out]
    words = text(
        " UNION ALL ".join(
            f"SELECT '{t}', md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {t} t" for t in tables
        )
    )

    def read():
        with app.app_context():
            return db.session.execute(words).all()

    return read


@pytest.fixture
def form(app, cast, objects):
    """form("appointments.hold", start=""): what a person sends there, with some of it changed (None: left out)."""
    with app.app_context():
        known = objects | {"field": db.session.get(Doctor, cast.cole).specialization_id}

    def filled(endpoint, **changed):
        sent = {name: value.format(**known) for name, value in FORMS.get(endpoint, {}).items()} | changed
        return {name: value for name, value in sent.items() if value is not None}

    return filled


@pytest.fixture
def owner(browser):
    """owner("appointments.book"): a browser of whoever may do that, and the token of its forms."""
    opened = {}

    def of(endpoint, method="POST"):
        name = owner_of(f"{method} {endpoint}")
        if name not in opened:
            who = browser(None if name == "guest" else name)
            opened[name] = who, who.token()
        return opened[name]

    return of


def owner_of(row):
    """The first who is let in; whatever concerns nobody in particular is a guest's."""
    if "accounts." in row or row.endswith("doctors.apply"):
        return "guest"
    answers = dict(zip(PEOPLE, ACCESS[row], strict=True))
    return next((name for name in PEOPLE[1:] if answers[name] == 200), None) or next(
        (name for name in PEOPLE[1:] if answers[name] == 303), "guest"
    )


@contextmanager
def nothing_changes(standing):
    """One question to the database for many requests; the row that changed something is found by halving."""
    before = standing()
    yield
    assert standing() == before


@contextmanager
def nothing_runs(app):
    """No word of ours was run as SQL: it would have left a lock, which no rollback takes back."""
    yield
    with app.app_context():
        left = db.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711")
        assert db.session.scalar(left) == 0


def wrong(answers, allowed):
    """What was answered otherwise, by what was sent."""
    return {sent: answer.status for sent, answer in answers.items() if answer.status not in allowed}


@pytest.mark.parametrize("value", ["id", "reference"])
def test_an_id_or_a_reference_that_cannot_be_is_no_page(app, owner, form, objects, standing, value):
    """Ids out of range, in other digits, or in another spelling of a row's own."""
    bad, answers = IDS if value == "id" else REFERENCES, {}
    with nothing_changes(standing), nothing_runs(app):
        for row in ACCESS:
            method, endpoint = row.split()
            names = {n for rule in app.url_map.iter_rules(endpoint) for n in rule.arguments} & set(MISSING)
            if not names or (names == {"reference"}) != (value == "reference"):
                continue
            who, token = owner(endpoint, method)
            known = str(MISSING[names.pop()])
            for given in bad:
                path = address(app, endpoint, objects, missing=True).replace(known, given)
                data = form(endpoint) | {"csrf_token": token} if method == "POST" else None
                answers[row, given] = ask(who, method, path, data=data)
        assert not wrong(answers, {404})


@pytest.mark.parametrize("endpoint", sorted({endpoint for endpoint, _ in QUERIES}))
def test_nonsense_in_an_address_has_a_clear_answer(app, owner, objects, standing, endpoint):
    """SQL injection, wildcards, and pages and dates far beyond any, in every parameter of every address."""
    (who, _), path = owner(endpoint, "GET"), address(app, endpoint, objects)
    harmless = {401, 403} if endpoint == "clinic.events" else {200}

    def answers(said):
        return {query: ask(who, "GET", path, query_string=query) for query in said}

    with nothing_changes(standing), nothing_runs(app):
        for name in (name for page, name in QUERIES if page == endpoint):
            assert not wrong(answers(f"{name}={value}" for value in NONSENSE.values()), QUERIES[endpoint, name])
            assert not wrong(answers((f"{name}=", f"{name}=&{name}=1", f"{name}[]=1&{name}[0]=1")), harmless)
            assert not wrong(answers((f"{name}=%00",)), {400})


def test_every_word_that_an_address_may_say_is_tried():
    views = [path.read_text() for path in (Path(__file__).parent.parent / "healthbook").rglob("*.py")]
    asked = {name for text in views for name in re.findall(r'request\.args(?:\.get\(|\[)"(\w+)"', text)}
    assert asked <= {name for _, name in QUERIES}


def test_no_page_minds_what_it_does_not_ask_for(app, owner, objects, standing):
    names = sorted({name for _, name in QUERIES})
    asked = {endpoint for endpoint, _ in QUERIES}
    with nothing_changes(standing):
        for endpoint in set(GETS) - asked:
            who, _ = owner(endpoint, "GET")
            path = address(app, endpoint, objects)
            plain = ask(who, "GET", path)
            for said in ("very long number", "not UTF-8", "SQL after a quote", "markup"):
                query = "&".join(f"{name}={NONSENSE[said][:200]}" for name in names)
                assert ask(who, "GET", path, query_string=query).status == plain.status, (endpoint, said)


def test_a_start_that_is_no_instant_is_refused(app, owner, form, objects, standing):
    """A forged time that the calendar does not have."""
    sent = {f"start {start[:40]!r}": {"start": start.encode("utf-8", "surrogatepass")} for start in SHAPELESS}
    sent |= {f"type {kind!r}": {"visit_type": kind} for kind in ("", "0", "-1", "x", "1e3", str(2**63), "1.5", None)}
    who, token = owner("appointments.hold")
    with nothing_changes(standing), nothing_runs(app):
        answers = {
            case: ask(who, "POST", address(app, "appointments.hold", objects), data=data | {"csrf_token": token})
            for case, data in ((case, form("appointments.hold", **changed)) for case, changed in sent.items())
        }
        assert not wrong(answers, {422})
    assert all("Choose one of the times on the page." in answer.said for answer in answers.values())


def test_a_start_that_was_never_offered_is_gone(app, owner, form, objects, standing):
    """A forged time: past, between two slots, outside the hours, or another doctor's kind of visit."""
    sent = {start: {"start": start} for start in NOT_OFFERED}
    sent["another's kind of visit"] = {"visit_type": str(int(objects["visit_type"]) + 1)}
    sent["no kind of visit"] = {"visit_type": str(2**31 - 1)}
    who, token = owner("appointments.hold")
    with nothing_changes(standing):
        answers = {
            case: ask(
                who,
                "POST",
                address(app, "appointments.hold", objects),
                data=form("appointments.hold", **changed) | {"csrf_token": token},
            )
            for case, changed in sent.items()
        }
        assert not wrong(answers, {409})


@pytest.mark.parametrize("endpoint", MISTAKES)
def test_a_mistake_in_a_form_is_told_and_nothing_is_done(app, owner, form, objects, standing, endpoint):
    """Numbers, dates and choices out of range, and fields left out."""
    who, token = owner(endpoint)
    path = address(app, endpoint, objects)
    with nothing_changes(standing):
        answers = {
            str(changed)[:80]: ask(who, "POST", path, data=form(endpoint, **changed) | {"csrf_token": token})
            for changed in MISTAKES[endpoint]
        }
        assert not wrong(answers, {422})


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in POSTS if endpoint in FORMS])
def test_odd_letters_in_any_field_have_a_clear_answer(app, owner, form, objects, standing, endpoint):
    """NUL, broken UTF-8, lone surrogates, and marks that turn or hide the text around them."""
    who, token = owner(endpoint)
    path, before = address(app, endpoint, objects), standing()
    answers = {}
    for name in FORMS[endpoint]:
        for odd in (b"a\0b", b"\xff", b"\xed\xa0\x80", "e\u0301\u202e\u2066\ufeff\U0001f469\u200d\U0001f52c".encode()):
            with undone(app):
                sent = form(endpoint, **{name: odd}) | {"csrf_token": token}
                answers[name, odd] = ask(who, "POST", path, data=sent)
    assert not wrong({key: answer for key, answer in answers.items() if b"\0" in key[1]}, {400})
    # Whoever looks for such a name finds nobody, which is no mistake.
    # The page of a held time is drawn again with whatever was written on it, and an odd doctor, or offer, is none.
    more = {"patients.find": {200}, "appointments.hold_on": {200}, "appointments.reschedule": {404}}
    more |= {"patients.seek": {200}, "appointments.longer_at_desk": {200}}
    more["appointments.answer"] = {404}
    assert not wrong(answers, {303, 400, 409, 422} | more.get(endpoint, set()))
    assert standing() == before


def test_nothing_is_done_without_the_right_token(app, owner, form, objects, standing):
    """Cross-site request forgery: no token, a wrong one, or the right one where it does not count."""
    answers = {}
    with nothing_changes(standing):
        for endpoint in POSTS:
            who, token = owner(endpoint)
            path, data = address(app, endpoint, objects), form(endpoint)
            tokens = {"none": {}, "empty": {"csrf_token": ""}, "wrong": {"csrf_token": token[:-2] + "xx"}}
            tokens |= {"NUL": {"csrf_token": "\0"}, "letters": {"csrf_token": "é" * 100}}
            for case, sent in tokens.items():
                answers[endpoint, case] = ask(who, "POST", path, data=data | sent)
            answers[endpoint, "in the address"] = ask(who, "POST", f"{path}?csrf_token={token}", data=data)
            answers[endpoint, "JSON"] = ask(who, "POST", path, json=data | {"csrf_token": token})
            answers[endpoint, "text"] = ask(who, "POST", path, data=f"csrf_token={token}", content_type="text/plain")
        assert not wrong(answers, {400})


def test_what_is_no_form_is_not_read(app, owner, form, objects, standing):
    """Bodies of another kind that smuggle a form past the token."""
    answers = {}
    with nothing_changes(standing):
        for endpoint in MISTAKES:
            who, token = owner(endpoint)
            path, headers = address(app, endpoint, objects), {"X-CSRFToken": token}
            for kind, body in NO_FORMS:
                body = body or json.dumps(form(endpoint)).encode()
                answers[endpoint, kind, body] = ask(who, "POST", path, data=body, content_type=kind, headers=headers)
        assert not wrong(answers, {400, 415, 422})


def test_too_much_is_not_read(app, owner, form, objects, standing):
    """A flood in one request: a huge field, and more fields or parts than any form has."""
    many = "&".join(f"f{n}=1" for n in range(50_000))
    answers = {}
    with nothing_changes(standing):
        for endpoint in POSTS:
            who, token = owner(endpoint)
            path, data = address(app, endpoint, objects), form(endpoint) | {"csrf_token": token}
            answers[endpoint, "1 MB"] = ask(who, "POST", path, data=data | {"reason": "x" * 2**20})
            answers[endpoint, "50,000 fields"] = ask(
                who, "POST", path, data=f"csrf_token={token}&{many}", content_type="application/x-www-form-urlencoded"
            )
            parts = {f"f{n}": "" for n in range(2000)}
            sent = {"data": data | parts, "content_type": "multipart/form-data"}
            answers[endpoint, "2,000 parts"] = ask(who, "POST", path, **sent)
        assert not wrong(answers, {413})


def test_a_method_that_an_address_does_not_have_does_nothing(app, owner, form, objects, standing):
    """Method confusion: the wrong verb, with every header and field that some frameworks obey."""
    with app.app_context():
        addresses = app.url_map.bind("localhost")
    tried, answers = set(), {}
    with nothing_changes(standing):
        for row in ACCESS:
            method, endpoint = row.split()
            who, token = owner(endpoint, method)
            path = address(app, endpoint, objects)
            headers, data = OVERRIDES | {"X-CSRFToken": token}, {"_method": method} | form(endpoint)
            for other in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(addresses.allowed_methods(path)):
                if (path, other) not in tried:
                    answers[row, other] = ask(who, other, path, headers=headers, query_string=data, data=data)
                    tried.add((path, other))
        assert not wrong(answers, {405})


def test_no_header_or_field_makes_a_look_into_a_deed(app, owner, form, objects, standing):
    """Method confusion: a link that a mail scanner follows must not act."""
    with nothing_changes(standing):
        for endpoint in GETS:
            who, token = owner(endpoint, "GET")
            path, sent = address(app, endpoint, objects), {"_method": "POST", "csrf_token": token} | form(endpoint)
            plain = ask(who, "GET", path)
            assert ask(who, "GET", path, headers=OVERRIDES, data=sent).status == plain.status, endpoint


@pytest.mark.parametrize("endpoint", TWICE)
def test_the_same_form_twice_counts_once(app, owner, form, objects, standing, endpoint):
    """A double press, a retry, or going back and sending again."""
    who, token = owner(endpoint)
    path, data, before = address(app, endpoint, objects), form(endpoint) | {"csrf_token": token}, standing()
    assert ask(who, "POST", path, data=data).status == 303
    once = standing()
    assert once != before
    assert ask(who, "POST", path, data=data | {"csrf_token": who.token()}).status == TWICE[endpoint]
    assert standing() == once


def test_anothers_hold_and_a_lost_one_are_not_booked(app, browser, objects, standing, monkeypatch):
    path, form = f"/holds/{objects['held']}", {"reason": "A cough"}
    with nothing_changes(standing):
        ben = browser("ben")
        assert ben.get(path).status == ben.post(path, form).status == ben.post(f"{path}/release").status == 404
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    start = NOW.replace(hour=15, minute=0).isoformat()
    chosen = {"start": start, "visit_type": objects["visit_type"]}
    assert ben.post(f"/doctors/{objects['doctor']}/holds", chosen).status == 303
    with nothing_changes(standing):
        # Its row was swept when Ben chose the time: the page of the hold says which time it was.
        late = browser("ada").post(path, form | chosen | {"doctor": objects["doctor"]})
        assert (late.status, late.starts != []) == (409, True)
        assert browser("ada").post(path, form).status == 404


def test_a_hold_that_ran_out_is_booked_while_its_time_is_free(app, browser, objects, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    assert browser("ada").post(f"/holds/{objects['held']}", {"reason": "A cough"}).status == 303
    with app.app_context():
        found = db.session.scalar(db.select(Appointment).where(Appointment.reference == objects["held"]))
        assert found.status == "scheduled"


def extra(cast, truth):
    """Every column and every attribute of every model, with a value of its type that would do harm."""
    people = {"patient_id": cast.ben, "doctor_id": cast.dean, "user_id": cast.dot, "clinic_id": cast.clinic}
    words = {"user_type": "admin", "status": "completed", "role": "admin", "roles": "admin", "day_of_week": "sunday"}
    sent = {}
    for mapper in db.Model.registry.mappers:
        for column in mapper.local_table.c:
            sent[column.name] = sent[column.key] = value(column.type, truth)
        sent |= dict.fromkeys(mapper.relationships.keys(), "1")
    return sent | {name: str(id) for name, id in people.items()} | words


def value(kind, truth):
    samples = (
        (Boolean, truth),
        (Integer, "1"),
        (Numeric, "1.23"),
        (Date, "2026-12-01"),
        (DateTime, "2026-12-01T10:00:00+00:00"),
        ((Text, LargeBinary), "zq7 mass"),
    )
    return next((sample for types, sample in samples if isinstance(kind, types)), "1")


# What answers with its own page.
STAYS = (
    *("patients.find", "patients.invite", "patients.seek", "patients.make_code"),
    *("appointments.give", "appointments.hold_on", "appointments.longer_at_desk"),
)
# What differs each time, whatever was sent; so does whatever is sealed.
BY_CHANCE = ("reference", "series", "seal_id", "ical_uid", "password", "token_hash", "code_hash", "request_id")
SEALED = {mapper.local_table.name: [one.name for one in sealed(mapper.class_)] for mapper in db.Model.registry.mappers}


@pytest.fixture
def outcome(app, browser):
    """outcome("appointments.hold", path, data={...}): the status and what the database holds then; it is undone."""
    tables = [table.name for table in db.metadata.sorted_tables]
    chance = {t: "{" + ",".join((*BY_CHANCE, *SEALED[t])) + "}" for t in tables}
    rows = " UNION ALL ".join(f"SELECT '{t}', (to_jsonb(t) - '{chance[t]}'::text[])::text FROM {t} t" for t in tables)
    # So that new rows have the same numbers each time: sequences are not rolled back.
    numbered, first = [t for t in tables if "id" in db.metadata.tables[t].c], next(numbers)
    again = ", ".join(f"setval(pg_get_serial_sequence('{t}', 'id'), {first})" for t in numbered)

    def sent(endpoint, path, data, **given):
        name, data = owner_of(f"POST {endpoint}"), MultiDict(data)
        with undone(app):
            with app.app_context():
                db.session.execute(text(f"SELECT {again}"))
                db.session.commit()
            # Signing in and out changes the browser, so each time it is a new one.
            who = browser(None if name == "guest" else name)
            data.add("csrf_token", who.token())
            status = ask(who, "POST", path, data=data, **given).status
            with app.app_context():
                return status, sorted(tuple(row) for row in db.session.execute(text(rows)))

    return sent


@pytest.mark.parametrize("endpoint", POSTS)
def test_no_field_that_a_form_does_not_have_does_anything(app, cast, outcome, form, objects, endpoint):
    """Mass assignment, and an id in the body that should beat the one in the address."""
    path, sent = address(app, endpoint, objects), form(endpoint)
    plain = outcome(endpoint, path, sent)
    assert plain[0] == (200 if endpoint in STAYS else 303)
    for truth in ("true", "false"):
        more = extra(cast, truth)
        if endpoint.startswith("appointments.") and owner_of(f"POST {endpoint}") != "guest":
            # For whom a booking is, is read, and refused where it is somebody else.
            assert outcome(endpoint, path, more | sent, query_string=more)[0] == 403
            del more["patient_id"]
        assert outcome(endpoint, path, more | sent, query_string=more) == plain


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in POSTS if endpoint in FORMS])
def test_of_a_field_that_comes_twice_the_first_counts(app, outcome, form, objects, endpoint):
    """Parameter pollution."""
    path, sent = address(app, endpoint, objects), form(endpoint)
    plain = outcome(endpoint, path, sent)
    twice = MultiDict(sent)
    for field in sent:
        for name in (field, f"{field}[]", f"{field}[0]"):
            twice.add(name, "cancelled")
    # A time or a day that comes twice is none.
    assert outcome(endpoint, path, twice) == plain or (endpoint in DATED and outcome(endpoint, path, twice)[0] == 422)


def test_nobody_is_sent_to_another_site(browser):
    """Open redirects, and line breaks that would begin another header."""
    htmx = {"HX-Request": "true"}
    ada = browser("ada")
    for place in ELSEWHERE:
        guest = browser()
        sent = {"email": "ada@test.example", "password": PASSWORD, "next": place, "csrf_token": guest.token()}
        answers = [
            guest.open("POST", "/sign-in", data=sent, headers=htmx),
            ada.open("GET", "/sign-in", query_string={"next": place}, headers=htmx),
            ada.open("GET", "/register", query_string={"next": place}),
        ]
        for answer in answers:
            to = answer.headers.get("HX-Redirect") or answer.headers.get("Location")
            assert (to == "/") if answer.status != 400 else to is None, place
            assert "evil" not in str(answer.headers)
            assert "X" not in answer.headers


def test_a_referring_page_leads_nowhere(browser):
    """Open redirects by a header."""
    for path in ("/sign-in", "/register", "/appointments", "/"):
        answer = browser().get(path, headers={"Referer": "https://evil.example/", "X-Forwarded-Host": "evil.example"})
        assert "evil" not in answer.body + str(answer.headers)
