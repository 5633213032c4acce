"""What another connection does while a request waits for its locks."""

import time
from threading import Barrier, Thread

import factories
import pytest
from factories import NOW

from healthbook.db import db
from healthbook.models import Appointment, Patient

TEN = NOW.replace(hour=10, minute=0).isoformat()
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def meanwhile(real):
    """meanwhile(doctor_id, send, *changes): what `send` answers when these happen while it waits for the doctor."""

    def run(doctor_id, send, *changes):
        answers = []
        real.beside.execute("SELECT id FROM doctor WHERE id = %s FOR NO KEY UPDATE", [doctor_id])
        waiting = Thread(target=lambda: answers.append(send()))
        waiting.start()
        for _ in range(200):
            if real.beside.execute(WAITING).fetchone()[0]:
                break
            time.sleep(0.01)
        else:
            raise AssertionError("nobody waited")
        for change in changes:
            real.beside.execute(change)
        real.beside.commit()
        waiting.join(10)
        return answers[0]

    return run


def choice(real, name, doctor_id):
    """The form of the doctor's times, on this person's page."""
    page = real.browser(name).get(f"/doctors/{doctor_id}/slots")
    return page.form(action=f"/doctors/{doctor_id}/holds")


def stored(real):
    with real.app.app_context():
        rows = db.session.scalars(db.select(Appointment).order_by(Appointment.id))
        return [(row.patient_id, row.doctor_id, row.status) for row in rows]


def inserted(
    real,
    patient_id,
    doctor_id,
    status="'scheduled'",
    held_until="NULL",
    during="[2026-11-24 10:00+00, 2026-11-24 10:30+00)",
):
    return f"""INSERT INTO appointment (patient_id, doctor_id, appointment_type, status, held_until, during, blocked,
        time_zone, reference, follow_up_required, fee, overbooked, private, ical_uid, ical_sequence, version, video,
        call_patient, cancelled_late, at_desk, created_at, updated_at, seal_id)
        VALUES ({patient_id}, {doctor_id}, 'consultation', {status}, {held_until}, '{during}', '{during}',
        'Europe/London', 'AAAAAAAA', false, 0, false, false, gen_random_uuid(), 0, 1, false, false, false, false,
        now(), now(), gen_random_uuid())"""


def test_a_time_that_was_taken_while_one_waited_is_refused(real, meanwhile):
    form = choice(real, "ada", real.cole)
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN), inserted(real, real.ben, real.cole))
    assert (answer.status, len(list(answer.by_id("refusal").iter("button")))) == (409, 4)
    assert stored(real) == [(real.ben, real.cole, "scheduled")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE doctor SET is_available = false",
        "UPDATE doctor SET status = 'suspended'",
        "UPDATE custom_user SET is_active = false WHERE id IN (SELECT user_id FROM doctor)",
        "UPDATE visit_type SET bookable_online = false",
        "UPDATE visit_type SET minutes = 240; UPDATE doctor_availability SET end_time = '13:00'",
        "UPDATE clinic SET lead_minutes = 60",
        "DELETE FROM visit_type",
        "DELETE FROM doctor_availability",
    ],
)
def test_what_changed_while_one_waited_is_read_again(real, meanwhile, change):
    form = choice(real, "ada", real.cole)
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN), change)
    assert answer.status == 409
    assert stored(real) == []


def test_who_chose_two_times_at_once_at_two_doctors_is_asked_to_choose_again(real, meanwhile):
    form = choice(real, "ada", real.cole)
    hold = inserted(real, real.ada, real.dean, "'held'", "'2026-11-24 09:46+00'")
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN), hold)
    assert (answer.status, "You chose two times at once." in answer.text) == (429, True)
    assert stored(real) == [(real.ada, real.dean, "held")]


def test_the_same_time_chosen_twice_at_once_is_one_hold(real, meanwhile):
    form = choice(real, "ada", real.cole)
    hold = inserted(real, real.ada, real.cole, "'held'", "'2026-11-24 09:46+00'")
    kind = f"UPDATE appointment SET visit_type_id = {form.fields['visit_type']}"
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN), hold, kind)
    assert (answer.status, answer.location) == (303, "/holds/AAAAAAAA")
    assert len(stored(real)) == 1


@pytest.fixture
def held(real):
    """Ada's page of a held time."""
    return choice(real, "ada", real.cole).submit(start=TEN).follow()


def test_a_hold_that_was_swept_while_its_booking_waited_is_booked_anew(real, held, meanwhile):
    answer = meanwhile(real.cole, lambda: held.form(id="book").submit(reason="A cough"), "DELETE FROM appointment")
    assert (answer.status, answer.location.startswith("/appointments/")) == (303, True)
    assert stored(real) == [(real.ada, real.cole, "scheduled")]


def test_a_hold_that_was_booked_while_the_same_form_waited_is_booked_once(real, held, meanwhile):
    booked = "UPDATE appointment SET status = 'scheduled', held_until = NULL"
    answer = meanwhile(real.cole, lambda: held.form(id="book").submit(reason="A cough"), booked)
    assert (answer.status, answer.location) == (303, held.path.replace("holds", "appointments") + "?new=1")
    with real.app.app_context():
        assert db.session.scalar(db.text("SELECT count(*) FROM appointment_history")) == 0


