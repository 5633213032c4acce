"""For whom: a guardian books for a child, changes their mind on the page of the hold, and may not for anybody else."""

import re
from datetime import timedelta
from itertools import count

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.appointments.queries.holds import TAKEN, VISIT_THEN
from healthbook.appointments.queries.visits import of_family, with_people
from healthbook.appointments.rules.holds import HELD
from healthbook.db import db
from healthbook.models import Appointment, Doctor, Guardian, Patient

TEN = NOW.replace(hour=10, minute=0)
AS_SENT = {"render_postcompile": True}


@pytest.fixture
def slots(browser, cast):
    """slots("gina", kim): Doctor Cole's times as she sees them for that patient."""

    def opened(name, patient_id=None, path="slots", **asked):
        fields = asked | ({"patient_id": patient_id} if patient_id else {})
        return browser(name).get(f"/doctors/{cast.cole}/{path}".rstrip("/"), fields)

    return opened


@pytest.fixture
def hold_for(slots, cast):
    """hold_for("gina", kim, "10:00"): the page of the time that she holds for that patient."""

    def held(name, patient_id=None, hour=10):
        form = slots(name, patient_id).form(action=f"/doctors/{cast.cole}/holds")
        answer = form.submit(start=TEN.replace(hour=hour).isoformat())
        return answer.follow() if answer.status == 303 else answer

    return held


@pytest.fixture
def second(app, cast, family):
    """A second child of Gina's, Max; the patient's id."""
    with app.app_context():
        max_ = factories.child(name="Max Marlow")
        factories.guardian(family.gina_user, max_, confirmed_by_id=cast.dot)
        db.session.commit()
        return max_.id


def choices(page):
    """The names to choose from, the chosen one in brackets."""
    found = [
        e for e in page.by_id("whom").iter() if (e.get("id") or "").startswith("whom-") and e.get("id") != "whom-h"
    ]
    chosen = [e.get("aria-current") == "true" or e.get("aria-pressed") == "true" for e in found]
    return [f"[{text_of(e)}]" if on else text_of(e) for e, on in zip(found, chosen, strict=True)]


def test_whoever_acts_for_nobody_is_not_asked(slots, hold_for):
    for path in ("slots", ""):
        assert not slots("ada", path=path).has("nav", id="whom")
    page = hold_for("ada")
    assert not page.has("form", id="whom")
    assert text_of(page.by_id("book-it")) == "Book Tuesday 24 November at 10:00"


@pytest.mark.parametrize("path", ["slots", ""])
def test_for_whom_stands_first_and_one_is_oneself_until_one_chooses(slots, family, path):
    page = slots("gina", path=path)
    assert choices(page) == ["[Gina Marlow (you)]", "Kim Marlow"]
    assert "Kim" not in page.title
    headings = [found.get("id") for found in page.tree.iter("h2")]
    assert headings[0] == "whom-h"
    there = page.by_id(f"whom-{family.kim}").get("href")
    chosen = page.browser.get(there)
    assert choices(chosen) == ["Gina Marlow (you)", "[Kim Marlow]"]
    assert "for Kim Marlow" in chosen.title
    back = chosen.by_id(f"whom-{family.gina}").get("href")
    assert "patient_id" not in back
    assert choices(page.browser.get(back))[0] == "[Gina Marlow (you)]"


def test_the_choice_goes_along_from_the_directory_to_the_button(browser, cast, family):
    gina = browser("gina")
    page = gina.get("/doctors", {"patient_id": family.kim})
    assert page.title == "Find a doctor for Kim Marlow – Test Clinic"
    page = gina.get(page.by_id(f"times-{cast.cole}").get("href"))
    assert page.title == "Free times with Dr Maria Cole for Kim Marlow – Test Clinic"
    assert text_of(page.by_id("slots-h")) == "When can Kim come?"
    assert page.form(id="need").fields["patient_id"] == str(family.kim)
    page = gina.get(page.by_id("week-later").get("href"))
    assert page.title == "Free times with Dr Maria Cole for Kim Marlow – Test Clinic"
    part = gina.get(page.by_id("slots").get("hx-get") + "&shown=", htmx=True)
    assert part.form(action=f"/doctors/{cast.cole}/holds").fields["patient_id"] == str(family.kim)
    held = part.form(action=f"/doctors/{cast.cole}/holds").submit(start=part.starts[0]).follow()
    assert held.title.startswith("Book for Kim Marlow: ")
    assert text_of(held.by_id("book-it")).startswith("Book for Kim Marlow, ")


