"""The visits of those for whom one books: the list, their pages, their words, and what is private."""

from datetime import timedelta

import factories
import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import AccessLog, Appointment, Guardian, Patient

PATH = "/appointments"
WORDS = "Bedwetting-4711"


@pytest.fixture
def kims(app, cast, family):
    """kims(days=1): a visit of Kim's with Doctor Cole, which Gina booked unless `by` says somebody else."""

    def booked(days=1, hour=10, by=None, **given):
        with app.app_context():
            kim, cole = db.session.get(Patient, family.kim), db.session.get(factories.Doctor, cast.cole)
            start = NOW.replace(hour=hour, minute=0) + timedelta(days=days)
            booker = by or family.gina_user
            given = {"visit_type_id": cole.visit_types[0].id, "reason": WORDS, "booked_by_id": booker} | given
            made = factories.appointment(kim, cole, start, **given)
            for step in made.history:
                step.changed_by_id = booker
            db.session.commit()
            return made.reference

    return booked


@pytest.fixture
def rights(app, family):
    def change(**columns):
        with app.app_context():
            for name, value in columns.items():
                setattr(db.session.get(Guardian, family.row), name, value)
            db.session.commit()

    return change


@pytest.fixture
def tom(app, cast, family):
    """Tom is Kim's other guardian, who may only book."""
    with app.app_context():
        made = factories.patient(name="Tom Reed", email="tom@test.example", phone_number="0117 496 0777")
        kim = db.session.get(Patient, family.kim)
        factories.guardian(made.user_id, kim, confirmed_by_id=cast.dot, reviewed_age=7, may_see_record=False)
        db.session.commit()
        return made.user_id


def listed(page):
    return [
        (text_of(row.find(".//a")), "For Kim Marlow" in text_of(row))
        for row in page.find_all("li")
        if (row.get("id") or "").startswith("visit-")
    ]


def chips(page):
    """For whom the list is, the chosen one in brackets; None where nobody is asked."""
    if not page.has("nav", id="for"):
        return None
    links = list(page.by_id("for").iter("a"))
    return [f"[{text_of(a)}]" if a.get("aria-current") == "true" else text_of(a) for a in links]


def history(page):
    return [text_of(li) for li in page.by_id("history").iter("li")]


def test_the_list_has_one_s_own_and_clearly_named_those_of_the_family(browser, family, kims, visit, app):
    kims(days=2)
    with app.app_context():
        gina, cole = db.session.get(Patient, family.gina), db.session.scalar(db.select(factories.Doctor).limit(1))
        factories.appointment(gina, cole, NOW + timedelta(days=1), visit_type_id=cole.visit_types[0].id)
        db.session.commit()
    visit("ada", "cole", "11:00", days=1)
    page = browser("gina").get(PATH)
    assert listed(page) == [
        ("Wednesday 25 November at 09:41", False),
        ("Thursday 26 November at 10:00", True),
    ]
    assert chips(page) == ["[everyone]", "Gina Marlow (you)", "Kim Marlow"]
    kim = browser("gina").get(page.by_id(f"for-{family.kim}").get("href"))
    assert (chips(kim)[2], listed(kim)) == ("[Kim Marlow]", [("Thursday 26 November at 10:00", True)])
    me = browser("gina").get(page.by_id(f"for-{family.gina}").get("href"))
    assert (chips(me)[1], listed(me)) == ("[Gina Marlow (you)]", [("Wednesday 25 November at 09:41", False)])
    assert chips(browser("ada").get(PATH)) is None


def test_the_choice_stays_from_list_to_list_and_page_to_page(browser, family, kims):
    for n in range(21):
        kims(days=n + 1)
    gina = browser("gina")
    page = gina.get(PATH, {"patient_id": family.kim})
    for link in ("show-past", "show-cancelled", "page-later"):
        assert chips(gina.get(page.by_id(link).get("href")))[2] == "[Kim Marlow]"
    assert f"patient_id={family.kim}" in page.by_id("mine").get("hx-get")


