import pytest

from healthbook.db import db
from healthbook.models import Doctor, DoctorReview, User


def decided(app, cast, status, reason):
    with app.app_context():
        doctor = db.session.get(Doctor, cast.pat)
        db.session.add(
            DoctorReview(
                doctor_id=doctor.id, decided_by_id=cast.mo, old_status=doctor.status, new_status=status, reason=reason
            )
        )
        doctor.status = status
        db.session.commit()


def test_an_applicant_reads_that_the_clinic_has_yet_to_decide(browser):
    page = browser("pat").get("/application")
    assert (page.status, page.h1) == (200, "Your application is with the clinic")
    assert "What happens next" in page.text


@pytest.mark.parametrize(
    ("status", "title"),
    [("rejected", "Your application was not accepted"), ("suspended", "You are suspended for now")],
)
def test_what_the_clinic_decided_is_said_plainly_and_why(app, browser, cast, status, title):
    pat = browser("pat")
    decided(app, cast, "rejected", "An older decision")
    decided(app, cast, status, "The licence has <b>run out</b>")
    page = pat.get("/application")
    assert page.h1 == title
    assert "The licence has <b>run out</b>" in page.text
    assert "An older decision" not in page.text
    assert "Tuesday 24 November" in page.text


def test_after_approval_the_day_is_home(app, browser, cast):
    pat = browser("pat")
    decided(app, cast, "approved", "Welcome")
    assert pat.get("/").location == "/agenda"
    assert pat.get("/application").status == 403


@pytest.mark.parametrize("name", ["ada", "cole", "dot", "mo"])
def test_it_is_for_applicants_only(browser, name):
    page = browser(name).get("/application")
    assert page.status == 403
    assert "Novak" not in page.body


def test_a_guest_is_asked_to_sign_in(browser):
    assert browser().get("/application").location == "/sign-in?next=/application"


def test_somebody_without_a_profile_finds_none(app, browser, cast):
    with app.app_context():
        user = User(username="x", email="x@test.example", first_name="X", last_name="Y", user_type="doctor")
        user.password = db.session.get(User, cast.mo).password
        db.session.add(user)
        db.session.commit()
    assert browser("x").get("/application").status == 404


def test_other_methods_are_not_answered(browser):
    assert browser("pat").post("/application").status == 405
