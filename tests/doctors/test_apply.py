from decimal import Decimal

import factories
import pytest
from sqlalchemy import func, select

from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.models import Doctor, User

QUINN = {
    "first_name": "Quinn",
    "last_name": "Abara",
    "date_of_birth": "27 3 1980",
    "email": "quinn@post.example",
    "phone_number": "",
    "password": "walking by the river",
    "license_number": "GMC 7043218",
    "years_of_experience": "14",
    "qualification": "MRCP, MD Bristol",
    "hospital_affiliation": "",
    "languages": "English,  Igbo , ",
    "consultation_fee": "85.50",
    "biography": "Listens first.\r\n\r\nThen   asks.",
}

BAD = {
    "consultation_fee": ("", None, "-5", "NaN"),
    "years_of_experience": ("", None, "-1", "2147483648"),
    "specialization": ("", None, "0", "2000000000", "9" * 40),
    "license_number": ("", "  ", "7" * 41),
    "languages": ("", " , ", "x" * 201),
    "qualification": ("x" * 201,),
    "hospital_affiliation": ("x" * 201,),
    "biography": ("x" * 2001,),
    "first_name": ("",),
}


@pytest.fixture
def field_id(app, cast):
    with app.app_context():
        return db.session.get(Doctor, cast.cole).specialization_id


@pytest.fixture
def applied(browser, field_id):
    def apply(guest=None, htmx=False, **given):
        form = (guest or browser()).get("/apply").form(action="/apply")
        return form.submit(htmx=htmx, **(QUINN | {"specialization": str(field_id)} | given))

    return apply


def people(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User))


def test_a_doctor_applies_and_waits_for_the_clinic(app, browser, cast, applied, field_id):
    guest = browser()
    page = applied(guest)
    assert (page.status, page.location) == (303, "/application")
    assert page.follow().h1 == "Your application is with the clinic"
    with app.app_context():
        doctor = db.session.scalars(select(Doctor).where(Doctor.license_number == "GMC 7043218")).one()
        assert (doctor.status, doctor.clinic_id, doctor.specialization_id) == ("pending", cast.clinic, field_id)
        assert (doctor.years_of_experience, doctor.consultation_fee) == (14, Decimal("85.50"))
        assert doctor.languages == ["English", "Igbo"]
        assert (doctor.biography, doctor.hospital_affiliation) == ("Listens first.\n\nThen asks.", None)
        assert (doctor.user.user_type, doctor.user.is_staff, doctor.user.patient) == ("doctor", False, None)


def test_a_new_doctor_can_be_booked_for_one_thing_from_the_first_day(app, browser, applied):
    applied(browser())
    with app.app_context():
        doctor = db.session.scalars(select(Doctor).where(Doctor.license_number == "GMC 7043218")).one()
        (kind,) = doctor.visit_types
        assert (kind.minutes, kind.fee, kind.bookable_online) == (30, Decimal("85.50"), True)


def test_until_then_nobody_sees_them_and_no_door_opens(browser, applied):
    guest = browser()
    applied(guest)
    assert "Quinn" not in browser().get("/doctors", {"q": "quinn"}).by_id("directory").text
    for path in ("/agenda", "/hours", "/clinic", "/appointments"):
        assert guest.get(path).status == 403, path


def test_nobody_approves_themselves(app, browser, applied):
    assert applied(status="approved", user_type="admin", is_staff="1", clinic_id="99", is_available="1").status == 303
    with app.app_context():
        doctor = db.session.scalars(select(Doctor).where(Doctor.license_number == "GMC 7043218")).one()
        assert (doctor.status, doctor.user.user_type, doctor.user.is_staff) == ("pending", "doctor", False)


def test_bad_input_is_pointed_out_at_its_field(app, applied):
    before = people(app)
    for field, values in BAD.items():
        for value in values:
            page = applied(**{field: value})
            assert page.status == 422, (field, value)
            assert page.error_at(field), (field, value)
            assert f"#{field}" in page.links
    assert people(app) == before