def test_nobody_lists_or_counts_another_s_visits(browser, cast, family, kims):
    """Neither by an id in the address, nor by a guess at it, nor on a second page (AZ6)."""
    reference = kims()
    ada = browser("ada")
    for asked in ({}, {"page": 2}, {"patient": family.kim}, {"user_id": family.gina_user}, {"doctor": cast.cole}):
        page = ada.get(PATH, asked)
        assert (page.status, listed(page)) == (200, [])
        assert reference not in page.body
    assert ada.get(PATH, {"patient_id": family.kim}).status == 403
    assert ada.get(PATH, {"patient_id": [str(cast.ada), str(family.kim)]}).status == 403


def test_the_held_time_is_named_too(browser, family, kims):
    reference = kims(days=0, status="held", held_until=NOW + timedelta(minutes=5))
    page = browser("gina").get(PATH)
    assert "for Kim Marlow" in text_of(page.by_id("mine-held"))
    assert page.by_id("finish").get("href") == f"/holds/{reference}"


def test_a_guardian_opens_the_visit_and_it_is_about_the_child(browser, kims):
    page = browser("gina").get(f"{PATH}/{kims()}")
    assert page.status == 200
    assert page.title == "Visit of Kim Marlow on Wednesday 25 November at 10:00 – Test Clinic"
    assert "ForKim Marlow" in text_of(page.find("dl", class_="facts"))
    assert "Dr Maria Cole sees Kim" in page.text
    assert not page.has("section", id="privacy")


@pytest.mark.parametrize(
    ("sees", "by_gina", "reads"), [(True, True, True), (True, False, True), (False, True, True), (False, False, False)]
)
def test_why_is_read_by_who_wrote_it_or_may_see_the_record(
    app, family, browser, kims, tom, rights, sees, by_gina, reads
):
    """A guardian who may only book reads times and doctor, and of the words their own; each reading is noted."""
    reference = kims(by=family.gina_user if by_gina else tom)
    rights(may_see_record=sees)
    page = browser("gina").get(f"{PATH}/{reference}")
    assert (WORDS in page.text, "Dr Maria Cole" in page.text) == (reads, True)
    with app.app_context():
        noted = [(row.why, row.actor_id) for row in db.session.scalars(db.select(AccessLog))]
    assert noted == ([("guardian", family.gina_user)] if reads else [])


def test_while_a_review_is_due_only_one_s_own_words_are_read(app, family, browser, kims, tom, rights):
    theirs, own = kims(by=tom), kims(days=2)
    with app.app_context():
        db.session.get(factories.User, family.kim_user).date_of_birth = NOW.date() - timedelta(days=13 * 366)
        db.session.commit()
    gina = browser("gina")
    assert WORDS not in gina.get(f"{PATH}/{theirs}").text
    assert WORDS in gina.get(f"{PATH}/{own}").text


def test_a_remark_is_for_its_author_and_the_doctor(app, browser, kims, tom):
    reference = kims()
    form = browser("gina").get(f"{PATH}/{reference}/cancellation").form(id="cancellation")
    assert form.submit(reason="feels_better", remark=WORDS + "-remark").status == 303
    for name, reads in (("gina", True), ("tom", False), ("cole", True), ("dot", False)):
        path = f"/agenda/{reference}" if name == "cole" else f"{PATH}/{reference}"
        assert (WORDS + "-remark" in browser(name).get(path).text) == reads, name


