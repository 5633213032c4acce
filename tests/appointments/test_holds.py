"""Choosing a time: it is held for a few minutes, or the answer says why not and what else is free."""

from datetime import timedelta
from decimal import Decimal

from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Clinic, Doctor, Patient, VisitType

TEN = NOW.replace(hour=10, minute=0)


def kind_of(app, doctor_id):
    with app.app_context():
        return str(db.session.get(Doctor, doctor_id).visit_types[0].id)


def near(page):
    """The times that the refusal offers, as the person reads them."""
    return [text_of(found) for found in page.by_id("refusal").iter("button")]


def test_a_chosen_time_is_held_for_the_clinic_s_minutes(app, cast, hold, stored):
    page = hold("ada", "cole", "10:00")
    ((reference,),) = stored("reference")
    assert (page.status, page.location) == (303, f"/holds/{reference}")
    assert stored() == [(cast.ada, cast.cole, TEN, "held")]
    assert stored("held_until") == [(NOW + timedelta(minutes=5),)]


def test_what_the_visit_type_says_is_copied_so_that_changing_it_changes_nothing_held(app, cast, hold, change, stored):
    kind = int(kind_of(app, cast.cole))
    change(VisitType, kind, buffer_before=5, buffer_after=10, appointment_type="follow_up")
    change(Clinic, cast.clinic, hold_minutes=7)
    hold("ada", "cole", "10:05", start=NOW.replace(hour=10, minute=0).isoformat())
    change(VisitType, kind, minutes=60, fee=0, appointment_type="consultation")
    ((during, blocked, fee, zone, kind_of_visit, until, by),) = stored(
        "during", "blocked", "fee", "time_zone", "appointment_type", "held_until", "booked_by_id"
    )
    assert (during.lower, during.upper) == (TEN, TEN + timedelta(minutes=30))
    assert (blocked.lower, blocked.upper) == (TEN - timedelta(minutes=5), TEN + timedelta(minutes=40))
    assert (fee, zone, kind_of_visit) == (Decimal(85), "Europe/London", "follow_up")
    assert until == NOW + timedelta(minutes=7)
    with app.app_context():
        assert by == db.session.get(Patient, cast.ada).user_id


def test_the_page_of_a_hold_says_what_is_held_and_until_when(held_page):
    page = held_page("ada", "cole", "10:00")
    assert (page.status, page.h1) == (200, "Nearly there")
    assert page.title == "Book Tuesday 24 November at 10:00 – Test Clinic"
    assert "Dr Maria Cole, General practice. New problem, 30 minutes, £85" in page.text
    assert "Yours until 09:46" in page.text
    assert page.find("span", data_countdown="300").get("data-soon")
    assert "Chest pain" in page.text
    assert text_of(page.by_id("book-it")) == "Book Tuesday 24 November at 10:00"


def test_htmx_is_sent_on_to_the_held_time(hold, cast, browser):
    page = browser("ada").get(f"/doctors/{cast.cole}/slots")
    answer = page.form(action=f"/doctors/{cast.cole}/holds").submit(htmx=True, start=TEN.isoformat())
    assert (answer.status, answer.body) == (204, "")
    assert answer.headers["HX-Redirect"].startswith("/holds/")


def test_choosing_the_same_time_again_gives_the_same_hold(hold, stored, jobs, later):
    first = hold("ada", "cole", "10:00")
    later(minutes=3)
    again = hold("ada", "cole", "10:00")
    assert again.location == first.location
    assert stored("held_until") == [(NOW + timedelta(minutes=5),)]
    assert len(jobs("hold_ended")) == 1


def test_choosing_it_again_after_it_ran_out_holds_it_anew(hold, stored, later):
    hold("ada", "cole", "10:00")
    later(minutes=5)
    assert hold("ada", "cole", "10:00").status == 303
    assert stored("held_until") == [(NOW + timedelta(minutes=10),)]


def test_another_choice_lets_go_of_the_first(cast, hold, stored):
    hold("ada", "cole", "10:00")
    hold("ada", "dean", "11:00")
    assert stored() == [(cast.ada, cast.dean, TEN + timedelta(hours=1), "held")]
    assert hold("ben", "cole", "10:00").status == 303


def test_a_neighbouring_choice_at_the_same_doctor_is_not_in_its_own_way(app, cast, hold, change, stored):
    change(Doctor, cast.cole, slot_step_minutes=10)
    hold("ada", "cole", "10:00")
    assert hold("ada", "cole", "10:10").status == 303
    assert stored("during")[0][0].lower == TEN + timedelta(minutes=10)


def test_whoever_looks_at_either_doctor_hears_of_it_after_the_commit(real, heard):
    ada = real.browser("ada")
    for doctor in (real.cole, real.dean):
        page = ada.get(f"/doctors/{doctor}/slots")
        page.form(action=f"/doctors/{doctor}/holds").submit(start=TEN.isoformat())
    assert heard() == [f"doctor-{real.cole}", f"doctor-{real.cole}", f"doctor-{real.dean}"]


