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
    "scheduling.save_date": SENT["scheduling.save_date"] | {"closed": ""},
    "appointments.book": SENT["appointments.book"] | {"start": "", "visit_type": "", "doctor": ""},
    "appointments.cancel": {"reason": "other", "remark": "Sorry"},
    "clinic.step": SENT["clinic.step"] | {"change_reason": ""},
    "clinic.add_specialization": {"name": "New field", "description": "New"},
    "clinic.rename_specialization": {"name": "Newer field", "description": "Newer"},
    "clinic.change_desk": SENT["clinic.change_desk"] | {"horizon": "", "online": "", "new_patients": ""},
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
    ("scheduling.slots", "from"): {404, 200},
    ("scheduling.slots", "day"): {404, 200},
    ("scheduling.slots", "new"): {404},
    ("scheduling.slots", "shown"): {200, 404},
    ("scheduling.search", "specialization"): {422},
    ("scheduling.search", "q"): {200},
    ("scheduling.search", "from"): {422, 200},
    ("scheduling.search", "part"): {422},
    ("scheduling.search", "language"): {422},
    ("scheduling.search", "video"): {200},
    ("scheduling.search", "new"): {200},
    ("scheduling.search", "after"): {404},
    ("scheduling.search", "shown"): {200, 404},
    ("doctors.directory", "q"): {200},
    ("doctors.directory", "specialization"): {200},
    ("doctors.directory", "page"): {200},
    ("scheduling.hours", "from"): {404},
    ("scheduling.hours_of", "from"): {404},
    ("scheduling.dates", "on"): {404},
    ("appointments.affected", "doctor"): {404},
    ("appointments.affected", "first"): {404},
    ("appointments.affected", "last"): {404},
    ("appointments.affected", "all"): {200},
    ("appointments.affected", "page"): {200},
    ("appointments.affected", "ticked"): {200},
    ("clinic.hours", "q"): {200},
    ("clinic.hours", "page"): {200},
    ("clinic.closures", "country"): {422},
    ("clinic.closures", "part"): {200},
    ("clinic.closures", "year"): {422},
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