def test_an_adult_reads_what_their_carer_wrote(app, cast, browser):
    with app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
        factories.guardian(ben.user_id, ada)
        cole = db.session.get(factories.Doctor, cast.cole)
        made = factories.appointment(ada, cole, NOW + timedelta(days=1), reason=WORDS, booked_by_id=ben.user_id)
        made.history[0].changed_by_id = ben.user_id
        reference = made.reference
        db.session.commit()
    browser("ben").get(f"{PATH}/{reference}/cancellation").form(id="cancellation").submit(reason="other", remark="No")
    page = browser("ada").get(f"{PATH}/{reference}")
    assert WORDS in page.text
    assert history(page) == [
        "Cancelled: Another reason by Ben Byrne for you Tue 24 Nov, 09:41 “No”",
        "Booked by Ben Byrne for you Tue 24 Nov, 09:41",
    ]


def test_every_act_shows_both_names_as_each_reader_knows_them(browser, kims, tom):
    reference = kims()
    browser("gina").get(f"{PATH}/{reference}/cancellation").form(id="cancellation").submit(reason="other")
    said = {}
    for name in ("gina", "tom", "cole", "dot"):
        path = f"/agenda/{reference}" if name == "cole" else f"{PATH}/{reference}"
        said[name] = history(browser(name).get(path))[-1]
    assert said == {
        "gina": "Booked by you for Kim Marlow Tue 24 Nov, 09:41",
        "tom": "Booked by Gina Marlow for Kim Marlow Tue 24 Nov, 09:41",
        "cole": "Booked by Gina Marlow for Kim Marlow Tue 24 Nov, 09:41",
        "dot": "Booked by Gina Marlow for Kim Marlow Tue 24 Nov, 09:41",
    }
    assert "0777" not in browser("gina").get(f"{PATH}/{reference}").body


def test_the_desk_s_steps_are_the_desk_s_also_to_a_guardian(app, cast, browser, kims):
    reference = kims()
    with app.app_context():
        found = db.session.scalar(db.select(Appointment))
        factories.step(found, "confirmed", cast.dot, before="scheduled")
        db.session.commit()
    assert history(browser("gina").get(f"{PATH}/{reference}"))[0] == "Confirmed by the desk Tue 24 Nov, 09:41"


def test_a_guardian_cancels_and_the_author_is_the_guardian(app, family, browser, kims, tom, stored):
    reference = kims()
    page = browser("tom").get(f"{PATH}/{reference}/cancellation")
    assert page.title == "Cancel the visit of Kim Marlow on Wednesday 25 November at 10:00 – Test Clinic"
    assert text_of(page.by_id("cancel-it")) == "Cancel this appointment for Kim Marlow"
    assert page.form(id="cancellation").submit(reason="other").status == 303
    with app.app_context():
        step = db.session.scalar(db.select(Appointment)).history[0]
        assert (step.new_status, step.changed_by_id) == ("cancelled", tom)


def test_the_id_in_a_form_does_not_beat_the_address(cast, family, browser, kims, visit, unchanged):
    """A stranger cancels nothing by naming the patient, nor the patient another visit by naming it (AZ3)."""
    kim, own = kims(), visit("ada", "cole", "11:00", days=1)
    ada, gina = browser("ada"), browser("gina")
    smuggled = {"appointment_id": kim, "reference": kim, "patient_id": family.kim, "reason": "other"}
    with unchanged():
        assert ada.post(f"{PATH}/{kim}/cancellation", smuggled).status == 403
        assert ada.post(f"{PATH}/{kim}/cancellation", {"reason": "other"}).status == 404
        assert ada.post(f"{PATH}/{own}/cancellation", smuggled).status == 403
        assert gina.post(f"{PATH}/{kim}/cancellation?patient_id={family.gina}", {"reason": "other"}).status == 403
        assert gina.post(f"{PATH}/{kim}/cancellation", {"reason": "other", "patient_id": family.gina}).status == 403
        json = {"patient_id": family.kim, "reason": "other"}
        assert ada.open("POST", f"{PATH}/{own}/cancellation", json=json).status in (400, 415)
    assert gina.post(f"{PATH}/{kim}/cancellation", {"reason": "other", "patient_id": family.kim}).status == 303


