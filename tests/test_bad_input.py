"""Whatever is sent: a clear answer of the right status, never a failure of ours, and nothing changed.

The endpoints, and who may open them, are those of test_access; each row below is a way to be wrong.
"""

import time
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import pytest
import test_access
from crawl import ask
from factories import NOW, PASSWORD
from sqlalchemy import Boolean, Date, DateTime, Integer, LargeBinary, Numeric, Text, text
from test_access import ACCESS, MISSING, PEOPLE, SENT, address, undone
from werkzeug.datastructures import MultiDict

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Doctor

objects = test_access.objects

POSTS = [row.split()[1] for row in ACCESS if row.startswith("POST ")]
GETS = [row.split()[1] for row in ACCESS if row.startswith("GET ") and row != "GET static"]

PERSON = {
    "first_name": "Quinn",
    "last_name": "Abara",
    "date_of_birth": "27 3 1980",
    "email": "quinn@post.example",
    "phone_number": "0117 496 0199",
    "password": "walking by the river",
    "next": "",
}
# Every field of every form, so that what a form does not have can be told from what it has.
FORMS = SENT | {
    "accounts.sign_in": {"email": "ada@test.example", "password": PASSWORD, "next": ""},
    "accounts.register": PERSON,
    "doctors.apply": PERSON
    | {
        "license_number": "GMC 7043218",
        "specialization": "{field}",
        "years_of_experience": "14",
        "qualification": "MRCP",
        "hospital_affiliation": "St Mary",
        "languages": "English",
        "consultation_fee": "85.50",
        "biography": "Listens first.",
    },
    "scheduling.add_hours": SENT["scheduling.add_hours"] | {"seen": ""},
    "appointments.book": SENT["appointments.book"] | {"start": "", "visit_type": "", "doctor": ""},
    "appointments.cancel": {"reason": "other", "remark": "Sorry"},
    "clinic.step": SENT["clinic.step"] | {"change_reason": ""},
    "clinic.add_specialization": {"name": "New field", "description": "New"},
    "clinic.rename_specialization": {"name": "Newer field", "description": "Newer"},
}

IDS = (
    "0",
    "-1",
    "abc",
    "1e3",
    "1.0",
    "0x1",
    "2147483648",
    str(2**63),
    str(10**20),
    "9" * 5000,
    "1%00",
    "%ff",
    "%ed%a0%80",
)
IDS += (quote("١"), "1;x", "null", "%7b1%7d", "1'--", "+1", "%201", "007")
REFERENCES = (
    "zzzzzzzz",
    "ZZZZZZZ",
    "ZZZZZZZZZ",
    "ZZZZZZZI",
    "ZZZZ%00ZZ",
    "%ff%ff%ff%ff",
    quote("٠" * 8),
    "ZZZZ%0aZZZ",
    "x" * 8000,
)

NONSENSE = {
    "huge": str(10**20),
    "very long number": "9" * 5000,
    "2**63": str(2**63),
    "negative": "-1",
    "exponent": "1e3",
    "Arabic digits": quote("٣x٣"),
    "surrogate": "%ed%a0%80",
    "not UTF-8": "%ff",
    "8 kB": "a" * 8192,
    "SQL": quote("(select pg_sleep(5))"),
    "SQL after a quote": quote("1'; select pg_sleep(5)--"),
    "signs": quote("'\"\\;%_`|&$(){}[]<>"),
    "wildcards": quote("%_" * 200),
    "markup": quote("<script>alert(1)</script>"),
    "turned": quote("\u202e\u2066\ufeff"),
    "date that is none": "2027-02-29",
    "far date": "9999-12-31",
    "first date": "0001-01-01",
}
# What an address may say, and what is answered when it makes no sense.
QUERIES = {
    ("scheduling.slots", "week"): {404, 200},
    ("scheduling.slots", "type"): {404},
    ("scheduling.slots", "shown"): {200, 404},
    ("doctors.directory", "q"): {200},
    ("doctors.directory", "specialization"): {200},
    ("doctors.directory", "page"): {200},
    ("appointments.mine", "show"): {200},
    ("appointments.mine", "page"): {200},
    ("appointments.agenda", "day"): {404},
    ("clinic.appointments", "from"): {422},
    ("clinic.appointments", "to"): {422},
    ("clinic.appointments", "doctor"): {422},
    ("clinic.appointments", "status"): {422},
    ("clinic.appointments", "q"): {200, 422},
    ("clinic.appointments", "sort"): {200},
    ("clinic.appointments", "page"): {200},
    ("clinic.appointments", "shown"): {200},
    ("clinic.doctors", "status"): {200},
    ("clinic.doctors", "page"): {200},
    ("clinic.events", "t"): {401, 403},
    ("accounts.sign_in", "next"): {200},
    ("accounts.register", "next"): {200},
}

