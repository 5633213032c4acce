"""A guest chooses a time, and finds it again on the sign-in page."""

from factories import PASSWORD

START = "2026-11-25T09:30:00+00:00"


def chose(guest, doctor_id, start=START):
    page = guest.post(f"/doctors/{doctor_id}/holds", {"start": start, "visit_type": "1"})
    assert page.status == 303
    return page.follow()


def test_the_sign_in_page_says_which_time_was_chosen_and_that_it_is_not_held(browser, cast):
    page = chose(browser(), cast.cole)
    assert "You chose Wed 25 Nov 09:30 with Dr Maria Cole" in page.text
    assert "It is not held yet" in page.text
    assert f"/doctors/{cast.cole}/slots" in page.links
    buttons = ["".join(page.by_id(name).itertext()) for name in ("sign-in-go", "register-go")]
    assert buttons == ["Sign in and hold 09:30", "Register and hold 09:30"]


def test_the_time_is_in_the_clinic_s_zone_whatever_the_browser_sent(browser, cast):
    page = chose(browser(), cast.cole, "2026-11-25T11:30+02:00")
    assert "Wed 25 Nov 09:30" in page.text


def test_after_sign_in_the_time_on_the_page_is_held(browser, cast):
    times = browser().get(f"/doctors/{cast.cole}/slots", {"week": "2026-11-23"})
    page = times.form(action=f"/doctors/{cast.cole}/holds").submit(start=START).follow()
    done = page.form(action="/sign-in").submit(email="ada@test.example", password=PASSWORD)
    assert done.location == f"/doctors/{cast.cole}/holds"
    assert done.follow().location.startswith("/holds/")


def test_a_doctor_who_signs_in_instead_begins_their_day(browser, cast):
    page = chose(browser(), cast.cole)
    done = page.form(action="/sign-in").submit(email="dean@test.example", password=PASSWORD)
    assert done.location == "/"
    assert done.follow().location == "/agenda"


def test_a_mistyped_password_does_not_lose_the_choice(browser, cast):
    form = chose(browser(), cast.cole).form(action="/sign-in")
    again = form.submit(email="ada@test.example", password="a slip of the hand")
    assert (again.status, "You chose Wed 25 Nov 09:30" in again.text) == (422, True)
    part = form.submit(email="ada@test.example", password="a slip of the hand", htmx=True)
    assert "Sign in and hold 09:30" in part.text
    done = part.form(action="/sign-in").submit(email="ada@test.example", password=PASSWORD)
    assert done.location == f"/doctors/{cast.cole}/holds"


def test_it_is_still_there_when_sign_in_is_found_another_way(browser, cast):
    guest = browser()
    chose(guest, cast.cole)
    assert "You chose Wed 25 Nov 09:30" in guest.get("/sign-in").text


def test_on_the_way_to_another_page_it_is_not_mentioned(browser, cast):
    guest = browser()
    chose(guest, cast.cole)
    for elsewhere in ("/appointments", f"/doctors/{cast.dean}/holds"):
        assert "You chose" not in guest.get("/sign-in", {"next": elsewhere}).text


def test_a_time_that_cannot_be_is_not_mentioned_either(browser, cast):
    for start in ("", "soon", "2026-11-25T09:30", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "x" * 5000):
        page = chose(browser(), cast.cole, start)
        assert (page.status, "You chose" in page.text) == (200, False), start


def test_nothing_is_said_about_a_doctor_who_is_not_approved(browser, cast):
    page = chose(browser(), cast.pat)
    assert (page.status, "Novak" in page.text) == (200, False)
