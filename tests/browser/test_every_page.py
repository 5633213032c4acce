"""Every page in light and dark, on a phone and on a desk: axe finds no violation, nothing is too wide or squeezed."""

from datetime import time, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import factories
import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Doctor, GuardianInvitation, MedicalRecord, Patient, Prescription, RecordType

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
WIDE = {"viewport": {"width": 1280, "height": 900}}
NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
# Without motion: halfway from one colour to another, a button is hard to read, and nobody has to.
LIGHT = {"color_scheme": "light", "reduced_motion": "reduce"}
DARK = {"color_scheme": "dark", "reduced_motion": "reduce"}
LOOKS = {
    "phone light": PHONE | LIGHT,
    "phone dark": PHONE | DARK,
    "desk light": WIDE | LIGHT,
    "desk dark": WIDE | DARK,
    "narrow": NARROW | LIGHT,
}
CLOSURES = ["/clinic/hours", "/clinic/closures", "/clinic/closures?country=GB&part=SCT&year={year}", "/affected"]
DESK = [
    "/clinic/people",
    "/clinic/people?with={cole}&type={kind}&start={day}T09:00:00%2B00:00",
    "/clinic/people/new?with={cole}",
    "/clinic/people/{ada}",
    "/clinic/people/{una}",
    "/clinic/people/{una}?q=nobody",
    "/clinic/people/{una}/code",
    "/clinic/people/{ada}/code",
    "/clinic/people/{una}/doctors/{cole}",
    "/clinic/people/{una}/doctors/{cole}?from={day}",
    "/clinic/people/{una}/doctors/{cole}/overbooking?day={day}",
    "/clinic/people/{una}/doctors/{cole}/overbooking?day=2199-01-01",
    "/clinic/holds/{at_desk}",
    "/appointments/{over}",
    "/appointments/{over}?new=1",
    "/doctors/{cole}/slots",
]
LONG = "Konstantinos-Alexander Papadimitriou-Featherstonehaugh-Wolfeschlegelsteinhausen"
PAGES = {
    None: [
        "/",
        "/doctors",
        "/doctors?q=nobody",
        "/doctors/{cole}",
        "/doctors/{cole}/slots",
        "/doctors/{cole}/slots?from={day}",
        "/doctors/{cole}/slots?day={day}&new=0",
        "/search",
        "/search?q=nobody&part=evening",
        "/search?from=never",
        "/sign-in",
        "/register",
        "/apply",
        "/claim",
        "/no-such-page",
    ],
    "ada": [
        "/appointments",
        "/appointments?show=past",
        "/appointments?show=cancelled",
        "/appointments/{visit}",
        "/appointments/{visit}?new=1",
        "/appointments/{visit}/cancellation",
        "/appointments/{visit}/rescheduling",
        "/appointments/{visit}/offer",
        "/appointments/{kims}/offer",
        "/holds/{held}",
        "/agenda",
        "/family",
        "/me",
        "/me?edit=name",
        "/me?edit=look",
        "/me/background",
        "/me/background?edit=allergies",
        "/me/background?edit=blood",
        "/me/access",
        "/me/access?print=",
        "/me/export",
        "/me/closing",
        "/me/signing-in",
        "/records",
        "/records?q=nothing",
        "/records?patient={kim}",
        "/records?print=1",
        "/records/{record}",
        "/records/{record}?print=1",
        "/prescriptions",
        "/prescriptions/{line}",
        "/doctors/{cole}?patient_id={kim}",
        "/doctors/{cole}/slots?patient_id={kim}",
        "/appointments?patient_id={kim}",
        "/appointments/{kims}",
        "/appointments/{kims}/cancellation",
    ],
    "cole": [
        "/agenda?day={day}",
        "/agenda?day=2027-01-01",
        "/agenda/{visit}",
        "/hours",
        "/hours?from={later}",
        "/doctors/{cole}/hours/dates",
        "/doctors/{cole}/hours/dates?on={later}",
        "/doctors/{cole}/hours/time-off",
        "/affected",
        "/affected?all=1&ticked=all",
        "/visit-types",
        "/appointments/{visit}",
        "/patients",
        "/patients?q=nobody",
        "/patients/{ada}",
        "/patients/{ada}?q=nothing",
        "/patients/{ada}?print=1",
        "/patients/{ben}/emergency",
        "/appointments/{visit}/record",
        "/patients/{long}",
        "/patients/{long}?print=1",
        "/patients/{long}/records/new",
        "/records/{record}",
        "/records/{record}/amendment",
        "/records/{draft}/edit",
        "/prescriptions/{line}/stop",
    ],
    "dean": ["/patients", "/patients/{ada}"],
    "pat": ["/application"],
    "dot": [
        "/clinic",
        "/clinic/appointments?from={day}&to={day}",
        "/clinic/appointments?q=nobody",
        "/clinic/appointments?from=soon",
        "/appointments/{visit}",
        "/appointments/{visit}/offer",
        "/doctors/{cole}/offers",
        "/doctors/{cole}/offers?all=1",
        "/doctors/{pat}/offers",
        "/doctors/{cole}/visit-types",
        "/doctors/{cole}/visit-types/new",
        "/doctors/{cole}/visit-types/{kind}",
        "/clinic/family",
        *DESK,
    ],
    "mo": [
        "/clinic",
        "/clinic/doctors",
        "/clinic/specializations",
        "/clinic/settings",
        "/clinic/emergencies",
        *CLOSURES,
    ],
}


