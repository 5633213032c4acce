"""Visits that lost their time: one page where each is kept, marked for moving or cancelled, and nothing by itself."""

from datetime import UTC, datetime, timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, AppointmentHistory, Doctor, DoctorAvailability, Patient, User

FIRST = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def away(app, cast):
    """Dr Cole is away on Tuesday 1 December."""
    with app.app_context():
        doctor = db.session.get(Doctor, cast.cole)
        factories.time_off(doctor.clinic, FIRST, FIRST + timedelta(days=1), doctor_id=doctor.id)
        db.session.commit()


@pytest.fixture
def closed(app, cast):
    """The clinic is closed on Tuesday 1 December."""
    with app.app_context():
        factories.time_off(db.session.get(Doctor, cast.cole).clinic, FIRST, FIRST + timedelta(days=1))
        db.session.commit()


@pytest.fixture
def path(cast):
    return f"/affected?doctor={cast.cole}"


@pytest.fixture
def stored(app):
    """stored(reference): the visit's status, and since when it waits to be moved."""

    def read(reference):
        with app.app_context():
            row = db.session.scalar(db.select(Appointment).filter_by(reference=reference))
            return row.status, row.to_move_since

    return read


def listed(page):
    return [found.get("id").removeprefix("affected-") for found in page.find_all("li") if found.get("id")]


def decide(page, *references, act="move", status=None, **fields):
    """Tick these visits, as the page shows them or of this status, and press a button; to cancel, after being asked."""

    def box(reference):
        shown = page.by_id(f"tick-{reference}") if page.has("input", id=f"tick-{reference}") else None
        return f"{reference}-{status}" if status or shown is None else shown.get("value")

    form = page.form(id="affected-form")
    sent = form.fields | {"visit": [box(reference) for reference in references], "act": act} | fields
    answer = page.browser.open("POST", form.action, data=sent)
    if act != "cancel" or "sure" in fields or answer.status != 200:
        return answer
    sure = answer.form(id="affected-form").fields["sure"]
    return page.browser.open("POST", form.action, data=sent | {"sure": sure})


def test_a_doctor_finds_the_visits_in_time_off_with_who_and_when(browser, visit, away, path):
    inside, beside = visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "10:00", days=8)
    page = browser("cole").get(path)
    assert page.h1 == "Visits that lost their time"
    assert listed(page) == [inside]
    assert "Tuesday 1 December at 10:00 Ada Byrne in time off" in text_of(page.by_id(f"affected-{inside}"))
    assert beside not in page.body


def test_a_doctor_is_asked_about_own_visits_only(browser, visit, away, cast, path):
    visit("ada", "cole", "10:00", days=7)
    dean = browser("dean")
    assert dean.get(path).status == 404
    assert listed(dean.get("/affected")) == []
    assert len(listed(browser("cole").get("/affected"))) == 1


def test_nothing_affected_says_so(browser, path):
    assert "No visit has lost its time" in browser("dot").get(path).text


def test_each_says_what_is_in_its_way(browser, visit, away, closed, app, cast, path):
    with app.app_context():
        db.session.execute(db.delete(DoctorAvailability).filter_by(doctor_id=cast.cole, day_of_week="wednesday"))
        db.session.commit()
    visit("ada", "cole", "10:00", days=8)
    assert "outside the hours" in browser("dot").get(path).text


@pytest.mark.parametrize("who", ["cole", "dot", "mo"])
def test_visits_are_marked_for_moving_and_found_at_the_desk(browser, visit, away, stored, path, who):
    one, other = visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7)
    page = browser(who).get(path)
    answer = decide(page, one)
    assert (answer.status, answer.location) == (303, path)
    assert "1 visit is marked to be moved." in answer.follow().text
    assert stored(one) == ("scheduled", NOW)
    assert stored(other) == ("scheduled", None)
    table = browser("dot").get("/clinic/appointments", {"from": "2026-12-01", "status": "to_move"})
    assert "Ada Byrne" in table.text
    assert "To be moved" in text_of(table.by_id(f"row-{one}"))
    assert "Ben Byrne" not in table.text


def test_keeping_takes_the_mark_away(browser, visit, away, stored, path):
    one = visit("ada", "cole", "10:00", days=7)
    page = browser("cole").get(path)
    decide(page, one)
    marked = browser("cole").get(path)
    assert "To be moved" in text_of(marked.by_id(f"affected-{one}"))
    answer = decide(marked, one, act="keep")
    assert "1 visit stays as it is." in answer.follow().text
    assert stored(one) == ("scheduled", None)


