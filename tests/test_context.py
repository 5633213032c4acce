"""What stands on every page: the clinic, the person's way around, and files named by their content."""

import factories
import pytest

from healthbook import context
from healthbook.db import db
from healthbook.models import Clinic, User

PLACES = {
    None: ["Find a doctor"],
    "ada": ["Find a doctor", "My appointments", "My record", "Family"],
    "cole": ["My day", "Patients", "My hours"],
    "dot": ["Today", "Appointments", "Hours"],
    "mo": ["Today", "Appointments", "Hours", "Doctors", "Settings", "Emergencies"],
    "pat": ["My application"],
}


def places(page):
    return page.find("nav", aria_label="Main").findall("a")


@pytest.mark.parametrize("name", PLACES)
def test_everybody_finds_their_day_and_every_place_opens(browser, name):
    who = browser(name)
    page = who.get("/no/such/page")
    assert ["".join(link.itertext()).strip() for link in places(page)] == PLACES[name]
    for link in places(page):
        opened = who.get(link.get("href"))
        assert opened.status == 200
        assert [here.get("href") for here in places(opened) if here.get("aria-current") == "page"] == [link.get("href")]


def test_a_doctor_who_is_a_patient_too_has_both_ways(app, browser, cast):
    with app.app_context():
        cole = db.session.scalar(db.select(User).where(User.email == "cole@test.example"))
        db.session.execute(
            db.text("UPDATE patient SET user_id = :id WHERE id = :ada"), {"id": cole.id, "ada": cast.ada}
        )
        db.session.commit()
    words = ["".join(link.itertext()).strip() for link in places(browser("cole").get("/agenda"))]
    assert words == PLACES["cole"] + PLACES["ada"]


@pytest.mark.parametrize("path", ["/", "/doctors", "/sign-in", "/register", "/no/such/page"])
def test_the_clinics_phone_stands_on_every_page(browser, path):
    page = browser().get(path)
    assert page.has("a", href="tel:01174960100", class_="call")
    assert "Test Clinic" in page.title
    assert "116 117" in page.text
    assert "112" in page.text


def test_a_new_installation_without_a_clinic_still_has_its_pages(app, rolled_back, browser, cast):
    with app.app_context():
        db.session.execute(db.text("TRUNCATE clinic CASCADE"))
        db.session.commit()
    page = browser().get("/sign-in")
    assert page.status == 200
    assert not page.has("a", class_="call")


def test_a_page_asks_for_the_clinic_once(browser, statements):
    guest = browser()
    with statements() as seen:
        guest.get("/sign-in")
    assert len([statement for statement in seen if "FROM clinic" in statement]) <= 1


def test_a_persons_theme_is_on_the_page(app, browser):
    ada = browser("ada")
    assert ada.get("/doctors").find("html").get("data-theme") is None
    with app.app_context():
        db.session.execute(db.update(User).where(User.email == "ada@test.example").values(theme="dark"))
        db.session.commit()
    assert ada.get("/doctors").find("html").get("data-theme") == "dark"
    assert browser("ben").get("/doctors").find("html").get("data-theme") is None


def test_a_file_of_other_content_has_another_name(tmp_path):
    (tmp_path / "a.css").write_text("a {}")
    (tmp_path / "b.css").write_text("b {}")
    (tmp_path / "c.css").write_text("a {}")
    hashes = [context.content_hash(tmp_path / f"{name}.css") for name in "abc"]
    assert hashes[0] == hashes[2] != hashes[1]


def test_style_and_script_are_named_by_their_content_and_are_there(browser):
    guest = browser()
    page = guest.get("/doctors")
    for address in (page.find("link", rel="stylesheet").get("href"), page.find("script").get("src")):
        assert "?v=" in address
        assert guest.get(address).status == 200


def test_the_clinic_last_seen_is_a_copy_that_no_session_owns(app, browser):
    browser().get("/doctors")
    seen = app.extensions["last_clinic"]
    assert isinstance(seen, Clinic)
    assert (seen.phone, db.inspect(seen).transient) == ("0117 496 0100", True)


def test_a_page_about_a_doctor_shows_their_clinic_without_asking_again(app, browser, cast, statements):
    """A second clinic is a row: what stands on the page is where the doctor works."""
    with app.app_context():
        other = factories.clinic(name="Second Clinic", phone="0117 496 0200")
        doctor = factories.doctor(other, name="Uma Second").id
        db.session.commit()
    guest = browser()
    with statements() as seen:
        page = guest.get(f"/doctors/{doctor}/slots")
    assert "Second Clinic" in page.title
    assert not [statement for statement in seen if statement.startswith("SELECT clinic.")]