class Refused(NamedTuple):
    """What is pressed on a page so that it is refused, by what else a field or the button is made to say.

    Without a button the form is sent past the script, and the answer is a page of its own.
    """

    address: str
    button: str
    changed: str = ""
    says: str = ""
    shown: str = "#errors"


REFUSALS = {
    None: [
        Refused("/sign-in", "#sign-in-go", "#email", "nobody@test.example"),
        Refused("/sign-in", "#sign-in-go", "#sign-in [name=csrf_token]", "old", "#alerts .toast"),
        Refused("/sign-in", "", "#sign-in [name=csrf_token]", "old", "#again"),
        Refused("/register", "#register-go"),
        Refused("/claim", "#claim-go"),
        Refused("/apply", "form .btn.wide"),
    ],
    "ada": [
        Refused("/appointments/{visit}/cancellation", "#cancel-it"),
        Refused("/doctors/{cole}/slots", "button.slot", "button.slot", "2020-01-06T09:00:00+00:00", "#refusal"),
        Refused("/holds/{held}", "#book-it"),
        Refused("/holds/{held}", "#book-it", "#reason", "Chest pain since the morning", "#worrying"),
        Refused("/appointments/{visit}/rescheduling", "#picker button.slot", shown="#moving"),
    ],
    "cole": [
        Refused("/agenda?day={day}", "#next-{visit}", "#next-{visit}", "completed", "#refusal"),
        Refused("/agenda/{visit}", "#save-notes", "#doctor_notes", "x" * 20_001),
        Refused("/hours", "#plan-save", "#first", "2020-01-06"),
        Refused("/doctors/{cole}/hours/dates", "#dates-save"),
        Refused("/doctors/{cole}/hours/time-off", "#time-off-save"),
        Refused("/doctors/{cole}/visit-types/new", "#save"),
        Refused("/affected?all=1", "#do-move"),
        Refused("/affected?all=1&ticked=all", "#do-cancel", shown="#asked"),
        Refused("/patients", "#find-go"),
        Refused("/patients/{ben}/emergency", "#open-it"),
        Refused("/appointments/{visit}/record", "#sign-it"),
        Refused("/patients/{long}/records/new", "#sign"),
        Refused("/records/{draft}/edit", "#save", "[name=version]", "9", "#refusal"),
        Refused("/records/{record}/amendment", "#sign"),
        Refused("/prescriptions/{line}/stop", "#stop-it"),
    ],
    "dot": [
        Refused("/clinic/people", "#seek-go"),
        Refused("/clinic/people", "#seek-go", "#name", "ko", "#found"),
        Refused("/clinic/people", "#seek-go", "#name", "nobody", "#found"),
        Refused("/clinic/people/new", "#enter-go"),
        Refused("/clinic/people/{una}/code", "#make-code", shown="#made"),
        Refused("/clinic/people/{una}/doctors/{cole}/overbooking", "#overbook-it"),
        Refused(
            "/clinic/people/{una}/doctors/{cole}", "button.slot", "button.slot", "2020-01-06T09:00:00+00:00", "#refusal"
        ),
        Refused("/clinic/holds/{at_desk}", "#book-it", "#notes", "x" * 501),
        Refused(
            "/clinic/appointments?from={day}&to={day}",
            "#next-{visit}",
            "#next-{visit}",
            "completed",
            "#alerts .toast",
        ),
        Refused("/clinic", "#next-close-{left}", "#next-close-{left}", "completed", "#refusal"),
        Refused("/appointments/{kims}/offer", "#accept", "", "", "#refusal"),
    ],
    "mo": [
        Refused("/clinic/settings", "#save-about", "#phone", "call us"),
        Refused("/clinic/settings", "#save-about", "#settings-about [name=seen]", "old", "#refusal"),
        Refused("/clinic/closures", "#closure-close"),
        Refused("/clinic/closures", "#closure-show", "#first", "{later}", "#closing"),
        Refused("/clinic/doctors", "#approved-{pat}"),
        Refused("/clinic/specializations", "#add"),
    ],
}


