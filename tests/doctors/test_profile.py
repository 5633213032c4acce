import pytest

from healthbook.db import db
from healthbook.models import Doctor


def changed(app, doctor_id, **columns):
    with app.app_context():
        for name, value in columns.items():
            setattr(db.session.get(Doctor, doctor_id), name, value)
        db.session.commit()


def test_everybody_reads_about_an_approved_doctor(app, browser, cast):
    changed(app, cast.cole, biography="Listens first.", years_of_experience=14, languages=["English", "Igbo"])
    for name in (None, "ada", "dean", "dot", "pat"):
        page = browser(name).get(f"/doctors/{cast.cole}")
        assert (page.status, page.h1) == (200, "Dr Maria Cole")
        for words in (
            "General practice",
            "14 years",
            "Listens first.",
            "English, Igbo",
            "1 Test Street",
            "do not book",
        ):
            assert words in page.text


def test_the_times_come_by_themselves_or_by_a_link(browser, cast):
    page = browser().get(f"/doctors/{cast.cole}")
    times = f"/doctors/{cast.cole}/slots"
    picker = page.by_id("picker")
    assert (picker.get("hx-get"), picker.get("hx-trigger")) == (times, "load")
    assert times in [link.get("href") for link in picker.iter("a")]
    assert browser().get(times, htmx=True).by_id("picker") is not None
    assert page.find("div", id="live").get("hx-sse:connect").endswith(f"doctor-{cast.cole}")


def test_who_takes_no_bookings_says_so(app, browser, cast):
    changed(app, cast.cole, is_available=False)
    page = browser().get(f"/doctors/{cast.cole}")
    assert "Dr Maria Cole takes no bookings here at the moment." in page.text
    assert "tel:01174960100" in page.links


@pytest.mark.parametrize("status", ["pending", "suspended", "rejected"])
def test_a_doctor_who_is_not_approved_is_no_page_to_anybody(app, browser, cast, status):
    changed(app, cast.cole, status=status)
    missing = browser().get("/doctors/2000000000")
    for name in (None, "ada", "dot", "mo"):
        page = browser(name).get(f"/doctors/{cast.cole}")
        assert page.status == 404
        assert "Cole" not in page.body
    assert browser().get(f"/doctors/{cast.cole}").text == missing.text


def test_what_is_no_id_is_no_page(browser):
    guest = browser()
    for doctor_id in ("0", "-1", "abc", "1e3", "99999999999", "9" * 40, "null", "%00", "1/"):
        assert guest.get(f"/doctors/{doctor_id}").status == 404, doctor_id


def test_markup_in_a_biography_is_only_words(app, browser, cast):
    changed(
        app, cast.cole, biography='</p><script>x()</script><div hx-get="/" hx-trigger="load">', languages=["<b>Igbo"]
    )
    page = browser().get(f"/doctors/{cast.cole}")
    assert "<script>x()</script>" in page.text
    assert not page.has("div", hx_get="/")
    assert not [script for script in page.find_all("script") if not script.get("src")]


def test_other_methods_are_not_answered(browser, cast):
    assert browser().post(f"/doctors/{cast.cole}").status == 405
