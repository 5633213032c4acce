"""What another connection does while a guardian's request waits, and what a guardian does twice at once."""

from threading import Barrier, Thread

import factories
import pytest
from factories import NOW
from test_locks import inserted, meanwhile, stored  # noqa: F401

from healthbook.db import db
from healthbook.models import Appointment, Patient

TEN = NOW.replace(hour=10, minute=0)


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


def choice(real, patient_id, doctor_id):
    """The form of the doctor's times, on Ada's page for that patient."""
    page = real.browser("ada").get(f"/doctors/{doctor_id}/slots", {"patient_id": patient_id})
    return page.form(action=f"/doctors/{doctor_id}/holds")


@pytest.fixture
def held(real, children):
    """Ada's page of a time that she holds for Kim."""
    return choice(real, children[0], real.cole).submit(start=TEN.isoformat()).follow()


@pytest.mark.parametrize("ended", ["may_book = false", "until = since, may_book = false, may_see_record = false"])
def test_whoever_may_no_longer_book_when_their_turn_comes_books_nothing(real, children, held, meanwhile, ended):
    """AZ10: the relationship ended while the request waited for its lock."""
    change = f"UPDATE guardian SET {ended}"
    answer = meanwhile(real.cole, lambda: held.form(id="book").submit(reason="A rash"), change)
    assert answer.status == 403
    assert stored(real) == [(children[0], real.cole, "held")]


def test_nor_holds_anything(real, children, meanwhile):
    form = choice(real, children[0], real.cole)
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN.isoformat()), "UPDATE guardian SET may_book = false")
    assert (answer.status, stored(real)) == (403, [])


def test_a_hold_that_was_given_to_another_while_its_booking_waited_is_not_booked(real, children, held, meanwhile):
    change = f"UPDATE appointment SET patient_id = {children[1]}"
    answer = meanwhile(real.cole, lambda: held.form(id="book").submit(reason="A rash"), change)
    assert (answer.status, "You have changed meanwhile for whom this time is." in answer.text) == (409, True)
    assert stored(real) == [(children[1], real.cole, "held")]


def test_what_was_booked_while_it_was_to_be_given_away_stays_as_it_is(real, children, held, meanwhile):
    booked = "UPDATE appointment SET status = 'scheduled', held_until = NULL"
    answer = meanwhile(real.cole, lambda: held.form(id="whom").submit(patient_id=children[1]), booked)
    assert (answer.status, answer.location) == (303, held.path.replace("holds", "appointments"))
    assert stored(real) == [(children[0], real.cole, "scheduled")]


def test_who_held_a_time_for_another_at_another_doctor_meanwhile_is_asked_to_choose_again(real, children, meanwhile):
    form = choice(real, children[0], real.cole)
    hold = inserted(real, children[1], real.dean, "'held'", "'2026-11-24 09:46+00'")
    by_ada = "UPDATE appointment SET booked_by_id = (SELECT user_id FROM patient WHERE id = %d)" % real.ada
    answer = meanwhile(real.cole, lambda: form.submit(start=TEN.isoformat()), hold, by_ada)
    assert (answer.status, "You chose two times at once." in answer.text) == (429, True)
    assert stored(real) == [(children[1], real.dean, "held")]


def test_two_windows_at_once_leave_one_hold(real, children):
    """For two children at two doctors: both would be free, and one person holds one time."""
    forms = [choice(real, child, doctor) for child, doctor in zip(children, (real.cole, real.dean), strict=True)]
    for hour in range(10, 15):
        start, barrier, answers = TEN.replace(hour=hour).isoformat(), Barrier(2), []

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