@pytest.fixture
def objects(committed):
    """A clinic with something on every page, and names and words so long that they must break."""
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        cole.user.last_name = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
        start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        cole.visit_types[0].name, cole.visit_types[0].instructions = "W" * 80, "W" * 120
        kind = cole.visit_types[0].id
        visit = factories.appointment(ada, cole, start, visit_type_id=kind, reason="A cough")
        factories.appointment(ada, cole, start - timedelta(days=9), status="completed", visit_type_id=kind)
        factories.appointment(ada, cole, start + timedelta(hours=2), status="cancelled", visit_type_id=kind)
        held = factories.appointment(
            ada,
            cole,
            start + timedelta(hours=4),
            status="held",
            held_until=clock.now() + timedelta(minutes=5),
            visit_type_id=kind,
        )
        later = away(cole, start)
        family = related(committed, ada, cole, start)
        written = charted(ada, cole)
        left = factories.appointment(ada, cole, start - timedelta(days=8), visit_type_id=kind)
        offered(committed, visit, family["kims"], start)
        # Of this one the chart is open, and nothing is written.
        long = factories.patient(name=LONG, allergies="\n".join(["Penicillin: rash"] * 5))
        factories.appointment(long, cole, start + timedelta(hours=6), visit_type_id=kind)
        factories.emergency(db.session.get(Doctor, committed.dean), ada, clock.now())
        entered = at_the_desk(committed, cole, start)
        db.session.commit()
        references = {"visit": visit.reference, "held": held.reference, "left": left.reference, "kind": kind}
        days = {"day": str(visit.starts_at.date()), "later": str(later), "year": later.year}
        people = {"ada": ada.id, "ben": committed.ben, "cole": cole.id, "pat": committed.pat}
        return references | entered | family | written | people | days | {"long": long.id}


def at_the_desk(cast, doctor, start):
    """Somebody with a long name whom the desk has entered, held a time for, and booked over another visit."""
    una = factories.entered(name=LONG)
    desk = {"at_desk": True, "booked_by_id": cast.dot, "visit_type_id": doctor.visit_types[0].id, "notes": "x" * 200}
    until = clock.now() + timedelta(minutes=15)
    held = factories.appointment(una, doctor, start + timedelta(hours=8), status="held", held_until=until, **desk)
    why = {"overbooked": True, "overbook_reason": "Eyjafjallajökull-" * 11}
    over = factories.appointment(una, doctor, start + timedelta(hours=6), **why, **desk)
    return {"una": una.id, "at_desk": held.reference, "over": over.reference}


def away(doctor, start):
    """Weeks A and B, hours for later, and all kinds of time off with long notes; the day on which they begin."""
    note, author = "Eyjafjallajökull-" * 11, {"created_by_id": doctor.user_id}
    later = (start + timedelta(days=30)).date()
    for row in doctor.availability:
        row.valid_to, row.created_by_id = later - timedelta(days=1), doctor.user_id
    for day, every in (("monday", 1), ("tuesday", 2), ("wednesday", 2)):
        hours = {"valid_from": later, "every_weeks": every, "opens_at": time(8), **author}
        factories.hours(doctor, day, time(9), time(12), **hours)
    factories.override(doctor, str(later), time(10), time(12), note=note, opens_at=time(8), **author)
    factories.override(doctor, str(later + timedelta(days=1)), note=note, **author)
    series = uuid4()
    for week in range(12):
        at = start + timedelta(days=7 * week)
        off = {"doctor_id": doctor.id, "series": series, "reason": note, **author}
        factories.time_off(doctor.clinic, at, at + timedelta(hours=3), **off)
    factories.time_off(doctor.clinic, start, start + timedelta(days=3), reason=note, **author)
    return later


def offered(cast, visit, kims, start):
    """An open offer for Ada's visit, and one for Kim's that nobody can accept: the time is outside the hours."""
    dean, until = db.session.get(Doctor, cast.dean), clock.now() + timedelta(hours=2)
    of_kim = db.session.scalar(db.select(Appointment).filter_by(reference=kims))
    factories.offer(visit, dean, start, expires_at=until)
    factories.offer(of_kim, dean, start.replace(hour=3, minute=30), expires_at=until)
    visit.reached, visit.reached_at, visit.reached_by_id = True, clock.now(), cast.dot


