"""A patient's own page: seen whole, changed section by section, and by nobody else."""

from datetime import date

import factories
import pytest

from healthbook.db import db
from healthbook.models import AccessLog, Doctor, Patient

POLICY = "SM-884711"
SENT = {
    "name": {
        "first_name": "Ada",
        "last_name": "Byrne-Lee",
        "preferred_name": "Adi",
        "pronouns": "she/her",
        "gender": "F",
    },
    "contact": {"phone_number": "0117 496 0123", "address": "1 Quay Street\nBristol"},
    "emergency": {"emergency_contact_name": "Tom Byrne", "emergency_contact_phone": "+44 7700 900123"},
    "insurance": {"insurance_provider": "Severn Mutual", "insurance_policy_number": POLICY},
    "needs": {"access_needs": "A way without steps"},
    "look": {"theme": "dark"},
}


@pytest.fixture
def ada(app, cast):
    """ada("address", "theme"): what is saved of her."""

    def saved(*names):
        with app.app_context():
            patient = db.session.get(Patient, cast.ada)
            return [getattr(patient.user if name in COLUMNS else patient, name) for name in names]

    return saved


COLUMNS = {"first_name", "last_name", "date_of_birth", "phone_number", "theme", "email", "user_type", "is_staff"}


def edit(browser, section, htmx=False):
    page = browser.get(f"/me?edit={section}", htmx=htmx)
    return page.form(action=f"/me/profile/{section}")


@pytest.mark.parametrize("section", SENT)
def test_each_section_is_changed_on_a_page_of_its_own_without_script(browser, ada, section):
    who = browser("ada")
    page = edit(who, section).submit(**SENT[section])
    assert page.status == 303
    assert page.location.startswith(f"/me?section={section}&saved=")
    assert ada(*SENT[section]) == list(SENT[section].values())
    after = page.follow()
    assert "Saved" in text(after.by_id(f"section-{section}"))
    for value in SENT[section].values():
        shown = {"F": "Female", "dark": "Dark"}.get(value, value)
        assert " ".join(shown.split()) in after.text


@pytest.mark.parametrize("section", SENT)
def test_each_section_is_changed_in_place(browser, ada, section):
    who = browser("ada")
    part = who.get("/me", {"edit": section}, htmx=True)
    assert [child.get("id") for child in part.tree if child.get("id")] == [f"section-{section}"]
    saved = part.form(action=f"/me/profile/{section}").submit(htmx=True, **SENT[section])
    assert saved.status == 200
    assert saved.by_id(f"section-{section}") is not None
    assert "Saved" in saved.text
    assert not saved.has("form")


def test_leaving_it_as_it_was_brings_the_section_back(browser, ada):
    part = browser("ada").get("/me", {"section": "contact"}, htmx=True)
    assert not part.has("form")
    assert part.by_id("edit-contact").get("href") == "/me?edit=contact#section-contact"


def test_the_page_of_one_section_has_the_other_sections_to_read(browser):
    page = browser("ada").get("/me?edit=needs")
    assert page.h1 == "My profile"
    assert len(page.find_all("textarea")) == 1
    assert page.by_id("edit-name") is not None


def test_an_unknown_section_is_the_page_to_read_and_nothing_to_send_to(browser):
    who = browser("ada")
    assert not who.get("/me?edit=password").has("textarea")
    assert who.post("/me/profile/password", {"password": "x"}).status == 404
    assert who.get("/me?section=nothing", htmx=True).status == 200


def test_a_birth_date_is_written_once_and_then_only_by_the_desk(app, browser, cast, ada):
    who = browser("ada")
    page = who.get("/me?edit=name")
    assert "Date of birth 12 May 1990 If this is wrong, tell the desk." in who.get("/me").text
    assert not page.has("input", name="date_of_birth")
    edit(who, "name").submit(**SENT["name"], date_of_birth="1 1 1980")
    assert ada("date_of_birth") == [date(1990, 5, 12)]
    with app.app_context():
        db.session.get(Patient, cast.ada).user.date_of_birth = None
        db.session.commit()
    edit(who, "name").submit(**SENT["name"], date_of_birth="1 1 1980")
    assert ada("date_of_birth") == [date(1980, 1, 1)]


