import factories
import pytest

from healthbook.db import db
from healthbook.models import Clinic, Doctor

FOUND = {
    "COLE": ["Dr Maria Cole"],
    "maria dean": ["Dr Maria Dean"],
    "Dr Maria De": ["Dr Maria Dean"],
    "zoË": ["Dr Zoë Żak"],
    "ŻAK": ["Dr Zoë Żak"],
    "zoe zak": ["Dr Zoë Żak"],
    "Zoe\u0308": ["Dr Zoë Żak"],
    "skin": ["Dr Zoë Żak"],
    "żak skin": ["Dr Zoë Żak"],
    "  cole  ": ["Dr Maria Cole"],
    "Dr. Cole": ["Dr Maria Cole"],
    "Dr.Cole": ["Dr Maria Cole"],
    "Cole, Maria": ["Dr Maria Cole"],
    "(“Cole”)!": ["Dr Maria Cole"],
    "Dr - Cole": ["Dr Maria Cole"],
    "O'Brien": ["Dr Una O'Brien"],
    "o’brien": ["Dr Una O'Brien"],
    "obrien": ["Dr Una O'Brien"],
    "‘O’Brien’": ["Dr Una O'Brien"],
    "Smith-Jones": ["Dr Una Smith-Jones"],
    "Jones, Smith": ["Dr Una Smith-Jones"],
    "cole skin": [],
    "novak": [],
}


def names(page):
    return [found.text for found in page.find_all("a", class_="plain-link")]


@pytest.fixture
def skin(app, cast):
    """A second specialization, with Dr Zoë Żak, who speaks two languages and takes £80."""
    with app.app_context():
        clinic, field = db.session.get(Clinic, cast.clinic), factories.specialization("Skin")
        doctor = factories.doctor(
            clinic, field, name="Zoë Żak", languages=["English", "Polish"], consultation_fee=80, hours=False
        )
        db.session.commit()
        return field.id, doctor.id


def many(app, cast, how_many):
    with app.app_context():
        clinic = db.session.get(Clinic, cast.clinic)
        for n in range(how_many):
            field = factories.specialization(f"Field {how_many}.{n}")
            factories.doctor(clinic, field, name=f"Nina Aa{n:03}", hours=False)
        db.session.commit()


def test_everybody_finds_the_approved_doctors_by_name(browser, skin):
    for name in (None, "ada", "cole", "pat", "dot"):
        page = browser(name).get("/doctors")
        assert (page.status, page.h1) == (200, "Find a doctor")
        assert names(page) == ["Dr Maria Cole", "Dr Maria Dean", "Dr Zoë Żak"]
        assert "3 doctors" in "".join(page.by_id("found").itertext())


def test_a_card_says_what_one_chooses_by(browser, skin):
    _, doctor_id = skin
    page = browser().get("/doctors", {"q": "żak"})
    for words in ("Dr Zoë Żak", "Skin", "English, Polish", "£80 first visit"):
        assert words in page.text
    assert {f"/doctors/{doctor_id}", f"/doctors/{doctor_id}/slots"} <= set(page.links)


@pytest.mark.parametrize("status", ["pending", "suspended", "rejected"])
def test_a_doctor_who_is_not_approved_appears_nowhere(app, browser, cast, status):
    with app.app_context():
        db.session.get(Doctor, cast.cole).status = status
        db.session.commit()
    guest = browser()
    assert names(guest.get("/doctors")) == ["Dr Maria Dean"]
    assert names(guest.get("/doctors", {"q": "cole"})) == []
    assert "See our doctor for General practice" in guest.get("/").text


def test_nor_does_one_whose_account_is_closed(app, browser, cast):
    with app.app_context():
        db.session.get(Doctor, cast.cole).user.is_active = False
        db.session.commit()
    assert names(browser().get("/doctors")) == ["Dr Maria Dean"]


def test_who_takes_no_bookings_is_shown_without_times(app, browser, cast):
    with app.app_context():
        db.session.get(Doctor, cast.cole).is_available = False
        db.session.commit()
    page = browser().get("/doctors", {"q": "cole"})
    assert "Takes no bookings at the moment" in page.text
    assert f"/doctors/{cast.cole}/slots" not in page.links