def test_who_kept_a_visit_is_said_and_it_is_no_longer_to_be_decided(browser, visit, away, path):
    one, other = visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7)
    page = browser("dot").get(path)
    assert "2 booked visits" in text_of(browser("cole").get("/hours").by_id("outside"))
    after = decide(page, one, act="keep").follow()
    assert "kept by Dot Marsh, 24 November" in text_of(after.by_id(f"affected-{one}"))
    assert "kept" not in text_of(after.by_id(f"affected-{other}")).lower()
    assert "1 booked visit " in text_of(browser("cole").get("/hours").by_id("outside"))
    decide(after, other, act="keep")
    assert not browser("cole").get("/hours").has("p", id="outside")
    marked = decide(after, one, act="move").follow()
    assert "kept" not in text_of(marked.by_id(f"affected-{one}")).lower()


def test_what_was_kept_is_decided_anew_when_its_time_is_lost_once_more(browser, visit, away, path, cast):
    one = visit("ada", "cole", "10:00", days=7)
    cole = browser("cole")
    decide(cole.get(path), one, act="keep")
    times_off = cole.get(f"/doctors/{cast.cole}/hours/time-off")
    removal = next(form for form in times_off.find_all("form") if (form.get("id") or "").startswith("removal-"))
    times_off.form(id=removal.get("id")).submit()
    assert listed(cole.get(path)) == []
    off = times_off.form(id="time-off-form")
    page = off.submit(act="save", first="2026-12-01").follow()
    assert "kept" not in text_of(page.by_id(f"affected-{one}")).lower()


def test_what_was_kept_is_decided_anew_when_the_clinic_closes(browser, visit, away, path):
    one = visit("ada", "cole", "10:00", days=7)
    page = browser("cole").get(path)
    decide(page, one, act="keep")
    browser("mo").get("/clinic/closures").form(id="closure-add").submit(first="2026-12-02")
    assert "kept" in text_of(browser("cole").get(path).by_id(f"affected-{one}")).lower()
    browser("mo").get("/clinic/closures").form(id="closure-add").submit(first="2026-12-01")
    assert "kept" not in text_of(browser("cole").get(path).by_id(f"affected-{one}")).lower()


def test_before_visits_are_cancelled_it_is_asked_how_many(browser, visit, away, stored, path):
    ones = [visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7)]
    page = browser("dot").get(path)
    asked = decide(page, *ones, act="cancel", sure="", told="Dr Cole has the flu.")
    assert asked.status == 200
    assert "2 visits" in text_of(asked.by_id("asked"))
    assert [stored(one)[0] for one in ones] == ["scheduled", "scheduled"]
    assert all(asked.by_id(f"tick-{one}").get("checked") is not None for one in ones)
    fewer = decide(asked, ones[0], act="cancel", sure=asked.form(id="affected-form").fields["sure"])
    assert "1 visit" in text_of(fewer.by_id("asked"))
    sure = fewer.form(id="affected-form").fields
    assert sure["told"] == "Dr Cole has the flu."
    assert "1 visit was cancelled." in decide(fewer, ones[0], act="cancel", sure=sure["sure"]).follow().text
    assert [stored(one)[0] for one in ones] == ["cancelled", "scheduled"]
    assert "Dr Cole has the flu." in browser("ada").get(f"/appointments/{ones[0]}").text


def test_what_somebody_kept_after_it_was_asked_is_not_cancelled(browser, visit, away, stored, path):
    ones = [visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7)]
    asked = decide(browser("dot").get(path), *ones, act="cancel", sure="")
    decide(browser("cole").get(path), ones[0], act="keep")
    sure = asked.form(id="affected-form").fields["sure"]
    answer = decide(asked, *ones, act="cancel", sure=sure)
    assert "1 visit was changed by somebody meanwhile, and left alone." in answer.follow().text
    assert [stored(one)[0] for one in ones] == ["scheduled", "cancelled"]


def test_who_was_asked_of_one_visit_is_asked_again_of_another(browser, visit, away, stored, path):
    ones = [visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7)]
    asked = decide(browser("dot").get(path), ones[0], act="cancel", sure="")
    sure = asked.form(id="affected-form").fields["sure"]
    assert decide(asked, ones[1], act="cancel", sure=sure).has("div", id="asked")
    assert [stored(one)[0] for one in ones] == ["scheduled", "scheduled"]