def test_a_stranger_is_answered_as_if_there_were_no_such_visit(browser, kims):
    reference = kims()
    for name in ("ada", "ben", "dean"):
        for path in (f"{PATH}/{reference}", f"{PATH}/{reference}/cancellation"):
            theirs, missing = browser(name).get(path), browser(name).get(path.replace(reference, "ZZZZZZZZ"))
            assert (theirs.status, theirs.text) == (missing.status, missing.text) == (404, missing.text)


@pytest.mark.parametrize(
    "columns", [{"may_book": False}, {"since": NOW.date() - timedelta(days=9), "until": NOW.date() - timedelta(days=1)}]
)
def test_when_it_ends_the_visits_are_gone_at_once(browser, family, kims, rights, columns):
    """The relationship ended: neither list nor page nor cancelling is left (AZ10)."""
    reference, gina = kims(), browser("gina")
    assert gina.get(f"{PATH}/{reference}").status == 200
    rights(**columns)
    assert gina.get(f"{PATH}/{reference}").status == 404
    assert gina.post(f"{PATH}/{reference}/cancellation", {"reason": "other"}).status == 404
    page = gina.get(PATH)
    assert (listed(page), chips(page)) == ([], None)
    assert gina.get("/events", {"t": f"appointment-{reference}"}).status == 403


def mark(page, **given):
    return page.form(action=page.path + "/privacy").submit(**given)


@pytest.fixture
def carer(app, cast):
    """Ben may book for Ada and see her record."""
    with app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
        factories.guardian(ben.user_id, ada)
        db.session.commit()


def test_what_the_patient_marks_as_private_is_gone_for_whoever_acts_for_them(carer, browser, visit):
    """From lists, pages, cancelling and live topics (AZ6)."""
    reference, ben = visit("ada", "cole", "10:00", days=1), browser("ben")
    topic = {"t": f"appointment-{reference}"}
    assert (ben.get(f"{PATH}/{reference}").status, len(listed(ben.get(PATH)))) == (200, 1)
    page = browser("ada").get(f"{PATH}/{reference}")
    done = mark(page, private="yes")
    assert done.location == f"{PATH}/{reference}"
    assert "Nobody who acts for the patient sees this visit" in text_of(done.follow().by_id("privacy"))
    assert ben.get(f"{PATH}/{reference}").status == 404
    assert ben.post(f"{PATH}/{reference}/cancellation", {"reason": "other"}).status == 404
    assert listed(ben.get(PATH)) == listed(ben.get(PATH, {"show": "past"})) == []
    assert ben.get("/events", topic).status == 403
    mark(done.follow(), private="no")
    assert len(listed(ben.get(PATH))) == 1


def test_so_does_the_doctor_for_a_child(browser, kims):
    reference = kims()
    assert mark(browser("cole").get(f"{PATH}/{reference}"), private="yes").status == 303
    assert browser("gina").get(f"{PATH}/{reference}").status == 404
    assert browser("cole").get(f"{PATH}/{reference}").status == 200


def test_nobody_else_marks_anything(app, browser, kims, visit):
    """Neither a guardian nor the desk nor a stranger, and there is no button for them (AZ14)."""
    reference = kims()
    for name, status in (("gina", 403), ("ada", 404), ("dean", 404), ("dot", 403), ("mo", 403)):
        assert browser(name).post(f"{PATH}/{reference}/privacy", {"private": "yes"}).status == status, name
    for name in ("gina", "dot"):
        assert not browser(name).get(f"{PATH}/{reference}").has("section", id="privacy")
    with app.app_context():
        assert not db.session.scalar(db.select(Appointment)).private
    own = browser("ada").post(f"{PATH}/{visit('ada', 'cole', '11:00', days=1)}/privacy", {"private": "perhaps"})
    assert own.status == 303