def test_only_the_fields_of_the_section_are_written(browser, ada):
    """Fields that are not the person's to change, or of another section, change nothing (AZ14)."""
    forbidden = {
        "user_type": "admin",
        "is_staff": "1",
        "email": "else@test.example",
        "user_id": "1",
        "id": "999",
        "patient_id": "999",
        "blood_group": "O-",
        "allergies": "None",
        "profile_picture": "1",
        "seal_id": "0" * 32,
        "closed_at": "2020-01-01",
        "access_needs": "A lift",
    }
    names = (
        "user_type",
        "is_staff",
        "email",
        "user_id",
        "id",
        "blood_group",
        "allergies",
        "profile_picture",
        "seal_id",
    )
    before = ada(*names, "access_needs")
    page = edit(browser("ada"), "contact").submit(**SENT["contact"], **forbidden)
    assert page.status == 303
    assert ada(*names, "access_needs") == before
    assert ada("address") == [SENT["contact"]["address"]]


@pytest.mark.parametrize(
    ("section", "sent", "words"),
    [
        ("name", {"first_name": " "}, "Enter your first name."),
        ("name", {"last_name": "x" * 101}, "at most 100 letters"),
        ("name", {"gender": "X"}, "Choose one of the list."),
        ("contact", {"phone_number": "call me"}, "Enter a phone number like"),
        ("contact", {"address": "x" * 501}, "at most 500 letters"),
        ("emergency", {"emergency_contact_phone": "<b>"}, "Enter a phone number like"),
        ("insurance", {"insurance_policy_number": "1" * 61}, "at most 60 letters"),
        ("needs", {"access_needs": "x" * 501}, "at most 500 letters"),
        ("look", {"theme": "pink"}, "Not a valid choice"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_what_cannot_be_is_said_at_its_field(browser, ada, section, sent, words, htmx):
    (name,) = sent
    before = ada(name)
    page = edit(browser("ada"), section, htmx).submit(htmx=htmx, **sent)
    assert page.status == 422
    assert words in text(page.by_id(f"{name}-err"))
    assert words in text(page.by_id("errors"))
    assert ada(name) == before


def test_nothing_that_cannot_be_seen_is_kept(browser, ada):
    edit(browser("ada"), "contact").submit(phone_number="", address=" 1 Quay\u202e Street \r\nBristol\u200b  \r\n")
    assert ada("phone_number", "address") == [None, "1 Quay Street\nBristol"]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_second_tab_is_told_and_both_texts_are_there(browser, ada, htmx):
    """Whoever saves last does not overwrite what they have not seen."""
    who = browser("ada")
    first, second = edit(who, "needs", htmx), edit(who, "needs", htmx)
    first.submit(access_needs="A lift")
    page = second.submit(htmx=htmx, access_needs="An interpreter")
    assert page.status == 409
    section = page.by_id("section-needs")
    assert "This was changed elsewhere meanwhile" in text(section)
    assert "A lift" in text(section)
    assert page.form(action="/me/profile/needs").fields["access_needs"] == "An interpreter"
    assert ada("access_needs") == ["A lift"]
    assert page.form(action="/me/profile/needs").submit().status == 303
    assert ada("access_needs") == ["An interpreter"]


def test_a_slip_in_a_field_does_not_make_an_old_form_a_new_one(browser, ada):
    """What the second tab has not seen is not overwritten when it mends its own mistake either."""
    who = browser("ada")
    first, second = edit(who, "contact"), edit(who, "contact")
    first.submit(address="1 Quay Street")
    slip = second.submit(phone_number="call me")
    assert slip.status == 422
    page = slip.form(action="/me/profile/contact").submit(phone_number="0117 496 0123")
    assert page.status == 409
    assert ada("address") == ["1 Quay Street"]


def test_two_tabs_with_different_sections_are_not_in_each_others_way(browser, ada):
    who = browser("ada")
    needs, contact = edit(who, "needs"), edit(who, "contact")
    assert needs.submit(access_needs="A lift").status == 303
    assert contact.submit(**SENT["contact"]).status == 303


def test_nobody_changes_or_reads_anothers_profile(browser, cast, ada):
    """A page of one's own knows nobody else, whatever the address and the form say (AZ14)."""
    edit(browser("ada"), "insurance").submit(**SENT["insurance"])
    ben = browser("ben")
    page = ben.get("/me", {"patient": cast.ada, "patient_id": cast.ada, "user_id": cast.ada})
    assert POLICY not in page.body
    form = edit(ben, "needs")
    form.submit(access_needs="A lift", patient_id=str(cast.ada), user_id=str(cast.ada), id=str(cast.ada))
    assert ada("access_needs") == [None]


def test_the_whole_policy_number_is_for_oneself_and_looking_at_it_is_written_down(app, browser, cast):
    """The number is read by its owner, and the look stands in the log (AZ13)."""
    who = browser("ada")
    assert rows(app, cast) == []
    edit(who, "contact").submit(**SENT["contact"])
    assert rows(app, cast) == []
    edit(who, "insurance").submit(htmx=True, **SENT["insurance"])
    assert POLICY in who.get("/me").text
    assert rows(app, cast) == [("profile", "read", "self")]


def test_a_section_without_the_number_is_no_look_at_it(app, browser, cast):
    who = browser("ada")
    edit(who, "insurance").submit(**SENT["insurance"])
    for section in ("name", "contact", "needs"):
        part = who.get("/me", {"edit": section}, htmx=True)
        assert POLICY not in part.body
    assert rows(app, cast) == []


@pytest.fixture
def visit(app, cast):
    """The reference of Ada's visit with Doctor Cole."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        made = factories.appointment(ada, cole, factories.NOW.replace(hour=14)).reference
        db.session.commit()
        return made


def test_others_see_the_end_of_the_policy_number_or_nothing_of_it(browser, cast, visit):
    """The doctor who treats her reads who insures her and the last four; the desk not even those (AZ13)."""
    edit(browser("ada"), "insurance").submit(**SENT["insurance"])
    chart = browser("cole").get(f"/patients/{cast.ada}")
    assert "Severn Mutual •••• 4711" in chart.text
    assert POLICY not in chart.body
    for name in ("dot", "mo"):
        assert "4711" not in browser(name).get(f"/appointments/{visit}").body


def test_what_she_needs_when_she_comes_is_read_by_the_desk_and_the_doctor(browser, visit):
    edit(browser("ada"), "needs").submit(**SENT["needs"])
    for name in ("dot", "cole"):
        assert "Needs A way without steps" in browser(name).get(f"/appointments/{visit}").text


def rows(app, cast):
    with app.app_context():
        found = db.session.scalars(db.select(AccessLog).where(AccessLog.patient_id == cast.ada)).all()
        return [(row.object, row.action, row.why) for row in found]


def test_the_number_is_not_in_the_database_in_plain(app, browser, cast):
    edit(browser("ada"), "insurance").submit(**SENT["insurance"])
    with app.app_context():
        stored = db.session.scalar(db.select(Patient.__table__.c.insurance_policy_number).filter_by(id=cast.ada))
        assert POLICY.encode() not in stored


def test_the_theme_is_the_whole_sites(browser):
    who = browser("ada")
    assert who.get("/appointments").find("html").get("data-theme") is None
    for theme, shown in (("dark", "dark"), ("light", "light"), ("", None)):
        edit(who, "look").submit(theme=theme)
        assert who.get("/appointments").find("html").get("data-theme") == shown


def test_the_name_at_the_top_leads_to_the_profile(browser):
    assert "/me" in browser("ada").get("/appointments").links
    assert "/me" not in browser("cole").get("/agenda").links


def test_it_costs_the_same_whatever_is_written(browser, statements):
    who = browser("ada")
    who.get("/me")
    with statements() as few:
        who.get("/me")
    for section, sent in SENT.items():
        edit(who, section).submit(**sent)
    who.get("/me")
    with statements() as many:
        who.get("/me")
    # The look at the number, which is in the log already.
    assert len(many) <= len(few) + 2


def text(element):
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("name", ["\u3164", "\u200d\u200d", "12", "Ad\u2800a"])
@pytest.mark.parametrize("field", ["first_name", "last_name", "preferred_name"])
def test_nobody_goes_by_a_name_that_cannot_be_read(browser, ada, field, name):
    """As when they registered: the desk and the doctor must see who it is (BI1)."""
    page = edit(browser("ada"), "name").submit(**SENT["name"] | {field: name})
    assert page.status == 422
    assert "in letters that can be seen" in page.error_at(field)
    assert ada("first_name", "last_name", "preferred_name") == ["Ada", "Byrne", None]