def test_what_is_gone_from_the_page_is_not_asked_about(browser, visit, away, path):
    one = visit("ada", "cole", "10:00", days=7)
    visit("ben", "cole", "11:00", days=7)
    page = browser("dot").get(path)
    decide(browser("cole").get(path), one, act="cancel")
    late = decide(page, one, act="cancel", sure="")
    assert late.status == 422
    assert "Tick the visits that you mean first." in text_of(late.by_id("errors"))


def test_closing_the_same_day_again_leaves_what_was_decided(browser, visit, closed, path):
    one = visit("ada", "cole", "10:00", days=7)
    mo = browser("mo")
    decide(browser("cole").get(path), one, act="keep")
    assert not mo.get("/clinic/closures").has("p", id="inside")
    mo.get("/clinic/closures").form(id="closure-add").submit(first="2026-12-01")
    assert "kept" in text_of(browser("cole").get(path).by_id(f"affected-{one}")).lower()


def test_what_was_kept_is_decided_anew_when_it_is_lost_for_another_reason(browser, visit, app, cast, path):
    one = visit("ada", "cole", "20:00", days=7)
    cole = browser("cole")
    decide(cole.get(path), one, act="keep")
    off = cole.get(f"/doctors/{cast.cole}/hours/time-off").form(id="time-off-form")
    page = off.submit(act="save", first="2026-12-01").follow()
    assert "kept" not in text_of(page.by_id(f"affected-{one}")).lower()


def test_what_is_kept_is_offered_no_other_time(browser, visit, away, path, cast):
    one, other = visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7)
    assert "2 visits" in text_of(browser("dot").get("/clinic").by_id(f"away-{cast.cole}"))
    decide(browser("cole").get(path), one, act="keep")
    assert "1 visit " in text_of(browser("dot").get("/clinic").by_id(f"away-{cast.cole}"))
    for query in ("", "?all=1"):
        page = browser("dot").get(f"/doctors/{cast.cole}/offers{query}")
        assert (one in page.body, other in page.body) == (False, True)


def test_many_are_cancelled_at_once_each_with_its_history_and_message(browser, visit, away, stored, app, path, cast):
    ones = [visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7, status="confirmed")]
    kept = visit("ada", "cole", "12:00", days=7)
    page = browser("dot").get(path)
    answer = decide(page, *ones, act="cancel", reason="doctor_away")
    assert "2 visits were cancelled." in answer.follow().text
    assert [stored(one)[0] for one in ones] == ["cancelled", "cancelled"]
    assert stored(kept)[0] == "scheduled"
    with app.app_context():
        steps = db.session.scalars(db.select(AppointmentHistory).filter_by(new_status="cancelled")).all()
        assert {(step.old_status, step.change_reason, step.changed_by.first_name) for step in steps} == {
            ("scheduled", "doctor_away", "Dot"),
            ("confirmed", "doctor_away", "Dot"),
        }
        jobs = db.session.scalars(
            db.text("SELECT args->>'history_id' FROM procrastinate_jobs WHERE task_name LIKE 'appointment_changed%'")
        )
        assert sorted(map(int, jobs)) == sorted(step.id for step in steps)


def test_all_can_be_ticked_without_script(browser, visit, away, path):
    for hour in ("10:00", "11:00"):
        visit("ada", "cole", hour, days=7)
    page = browser("cole").get(path)
    assert not any(box.get("checked") is not None for box in page.find_all("input", name="visit"))
    ticked = page.browser.get(page.by_id("tick-all").get("href"))
    assert all(box.get("checked") is not None for box in ticked.find_all("input", name="visit"))
    assert text_of(ticked.by_id("tick-all")) == "Tick none"
    none = page.browser.get(ticked.by_id("tick-all").get("href"))
    assert not any(box.get("checked") is not None for box in none.find_all("input", name="visit"))


def test_nothing_ticked_is_told_and_changes_nothing(browser, visit, away, stored, path):
    one = visit("ada", "cole", "10:00", days=7)
    page = decide(browser("cole").get(path), act="cancel")
    assert page.status == 422
    assert "Tick the visits that you mean first." in text_of(page.by_id("errors"))
    assert stored(one) == ("scheduled", None)


@pytest.mark.parametrize("fields", [{"act": "cancel", "reason": "feels_better"}, {"act": "delete"}])
def test_what_no_page_has_sent_is_refused_and_ticks_are_kept(browser, visit, away, stored, path, fields):
    one = visit("ada", "cole", "10:00", days=7)
    page = decide(browser("cole").get(path), one, **fields)
    assert page.status == 422
    assert page.by_id(f"tick-{one}").get("checked") is not None
    assert stored(one) == ("scheduled", None)


