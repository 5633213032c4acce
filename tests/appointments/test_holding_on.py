"""Who needs more time to write keeps the held time, as often as they ask, but not for ever."""

from datetime import timedelta

import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Appointment, Clinic

TYPED = "It began on Monday"


@pytest.fixture
def held(held_page):
    return held_page("ada", "cole", "10:00", days=1)


@pytest.fixture
def longer():
    def press(page, **given):
        form = page.form(id="book")
        form.action = page.by_id("hold-on").get("formaction")
        return form.submit(reason=TYPED, **given)

    return press


def until(app):
    with app.app_context():
        return db.session.scalars(db.select(Appointment.held_until)).one()


def test_a_time_is_held_for_five_minutes_more_and_what_was_written_stays(app, held, longer, later):
    later(minutes=4)
    page = longer(held)
    assert (page.status, until(app)) == (200, NOW + timedelta(minutes=9))
    assert "09:50" in text_of(page.by_id("holding"))
    assert page.form(id="book").fields["reason"] == TYPED


def test_never_for_longer_than_the_clinic_has_set(app, held, longer, later):
    for minute in (4, 8, 12, 16, 20, 24, 28):
        later(minutes=minute)
        held = longer(held)
    assert until(app) == NOW + timedelta(minutes=30)
    later(minutes=29)
    assert until(app) == NOW + timedelta(minutes=30)
    later(minutes=30)
    page = longer(held)
    assert (page.status, page.form(id="book").fields["reason"]) == (409, TYPED)


def test_the_others_hear_of_the_new_end(app, held, longer, later, jobs):
    later(minutes=4)
    longer(held)
    assert [at for _args, at in jobs("hold_ended")] == [NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)]


def test_what_has_run_out_is_held_again_while_it_is_free(app, held, longer, later):
    later(minutes=7)
    assert longer(held).status == 200
    assert until(app) == NOW + timedelta(minutes=12)


def test_but_not_when_others_have_it(cast, held, longer, later, hold):
    later(minutes=7)
    assert hold("ben", "cole", "10:00", days=1).status == 303
    assert longer(held).status == 409


def test_strangers_keep_nothing(browser, held, unchanged):
    path = held.by_id("hold-on").get("formaction")
    with unchanged():
        for who, status in (("ben", 404), ("cole", 403), (None, 303)):
            assert browser(who).post(path).status == status


def test_the_button_goes_when_it_cannot_be_kept_longer(cast, change, held_page):
    change(Clinic, cast.clinic, max_hold_minutes=5)
    assert held_page("ada", "cole", "10:00", days=1).find_all("button", id="hold-on")
