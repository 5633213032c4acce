"""Who may work here as a doctor: the admin decides, on the record."""

from datetime import timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.clinic.queries import appointments as table
from healthbook.clinic.queries import doctors as queries
from healthbook.db import db
from healthbook.models import Clinic, Doctor, DoctorReview

PATH = "/clinic/doctors"


@pytest.fixture
def doctors(app, cast):
    """One more doctor in each status; the ids by status."""
    with app.app_context():
        clinic = db.session.get(Clinic, cast.clinic)
        made = {
            status: factories.doctor(clinic, name=f"{status.title()} Abbot", status=status, hours=False)
            for status in ("approved", "suspended", "rejected")
        }
        db.session.commit()
        return {status: doctor.id for status, doctor in made.items()} | {"pending": cast.pat}


def review(mo, doctor_id, seen, decision, reason="Papers seen", **given):
    sent = {"seen": seen, "decision": decision, "reason": reason}
    return mo.post(f"{PATH}/{doctor_id}/review", {k: v for k, v in sent.items() if v is not None}, **given)


def status_of(app, doctor_id):
    with app.app_context():
        return db.session.get(Doctor, doctor_id).status


def reviews(app, doctor_id):
    with app.app_context():
        return [
            (made.old_status, made.new_status, made.reason, made.decided_by_id, made.decided_at)
            for made in db.session.scalars(db.select(DoctorReview).where(DoctorReview.doctor_id == doctor_id))
        ]


def test_who_waits_for_a_decision_stands_first(mo, doctors):
    page = mo.get(PATH)
    assert (page.status, page.h1) == (200, "Doctors")
    names = [text_of(found) for found in page.find_all("h3")]
    assert names[0] == "Dr Pat Novak"
    assert [text_of(found) for found in page.by_id("doctors").iter("h2")] == ["Waiting for a decision", "Decided"]
    assert len(names) == 6


def test_the_list_can_be_narrowed_to_a_status(mo, doctors):
    page = mo.get(f"{PATH}?status=suspended")
    assert [text_of(found) for found in page.find_all("h3")] == ["Dr Suspended Abbot"]
    assert page.status == 200
    assert page.by_id("status").find("option[@selected]").get("value") == "suspended"
    for senseless in ("x", "(select pg_sleep(5))", "'"):
        assert len(mo.get(PATH, {"status": senseless, "page": 10**20}).find_all("h3")) == 6


def test_an_empty_list_says_where_doctors_come_from(mo):
    assert "No doctor fits" in mo.get(f"{PATH}?status=rejected").text


def test_only_the_declared_decisions_are_offered(mo, doctors):
    page = mo.get(PATH)
    offered = {
        status: {found.get("value") for found in page.by_id(f"doctor-{id}").iter("button") if found.get("name")}
        for status, id in doctors.items()
    }
    assert offered == {
        "pending": {"approved", "rejected"},
        "approved": {"suspended"},
        "suspended": {"approved"},
        "rejected": {"approved"},
    }


def test_an_approved_doctor_can_be_booked_and_the_decision_is_kept(app, cast, mo, browser):
    form = mo.get(PATH).form(action=f"{PATH}/{cast.pat}/review")
    page = form.submit(reason="  Licence and papers seen ", decision="approved")
    assert (page.status, page.location) == (303, PATH)
    assert "Dr Pat Novak: Approved." in page.follow().text
    assert reviews(app, cast.pat) == [("pending", "approved", "Licence and papers seen", cast.mo, NOW)]
    assert browser().get(f"/doctors/{cast.pat}").status == 200
    assert "Licence and papers seen" in mo.get(PATH).text


def test_approval_lets_the_search_look_again_from_now(app, cast, mo):
    with app.app_context():
        db.session.get(Doctor, cast.pat).next_free_at = NOW + timedelta(days=30)
        db.session.commit()
    review(mo, cast.pat, "pending", "approved")
    with app.app_context():
        assert db.session.get(Doctor, cast.pat).next_free_at <= NOW


MOVES = {
    ("pending", "approved"),
    ("pending", "rejected"),
    ("approved", "suspended"),
    ("suspended", "approved"),
    ("rejected", "approved"),
}


@pytest.mark.parametrize("seen", ["pending", "approved", "suspended", "rejected"])
@pytest.mark.parametrize("decision", ["approved", "suspended", "rejected"])
def test_each_move_is_made_if_and_only_if_it_is_declared(app, mo, doctors, seen, decision):
    page = review(mo, doctors[seen], seen, decision)
    declared = (seen, decision) in MOVES
    assert (page.status, status_of(app, doctors[seen])) == ((303, decision) if declared else (409, seen))
    assert len(reviews(app, doctors[seen])) == declared