def test_what_is_booked_is_the_child_s_and_says_who_booked(app, cast, family, hold_for, stored):
    page = hold_for("gina", family.kim)
    assert page.title == "Book for Kim Marlow: Tuesday 24 November at 10:00 – Test Clinic"
    assert text_of(page.by_id("book-it")) == "Book for Kim Marlow, Tuesday 24 November at 10:00"
    assert "Why does Kim come?" in page.text
    shown = page.form(id="book").submit(reason="A rash").follow()
    assert stored() == [(family.kim, cast.cole, TEN, "scheduled")]
    assert stored("booked_by_id") == [(family.gina_user,)]
    assert "Kim Marlow is booked in" in shown.text
    assert shown.title == "Visit of Kim Marlow on Tuesday 24 November at 10:00 – Test Clinic"
    with app.app_context():
        (step,) = db.session.scalars(db.select(Appointment)).one().history
        assert (step.changed_by_id, step.new_status) == (family.gina_user, "scheduled")


def test_for_oneself_the_button_of_a_family_names_oneself(cast, family, hold_for, stored):
    page = hold_for("gina")
    assert text_of(page.by_id("book-it")) == "Book for Gina Marlow, Tuesday 24 November at 10:00"
    page.form(id="book").submit(reason="A cough")
    assert stored() == [(family.gina, cast.cole, TEN, "scheduled")]


def test_changing_for_whom_keeps_the_hold_and_what_was_written(cast, family, hold_for, stored):
    page = hold_for("gina")
    kept = stored("id", "held_until", "reference")
    form = page.form(id="whom")
    assert form.element.get("hx-include") == "#reason"
    changed = form.submit(patient_id=family.kim, reason="A rash", htmx=True)
    assert changed.status == 200
    assert choices(changed) == ["Gina Marlow (you)", "[Kim Marlow]"]
    assert changed.form(id="book").fields["reason"] == "A rash"
    assert changed.form(id="book").fields["patient_id"] == str(family.kim)
    assert not changed.has("div", id="errors")
    assert stored("id", "held_until", "reference") == kept
    assert stored() == [(family.kim, cast.cole, TEN, "held")]
    whole = page.browser.post(f"{page.path}/patient", {"patient_id": family.gina, "reason": "A rash"})
    assert (whole.status, whole.title) == (200, "Book Tuesday 24 November at 10:00 – Test Clinic")
    assert stored() == [(family.gina, cast.cole, TEN, "held")]
    assert stored("id", "held_until", "reference") == kept


def test_who_has_a_visit_then_is_not_held_for(app, family, hold_for, visit, stored, change):
    page = hold_for("gina")
    visit("ada", "dean", "10:00")
    with app.app_context():
        db.session.execute(
            db.update(Appointment).where(Appointment.status == "scheduled").values(patient_id=family.kim)
        )
        db.session.commit()
    refused = page.form(id="whom").submit(patient_id=family.kim)
    assert refused.status == 409
    assert "They have a visit at that time already." in text_of(refused.by_id("refusal"))
    assert choices(refused)[0] == "[Gina Marlow (you)]"
    assert [row[0] for row in stored("patient_id", "status") if row[1] == "held"] == [family.gina]