def test_a_job_waits_for_the_end_of_the_hold_to_tell_the_others(cast, hold, jobs):
    hold("ada", "cole", "10:00")
    assert jobs("hold_ended") == [({"doctor_id": cast.cole}, NOW + timedelta(minutes=5))]


def test_the_second_patient_is_told_the_time_has_gone_and_offered_the_nearest(hold, unchanged):
    hold("ada", "cole", "11:00")
    with unchanged():
        page = hold("ben", "cole", "11:00")
    assert page.status == 409
    assert "That time has gone. Nothing has been booked for you." in text_of(page.by_id("refusal"))
    assert near(page) == [
        f"Tue 24 Nov Tuesday 24 November at {clock_time}" for clock_time in ("10:00", "10:30", "11:30", "12:00")
    ]
    assert page.has("h1")


def test_one_of_the_nearest_is_held_by_pressing_it(cast, hold, stored):
    hold("ada", "cole", "11:00")
    page = hold("ben", "cole", "11:00", htmx=True)
    assert not page.has("h1")
    offered = page.by_id("refusal")
    (form,) = offered.iter("form")
    fields = {found.get("name"): found.get("value") for found in form.iter("input")}
    answer = page.browser.post(form.get("action"), fields | {"start": next(offered.iter("button")).get("value")})
    assert answer.status == 303
    assert stored()[-1] == (cast.ben, cast.cole, TEN, "held")


NOT_OFFERED = {
    "in the past": "2026-11-24T09:30:00+00:00",
    "a moment ago": "2026-11-24T09:40:59+00:00",
    "between two times": "2026-11-24T10:07:00+00:00",
    "half a minute late": "2026-11-24T10:00:30+00:00",
    "over the end of work": "2026-11-24T16:45:00+00:00",
    "at night": "2026-11-24T22:00:00+00:00",
    "on a Sunday": "2026-11-29T10:00:00+00:00",
    "beyond the horizon": "2027-06-01T10:00:00+00:00",
    "in another century": "2199-12-31T10:00:00+00:00",
    "long ago": "1901-01-01T10:00:00+00:00",
}


def test_a_time_that_is_not_offered_is_refused(hold, unchanged):
    for why, start in NOT_OFFERED.items():
        with unchanged():
            page = hold("ada", "cole", "10:00", start=start)
        assert (page.status, len(near(page))) == (409, 4), why


def test_the_same_instant_in_another_zone_is_the_same_time(hold, stored):
    hold("ada", "cole", "10:00", start="2026-11-24T12:00:00+02:00")
    assert stored("during")[0][0].lower == TEN


NO_INSTANTS = (
    *(None, "", "soon", "10:00", "2026-11-24", "2026-11-24T10:00:00", "2026-11-24T25:00:00+00:00", "1e9", "<script>"),
    *("2026-02-30T10:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x" * 5000),
    *("٢٠٢٦-11-24T10:00:00+00:00", "2026-11-24T10:00:00+00:00" + " " * 40),
)


def test_what_is_no_instant_is_refused(hold, unchanged):
    for start in NO_INSTANTS:
        with unchanged():
            page = hold("ada", "cole", "10:00", start=start, htmx=start == "soon")
        assert (page.status, bool(page.starts)) == (422, True), start
        assert "Choose one of the times on the page." in text_of(page.by_id("refusal")), start


def test_what_is_no_visit_type_is_refused(hold, unchanged):
    for kind in (None, "", "x", "0", "-1", "99999999999999999999", "1e3"):
        with unchanged():
            page = hold("ada", "cole", "10:00", visit_type=kind)
        assert (page.status, bool(page.starts)) == (422, True), kind


def test_a_visit_type_that_this_doctor_does_not_offer_is_refused(app, cast, hold, unchanged, change):
    deans = kind_of(app, cast.dean)
    change(VisitType, int(kind_of(app, cast.cole)), bookable_online=True)
    for kind in (deans, "999999"):
        with unchanged():
            page = hold("ada", "cole", "10:00", visit_type=kind)
        assert (page.status, len(near(page))) == (409, 4)


def test_a_visit_type_that_only_the_desk_books_is_refused(app, cast, hold, unchanged, change, browser):
    page = browser("ada").get(f"/doctors/{cast.cole}/slots")
    change(VisitType, int(kind_of(app, cast.cole)), bookable_online=False)
    with unchanged():
        answer = page.form(action=f"/doctors/{cast.cole}/holds").submit(start=TEN.isoformat())
    assert (answer.status, answer.starts) == (409, [])
    assert "takes no bookings here at the moment" in answer.text


def test_a_doctor_who_takes_no_bookings_any_more_is_not_booked(cast, browser, unchanged, change):
    form = browser("ada").get(f"/doctors/{cast.cole}/slots").form(action=f"/doctors/{cast.cole}/holds")
    change(Doctor, cast.cole, is_available=False)
    with unchanged():
        assert form.submit(start=TEN.isoformat()).status == 409
    change(Doctor, cast.cole, status="suspended")
    with unchanged():
        assert form.submit(start=TEN.isoformat()).status == 404