def test_a_hold_that_was_let_go_while_letting_go_waited_is_no_error(real, held, meanwhile):
    form = held.form(action=f"{held.path}/release")
    assert meanwhile(real.cole, form.submit, "DELETE FROM appointment").status == 303
    assert stored(real) == []


def test_what_was_booked_while_letting_go_waited_stays_booked(real, held, meanwhile):
    form = held.form(action=f"{held.path}/release")
    meanwhile(real.cole, form.submit, "UPDATE appointment SET status = 'scheduled', held_until = NULL")
    assert stored(real) == [(real.ada, real.cole, "scheduled")]


def test_of_two_steps_at_once_one_is_taken_and_the_other_told(real, held, meanwhile):
    booked = held.form(id="book").submit(reason="A cough")
    reference = held.path.removeprefix("/holds/")
    page = real.browser("cole").get("/agenda?day=2026-11-24")
    step = page.form(action=f"/agenda/{reference}/status")
    cancelled = "UPDATE appointment SET status = 'cancelled'"
    answer = meanwhile(real.cole, lambda: step.submit(to="confirmed"), cancelled)
    assert answer.status == 409
    assert "Somebody changed this visit a moment before you." in answer.text
    assert stored(real) == [(real.ada, real.cole, "cancelled")]
    with real.app.app_context():
        assert db.session.scalar(db.text("SELECT count(*) FROM appointment_history")) == 1
    assert booked.follow().status == 200


def test_a_hold_that_is_gone_before_its_answer_is_written_is_no_error(real, monkeypatch):
    form, commit = choice(real, "ada", real.cole), db.session.commit

    def commit_and_lose():
        commit()
        real.beside.execute("DELETE FROM appointment")
        real.beside.commit()

    monkeypatch.setattr("healthbook.appointments.views.holds.db.session.commit", commit_and_lose)
    answer = form.submit(start=TEN)
    assert (answer.status, answer.location.startswith("/holds/")) == (303, True)


def test_who_waits_too_long_is_asked_to_try_again(real):
    form = choice(real, "ada", real.cole)
    real.beside.execute("SELECT id FROM doctor WHERE id = %s FOR NO KEY UPDATE", [real.cole])
    answer = form.submit(start=TEN)
    real.beside.rollback()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
    assert stored(real) == []


@pytest.fixture
def children(real):
    """Ada looks after two; the patients' ids."""
    with real.app.app_context():
        ada, both = (
            db.session.get(Patient, real.ada),
            [factories.child(name=f"{name} Byrne") for name in ("Kim", "Max")],
        )
        for child in both:
            factories.guardian(ada.user_id, child, confirmed_by_id=real.dot)
        db.session.commit()
        return [child.id for child in both]


def choice_for(real, patient_id, doctor_id):
    """The form of the doctor's times, on Ada's page for that patient."""
    page = real.browser("ada").get(f"/doctors/{doctor_id}/slots", {"patient_id": patient_id})
    return page.form(action=f"/doctors/{doctor_id}/holds")


@pytest.fixture
def held_for_kim(real, children):
    """Ada's page of a time that she holds for Kim."""
    return choice_for(real, children[0], real.cole).submit(start=TEN).follow()


@pytest.mark.parametrize("ended", ["may_book = false", "until = since, may_book = false, may_see_record = false"])
def test_whoever_may_no_longer_book_when_their_turn_comes_books_nothing(real, children, held_for_kim, meanwhile, ended):
    """The relationship ended while the request waited for its lock (AZ10)."""
    change = f"UPDATE guardian SET {ended}"
    answer = meanwhile(real.cole, lambda: held_for_kim.form(id="book").submit(reason="A rash"), change)
    assert answer.status == 403
    assert stored(real) == [(children[0], real.cole, "held")]


def test_nor_holds_anything(real, children, meanwhile):
    form = choice_for(real, children[0], real.cole)
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN), "UPDATE guardian SET may_book = false")
    assert (answer.status, stored(real)) == (403, [])


def test_a_hold_that_was_given_to_another_while_its_booking_waited_is_not_booked(
    real, children, held_for_kim, meanwhile
):
    change = f"UPDATE appointment SET patient_id = {children[1]}"
    answer = meanwhile(real.cole, lambda: held_for_kim.form(id="book").submit(reason="A rash"), change)
    assert (answer.status, "You have changed meanwhile for whom this time is." in answer.text) == (409, True)
    assert stored(real) == [(children[1], real.cole, "held")]


def test_what_was_booked_while_it_was_to_be_given_away_stays_as_it_is(real, children, held_for_kim, meanwhile):
    booked = "UPDATE appointment SET status = 'scheduled', held_until = NULL"
    answer = meanwhile(real.cole, lambda: held_for_kim.form(id="whom").submit(patient_id=children[1]), booked)
    assert (answer.status, answer.location) == (303, held_for_kim.path.replace("holds", "appointments"))
    assert stored(real) == [(children[0], real.cole, "scheduled")]