def test_nobody_is_booked_for_whom_the_page_did_not_name(cast, family, hold_for, browser, stored):
    """Two windows: in one the hold was given to Kim, in the other it still says Gina."""
    page = hold_for("gina")
    browser("gina").post(f"{page.path}/patient", {"patient_id": family.kim})
    answer = page.form(id="book").submit(reason="A cough")
    assert (answer.status, "held for another name by now" in answer.text) == (409, True)
    assert text_of(answer.by_id("book-it")).startswith("Book for Kim Marlow")
    assert answer.form(id="book").fields["reason"] == "A cough"
    assert stored() == [(family.kim, cast.cole, TEN, "held")]


def test_a_person_holds_one_time_for_whomever(cast, family, second, hold_for, stored):
    """A guardian of many cannot keep many times from others."""
    hold_for("gina", family.kim)
    hold_for("gina", second, hour=11)
    assert stored() == [(second, cast.cole, TEN.replace(hour=11), "held")]
    hold_for("gina", hour=12)
    assert [row[0] for row in stored()] == [family.gina]
    hold_for("gina", family.kim, hour=12)
    assert stored() == [(family.kim, cast.cole, TEN.replace(hour=12), "held")]


def test_a_patient_holds_one_time_whoever_holds_it(app, cast, family, hold_for, browser, stored):
    with app.app_context():
        tom = factories.patient(name="Tom Reed", email="tom@test.example")
        factories.guardian(tom.user_id, db.session.get(Patient, family.kim), confirmed_by_id=cast.dot)
        db.session.commit()
    ginas = hold_for("gina", family.kim)
    toms = hold_for("tom", family.kim)
    assert toms.path == ginas.path
    hold_for("tom", family.kim, hour=11)
    assert stored() == [(family.kim, cast.cole, TEN.replace(hour=11), "held")]
    assert browser("gina").get(ginas.path).status == 404


def test_giving_a_hold_to_a_child_ends_what_the_child_held(app, cast, family, hold_for, stored):
    with app.app_context():
        tom = factories.patient(name="Tom Reed", email="tom@test.example")
        factories.guardian(tom.user_id, db.session.get(Patient, family.kim), confirmed_by_id=cast.dot)
        db.session.commit()
    hold_for("tom", family.kim, hour=11)
    page = hold_for("gina")
    page.form(id="whom").submit(patient_id=family.kim)
    assert stored() == [(family.kim, cast.cole, TEN, "held")]


def test_a_hold_that_was_swept_is_booked_for_the_name_on_the_page(cast, app, family, hold_for, stored):
    page = hold_for("gina", family.kim)
    with app.app_context():
        db.session.execute(db.delete(Appointment))
        db.session.commit()
    assert page.form(id="book").submit(reason="A rash").status == 303
    assert stored() == [(family.kim, cast.cole, TEN, "scheduled")]


def test_a_hold_that_was_swept_is_held_anew_for_another_name(cast, app, family, hold_for, stored):
    page = hold_for("gina")
    with app.app_context():
        db.session.execute(db.delete(Appointment))
        db.session.commit()
    answer = page.form(id="whom").submit(patient_id=family.kim)
    assert (answer.status, answer.location.startswith("/holds/")) == (303, True)
    assert stored() == [(family.kim, cast.cole, TEN, "held")]


def test_letting_go_goes_back_to_the_same_name(family, hold_for, stored):
    page = hold_for("gina", family.kim)
    gone = page.form(action=f"{page.path}/release").submit()
    assert f"patient_id={family.kim}" in gone.location
    assert stored() == []


def test_a_time_that_has_gone_is_refused_with_others_for_the_same_name(family, slots, hold, cast, stored):
    page = slots("gina", family.kim)
    hold("ben", "cole", "10:00")
    late = page.form(action=f"/doctors/{cast.cole}/holds").submit(start=TEN.isoformat())
    assert (late.status, choices(late)[1]) == (409, "[Kim Marlow]")
    near = [f for f in late.tree.iter("form") if f.get("aria-labelledby") == "near-h"]
    assert [e.get("value") for e in near[0].iter("input") if e.get("name") == "patient_id"] == [str(family.kim)]