# No instants, and instants at which nobody offers anything.
SHAPELESS = (
    *("", " ", "now", "09:07", "25:00", "1e9", "1790000000", "2026-11-24", "2026-11-24T16:00:00", "\ud800"),
    *("2026-11-24T25:00:00+00:00", "2026-11-24T16:00:00+99:00", "2027-02-29T10:00:00+00:00"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-24T16:00:00+00:00" + "0" * 5000),
    *("٠٩:٠٠", "٢٠٢٦-١١-٢٤T١٦:٠٠:٠٠+٠٠:٠٠", "16:00'; select pg_sleep(5)--"),
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

DAYS = ("", "2027-02-29", "٢٠٢٧-٠١-٣١", "31 1 2027", "2026-13-01", "9999-12-31", "0001-01-01", "x", "9" * 5000)
TIMES = ("25:00", "٠٩:٠٠", "9", "09:60", "-1:00", "x" * 5000)
# A form, what is wrong in it, and the answer. None: the field is missing.
MISTAKES = {
    "scheduling.save_hours": [
        *({"act": act} for act in (None, "", "x", "SAVE")),
        *({"first": day} for day in (None, *DAYS, "2026-11-23")),
        *({"weeks": n} for n in ("", "0", "5", "٢", "9" * 5000)),
        *({"windows-0-place": place} for place in ("", "1-1", "0-8", "9-9", "x")),
        *({"windows-0-start_time": at} for at in ("", *TIMES, "24:00")),
        *({"windows-0-end_time": at} for at in ("", *TIMES, "08:00", "24:01")),
        *({"windows-0-opens_at": at} for at in (*TIMES, "24:00", "12:00")),
        {"seen": "x" * 101},
    ],
    "scheduling.set_bookings": [{"taking": said} for said in (None, "", "x", "YES", "true")],
    "scheduling.save_date": [
        *({"act": act} for act in (None, "", "x")),
        *({"on": day} for day in (None, *DAYS, "2026-11-23")),
        *({"windows-0-start_time": at} for at in ("", *TIMES, "24:00")),
        *({"windows-0-end_time": at} for at in ("", *TIMES, "08:00")),
        {"closed": "y"}, {"note": "x" * 201}, {"seen": "x" * 101},
    ],
    "scheduling.remove_date": [{"on": day} for day in (None, *DAYS)],
    "scheduling.add_time_off": [
        *({"act": act} for act in (None, "", "x")),
        *({"first": day} for day in (None, *DAYS, "2026-11-23", "2026-12-04")),
        *({"last": day} for day in (*DAYS[1:], "2026-12-02", "2026-12-11")),
        *({"until": day} for day in (*DAYS[1:], "2026-12-09")),
        *({"start_time": at} for at in (*TIMES, "12:00", "24:00")),
        *({"end_time": at} for at in (*TIMES, "09:00", "24:01")),
        {"reason": "x" * 201},
    ],
    "appointments.decide": [
        *({"act": act} for act in (None, "", "x", "CANCEL")),
        *({"visit": visit} for visit in (None, "", "x", "ZZZZZZZZ", "ZZZZZZZZ-held", "ZZZZZZZZ-scheduled\n")),
        *({"act": "cancel", "reason": reason} for reason in (None, "", "x", "feels_better")),
    ],
    "clinic.close": [
        *({"first": day} for day in (None, *DAYS, "2026-11-23")),
        *({"last": day} for day in (*DAYS[1:], "2026-12-02")),
        {"until": "2026-12-09"}, {"start_time": "12:00"}, {"end_time": "25:00"}, {"reason": "x" * 201},
    ],
    "clinic.close_on_holidays": [
        *({"country": code} for code in ("XX", "gb", "G", "x" * 5000)),
        *({"year": year} for year in ("2025", "9999", "٢٠٢٧", "x", "9" * 5000)),
        *({"day": day} for day in (None, *DAYS, "2027-01-02")),
    ],
    "scheduling.add_visit_type": [
        *({"name": name} for name in (None, "", " ", "\u202e", "x" * 81, "NEW problem")),
        *({"appointment_type": kind} for kind in (None, "", "x", "CONSULTATION", "follow_up'--")),
        *({"minutes": n} for n in (None, "", "4", "241", "-5", "1e2", "30.5", "٣٠", "３０", "9" * 5000)),
        *({"buffer_before": n} for n in (None, "", "-1", "121")),
        *({"buffer_after": n} for n in (None, "", "-1", "121")),
        *({"fee": fee} for fee in (None, "", "-1", "NaN", "1e3", "8,50", "10.005", "٨٥", "1000000")),
        {"instructions": "x" * 301},
        *({"lead_minutes": n} for n in ("-1", "525601", "x", "٩")),
        *({"horizon_days": n} for n in ("0", "731", "-1", "x")),
        *({"bookable_online": said} for said in (None, "", "true", "1")),
        *({"new_patients": said} for said in (None, "", "x")),
        {"appointment_type": "emergency"},
    ],
    "scheduling.change_visit_type": [{"name": None}, {"name": "second OPINION"}, {"minutes": "0"}, {"fee": "x"}],
    "scheduling.place_visit_type": [{"place": place} for place in (None, "", "-1", "x", "1001", str(2**63))],
    "scheduling.set_new_patients": [{"taken": said} for said in (None, "", "x", "YES", "true")],
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
    "clinic.change_about": [
        *({"name": name} for name in (None, "", " ", "x" * 101)),
        *({"address": text} for text in (None, "", "x" * 201)),
        *({"phone": phone} for phone in (None, "", "abc", "1" * 31, "٠١١٧")),
        *({"email": email} for email in (None, "", "x", "a@b", "a@x.example\r\nBcc: b@c.example")),
        *({"hours": text} for text in (None, "", "x" * 201)),
        *({"emergency_phone": phone} for phone in (None, "", "help", "11")),
        {"urgent_phone": "call us"},
        *({"time_zone": zone} for zone in (None, "", "Europe/Atlantis", "Etc/GMT+5", "utc", "../x", "x" * 5000)),
        *({"currency": code} for code in (None, "", "gbp", "XXX", "GBPX", "£")),
        {"seen": "x" * 41},
    ],
    "clinic.change_booking": [
        *({"lead_minutes": n} for n in (None, "", "-1", "44641", "1e2", "٦٠")),
        *({"horizon_days": n} for n in (None, "", "0", "731", "９")),
        *({"hold_minutes": n} for n in (None, "", "0", "61")),
        *({"cancel_hours": n} for n in (None, "", "-1", "721")),
        *({"max_open_bookings": n} for n in (None, "", "0", "101")),
        *({"max_late_cancels": n} for n in (None, "", "-1", "101")),
        *({"confirms_at_once": said} for said in (None, "", "true")),
    ],
    "clinic.change_desk": [{"seen": "x" * 41}],
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
    "accounts.register": 422,
    "doctors.apply": 422,
    "scheduling.save_hours": 303,
    "scheduling.set_bookings": 303,
    "scheduling.save_date": 303,
    "scheduling.remove_date": 303,
    "scheduling.add_time_off": 303,
    "scheduling.remove_time_off": 404,
    "appointments.decide": 303,
    "clinic.close": 303,
    "clinic.close_on_holidays": 303,
    "clinic.open_again": 404,
    "scheduling.add_visit_type": 422,
    "scheduling.change_visit_type": 409,
    "scheduling.remove_visit_type": 409,
    "scheduling.place_visit_type": 303,
    "scheduling.set_new_patients": 303,
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
    "clinic.change_about": 409,
    "clinic.change_booking": 409,
    "clinic.change_desk": 409,
}