@pytest.mark.parametrize("act", ["cancel", "move", "keep"])
def test_a_visit_that_somebody_changed_meanwhile_is_left_alone(browser, visit, away, stored, path, act):
    one, other = visit("ada", "cole", "10:00", days=7), visit("ben", "cole", "11:00", days=7)
    page, asked = browser("cole").get(path), {}
    if act == "cancel":
        page = decide(page, one, other, act=act, sure="")
        asked = {"sure": page.form(id="affected-form").fields["sure"]}
    browser("dot").post(f"/clinic/appointments/{one}/status", {"seen": "scheduled", "to": "confirmed"})
    answer = decide(page, one, other, act=act, **asked)
    assert "1 visit was changed by somebody meanwhile, and left alone." in answer.follow().text
    assert stored(one) == ("confirmed", None)
    if act != "keep":
        assert stored(other) != ("scheduled", None)


def test_another_doctors_visit_is_not_touched(browser, visit, away, stored, path):
    others, own = visit("ada", "dean", "10:00", days=7), visit("ben", "cole", "11:00", days=7)
    page = browser("cole").get(path)
    decide(page, others, own, act="cancel")
    assert stored(others)[0] == "scheduled"
    assert stored(own)[0] == "cancelled"


def test_a_marked_visit_that_is_over_or_cancelled_waits_no_longer(browser, visit, app):
    for status in ("cancelled", "completed", "rescheduled"):
        visit("ada", "cole", "10:00", days=7, status=status, to_move_since=NOW)
    table = browser("dot").get("/clinic/appointments", {"from": "2026-12-01", "status": "to_move"})
    assert text_of(table.by_id("found")) == "0 appointments"
    assert "To be moved" not in text_of(browser("dot").get("/clinic/appointments?from=2026-12-01").by_id("table"))


def test_what_a_closing_meets_is_listed_for_the_staff_over_all_doctors(browser, visit, closed):
    cole, dean = visit("ada", "cole", "10:00", days=7), visit("ben", "dean", "11:00", days=7)
    visit("ada", "dean", "10:00", days=8)
    page = browser("dot").get("/affected")
    assert listed(page) == [cole, dean]
    assert "Ben Byrne, Dr Maria Dean" in page.text
    assert page.form(id="affected-form").fields["reason"] == "clinic_closed"
    assert listed(browser("dot").get("/affected?first=2026-12-02")) == []
    assert listed(browser("dot").get("/affected?first=2026-12-01&last=2026-12-01")) == [cole, dean]
    assert listed(browser("cole").get("/affected")) == [cole]


def test_days_in_the_address_narrow_it_down(browser, visit, away, closed, path):
    visit("ada", "cole", "10:00", days=7)
    later = visit("ada", "cole", "20:00", days=9)
    assert listed(browser("cole").get(f"{path}&first=2026-12-02")) == [later]


@pytest.mark.parametrize("query", ["first=soon", "last=2027-02-29", "first=9999-12-31", "last=0001-01-01", "doctor=x"])
def test_an_address_that_cannot_be_is_no_page(browser, query):
    assert browser("dot").get(f"/affected?{query}").status == 404


def test_everything_that_is_booked_is_listed_when_no_more_is_taken(browser, visit, cast, app):
    one = visit("ada", "cole", "10:00", days=7)
    cole = browser("cole")
    answer = cole.get("/hours").form(id="bookings").submit(taking="no")
    assert answer.location == f"/affected?doctor={cast.cole}&all=1"
    page = answer.follow()
    assert page.h1 == "Booked visits of Dr Maria Cole"
    assert listed(page) == [one]
    with app.app_context():
        assert not db.session.get(Doctor, cast.cole).is_available
    assert cole.get(f"/doctors/{cast.cole}/slots").starts == []
    back = cole.get("/hours").form(id="bookings").submit(taking="yes")
    assert back.location == "/hours"
    assert cole.get(f"/doctors/{cast.cole}/slots").starts


def test_without_visits_the_hours_stay_in_sight(browser, cast):
    assert browser("cole").get("/hours").form(id="bookings").submit(taking="no").location == "/hours"
    dot = browser("dot").get(f"/doctors/{cast.dean}/hours").form(id="bookings").submit(taking="no")
    assert dot.location == f"/doctors/{cast.dean}/hours"