def test_a_hold_is_free_for_others_the_instant_it_ends_and_not_before(cast, hold, stored, later):
    hold("ada", "cole", "11:00")
    later(minutes=4, seconds=59, milliseconds=999)
    assert hold("ben", "cole", "11:00").status == 409
    later(minutes=5)
    assert hold("ben", "cole", "11:00").status == 303
    assert stored() == [(cast.ben, cast.cole, TEN + timedelta(hours=1), "held")]


def test_a_run_out_hold_that_overlaps_the_new_one_is_swept_away(app, cast, hold, change, stored, later):
    change(Doctor, cast.cole, slot_step_minutes=10)
    hold("ada", "cole", "11:00")
    later(minutes=5)
    assert hold("ben", "cole", "11:20").status == 303
    assert [row[0] for row in stored()] == [cast.ben]


def test_nobody_holds_a_time_at_which_they_have_a_visit(hold, visit, unchanged):
    visit("ada", "dean", "11:00", minutes=30)
    with unchanged():
        page = hold("ada", "cole", "11:00")
    assert page.status == 409
    assert "You have a visit at that time already." in text_of(page.by_id("refusal"))
    assert near(page) == []
    assert hold("ada", "cole", "11:30").status == 303


def test_what_is_cancelled_or_another_s_is_no_visit_of_theirs(hold, visit):
    visit("ada", "dean", "11:00", status="cancelled")
    visit("ben", "dean", "11:00")
    assert hold("ada", "cole", "11:00").status == 303


def test_a_patient_who_has_this_very_visit_is_told_so(hold, visit):
    visit("ada", "cole", "11:00")
    page = hold("ada", "cole", "11:00")
    assert (page.status, "You have a visit at that time already." in page.text) == (409, True)


def test_no_doctor_is_their_own_patient(app, cast, hold, unchanged):
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        db.session.add(Patient(user_id=cole.user_id))
        db.session.commit()
    with unchanged():
        page = hold("cole", "cole", "10:00")
    assert (page.status, "You cannot book a visit with yourself." in page.text) == (409, True)
    assert hold("cole", "dean", "10:00").status == 303


def test_another_person_s_hold_is_not_there(hold, browser, unchanged):
    path, ben = hold("ada", "cole", "10:00").location, browser("ben")
    with unchanged():
        assert ben.get(path).status == 404
        assert ben.post(path, {"reason": "A cough"}).status == 404
        assert ben.post(f"{path}/release").status == 404


def test_a_time_that_is_let_go_is_free_at_once(hold, held_page, stored):
    page = held_page("ada", "cole", "10:00")
    gone = page.form(action=f"{page.path}/release").submit()
    assert (gone.status, gone.location.startswith("/doctors/")) == (303, True)
    assert "type=" in gone.location
    assert stored() == []
    assert gone.follow().status == 200
    assert hold("ben", "cole", "10:00").status == 303


def test_letting_go_is_heard_and_of_what_was_booked_meanwhile_changes_nothing(real, heard):
    ada = real.browser("ada")
    start = ada.get(f"/doctors/{real.cole}/slots").form(action=f"/doctors/{real.cole}/holds")
    page = start.submit(start=TEN.isoformat()).follow()
    heard()
    page.form(action=f"{page.path}/release").submit()
    assert heard() == [f"doctor-{real.cole}"]
    page = start.submit(start=TEN.isoformat()).follow()
    booked = page.form(action=page.path).submit(reason="A cough")
    heard()
    late = page.form(action=f"{page.path}/release").submit()
    assert late.location == booked.location.removesuffix("?new=1")
    assert heard() == []
    with real.app.app_context():
        assert [row.status for row in db.session.scalars(db.select(Appointment))] == ["scheduled"]


def test_the_page_of_a_hold_costs_eight_statements_at_most(held_page, browser, statements):
    page, ada = held_page("ada", "cole", "10:00"), browser("ada")
    ada.get(page.path)
    with statements() as seen:
        assert ada.get(page.path).status == 200
    assert len(seen) <= 8, seen


def test_a_booked_hold_s_page_leads_to_the_visit(held_page, browser):
    page = held_page("ada", "cole", "10:00")
    page.form(action=page.path).submit(reason="A cough")
    ada, there = browser("ada"), page.path.replace("holds", "appointments") + "?new=1"
    assert (ada.get(page.path).status, ada.get(page.path).location) == (303, there)
    assert ada.get(page.path, htmx=True).headers["HX-Redirect"] == there


def test_a_hold_that_has_run_out_says_so_and_may_still_be_booked(held_page, browser, later):
    page = held_page("ada", "cole", "10:00")
    later(minutes=6)
    page = browser("ada").get(page.path)
    assert page.status == 200
    assert "The 5 minutes are over." in text_of(page.by_id("holding"))
    assert page.has("button", id="book-it")