SHAPELESS = (
    *(
        "",
        " ",
        "09:07",
        "25:00",
        "2026-11-24T25:00:00+00:00",
        "2026-11-24T16:00:00",
        "2026-11-24",
        "9999-12-31T23:59:59-14:00",
    ),
    *(
        "0001-01-01T00:00:00+14:00",
        "٠٩:٠٠",
        "٢٠٢٦-١١-٢٤T١٦:٠٠:٠٠+٠٠:٠٠",
        "1e9",
        "1790000000",
        "2026-11-24T16:00:00+99:00",
    ),
    *(
        "2027-02-29T10:00:00+00:00",
        "16:00'; select pg_sleep(5)--",
        "2026-11-24T16:00:00+00:00" + "0" * 5000,
        "\ud800",
        "now",
    ),
)
NOT_OFFERED = (
    *(
        "2026-11-24T16:07:00+00:00",
        "2026-11-24T16:00:30+00:00",
        "2026-11-24T16:00:00.000001+00:00",
        "2026-11-24T09:30:00+00:00",
    ),
    *(
        "2026-11-23T16:00:00+00:00",
        "2026-11-24T18:00:00+00:00",
        "2026-11-28T10:00:00+00:00",
        "2199-12-31T10:00:00+00:00",
    ),
    *(
        "1901-01-01T10:00:00+00:00",
        "2027-06-01T10:00:00+00:00",
        "2026-11-24T16:00:00+05:00",
        "2026-11-24T16:00:00-00:01",
    ),
)

ELSEWHERE = (
    *("https:evil.example", "https:/evil.example", "https://evil.example", "//evil.example", "////evil.example"),
    *("/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)", " //evil.example"),
    *("/ok\r\nX: 1", "/ok\0", "evil.example", "/\u202eevil", "data:text/html,x", "///evil.example/%2e%2e"),
)


@pytest.fixture
def standing(app, objects):
    """standing(): everything in the database but sessions and jobs, as one word for each table."""
    tables = [table.name for table in db.metadata.sorted_tables if table.name != "user_session"]
    words = text(
        " UNION ALL ".join(
            f"SELECT '{t}', md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {t} t" for t in tables
        )
    )

    def read():
        with app.app_context():
            return dict(db.session.execute(words).tuples().all())

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
def quickly():
    """No word of ours was run as SQL: it would have slept for five seconds."""
    began = time.process_time(), time.monotonic()
    yield
    assert time.monotonic() - began[1] < 4 + 3 * (time.process_time() - began[0])


def wrong(answers, allowed):
    """What was answered otherwise, by what was sent."""
    return {sent: answer.status for sent, answer in answers.items() if answer.status not in allowed}


@pytest.mark.parametrize("value", ["id", "reference"])
def test_an_id_or_a_reference_that_cannot_be_is_no_page(app, owner, form, objects, standing, value):  # BI4
    bad, answers = IDS if value == "id" else REFERENCES, {}
    with nothing_changes(standing), quickly():
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


@pytest.mark.parametrize(("endpoint", "name"), QUERIES)
def test_nonsense_in_an_address_has_a_clear_answer(app, owner, objects, standing, endpoint, name):  # RE3, SQ1, SQ2, SQ3
    who, _ = owner(endpoint, "GET")
    path = address(app, endpoint, objects)
    with nothing_changes(standing), quickly():
        answers = {said: ask(who, "GET", path, query_string=f"{name}={value}") for said, value in NONSENSE.items()}
        odd = {
            "NUL": ask(who, "GET", path, query_string=f"{name}=%00"),
            "empty": ask(who, "GET", path, query_string=f"{name}="),
            "twice": ask(who, "GET", path, query_string=f"{name}=&{name}=1"),
            "list": ask(who, "GET", path, query_string=f"{name}[]=1&{name}[0]=1"),
        }
    assert not wrong(answers, QUERIES[endpoint, name])
    assert odd.pop("NUL").status == 400
    assert not wrong(odd, {401, 403} if endpoint == "clinic.events" else {200})


def test_no_page_minds_what_it_does_not_ask_for(app, owner, objects, standing):
    names = sorted({name for _, name in QUERIES})
    asked, answers = {endpoint for endpoint, _ in QUERIES}, {}
    with nothing_changes(standing):
        for endpoint in set(GETS) - asked:
            who, _ = owner(endpoint, "GET")
            plain = ask(who, "GET", address(app, endpoint, objects))
            for said, value in NONSENSE.items():
                query = "&".join(f"{name}={value[:100]}" for name in names)
                answer = ask(who, "GET", address(app, endpoint, objects), query_string=query)
                answers[endpoint, said] = answer._replace(status=answer.status - plain.status)
    assert not wrong(answers, {0})