def test_who_held_a_time_for_another_at_another_doctor_meanwhile_is_asked_to_choose_again(real, children, meanwhile):
    form = choice_for(real, children[0], real.cole)
    hold = inserted(real, children[1], real.dean, "'held'", "'2026-11-24 09:46+00'")
    by_ada = f"UPDATE appointment SET booked_by_id = (SELECT user_id FROM patient WHERE id = {real.ada})"
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN), hold, by_ada)
    assert (answer.status, "You chose two times at once." in answer.text) == (429, True)
    assert stored(real) == [(children[1], real.dean, "held")]


def test_two_windows_at_once_leave_one_hold(real, children):
    """For two children at two doctors: both would be free, and one person holds one time."""
    forms = [choice_for(real, child, doctor) for child, doctor in zip(children, (real.cole, real.dean), strict=True)]
    for hour in range(10, 15):
        start, barrier, answers = NOW.replace(hour=hour, minute=0).isoformat(), Barrier(2), []

        def send(form, start=start, barrier=barrier, answers=answers):
            barrier.wait()
            answers.append(form.submit(start=start).status)

        threads = [Thread(target=send, args=(form,)) for form in forms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(answers) <= {303, 429}
        assert 303 in answers
        with real.app.app_context():
            assert len(db.session.scalars(db.select(Appointment)).all()) == 1


def desk(real, name, patient_id):
    """The form of Doctor Cole's times, on the desk's page for this patient."""
    page = real.browser(name).get(f"/clinic/people/{patient_id}/doctors/{real.cole}")
    return page.form(action=f"/clinic/people/{patient_id}/doctors/{real.cole}/holds")


def test_a_time_that_was_taken_while_the_desk_waited_is_refused(real, meanwhile):
    form = desk(real, "dot", real.ada)
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN), inserted(real, real.ben, real.cole))
    assert (answer.status, len(list(answer.by_id("refusal").iter("button")))) == (409, 4)
    assert stored(real) == [(real.ben, real.cole, "scheduled")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE doctor SET is_available = false",
        "UPDATE clinic SET lead_minutes = 60, desk_ignores = '{}'",
        "UPDATE visit_type SET bookable_online = false; UPDATE clinic SET desk_ignores = '{}'",
        "UPDATE doctor SET accepts_new_patients = false",
        "DELETE FROM doctor_availability",
    ],
)
def test_what_changed_while_the_desk_waited_is_read_again(real, meanwhile, change):
    form = desk(real, "dot", real.ada)
    assert meanwhile(real.cole, lambda: form.submit(start=TEN), change).status == 409
    assert stored(real) == []


def test_what_the_clinic_lets_the_desk_ignore_is_ignored_after_the_wait_too(real, meanwhile):
    form = desk(real, "dot", real.ada)
    assert meanwhile(real.cole, lambda: form.submit(start=TEN), "UPDATE clinic SET lead_minutes = 60").status == 303


def at_once(*sends):
    """What each is answered, all sent at the same moment."""
    answers, ready = {}, Barrier(len(sends))

    def sent(n):
        ready.wait(10)
        answers[n] = sends[n]()

    threads = [Thread(target=sent, args=(n,)) for n in range(len(sends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return [answers[n] for n in range(len(sends))]


def test_two_of_the_desk_and_a_patient_want_one_time_at_once(real):
    forms = desk(real, "dot", real.ada), desk(real, "mo", real.ada), choice(real, "ben", real.cole)
    answers = at_once(*(lambda form=form: form.submit(start=TEN) for form in forms))
    rows = stored(real)
    assert len(rows) == 1
    # What two of the desk hold for the same patient is one hold, and both go on with it.
    assert sorted(answer.status for answer in answers) in ([303, 303, 409], [303, 409, 409])


def test_one_overbooking_sent_twice_at_once_is_one_visit(real):
    with real.app.app_context():
        db.session.execute(db.text(inserted(real, real.ben, real.cole)))
        db.session.commit()
    page = real.browser("dot").get(f"/clinic/people/{real.ada}/doctors/{real.cole}/overbooking")
    form = page.form(id="overbook")
    again = real.browser("dot")
    sent = form.fields | {"day": "2026-11-24", "time": "10:00", "why": "Pain", "csrf_token": again.token()}
    first, second = at_once(
        lambda: form.submit(day="2026-11-24", time="10:00", why="Pain"), lambda: again.post(form.action, sent)
    )
    assert (first.status, first.location) == (second.status, second.location)
    assert len(stored(real)) == 2


def test_one_hold_confirmed_and_let_go_at_once_is_one_or_the_other(real):
    held = desk(real, "dot", real.ada).submit(start=TEN).follow()
    other = real.browser("mo")
    release = f"{held.path}/release"
    token = other.token()
    booked, gone = at_once(lambda: held.form(id="book").submit(), lambda: other.post(release, {"csrf_token": token}))
    assert booked.status == 303
    assert gone.status in (303, 404)
    assert [status for *_, status in stored(real)] == ["scheduled"]