def test_what_becomes_private_is_heard_on_the_open_pages_of_guardians_and_nothing_after_it(real, heard):
    with real.app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (real.ada, real.ben))
        factories.guardian(ben.user_id, ada)
        cole = db.session.get(factories.Doctor, real.cole)
        reference = factories.appointment(ada, cole, NOW + timedelta(days=1)).reference
        ids = ada.user_id, ben.user_id
        db.session.commit()
    mine, bens = (f"me-{id}" for id in ids)
    ada = real.browser("ada")
    heard()
    mark(ada.get(f"{PATH}/{reference}"), private="yes")
    assert heard() == [f"appointment-{reference}", mine, bens]
    ada.get(f"{PATH}/{reference}/cancellation").form(id="cancellation").submit(reason="other")
    told = heard()
    assert mine in told
    assert bens not in told


def test_a_change_is_heard_on_the_open_lists_of_the_guardians(real, heard):
    with real.app.app_context():
        ada, ben = (db.session.get(Patient, id) for id in (real.ada, real.ben))
        factories.guardian(ben.user_id, ada)
        bens, reference = ben.user_id, None
        cole = db.session.get(factories.Doctor, real.cole)
        reference = factories.appointment(ada, cole, NOW + timedelta(days=1)).reference
        db.session.commit()
    heard()
    real.browser("ada").get(f"{PATH}/{reference}/cancellation").form(id="cancellation").submit(reason="other")
    assert f"me-{bens}" in heard()


def test_somebody_of_the_staff_who_looks_after_a_child_reads_it_as_their_guardian(app, cast, family, browser, kims):
    with app.app_context():
        factories.added(Patient(user_id=cast.dot))
        db.session.get(Guardian, family.row).user_id = cast.dot
        db.session.commit()
    reference = kims(by=cast.dot)
    dot = browser("dot")
    assert WORDS in dot.get(f"{PATH}/{reference}").text
    assert dot.get("/clinic/appointments", {"from": "2026-11-25"}).status == 200
    with app.app_context():
        db.session.scalar(db.select(Appointment)).private = True
        db.session.commit()
    page = dot.get(f"{PATH}/{reference}")
    assert (page.status, WORDS in page.text) == (200, False)


def test_ten_children_cost_no_statement_more(app, cast, family, browser, kims, statements):
    kims()
    gina, counted = browser("gina"), []
    for more in (0, 9):
        with app.app_context():
            cole = db.session.get(factories.Doctor, cast.cole)
            for n in range(more):
                child = factories.child(name=f"Kid {n}")
                factories.guardian(family.gina_user, child, confirmed_by_id=cast.dot)
                factories.appointment(child, cole, NOW + timedelta(days=n + 2), visit_type_id=cole.visit_types[0].id)
            db.session.commit()
        gina.get(PATH)
        with statements() as seen:
            page = gina.get(PATH)
        counted.append(len(seen))
    assert len(listed(page)) == 10
    assert counted[0] == counted[1] <= 6


def test_a_doctor_who_is_suspended_is_a_guardian_like_others(app, cast, browser, visit):
    """Of a patient for whom they book: what was written for the doctor is not theirs any more (AZ10)."""
    reference = visit("ada", "cole", "10:00", days=1)
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(factories.Doctor, cast.cole)
        db.session.add(Patient(user_id=cole.user_id))
        factories.guardian(cole.user_id, ada, may_see_record=False)
        booked = db.session.scalar(db.select(Appointment))
        booked.reason = WORDS
        factories.step(booked, "confirmed", ada.user_id, before="scheduled", remark="Only for my doctor")
        db.session.commit()
    who = browser("cole")
    assert WORDS in who.get(f"{PATH}/{reference}").text
    with app.app_context():
        db.session.get(factories.Doctor, cast.cole).status = "suspended"
        db.session.commit()
    page = who.get(f"{PATH}/{reference}")
    assert page.status == 200
    assert WORDS not in page.body
    assert "Only for my doctor" not in page.body
    assert not page.has("section", id="privacy")
    assert who.post(f"{PATH}/{reference}/privacy", {"private": "yes"}).status == 403