def test_a_suspension_leads_to_all_that_is_booked(browser, visit, cast):
    one = visit("ada", "cole", "10:00", days=7)
    mo = browser("mo")
    review = {"seen": "approved", "decision": "suspended", "reason": "A complaint"}
    answer = mo.post(f"/clinic/doctors/{cast.cole}/review", review)
    assert answer.location == f"/affected?doctor={cast.cole}&all=1"
    assert listed(answer.follow()) == [one]
    assert mo.post(f"/clinic/doctors/{cast.dean}/review", review).location == "/clinic/doctors"


@pytest.mark.parametrize("what", ["hours", "date", "time off", "nothing"])
def test_only_a_change_that_takes_a_visits_time_leads_here(browser, visit, cast, what):
    visit("ada", "cole", "20:00", days=7)
    visit("ada", "cole", "10:00", days=7)
    cole, hours = browser("cole"), f"/doctors/{cast.cole}/hours"
    tuesday = {"windows-1-start_time": "11:00"}
    if what == "hours":
        answer = cole.get("/hours").form(id="plan").submit(act="save", **tuesday)
        assert answer.location == f"/affected?doctor={cast.cole}&first=2026-11-24"
    elif what == "date":
        answer = cole.get(f"{hours}/dates").form(id="dates-form").submit(act="save", on="2026-12-01", closed="y")
        assert answer.location == f"/affected?doctor={cast.cole}&first=2026-12-01&last=2026-12-01"
    elif what == "time off":
        answer = cole.get(f"{hours}/time-off").form(id="time-off-form").submit(act="save", first="2026-12-01")
        assert answer.location == f"/affected?doctor={cast.cole}&first=2026-12-01&last=2026-12-01"
    else:
        answer = cole.get("/hours").form(id="plan").submit(act="save", **{"windows-1-end_time": "18:00"})
        assert answer.location == "/hours"
    assert len(listed(cole.get(f"/affected?doctor={cast.cole}"))) == (1 if what == "nothing" else 2)


def test_a_long_list_comes_in_pages(browser, app, cast, closed, statements):
    with app.app_context():
        doctors = [db.session.get(Doctor, id) for id in (cast.cole, cast.dean)]
        for n in range(130):
            patient = factories.patient(name=f"Crowd Number{n:03}")
            start = FIRST + timedelta(minutes=10 * (n // 2))
            factories.appointment(patient, doctors[n % 2], start, minutes=10)
        db.session.commit()
    dot = browser("dot")
    page = dot.get("/affected")
    assert len(listed(page)) == 100
    assert "130 visits" in page.text
    later = dot.get(page.by_id("page-later").get("href"))
    assert len(listed(later)) == 30
    assert "page=2" in later.form(id="affected-form").action
    with statements() as few:
        dot.get("/affected?page=2")
    with statements() as many_more:
        dot.get("/affected")
    assert len(few) == len(many_more) <= 8


@pytest.mark.parametrize(("act", "each"), [("move", 2), ("cancel", 9)])
def test_one_more_visit_costs_what_is_written_of_it(browser, visit, away, path, statements, act, each):
    counts = []
    for hours in (range(8, 10), range(10, 16)):
        ones = [visit("ada", "cole", f"{hour:02}:00", days=7) for hour in hours]
        page = browser("cole").get(path)
        with statements() as seen:
            decide(page, *ones, act=act)
        counts.append(len(seen))
    assert counts[1] - counts[0] <= 4 * each


def test_what_is_marked_is_told_to_who_looks(browser, visit, away, path, statements):
    one = visit("ada", "cole", "10:00", days=7)
    page = browser("cole").get(path)
    with statements() as seen:
        decide(page, one)
    assert any("pg_notify" in statement for statement in seen)
    assert any("FOR NO KEY UPDATE" in statement for statement in seen)


def test_the_letter_says_that_the_clinic_had_to_cancel(app, visit, cast):
    one = visit("ada", "cole", "10:00", days=7)
    with app.app_context():
        row = db.session.scalar(db.select(Appointment).filter_by(reference=one))
        mo = db.session.get(User, cast.mo)
        factories.step(row, "cancelled", mo.id, before="scheduled", change_reason="doctor_away")
        db.session.refresh(row)
        template = app.jinja_env.get_template("messages/cancelled.txt")
        given = {"visit": row, "clinic": row.doctor.clinic, "link": "", "own": True, "patient": row.patient.user}
        with app.test_request_context():
            text = template.render(**given)
        assert "We had to cancel" in text
        factories.step(row, "cancelled", row.patient.user_id, before="scheduled", change_reason="cannot_come")
        db.session.refresh(row)
        with app.test_request_context():
            assert "We had to cancel" not in template.render(**given)
        assert db.session.get(Patient, cast.ada)