def test_whose_session_ended_finds_the_time_held_for_the_name_they_chose(cast, family, browser, slots, stored):
    page, guest = slots("gina", family.kim), browser()
    fields = page.form(action=f"/doctors/{cast.cole}/holds").fields | {"start": TEN.isoformat()}
    fields.pop("csrf_token")
    there = guest.post(f"/doctors/{cast.cole}/holds", fields).follow()
    done = there.form(action="/sign-in").submit(email="gina@test.example", password=factories.PASSWORD)
    assert done.follow().follow().title.startswith("Book for Kim Marlow")
    assert stored() == [(family.kim, cast.cole, TEN, "held")]


def test_what_somebody_else_chose_is_not_taken_up_by_who_signs_in(cast, family, browser, stored):
    """It is refused, and not held for whoever signs in instead (AZ4)."""
    guest = browser()
    fields = {"start": TEN.isoformat(), "visit_type": "1", "patient_id": str(family.kim)}
    there = guest.post(f"/doctors/{cast.cole}/holds", fields).follow()
    done = there.form(action="/sign-in").submit(email="ada@test.example", password=factories.PASSWORD)
    assert done.follow().status == 403
    assert stored() == []


def test_a_guest_who_names_somebody_signs_in_first(cast, family, browser):
    for path in (f"/doctors/{cast.cole}/slots", f"/doctors/{cast.cole}", "/doctors"):
        answer = browser().get(path, {"patient_id": family.kim})
        assert (answer.status, answer.location.startswith("/sign-in?next=/doctors")) == (303, True)


def strangers(cast, family):
    """What somebody might send for whom they may not book, and what is nobody at all."""
    return [cast.ben, family.kim, 999_999, "0", "x", f"0{cast.ada}", f"{cast.ada}'--", "-1"]


def test_whoever_may_not_book_for_somebody_holds_nothing_in_their_name(cast, family, browser, unchanged):
    """A stranger's patient_id in form or address is refused with 403, never ignored (AZ4)."""
    ada = browser("ada")
    kind = ada.get(f"/doctors/{cast.cole}/slots").form(action=f"/doctors/{cast.cole}/holds").fields["visit_type"]
    time = {"start": TEN.isoformat(), "visit_type": kind}
    with unchanged():
        for sent in strangers(cast, family):
            page = ada.post(f"/doctors/{cast.cole}/holds", time | {"patient_id": sent})
            assert (page.status, page.h1) == (403, "This page is not for your account")
            assert "You cannot book for this person." in page.text
            assert ada.post(f"/doctors/{cast.cole}/holds?patient_id={sent}", time).status == 403
        both = time | {"patient_id": str(cast.ada)}
        assert ada.post(f"/doctors/{cast.cole}/holds?patient_id={cast.ben}", both).status == 403
    assert ada.post(f"/doctors/{cast.cole}/holds", both).status == 303


def test_nor_books_lets_go_or_gives_away_what_they_hold_themselves(cast, family, browser, hold_for, unchanged):
    """The id in the body does not beat the one in the address (AZ3, AZ4)."""
    page, ada = hold_for("ada"), browser("ada")
    with unchanged():
        for sent in strangers(cast, family):
            for path, form in (("", {"reason": "A cough"}), ("/release", {}), ("/patient", {})):
                assert ada.post(page.path + path, form | {"patient_id": sent}).status == 403
                assert ada.post(f"{page.path}{path}?patient_id={sent}", form).status == 403
            assert ada.get(page.path, {"patient_id": sent}).status == 403


def test_nor_opens_a_page_in_their_name(cast, family, browser, visit):
    """Also where the address only reads (AZ4, AZ6)."""
    reference, ada = visit("ada", "cole", "11:00", days=1), browser("ada")
    for sent in strangers(cast, family):
        for path in (
            *("/", "/doctors", f"/doctors/{cast.cole}", f"/doctors/{cast.cole}/slots", "/appointments"),
            *(f"/appointments/{reference}", f"/appointments/{reference}/cancellation"),
        ):
            assert ada.get(path, {"patient_id": sent}).status == 403, (path, sent)
            assert ada.get(path, {"patient_id": sent}, htmx=True).status == 403


