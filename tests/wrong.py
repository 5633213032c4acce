"""What browsers may send, right in every field and wrong in every way; the tests of bad input go through it."""

from urllib.parse import quote

from factories import PASSWORD
from test_access import SENT

PERSON = {
    "first_name": "Quinn",
    "last_name": "Abara",
    "date_of_birth": "27 3 1980",
    "email": "quinn@post.example",
    "phone_number": "0117 496 0199",
    "password": "walking by the river",
    "next": "",
}
RECORD = {
    "do": "save",
    "description": "At night",
    "diagnosis": "Cold",
    "treatment": "Rest",
    "medications": "None",
    "private": "y",
    "lines-0-dosage": "a spoon",
    "lines-0-frequency": "at night",
    "lines-0-duration": "2 weeks",
    "lines-0-instructions": "Warm",
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
    "appointments.write_notes": SENT["appointments.write_notes"] | {"do": "save", "writer": "1"},
    "records.sign": SENT["records.sign"] | {name: text for name, text in RECORD.items() if name != "private"},
    "records.write": SENT["records.write"] | RECORD,
    "records.rewrite": SENT["records.rewrite"] | RECORD,
    "records.amend": SENT["records.amend"] | {name: text for name, text in RECORD.items() if name != "private"},
    "patients.change": SENT["patients.change"] | {"address": "1 Mill Lane"},
    "clinic.add_specialization": {"name": "New field", "description": "New"},
    "clinic.rename_specialization": {"name": "Newer field", "description": "Newer"},
}