def test_a_start_that_is_no_instant_is_refused(app, owner, form, objects, standing):  # TI2, TI3
    sent = {f"start {start[:40]!r}": {"start": start.encode("utf-8", "surrogatepass")} for start in SHAPELESS}
    sent |= {f"type {kind!r}": {"visit_type": kind} for kind in ("", "0", "-1", "x", "1e3", str(2**63), "1.5", None)}
    who, token = owner("appointments.hold")
    with nothing_changes(standing), quickly():
        answers = {
            case: ask(who, "POST", address(app, "appointments.hold", objects), data=data | {"csrf_token": token})
            for case, data in ((case, form("appointments.hold", **changed)) for case, changed in sent.items())
        }
    assert not wrong(answers, {422})
    assert all("Choose one of the times on the page." in answer.said for answer in answers.values())


def test_a_start_that_was_never_offered_is_gone(app, owner, form, objects, standing):  # TI1, TI2, TI13
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


# A form, what is wrong in it, and the answer. None: the field is missing.
MISTAKES = {
    "scheduling.add_hours": [
        *({"day_of_week": day} for day in (None, "", "Funday", "MONDAY", "monday' or 1=1")),
        *({"start_time": at} for at in (None, "", "25:00", "24:00", "٠٩:٠٠", "9", "09:60", "-1:00", "x" * 5000)),
        *({"end_time": at} for at in (None, "", "25:00", "08:00", "24:01", "١٢:٠٠")),
        {"seen": "x" * 101},
    ],
    "scheduling.change_hours": [
        {"day_of_week": None}, {"start_time": "25:00"}, {"end_time": None}, {"seen": "x" * 101},
    ],
    "appointments.book": [{"reason": reason} for reason in (None, "", " \n ", "x" * 2001)],
    "appointments.cancel": [
        *({"reason": reason} for reason in (None, "", "doctor_away", "OTHER", "x", "other'--")),
        {"remark": "x" * 2001},
    ],
    "appointments.step": [
        *({"seen": seen} for seen in (None, "", "x", "SCHEDULED", "scheduled\n")),
        *({"to": to} for to in (None, "", "x", "deleted")),
    ],
    "appointments.write_notes": [
        {"doctor_notes": "x" * 20_001},
        *({"version": version} for version in (None, "", "x", "0", "-1", str(2**31), str(10**20), "1e3", "9" * 5000)),
    ],
    "clinic.step": [
        *({"seen": seen} for seen in (None, "", "x")),
        *({"to": to} for to in (None, "", "x")),
        *({"to": "cancelled", "change_reason": why} for why in (None, "", "x", "feels_better")),
        {"change_reason": "other"},
    ],
    "clinic.review": [
        *({"seen": seen} for seen in (None, "", "x")),
        *({"decision": decision} for decision in (None, "", "pending", "x")),
        *({"reason": reason} for reason in (None, "", "  ", "x" * 1001)),
    ],
    "clinic.add_specialization": [
        *({"name": name} for name in (None, "", " ", "x" * 81, "general PRACTICE")),
        {"description": "x" * 301},
    ],
    "clinic.rename_specialization": [
        *({"name": name} for name in (None, "", "x" * 81, "General practice")),
        {"description": "x" * 301},
    ],
    "accounts.sign_in": [
        *({"email": email} for email in (None, "", "nobody@test.example", "ada@test.example' or '1'='1", "a" * 20_000)),
        *({"password": password} for password in (None, "", "wrong", "x" * 20_000, b"\xed\xa0\x80")),
    ],
    "accounts.register": [
        *({"first_name": name} for name in (None, "", "\u202e", "x" * 101)),
        *({"last_name": name} for name in (None, " ", "x" * 101)),
        *({"email": email} for email in (None, "", "x", "ADA@test.example", "a@b", "a\r\nBcc: b@c.example")),
        {"email": "a" * 5000 + "@x.example"},
        *({"date_of_birth": day} for day in (None, "", "1899-12-31", "2026-11-26", "29 2 2027", "٢٧ ٣ ١٩٨٠", "0 0 0")),
        *({"phone_number": phone} for phone in ("abc", "1" * 31, "+", "(" * 5000)),
        *({"password": password} for password in (None, "", "short", "x" * 129, "password1234")),
    ],
    "doctors.apply": [
        *({"consultation_fee": fee} for fee in (None, "", "-5", "NaN", "Infinity", "1e308", "1_0", "１０", "10.005")),
        *({"years_of_experience": years} for years in (None, "", "-1", "81", str(2**31), str(2**63), "1e1", "٩")),
        *({"specialization": field} for field in (None, "", "0", "999999", str(2**63), "x")),
        *({"license_number": number} for number in (None, "", "x" * 41)),
        *({"languages": spoken} for spoken in (None, "", ",", "x" * 201)),
        *({"biography": "x" * 2001}, {"qualification": "x" * 201}, {"hospital_affiliation": "x" * 201}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("endpoint", MISTAKES)
def test_a_mistake_in_a_form_is_told_and_nothing_is_done(
    app, owner, form, objects, standing, endpoint
):  # BI2, BI3, BI9
    who, token = owner(endpoint)
    path = address(app, endpoint, objects)
    with nothing_changes(standing):
        answers = {
            str(changed)[:80]: ask(who, "POST", path, data=form(endpoint, **changed) | {"csrf_token": token})
            for changed in MISTAKES[endpoint]
        }
    assert not wrong(answers, {422})


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in POSTS if endpoint in FORMS])
def test_odd_letters_in_any_field_have_a_clear_answer(app, owner, form, objects, standing, endpoint):  # BI1
    who, token = owner(endpoint)
    path, before = address(app, endpoint, objects), standing()
    answers = {}
    for name in FORMS[endpoint]:
        for odd in (b"a\0b", b"\xff", b"\xed\xa0\x80", "e\u0301\u202e\u2066\ufeff\U0001f469\u200d\U0001f52c".encode()):
            with undone(app):
                sent = form(endpoint, **{name: odd}) | {"csrf_token": token}
                answers[name, odd] = ask(who, "POST", path, data=sent)
    assert not wrong({key: answer for key, answer in answers.items() if b"\0" in key[1]}, {400})
    assert not wrong(answers, {303, 400, 409, 422})
    assert standing() == before


def test_nothing_is_done_without_the_right_token(app, owner, form, objects, standing):  # CS3
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


def test_what_is_no_form_is_not_read(app, owner, form, objects, standing):  # CS6, BI9
    kinds = (
        "application/json",
        "text/plain",
        "application/xml",
        "multipart/form-data",
        "application/octet-stream",
        "x",
    )
    answers = {}
    with nothing_changes(standing):
        for endpoint in set(MISTAKES):
            who, token = owner(endpoint)
            path = address(app, endpoint, objects)
            headers = {"X-CSRFToken": token}
            for body in (b"null", b"[]", b"{", b"\xff\xfe", str(form(endpoint)).encode()):
                for kind in kinds:
                    sent = {"data": body, "content_type": kind, "headers": headers}
                    answers[endpoint, kind, body] = ask(who, "POST", path, **sent)
    assert not wrong(answers, {400, 415, 422})


def test_too_much_is_not_read(app, owner, form, objects, standing):  # RE1, RE2
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


def test_a_method_that_an_address_does_not_have_does_nothing(app, owner, form, objects, standing):  # AZ19
    with app.app_context():
        addresses = app.url_map.bind("localhost")
    answers = {}
    with nothing_changes(standing):
        for row in ACCESS:
            method, endpoint = row.split()
            who, token = owner(endpoint, method)
            path = address(app, endpoint, objects)
            data = form(endpoint) | {"csrf_token": token}
            for other in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - set(
                addresses.allowed_methods(path)
            ):
                headers = {"X-HTTP-Method-Override": method, "X-CSRFToken": token}
                sent = {"query_string": data} if other == "GET" else {"data": data}
                answers[row, other] = ask(
                    who, other, f"{path}?_method={method}", headers=headers, data=sent.get("data")
                )
                answers[row, other, "query"] = ask(who, other, path, headers=headers, query_string=data)
    assert not wrong(answers, {405})


def test_no_header_or_field_makes_a_look_into_a_deed(app, owner, form, objects, standing):  # AZ19, CS9
    with nothing_changes(standing):
        for endpoint in GETS:
            who, token = owner(endpoint, "GET")
            path = address(app, endpoint, objects)
            plain = ask(who, "GET", path).status
            for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
                sent = {"_method": "POST", "csrf_token": token} | form(endpoint)
                for method in ("POST", "DELETE"):
                    answer = ask(who, "GET", path, headers={name: method}, data=sent)
                    assert answer.status == plain, (endpoint, name, method)


# The same form a second time: what is answered then. It changes nothing more.
TWICE = {
    "accounts.register": 422,
    "doctors.apply": 422,
    "scheduling.add_hours": 409,
    "scheduling.change_hours": 409,
    "scheduling.remove_hours": 404,
    "appointments.hold": 303,
    "appointments.book": 303,
    "appointments.release": 404,
    "appointments.cancel": 303,
    "appointments.step": 409,
    "appointments.write_notes": 409,
    "clinic.step": 409,
    "clinic.review": 409,
    "clinic.add_specialization": 422,
    "clinic.rename_specialization": 303,
    "clinic.remove_specialization": 404,
}


@pytest.mark.parametrize("endpoint", TWICE)
def test_the_same_form_twice_counts_once(app, owner, form, objects, standing, endpoint):  # CO4
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


def extra(cast, dots, truth):
    """Every column and every attribute of every model, with a value of its type that would do harm."""
    people = {"patient_id": cast.ben, "doctor_id": cast.dean, "user_id": dots, "clinic_id": cast.clinic}
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


# What differs each time, whatever was sent.
BY_CHANCE = "{reference,seal_id,ical_uid,password,token_hash,reason,doctor_notes,prescription,remark}"


def outcome(app, who, path, **sent):
    """The status, and what the database holds then, with the same numbers for new rows each time; then it is undone."""
    tables = [table.name for table in db.metadata.sorted_tables]
    rows = text(
        " UNION ALL ".join(f"SELECT '{t}', (to_jsonb(t) - '{BY_CHANCE}'::text[])::text FROM {t} t" for t in tables)
    )
    numbered = [t for t in tables if "id" in db.metadata.tables[t].c]
    again = text("SELECT " + ", ".join(f"setval(pg_get_serial_sequence('{t}', 'id'), 5000000)" for t in numbered))
    with undone(app):
        with app.app_context():
            db.session.execute(again)
            db.session.commit()
        status = ask(who, "POST", path, **sent).status
        with app.app_context():
            return status, sorted(db.session.execute(rows).tuples().all())


@pytest.mark.parametrize("endpoint", POSTS)
def test_no_field_that_a_form_does_not_have_does_anything(
    app, browser, cast, owner, form, objects, endpoint
):  # MA1, AZ3, AZ4, AZ14
    path, sent = address(app, endpoint, objects), form(endpoint)

    def sending(**more):
        # Signing in and out changes the browser, so each time it is a new one.
        name = owner_of(f"POST {endpoint}")
        who = browser(None if name == "guest" else name)
        return outcome(app, who, path, **{"data": sent | {"csrf_token": who.token()} | more.pop("fields", {})} | more)

    plain = sending()
    assert plain[0] == 303
    for truth in ("true", "false"):
        more = {name: value for name, value in extra(cast, cast.dot, truth).items() if name not in sent}
        assert sending(fields=more) == plain
        assert sending(query_string=extra(cast, cast.dot, truth)) == plain


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in POSTS if endpoint in FORMS])
def test_of_a_field_that_comes_twice_the_first_counts(app, browser, form, objects, endpoint):  # MA2
    name = owner_of(f"POST {endpoint}")
    path, sent = address(app, endpoint, objects), form(endpoint)
    plain = outcome(
        app, who := browser(None if name == "guest" else name), path, data=sent | {"csrf_token": who.token()}
    )
    for field in sent:
        who = browser(None if name == "guest" else name)
        twice = MultiDict(sent | {"csrf_token": who.token()})
        twice.add(field, "cancelled")
        twice.add(f"{field}[]", "cancelled")
        twice.add(f"{field}[0]", "cancelled")
        got = outcome(app, who, path, data=twice)
        assert got[0] == 422 or got == plain, field


def test_nobody_is_sent_to_another_site(app, browser):  # OR1
    for place in ELSEWHERE:
        for headers in ({}, {"HX-Request": "true"}):
            guest, ada = browser(), browser("ada")
            sent = {"email": "ada@test.example", "password": PASSWORD, "next": place, "csrf_token": guest.token()}
            answers = [guest.open("POST", "/sign-in", data=sent, headers=headers)]
            answers += [
                ada.open("GET", path, query_string={"next": place}, headers=headers)
                for path in ("/sign-in", "/register")
            ]
            for answer in answers:
                to = answer.headers.get("HX-Redirect") or answer.headers.get("Location")
                assert (to == "/") if answer.status != 400 else to is None, place
                assert "evil" not in str(answer.headers)
                assert "X" not in answer.headers


def test_a_referring_page_leads_nowhere(browser):  # OR1
    for path in ("/sign-in", "/register", "/appointments", "/"):
        answer = browser().get(path, headers={"Referer": "https://evil.example/", "X-Forwarded-Host": "evil.example"})
        assert "evil" not in answer.body + str(answer.headers)