def charted(ada, cole):
    """Something of everything on Ada's chart, and words that do not break by themselves."""
    ada.allergies, ada.medical_history = "Penicillin\n" + "Nickel" * 30, "Asthma since 1999"
    for kind in RecordType:
        about = {"patient_id": ada.id, "doctor_id": cole.id, "record_type": kind, "signed_at": clock.now()}
        title = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 2
        made = factories.added(MedicalRecord(title=title, diagnosis="x" * 300, record_date=clock.now(), **about))
        line = factories.added(
            Prescription(medical_record_id=made.id, medication_name="Methotrexate" * 5, dosage="15 mg")
        )
    draft = factories.added(MedicalRecord(title="Not signed", record_date=clock.now(), **about | {"signed_at": None}))
    return {"record": made.id, "line": line.id, "draft": draft.id}


def related(cast, ada, cole, start):
    """Ada looks after Kim and asks to act for Ben, a long name acts for her, and the desk has something to decide."""
    kim, ben = factories.child(), db.session.get(Patient, cast.ben)
    factories.guardian(ada.user_id, kim, confirmed_by_id=cast.dot)
    waits = {"confirmed_at": None, "confirmed_by_id": None, "may_see_record": False}
    factories.guardian(ada.user_id, ben, may_book=False, **waits)
    factories.guardian(ada.user_id, factories.child(name=LONG), **waits)
    factories.guardian(factories.patient(name=LONG).user_id, ada, until=start.date())
    factories.guardian(ben.user_id, ada, may_book=False, **waits)
    factories.guardian(ben.user_id, factories.child(born=start.date().replace(year=start.year - 14)), reviewed_age=7)
    invited = {"code_hash": "0" * 64, "expires_at": start + timedelta(days=5)}
    factories.added(GuardianInvitation(patient_id=ada.id, **invited))
    booked = {"booked_by_id": ada.user_id, "visit_type_id": cole.visit_types[0].id}
    visit = factories.appointment(kim, cole, start + timedelta(hours=1), reason="A rash", **booked)
    return {"kim": kim.id, "kims": visit.reference}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_sound(person, objects, name, look):
    one = person(name, **LOOKS[look])
    problems = {}
    for address in PAGES[name]:
        path = address.format(**objects)
        one.page.goto(path)
        if found := violations(one.page) + wider(one.page) + odd(one.page):
            problems[path] = found
    assert not problems


@pytest.mark.parametrize("look", ["phone light", "desk dark", "narrow"])
@pytest.mark.parametrize("name", REFUSALS)
def test_every_page_is_sound_after_a_refusal(person, objects, name, look):
    one = person(name, **LOOKS[look])
    # A page that refreshes itself would take back what the button is made to say.
    one.page.route("**/events*", lambda route: route.fulfill(status=503))
    problems = {}
    for refusal in REFUSALS[name]:
        address, button, changed, says, shown = (part.format(**objects) for part in refusal)
        one.page.goto(address)
        if changed:
            one.page.locator(changed).first.evaluate("(field, says) => field.value = says", says)
        if button:
            one.page.locator(button).first.click()
        else:
            one.page.locator(changed).evaluate("field => field.form.submit()")
        one.page.locator(shown).first.wait_for()
        if found := violations(one.page) + wider(one.page) + odd(one.page):
            problems[address, button] = found
    assert not problems


@pytest.mark.parametrize("width", [1280, 1024])
def test_every_place_of_the_navigation_stands_in_one_line(person, committed, width):
    mo = person("mo", viewport={"width": width, "height": 800})
    mo.page.goto("/clinic")
    lines = mo.page.locator(".nav a").evaluate_all("places => places.map(place => place.offsetTop)")
    assert len(lines) > 5
    assert len(set(lines)) == 1


def violations(page):
    """What axe says, as rule: element. From the top: further down, the bars of the page lie over something."""
    page.evaluate(AXE)
    # At once, or what the page focuses late would scroll it down again.
    result = page.evaluate("tags => { scrollTo(0, 0); return axe.run(document, {runOnly: tags}); }", TAGS)
    return [f"{v['id']}: {node['html'][:120]}" for v in result["violations"] for node in v["nodes"]]


def wider(page):
    """What makes the page scroll sideways."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"the page is {width} px wide on {window} px"] if width > window else []


def odd(page):
    """Headings and names in a column too narrow for them, and ids that two elements have."""
    return page.evaluate(
        """() => {
            const tall = each => each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight);
            const squeezed = [...document.querySelectorAll('h1, h2, .vitals b')].filter(each => tall(each) > 8);
            const ids = [...document.querySelectorAll('[id]')].map(each => each.id);
            const doubled = ids.filter((id, at) => ids.indexOf(id) < at);
            return [...squeezed.map(each => `squeezed: ${each.textContent}`), ...doubled.map(id => `two have ${id}`)];
        }"""
    )