IDS = (
    *("0", "-1", "+1", "1.0", "1e3", "0x1", "007", "abc", "null", "2147483648", str(2**63), str(10**20), "9" * 5000),
    *("1%00", "%ff", "%ed%a0%80", quote("١"), "1;x", "%7b1%7d", "1'--", "%201"),
)
REFERENCES = (
    *("zzzzzzzz", "ZZZZZZZ", "ZZZZZZZZZ", "ZZZZZZZI", "ZZZZ%00ZZ", "%ff%ff%ff%ff", quote("٠" * 8), "ZZZZ%0aZZZ"),
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
    "SQL": quote("(select pg_advisory_lock(4711))"),
    "SQL after a quote": quote("1'; select pg_advisory_lock(4711)--"),
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
    ("patients.search", "q"): {200},
    ("patients.search", "page"): {200},
    ("records.chart", "q"): {200},
    ("records.chart", "before"): {200},
    ("records.chart", "print"): {200},
    ("clinic.emergencies", "page"): {200},
    ("patients.me", "section"): {200},
    ("patients.me", "edit"): {200},
    ("patients.background", "patient"): {200},
    ("patients.background", "section"): {200},
    ("patients.background", "edit"): {200},
    ("patients.access", "patient"): {200},
    ("patients.access", "who"): {200},
    ("patients.access", "when"): {200},
    ("patients.access", "before"): {200},
    ("patients.export", "patient"): {200},
    ("records.mine", "patient"): {200},
    ("records.mine", "type"): {200},
    ("records.mine", "q"): {200},
    ("records.mine", "page"): {200},
    ("records.new", "type"): {200},
    ("records.new", "repeat"): {200},
    ("records.prescriptions", "patient"): {200},
    ("records.prescriptions", "page"): {200},
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

# No instants, and instants at which nobody offers anything.
SHAPELESS = (
    *("", " ", "now", "09:07", "25:00", "1e9", "1790000000", "2026-11-24", "2026-11-24T16:00:00", "\ud800"),
    *("2026-11-24T25:00:00+00:00", "2026-11-24T16:00:00+99:00", "2027-02-29T10:00:00+00:00"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-24T16:00:00+00:00" + "0" * 5000),
    *("٠٩:٠٠", "٢٠٢٦-١١-٢٤T١٦:٠٠:٠٠+٠٠:٠٠", "16:00'; select pg_advisory_lock(4711)--"),
)
NOT_OFFERED = (
    *("2026-11-24T16:07:00+00:00", "2026-11-24T16:00:30+00:00", "2026-11-24T16:00:00.000001+00:00"),
    *("2026-11-24T09:30:00+00:00", "2026-11-23T16:00:00+00:00", "2026-11-24T18:00:00+00:00"),
    *("2026-11-28T10:00:00+00:00", "2027-06-01T10:00:00+00:00", "2199-12-31T10:00:00+00:00"),
    *("1901-01-01T10:00:00+00:00", "2026-11-24T16:00:00+05:07", "2026-11-24T16:00:00-00:01"),
)

OVERRIDES = dict.fromkeys(("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), "POST")
NO_FORMS = (
    ("application/json", None),
    ("application/json", b"null"),
    ("application/json", b"[1]"),
    ("application/json", b'{"reason": 5, "start": [], "name": {}}'),
    ("application/json", b'{"reason": "\\ud800", "name": "\\u0000"}'),
    ("text/plain", None),
    ("application/xml", b"\xff\xfe"),
    ("multipart/form-data", b"{"),
    ("multipart/form-data; boundary=x", b"--x\r\n"),
    ("x", b"[]"),
)
ELSEWHERE = (
    *("https:evil.example", "https:/evil.example", "https://evil.example", "//evil.example", "////evil.example"),
    *("/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)", " //evil.example"),
    *("/ok\r\nX: 1", "/ok\0", "evil.example", "/\u202eevil", "data:text/html,x", "///evil.example/%2e%2e"),
)

MISTAKES_IN_A_RECORD = (
    *({"record_type": kind} for kind in (None, "", "rumour", "DIAGNOSIS", "diagnosis\n")),
    *(
        {"record_date": day}
        for day in (None, "", "x", "2026-11-25", "1899-12-31", "2027-02-29", "9" * 5000, "20261124")
    ),
    *({"title": title} for title in (None, "", " ", "\u202e", "x" * 201)),
    *({name: "x" * 20_001} for name in ("description", "diagnosis", "treatment", "medications")),
    *({f"lines-0-{name}": "x" * 201} for name in ("dosage", "frequency", "duration", "instructions")),
    *({"lines-0-medication_name": name} for name in (None, "", "x" * 201)),
)
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
    "patients.find": [
        *({"full_name": name} for name in (None, "", " ", "\u202e")),
        *({"date_of_birth": day} for day in (None, "", "x", "31 2 1990", "1 1 1899", "9" * 5000, "٢٧ ٣ ١٩٩٠")),
    ],
    "records.write": [
        *MISTAKES_IN_A_RECORD,
        *({"key": key} for key in (None, "", "x", "0" * 5000, "{}")),
        *({"do": do} for do in ("", "x", "SIGN", "drop-0", "drop-x", "remove-", "remove-100", "sign\n", "save ")),
    ],
    "records.rewrite": [
        *MISTAKES_IN_A_RECORD,
        *({"version": version} for version in (None, "", "x", "0", "-1", str(2**31), str(10**20), "1e3", "9" * 5000)),
    ],
    "records.amend": [*MISTAKES_IN_A_RECORD, *({"reason": reason} for reason in (None, "", " ", "x" * 201))],
    "records.stop": [{"reason": reason} for reason in (None, "", " ", "x" * 201)],
    "clinic.step": [
        *({"seen": seen} for seen in (None, "", "x")),
        *({"to": to} for to in (None, "", "x")),
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

# The same form a second time: what is answered then. It changes nothing more.
TWICE = {
    "accounts.register": 303,
    "doctors.apply": 303,
    "scheduling.add_hours": 409,
    "scheduling.change_hours": 409,
    "scheduling.remove_hours": 404,
    "appointments.hold": 303,
    "appointments.book": 303,
    "appointments.release": 404,
    "appointments.cancel": 303,
    "appointments.step": 409,
    "appointments.write_notes": 303,
    "records.write": 303,
    "records.rewrite": 409,
    "records.discard": 404,
    "records.amend": 409,
    "records.hide": 303,
    "records.stop": 409,
    "clinic.step": 409,
    "clinic.review": 409,
    "clinic.add_specialization": 422,
    "clinic.rename_specialization": 303,
    "clinic.remove_specialization": 404,
}