def test_a_fee_of_nothing_and_a_first_year_are_fine(app, applied):
    assert applied(consultation_fee="0", years_of_experience="0").status == 303
    with app.app_context():
        doctor = db.session.scalars(select(Doctor).where(Doctor.license_number == "GMC 7043218")).one()
        assert (doctor.consultation_fee, doctor.years_of_experience) == (0, 0)


def test_what_was_typed_is_kept_but_for_the_password(applied, field_id):
    fields = applied(consultation_fee="free").form(action="/apply").fields
    assert fields["consultation_fee"] == "free"
    assert (fields["languages"], fields["years_of_experience"]) == ("English,  Igbo , ", "14")
    assert (fields["specialization"], fields["password"]) == (str(field_id), "")


def test_a_licence_that_is_known_is_refused_at_its_field(app, cast, applied):
    with app.app_context():
        known = db.session.get(Doctor, cast.cole).license_number
    before = people(app)
    page = applied(license_number=known)
    assert page.status == 422
    assert page.error_at("license_number").startswith("There is already a doctor with this licence number.")
    assert people(app) == before


def test_a_field_that_was_removed_meanwhile_is_told_at_its_place(app, applied, browser, monkeypatch):
    with app.app_context():
        gone = factories.specialization("Leeches").id
        db.session.commit()

    def removed_while_hashing(password):
        db.session.execute(db.text("DELETE FROM specialization WHERE id = :id"), {"id": gone})
        db.session.commit()
        return factories.hashed()

    monkeypatch.setattr(passwords, "hash_password", removed_while_hashing)
    page = applied(browser(), specialization=str(gone))
    assert page.status == 422
    assert page.by_id("specialization").get("aria-invalid") == "true"


def test_a_form_that_is_sent_twice_is_one_application(app, applied):
    assert applied().location == "/application"
    before = people(app)
    page = applied()
    assert (page.status, page.location) == (303, "/application")
    assert "Quinn Abara" in page.follow().text
    assert people(app) == before


def test_a_patient_who_applies_with_their_own_password_is_told_of_their_account(applied):
    page = applied(email="ada@test.example", password=factories.PASSWORD)
    assert "already an account" in page.error_at("new-email")


def test_an_address_that_is_known_is_refused_at_its_field(app, applied):
    before = people(app)
    page = applied(email="Ada@test.example")
    assert (page.status, people(app)) == (422, before)
    assert "already an account" in page.error_at("new-email")


def test_a_password_that_others_would_guess_is_refused(applied):
    assert "easily guessed" in applied(password="Quinn Abara 12").error_at("new-password")


def test_htmx_gets_the_form_alone_and_is_sent_on_by_a_header(applied):
    part = applied(htmx=True, consultation_fee="free")
    assert (part.status, part.has("h1"), part.has("form", id="apply")) == (422, False, True)
    done = part.form(action="/apply").submit(**QUINN, htmx=True)
    assert (done.status, done.location) == (204, "/application")


def test_an_applicant_s_browser_is_signed_in_anew(browser, applied):
    guest = browser("ben")
    with guest.client.session_transaction() as session:
        before = session["token"]
    guest.post("/sign-out")
    applied(guest)
    with guest.client.session_transaction() as session:
        assert session["token"] != before


def test_whoever_is_signed_in_has_no_second_account_to_make(browser):
    assert browser("ada").get("/apply").location == "/"


def test_other_methods_are_not_answered(browser):
    for method in ("PUT", "DELETE"):
        assert browser().open(method, "/apply").status == 405


def test_a_name_of_a_specialization_is_shown_as_it_is(app, browser):
    with app.app_context():
        factories.specialization("<i>Ears & eyes")
        db.session.commit()
    page = browser().get("/apply")
    assert "<i>Ears & eyes" in page.text
    assert not page.has("i")