@pytest.mark.parametrize("htmx", [True, False])
def test_the_same_decision_twice_counts_once(app, cast, mo, htmx):
    assert review(mo, cast.pat, "pending", "approved").status == 303
    again = review(mo, cast.pat, "pending", "approved", htmx=htmx)
    assert again.status == 409
    assert "Somebody decided about this doctor a moment before you." in again.text
    assert again.by_id(f"suspended-{cast.pat}") is not None
    assert len(reviews(app, cast.pat)) == 1


def test_a_suspended_doctor_is_no_doctor_at_once(app, cast, mo, browser):
    cole = browser("cole")
    assert cole.get("/agenda").status == 200
    review(mo, cast.cole, "approved", "suspended")
    assert cole.get("/agenda").status == 403
    assert browser().get(f"/doctors/{cast.cole}").status == 404


def test_nobody_decides_about_themself(app, cast, mo):
    with app.app_context():
        db.session.get(Doctor, cast.pat).user_id = cast.mo
        db.session.commit()
    page = review(mo, cast.pat, "pending", "approved")
    assert (page.status, status_of(app, cast.pat)) == (409, "pending")
    assert "Nobody decides about themself." in page.text


@pytest.mark.parametrize(
    "given",
    [
        {"reason": ""},
        {"reason": "  \n "},
        {"reason": None},
        {"reason": "x" * 1001},
        {"decision": "pending"},
        {"decision": "admin"},
        {"decision": None},
        {"seen": "x"},
        {"seen": None},
    ],
)
def test_a_decision_without_its_parts_is_none(app, cast, mo, given):
    page = review(mo, cast.pat, **({"seen": "pending", "decision": "approved"} | given))
    assert (page.status, status_of(app, cast.pat)) == (422, "pending")
    assert page.title.startswith("Error: ")
    assert reviews(app, cast.pat) == []


def test_what_was_written_stays_in_the_form_and_the_error_is_linked(cast, mo):
    page = review(mo, cast.pat, "pending", None, reason="A long explanation", htmx=True)
    assert page.by_id(f"reason-{cast.pat}").text.strip() == "A long explanation"
    empty = review(mo, cast.pat, "pending", "approved", reason="", htmx=True)
    (link,) = empty.by_id("errors").iter("a")
    assert (link.get("href"), text_of(link)) == (f"#reason-{cast.pat}", "Say in a few words why.")


def test_a_doctor_who_is_not_there_is_not_found(mo):
    assert review(mo, 999_999, "pending", "approved").status == 404


def test_what_a_doctor_wrote_is_text(app, cast, mo):
    with app.app_context():
        db.session.get(Doctor, cast.pat).qualification = '<b hx-post="/x" hx-trigger="load">MD</b>'
        db.session.commit()
    page = mo.get(PATH)
    assert '<b hx-post="/x" hx-trigger="load">MD</b>' in page.text
    assert not page.find_all("b", hx_post="/x")


def test_a_decision_is_told_to_all_whom_it_concerns(app, cast, mo, monkeypatch):
    told = []
    monkeypatch.setattr("healthbook.clinic.rules.announce", lambda *topics: told.extend(topics))
    review(mo, cast.pat, "pending", "approved")
    with app.app_context():
        user_id = db.session.get(Doctor, cast.pat).user_id
    assert set(told) == {f"doctor-{cast.pat}", f"me-{user_id}", "clinic"}


def test_ten_times_as_many_doctors_cost_no_more_statements(app, cast, mo, statements):
    def more(number):
        with app.app_context():
            clinic = db.session.get(Clinic, cast.clinic)
            for _ in range(number):
                doctor = factories.doctor(clinic, hours=False)
                db.session.add(
                    DoctorReview(
                        doctor_id=doctor.id,
                        decided_by_id=cast.mo,
                        old_status="pending",
                        new_status="approved",
                        reason="Papers seen",
                    )
                )
            db.session.commit()

    more(4)
    mo.get(PATH)
    with statements() as few:
        mo.get(PATH)
    more(36)
    with statements() as many:
        page = mo.get(PATH)
    assert len(page.find_all("h3")) == 43
    assert len(many) == len(few) <= 6


def test_a_long_list_has_pages(mo, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr(table, "PAGE", 2)
    first = mo.get(PATH)
    assert "1 to 2 of 3" in first.text
    assert [text_of(found) for found in mo.get(first.by_id("page-later").get("href")).find_all("h3")] == [
        "Dr Maria Dean"
    ]