def test_the_front_page_goes_on_for_whom_it_was_opened(family, browser):
    page = browser("gina").get("/", {"patient_id": family.kim})
    assert page.form(id="search").fields["patient_id"] == str(family.kim)
    onward = [a.get("href") for a in page.find("main").iter("a") if a.get("href").startswith("/doctors")]
    assert onward
    assert all(f"patient_id={family.kim}" in link for link in onward), onward


def test_a_hold_of_somebody_for_whom_one_does_not_book_is_not_there(cast, family, browser, hold_for, unchanged):
    page = hold_for("gina", family.kim)
    for name in ("ada", "ben"):
        who = browser(name)
        with unchanged():
            assert who.get(page.path).status == 404
            for path in ("", "/release", "/patient"):
                assert who.post(page.path + path, {"reason": "A cough"}).status == 404


@pytest.mark.parametrize("columns", [{"may_book": False}, {"until": NOW.date() - timedelta(days=1)}])
def test_when_the_guardianship_ends_so_does_everything_at_once(
    app, cast, family, browser, hold_for, columns, unchanged
):
    """The hold in hand cannot be booked any more, and the open picker holds nothing (AZ10)."""
    page, gina = hold_for("gina", family.kim), browser("gina")
    with app.app_context():
        row = db.session.get(Guardian, family.row)
        row.since = NOW.date() - timedelta(days=9)
        for name, value in columns.items():
            setattr(row, name, value)
        db.session.commit()
    with unchanged():
        assert page.form(id="book").submit(reason="A rash").status == 403
        assert gina.get(page.path).status == 404
        sent = {"start": TEN.replace(hour=11).isoformat(), "visit_type": page.form(id="book").fields["visit_type"]}
        assert gina.post(f"/doctors/{cast.cole}/holds", sent | {"patient_id": family.kim}).status == 403
        assert gina.get(f"/doctors/{cast.cole}/slots", {"patient_id": family.kim}).status == 403


def test_a_doctor_s_own_child_is_booked_with_another_or_with_them(app, cast, browser, stored):
    """A doctor cannot be their own patient, but looks after a child like anybody else."""
    with app.app_context():
        cole = db.session.get(Doctor, cast.cole)
        own, child = factories.added(Patient(user_id=cole.user_id)).id, factories.child(name="Zoe Cole")
        factories.guardian(cole.user_id, child, confirmed_by_id=cast.dot)
        db.session.commit()
        child_id = child.id
    who = browser("cole")
    form = who.get(f"/doctors/{cast.dean}/slots", {"patient_id": child_id}).form(action=f"/doctors/{cast.dean}/holds")
    page = form.submit(start=TEN.isoformat()).follow()
    assert stored() == [(child_id, cast.dean, TEN, "held")]
    page = who.get(f"/doctors/{cast.cole}/slots", {"patient_id": child_id})
    page = page.form(action=f"/doctors/{cast.cole}/holds").submit(start=TEN.isoformat()).follow()
    refused = page.form(id="whom").submit(patient_id=own)
    assert (refused.status, "You cannot book a visit with yourself." in refused.text) == (409, True)


def test_two_of_one_name_are_told_apart_by_their_birth_dates(app, cast, family, slots):
    with app.app_context():
        other = factories.child(name="Kim Marlow", born=NOW.date() - timedelta(days=400))
        factories.guardian(family.gina_user, other, confirmed_by_id=cast.dot)
        db.session.commit()
    assert choices(slots("gina"))[1:] == ["Kim Marlow, born 12 May 2019", "Kim Marlow, born 20 October 2025"]


def test_a_family_of_ten_costs_what_a_child_costs(app, cast, family, browser, hold_for, statements):
    gina, page, counted = browser("gina"), hold_for("gina", family.kim), []
    for more in (0, 9):
        with app.app_context():
            for n in range(more):
                factories.guardian(family.gina_user, factories.child(name=f"Kid {n}"), confirmed_by_id=cast.dot)
            db.session.commit()
        for path in (page.path, f"/doctors/{cast.cole}/slots?patient_id={family.kim}"):
            gina.get(path)
            with statements() as seen:
                assert gina.get(path).status == 200
            counted.append(len(seen))
    assert counted[:2] == counted[2:]
    assert max(counted) <= 8


