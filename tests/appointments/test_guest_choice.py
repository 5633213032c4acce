"""What a guest chose is theirs to book once they have signed in or registered."""

from datetime import timedelta

from factories import NOW, PASSWORD

from healthbook.models import Doctor

TEN = NOW.replace(hour=10, minute=0)


def choose(guest, doctor_id, start=TEN):
    """The sign-in page that a guest is led to by pressing a free time."""
    page = guest.get(f"/doctors/{doctor_id}/slots")
    chosen = page.form(action=f"/doctors/{doctor_id}/holds").submit(start=start.isoformat())
    assert (chosen.status, chosen.location) == (303, f"/sign-in?next=/doctors/{doctor_id}/holds")
    return chosen.follow()


def sign_in(page, name="ada"):
    return page.form(action="/sign-in").submit(email=f"{name}@test.example", password=PASSWORD)


def test_after_sign_in_the_chosen_time_is_held(cast, browser, stored):
    done = sign_in(choose(browser(), cast.cole))
    assert done.location == f"/doctors/{cast.cole}/holds"
    held = done.follow()
    assert held.location.startswith("/holds/")
    assert stored() == [(cast.ada, cast.cole, TEN, "held")]
    assert "Tuesday 24 November at 10:00" in held.follow().text


def test_after_registering_too(cast, browser, stored):
    page = choose(browser(), cast.cole)
    done = page.form(action="/register").submit(
        first_name="Gail",
        last_name="Marsh",
        date_of_birth="27 3 1990",
        email="gail@test.example",
        password="a long enough password",
    )
    assert (done.status, done.location) == (303, f"/doctors/{cast.cole}/holds")
    held = done.follow().follow()
    assert held.form(id="book").submit(reason="A cough").status == 303
    ((patient, doctor, start, status),) = stored()
    assert (doctor, start, status) == (cast.cole, TEN, "scheduled")
    assert patient not in (cast.ada, cast.ben)


def test_it_is_taken_up_once(cast, browser, stored):
    guest = browser()
    sign_in(choose(guest, cast.cole)).follow()
    again = guest.get(f"/doctors/{cast.cole}/holds")
    assert (again.status, again.location) == (303, f"/doctors/{cast.cole}/slots")
    assert len(stored()) == 1


def test_a_time_that_went_meanwhile_is_refused_with_the_nearest(cast, browser, hold, unchanged):
    page = choose(browser(), cast.cole)
    hold("ben", "cole", "10:00")
    done = sign_in(page)
    with unchanged():
        late = done.follow()
    assert late.status == 409
    assert "That time has gone. Nothing has been booked for you." in late.text
    assert len(list(late.by_id("refusal").iter("button"))) == 4


def test_what_a_guest_sent_instead_of_a_time_is_refused(cast, browser, unchanged):
    for number, sent in enumerate(({"start": "soon"}, {"visit_type": "x"}, {"start": None}, {"visit_type": "999999"})):
        guest = browser()
        page = guest.get(f"/doctors/{cast.cole}/slots")
        chosen = {"start": TEN.isoformat()} | sent
        there = page.form(action=f"/doctors/{cast.cole}/holds").submit(**chosen).follow()
        done = sign_in(there)
        with unchanged():
            late = done.follow()
        assert (late.status, bool(late.starts)) == (409 if number == 3 else 422, True)


def test_a_doctor_who_stopped_meanwhile_is_not_there(cast, browser, change, unchanged):
    done = sign_in(choose(browser(), cast.cole))
    change(Doctor, cast.cole, status="suspended")
    with unchanged():
        assert done.follow().status == 404


def test_it_waits_for_an_hour_and_no_longer(cast, browser, stored, later):
    guest = browser()
    page = choose(guest, cast.cole, TEN + timedelta(hours=3))
    later(minutes=59, seconds=59)
    assert "You chose" in guest.get("/sign-in").text
    later(hours=1)
    assert "You chose" not in guest.get("/sign-in").text
    done = sign_in(page)
    assert (done.location, done.follow().location) == (f"/doctors/{cast.cole}/holds", f"/doctors/{cast.cole}/slots")
    assert stored() == []


def test_it_does_not_outlive_its_hour_by_a_sign_in(cast, browser, stored, later):
    done = sign_in(choose(browser(), cast.cole, TEN + timedelta(hours=3)))
    later(hours=1)
    assert done.follow().location == f"/doctors/{cast.cole}/slots"
    assert stored() == []


def test_another_doctor_s_page_does_not_take_it_up(cast, browser, stored):
    guest = browser()
    sign_in(choose(guest, cast.cole))
    assert guest.get(f"/doctors/{cast.dean}/holds").location == f"/doctors/{cast.dean}/slots"
    assert stored() == []