def test_every_word_is_looked_for_in_name_and_specialization(app, browser, cast, skin):
    with app.app_context():
        for name in ("Una O'Brien", "Una Smith-Jones"):
            factories.doctor(db.session.get(Clinic, cast.clinic), name=name, hours=False)
        db.session.commit()
    guest = browser()
    for words, found in FOUND.items():
        page = guest.get("/doctors", {"q": words})
        assert (page.status, names(page)) == (200, found), words


def test_what_is_special_to_the_database_is_only_a_letter(browser, cast):
    guest = browser()
    for words in ("%", "_", "\\", "/", "'", "C%e", "' OR 1=1 --", "%_" * 50, "x" * 5000):
        page = guest.get("/doctors", {"q": words})
        assert (page.status, names(page)) == (200, []), words


def test_a_specialization_narrows_it_down(browser, skin):
    field_id, _ = skin
    page = browser().get("/doctors").form(id="search").submit(specialization=str(field_id))
    assert names(page) == ["Dr Zoë Żak"]
    assert page.form(id="search").fields["specialization"] == str(field_id)
    assert "1 doctor for Skin" in page.text


def test_a_specialization_that_nobody_has_is_no_filter(browser, cast):
    guest = browser()
    for field_id in ("0", "-1", "abc", "99999999999999999999", "1e3", "１", "' OR 1=1"):
        assert len(names(guest.get("/doctors", {"specialization": field_id}))) == 2, field_id


def test_when_nobody_is_found_the_page_says_what_to_do(browser, cast):
    page = browser().get("/doctors", {"q": "nobody"})
    assert "Nobody here by that name" in page.text
    assert "0 doctors, searched for “nobody”" in page.text
    assert "/doctors" in [link for link in page.links if link]


def test_markup_in_a_search_is_only_words(browser, cast):
    page = browser().get("/doctors", {"q": '"><script>x()</script>'})
    assert not [script for script in page.find_all("script") if not script.get("src")]
    assert page.form(id="search").fields["q"] == '"><script>x()</script>'


def test_htmx_gets_the_list_alone_and_its_address_is_the_page_s(browser, skin):
    guest = browser()
    form = guest.get("/doctors").by_id("search")
    assert (form.get("hx-get"), form.get("hx-target"), form.get("hx-sync")) == (
        "/doctors",
        "#directory",
        "this:replace",
    )
    part = guest.get("/doctors", {"q": "cole"}, htmx=True)
    assert (part.status, part.has("h1"), names(part)) == (200, False, ["Dr Maria Cole"])
    assert part.by_id("found").get("role") == "status"
    assert "HX-Request" in part.headers["Vary"]


def test_twenty_stand_on_a_page_and_the_rest_on_the_next(app, browser, cast):
    many(app, cast, 25)
    guest = browser()
    first = guest.get("/doctors", {"q": "nina"})
    assert names(first) == [f"Dr Nina Aa{n:03}" for n in range(20)]
    assert "25 doctors" in first.text
    later = first.by_id("page-later").get("href")
    second = guest.get(later)
    assert names(second) == [f"Dr Nina Aa{n:03}" for n in range(20, 25)]
    assert "Page 2 of 2" in second.text
    assert second.has("a", id="page-earlier")
    assert not second.has("a", id="page-later")


def test_a_page_that_there_is_not_is_the_nearest_one(app, browser, cast):
    many(app, cast, 25)
    guest = browser()
    for number, page in {"0": 1, "-5": 1, "abc": 1, "": 1, "99": 2, "9" * 30: 2, "9" * 5000: 1}.items():
        assert f"Page {page} of 2" in guest.get("/doctors", {"page": number}).text, number


def test_ten_times_as_many_doctors_cost_no_statement_more(app, browser, cast, statements):
    counts, guest = [], browser()
    for more in (3, 45):
        many(app, cast, more)
        with statements() as seen:
            guest.get("/doctors")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 5, seen


def test_nobody_learns_what_is_not_for_patients(app, browser, cast):
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        doctor.user.phone_number = "07700 900123"
        db.session.commit()
        secrets = [doctor.license_number, doctor.user.email, doctor.user.phone_number, "1990"]
    guest = browser()
    for path in ("/", "/doctors", f"/doctors/{cast.cole}"):
        page = guest.get(path)
        assert not [secret for secret in secrets if secret in page.body], path


def test_other_methods_are_not_answered(browser):
    assert browser().post("/doctors").status == 405
