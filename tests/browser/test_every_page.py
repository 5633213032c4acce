"""Every page in light and dark, on a phone and on a desk: axe finds no violation, nothing is wider than the screen."""

from datetime import timedelta
from pathlib import Path

import factories
import pytest

from healthbook import clock
from healthbook.db import db
from healthbook.models import Doctor, GuardianInvitation, Patient

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
PAGES = {
    None: [
        "/",
        "/doctors",
        "/doctors?q=nobody",
        "/doctors/{cole}",
        "/doctors/{cole}/slots",
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
        "/doctors/{cole}?patient_id={kim}",
        "/doctors/{cole}/slots?patient_id={kim}",
        "/appointments?patient_id={kim}",
        "/appointments/{kims}",
        "/appointments/{kims}/cancellation",
    ],
    "cole": ["/agenda?day={day}", "/agenda?day=2027-01-01", "/agenda/{visit}", "/hours", "/appointments/{visit}"],
    "pat": ["/application"],
    "dot": [
        "/clinic",
        "/clinic/appointments?from={day}&to={day}",
        "/clinic/appointments?q=nobody",
        "/appointments/{visit}",
        "/clinic/family",
    ],
    "mo": ["/clinic", "/clinic/doctors", "/clinic/specializations"],
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
        family = related(committed, ada, cole, start)
        db.session.commit()
        own = {"visit": visit.reference, "held": held.reference, "cole": cole.id, "day": str(visit.starts_at.date())}
        return own | family


def related(cast, ada, cole, start):
    """Ada looks after Kim and asks to act for Ben, a long name acts for her, and the desk has something to decide."""
    kim, ben = factories.child(), db.session.get(Patient, cast.ben)
    long = "Konstantinos-Alexander Papadimitriou-Featherstonehaugh-Wolfeschlegelsteinhausen"
    factories.guardian(ada.user_id, kim, confirmed_by_id=cast.dot)
    waits = {"confirmed_at": None, "confirmed_by_id": None, "may_see_record": False}
    factories.guardian(ada.user_id, ben, may_book=False, **waits)
    factories.guardian(ada.user_id, factories.child(name=long), **waits)
    factories.guardian(factories.patient(name=long).user_id, ada, until=start.date())
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