def plan_of(statement):
    """How PostgreSQL would answer the statement again and again, if it may not read a whole table."""
    numbers = count(1)
    generic = re.sub(
        r"%\(\w+\)s", lambda found: f"${next(numbers)}", str(statement.compile(db.engine, compile_kwargs=AS_SENT))
    )
    connection = db.session.connection()
    connection.execute(db.text("SET LOCAL enable_seqscan = off"))
    return "\n".join(connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN) {generic}").scalars())


def test_what_a_family_holds_is_found_by_two_indexes_and_no_table_is_read_whole(app, cast, family, years_of_visits):
    with app.app_context():
        held = plan_of(HELD)
        gina = db.session.get(Patient, family.gina).user
        listed = plan_of(with_people().where(of_family(gina, NOW)))
    assert {"ix_appointment_held_booked_by_id", "ix_appointment_patient_id_start"} <= set(re.findall(r"ix_\w+", held))
    assert "Seq Scan on appointment" not in held + listed
    assert "ix_appointment_patient_id_start" in listed


def test_what_may_be_in_the_way_of_a_time_is_found_by_the_index_that_was_made_for_it(app, cast, years_of_visits):
    with app.app_context():
        visit, taken = plan_of(VISIT_THEN), plan_of(TAKEN)
    assert "one_visit_per_patient" in visit
    assert "ix_appointment_taken" in taken
    assert "Seq Scan on appointment" not in visit + taken


@pytest.fixture
def kims_visit(app, cast, family):
    """kims_visit(private=True): Kim has one at Doctor Dean's, at ten."""

    def made(**given):
        with app.app_context():
            kim, dean = db.session.get(Patient, family.kim), db.session.get(Doctor, cast.dean)
            factories.appointment(kim, dean, TEN, **given)
            db.session.commit()

    return made


DISCREET = "This time cannot be booked for this person."


def test_a_private_visit_is_not_told_of_to_whoever_wants_its_time(hold_for, kims_visit, family):
    """That the patient has one then is not a guardian's to know (AZ6)."""
    kims_visit(private=True)
    refused = text_of(hold_for("gina", family.kim).by_id("refusal"))
    assert DISCREET in refused
    assert "visit" not in refused


def test_nor_when_the_time_that_is_held_is_to_be_theirs(hold_for, kims_visit, family):
    kims_visit(private=True)
    page = hold_for("gina").form(id="whom").submit(patient_id=family.kim)
    assert page.status == 409
    assert DISCREET in text_of(page.by_id("refusal"))


def test_nor_when_it_came_while_the_time_was_held(hold_for, kims_visit, family):
    page = hold_for("gina", family.kim)
    kims_visit(private=True)
    answer = page.form(id="book").submit(reason="A cough")
    assert answer.status == 409
    assert DISCREET in text_of(answer.by_id("refusal"))


def test_nor_when_it_took_the_place_of_a_hold_that_ran_out(app, cast, hold_for, family, later):
    """The patient booked that very time, and keeps it to themself."""
    page = hold_for("gina", family.kim)
    later(minutes=30)
    with app.app_context():
        kim, cole = db.session.get(Patient, family.kim), db.session.get(Doctor, cast.cole)
        db.session.execute(db.delete(Appointment))
        factories.appointment(kim, cole, TEN, private=True)
        db.session.commit()
    answer = page.form(id="book").submit(reason="A cough")
    assert answer.status == 409
    assert answer.location == ""


def test_a_visit_that_they_may_know_of_is_told(hold_for, kims_visit, family):
    kims_visit()
    assert "They have a visit at that time already." in text_of(hold_for("gina", family.kim).by_id("refusal"))
