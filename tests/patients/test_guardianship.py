"""How long somebody may act for a child or for an adult, and when the clinic must look again."""

from datetime import date, timedelta

import factories
import pytest
from factories import NOW
from sqlalchemy.exc import NoResultFound

from healthbook.db import db
from healthbook.models import Clinic, Guardian, User
from healthbook.patients.queries import family as queries
from healthbook.patients.queries.access import reader

DAY = timedelta(days=1)


@pytest.fixture
def allowed(app, family):
    """allowed(): of booking and seeing the record, what Gina may do for Kim at this moment."""

    def asked(at=NOW):
        with app.app_context():
            gina = db.session.get(User, family.gina_user)
            books = queries.may_book(gina, family.kim, at)
            assert (family.kim in queries.wards(gina, at)) == books
            assert [person.id for person in queries.people(gina, at)] == [family.kim] * books
            try:
                sees = reader(gina, family.kim, at).why == "guardian"
            except NoResultFound:
                sees = False
            return {name for name, may in (("book", books), ("see", sees)) if may}

    return asked


@pytest.fixture
def given(app, family):
    """given(until=...): changes Gina's guardianship; given(User, born=...): Kim."""

    def change(model=Guardian, **columns):
        id = {Guardian: family.row, User: family.kim_user}[model]
        with app.app_context():
            row = db.session.get(model, id)
            for name, value in columns.items():
                setattr(row, name, value)
            db.session.commit()

    return change


BOTH, NOTHING = {"book", "see"}, set()


@pytest.mark.parametrize(
    ("columns", "may"),
    [
        ({}, BOTH),
        ({"may_see_record": False}, {"book"}),
        ({"may_book": False}, {"see"}),
        ({"until": NOW.date()}, BOTH),
        ({"since": NOW.date() - 9 * DAY, "until": NOW.date() - DAY}, NOTHING),
        ({"since": NOW.date() + DAY}, NOTHING),
        ({"confirmed_at": None, "confirmed_by_id": None, "may_see_record": False}, {"book"}),
    ],
)
def test_what_the_row_says_holds_from_its_first_day_to_its_last(allowed, given, columns, may):
    given(**columns)
    assert allowed() == may


def test_the_days_are_those_of_the_clinic_s_calendar(app, cast, allowed, given):
    given(until=NOW.date())
    late = NOW.replace(hour=23, minute=30)
    assert allowed(late) == BOTH
    with app.app_context():
        db.session.get(Clinic, cast.clinic).time_zone = "Europe/Athens"
        db.session.commit()
    assert allowed(late) == NOTHING


@pytest.mark.parametrize(
    ("born", "reviewed", "may"),
    [
        (date(2013, 11, 25), 7, BOTH),
        (date(2013, 11, 24), 7, {"book"}),
        (date(2013, 11, 24), 13, BOTH),
        (date(2010, 11, 25), 13, BOTH),
        (date(2010, 11, 24), 13, {"book"}),
        (date(2010, 11, 24), 16, BOTH),
        (date(2008, 11, 25), 16, BOTH),
        (date(2008, 11, 24), 16, NOTHING),
        (date(2008, 11, 24), 7, NOTHING),
    ],
)
def test_the_record_closes_at_13_and_16_until_it_is_looked_at_and_all_ends_at_18(allowed, given, born, reviewed, may):
    given(User, date_of_birth=born)
    given(reviewed_age=reviewed)
    assert allowed() == may


def test_where_nobody_wrote_down_the_age_it_is_that_of_the_day_of_the_confirmation(allowed, given):
    given(User, date_of_birth=date(2013, 11, 20))
    given(reviewed_age=None, confirmed_at=NOW - 5 * DAY, since=NOW.date() - 9 * DAY)
    assert allowed() == {"book"}
    given(confirmed_at=NOW - 3 * DAY)
    assert allowed() == BOTH


def test_whoever_was_born_on_29_february_is_a_year_older_on_1_march(allowed, given):
    given(User, date_of_birth=date(2012, 2, 29))
    given(since=date(2020, 1, 1))
    assert allowed(NOW.replace(year=2025, month=2, day=28)) == BOTH
    assert allowed(NOW.replace(year=2025, month=3, day=1)) == {"book"}


def test_the_ages_are_the_clinic_s_to_set(app, cast, allowed, given):
    given(User, date_of_birth=date(2012, 1, 1))
    assert allowed() == {"book"}
    for ages, may in (([], BOTH), ([15], BOTH), ([6, 14], {"book"})):
        with app.app_context():
            db.session.get(Clinic, cast.clinic).guardian_review_ages = ages
            db.session.commit()
        assert allowed() == may


def test_an_adult_s_own_word_holds_at_any_age_and_is_reviewed_by_nobody(app, cast, family, allowed, given):
    given(confirmed_by_id=family.kim_user, reviewed_age=None)
    for born in (date(1940, 1, 1), None):
        given(User, date_of_birth=born)
        assert allowed() == BOTH
    given(User, date_of_birth=date(2006, 1, 1))
    with app.app_context():
        db.session.get(Clinic, cast.clinic).guardian_review_ages = [19]
        db.session.commit()
    given(confirmed_at=NOW - 900 * DAY)
    assert allowed() == BOTH


def test_an_adult_who_has_not_answered_allows_nothing(allowed, given):
    given(User, date_of_birth=date(1990, 1, 1))
    given(confirmed_at=None, confirmed_by_id=None, may_see_record=False)
    assert allowed() == NOTHING


def test_nobody_acts_for_an_account_that_was_closed(allowed, given):
    given(User, is_active=False)
    assert allowed() == NOTHING


def test_whoever_acts_for_nobody_costs_no_statement(app, cast, family, browser, statements):
    """The session's own statement brings it along."""
    ada, gina = browser("ada"), browser("gina")
    counted = {}
    for name, who in (("ada", ada), ("gina", gina)):
        with statements() as seen:
            assert who.get(f"/doctors/{cast.cole}/slots").status == 200
        counted[name] = len(seen)
    assert counted["ada"] <= 7
    assert counted["gina"] == counted["ada"] + 1


def test_the_guardians_of_a_patient_are_those_who_may_book_today(app, cast, family, given):
    def names():
        with app.app_context():
            return [user.first_name for user in queries.guardians(family.kim, NOW)]

    with app.app_context():
        factories.guardian(cast.dot, db.session.get(queries.Patient, family.kim), may_book=False)
        db.session.commit()
    assert names() == ["Gina"]
    given(until=NOW.date(), since=NOW.date())
    assert names() == ["Gina"]
    given(may_book=False)
    assert names() == []
