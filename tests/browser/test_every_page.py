"""Every page in light and dark, on a phone and on a desk: axe finds no violation, nothing is wider than the screen."""

from datetime import time, timedelta
from pathlib import Path
from uuid import uuid4

import factories
import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.models import Doctor, Patient

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = {
    "phone light": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
    "phone dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
    "desk light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "desk dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
}
CLOSURES = ["/clinic/hours", "/clinic/closures", "/clinic/closures?country=GB&part=SCT&year={year}", "/affected"]
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
        "/no-such-page",
    ],
    "ada": [
        "/appointments",
        "/appointments?show=past",
        "/appointments?show=cancelled",
        "/appointments/{visit}",
        "/appointments/{visit}/cancellation",
        "/holds/{held}",
        "/agenda",
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
        "/appointments/{visit}",
        "/visit-types",
    ],
    "pat": ["/application"],
    "dot": [
        "/clinic",
        "/clinic/appointments?from={day}&to={day}",
        "/clinic/appointments?q=nobody",
        "/appointments/{visit}",
        "/doctors/{cole}/visit-types",
        "/doctors/{cole}/visit-types/new",
        "/doctors/{cole}/visit-types/{kind}",
    ],
    "mo": ["/clinic", "/clinic/doctors", "/clinic/specializations", "/clinic/settings", *CLOSURES],
}


@pytest.fixture
def objects(committed):
    """A clinic with something on every page, and one very long name."""
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        cole.user.last_name = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
        start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
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
        db.session.commit()
        return {
            "visit": visit.reference,
            "held": held.reference,
            "cole": cole.id,
            "kind": kind,
            "day": str(visit.starts_at.date()),
            "later": str(later),
            "year": later.year,
        }


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


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_sound(person, objects, name, look):
    one = person(name, **LOOKS[look])
    problems = {}
    for address in PAGES[name]:
        path = address.format(**objects)
        one.page.goto(path)
        if found := violations(one.page) + wider(one.page):
            problems[path] = found
    assert not problems


def violations(page):
    """What axe says, as rule: element."""
    page.evaluate(AXE)
    result = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    return [f"{v['id']}: {node['html'][:120]}" for v in result["violations"] for node in v["nodes"]]


def wider(page):
    """What makes the page scroll sideways."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"the page is {width} px wide on {window} px"] if width > window else []
