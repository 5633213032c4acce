"""Dates on which a doctor's hours differ: several windows or closed, with note and author, in place of weekly hours."""

from datetime import date, time, timedelta

import factories
import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import AvailabilityOverride, Doctor
from healthbook.scheduling import terms

TUESDAY = "2026-12-01"


@pytest.fixture
def path(cast):
    return f"/doctors/{cast.cole}/hours/dates"


@pytest.fixture
def cole(browser):
    return browser("cole")


@pytest.fixture
def stored(app, cast):
    """stored(): what is kept of Dr Cole's dates."""

    def rows():
        with app.app_context():
            own = db.select(AvailabilityOverride).filter_by(doctor_id=cast.cole).order_by(AvailabilityOverride.id)
            return [
                (str(row.on_date), *(terms.clock(at) if at else "" for at in (row.start_time, row.end_time)), row.note)
                for row in db.session.scalars(own)
            ]

    return rows


@pytest.fixture
def starts(browser, cast):
    """starts("2026-12-01"): when Dr Cole is free on a day, as everybody sees it."""

    def of(day):
        page = browser().get(f"/doctors/{cast.cole}/slots", {"week": day})
        return [start[11:16] for start in page.starts if start.startswith(day)]

    return of


def window(number, start, end, opens=""):
    names = ("place", "start_time", "end_time", "opens_at")
    return {f"windows-{number}-{name}": value for name, value in zip(names, ("0-1", start, end, opens), strict=True)}


def save(browser, path, *windows, act="save", **fields):
    sent = {name: value for n, times in enumerate(windows) for name, value in window(n, *times).items()}
    return browser.get(path).form(id="dates-form").submit(act=act, **({"on": TUESDAY} | sent | fields))


def errors(page):
    return text_of(page.by_id("errors"))


def test_nothing_differs_at_first(cole, path):
    page = cole.get(path)
    assert page.h1 == "My dates that differ"
    assert "No date differs" in page.text


def test_other_hours_of_a_date_take_the_place_of_the_weekly_ones(cole, path, stored, starts):
    answer = save(cole, path, ("14:00", "15:00"), ("18:00", "19:00"), note="Evening clinic")
    assert (answer.status, answer.location) == (303, path)
    assert stored() == [(TUESDAY, "14:00", "15:00", "Evening clinic"), (TUESDAY, "18:00", "19:00", "Evening clinic")]
    assert starts(TUESDAY) == ["14:00", "14:30", "18:00", "18:30"]
    shown = text_of(answer.follow().by_id(f"date-{TUESDAY}"))
    assert "Tuesday 1 December: 14:00 to 15:00, 18:00 to 19:00 Evening clinic" in shown
    assert "changed by Maria Cole, 24 November" in shown


def test_a_date_can_be_closed(cole, path, stored, starts):
    assert save(cole, path, closed="y").status == 303
    assert stored() == [(TUESDAY, "", "", None)]
    assert starts(TUESDAY) == []
    assert "Tuesday 1 December: Closed" in cole.get(path).text


def test_a_night_runs_into_the_next_day(cole, path, starts):
    save(cole, path, ("23:00", "01:00"))
    assert starts(TUESDAY) == ["23:00", "23:30"]
    assert starts("2026-12-02")[:3] == ["00:00", "00:30", "09:00"]


def test_a_date_is_changed_and_given_back(cole, path, stored, starts):
    save(cole, path, ("14:00", "15:00"), note="Late")
    page = cole.get(path).browser.get(f"{path}?on={TUESDAY}")
    form = page.form(id="dates-form")
    assert (form.fields["windows-0-start_time"], form.fields["note"]) == ("14:00", "Late")
    form.submit(act="save", **{"windows-0-start_time": "13:00"})
    assert stored() == [(TUESDAY, "13:00", "15:00", "Late")]
    cole.get(path).form(action=f"{path}/removal").submit()
    assert stored() == []
    assert starts(TUESDAY)[0] == "09:00"


def test_the_staff_keep_any_doctors_dates_with_their_name(browser, path):
    dot = browser("dot")
    assert dot.get(path).h1 == "Dates that differ: Dr Maria Cole"
    save(dot, path, closed="y")
    assert "changed by Dot Marsh, 24 November" in browser("cole").get(path).text


def test_times_can_be_kept_for_the_day_itself(cole, path, app, cast):
    page = cole.get(path).form(id="dates-form").submit(act="opens")
    page.form(id="dates-form").submit(act="save", on=TUESDAY, **window(0, "14:00", "16:00", "08:00"))
    with app.app_context():
        kept = db.select(AvailabilityOverride.opens_at).filter_by(doctor_id=cast.cole)
        assert db.session.scalars(kept).one() == time(8)
    assert "14:00 to 16:00 (opens online at 08:00)" in cole.get(path).text


@pytest.mark.parametrize(
    ("windows", "fields", "words"),
    [
        ([("", "")], {}, "Write the hours of that day, or tick this."),
        ([("09:00", "10:00")], {"closed": "y"}, "Tick this, or write hours: not both."),
        ([("09:00", "")], {}, "Write when they end."),
        ([("17:00", "09:00")], {}, "That would be 16 hours, over midnight."),
        ([("09:00", "٠٩:٠٠")], {}, "Write a time such as 09:15."),
        ([("24:00", "01:00")], {}, "Write a time such as 09:15."),
        ([("09:00", "11:00"), ("10:00", "12:00")], {}, "These hours overlap Tuesday 09:00 to 11:00."),
        ([("09:00", "11:00"), ("09:00", "11:00")], {}, "These hours overlap Tuesday 09:00 to 11:00."),
        ([("09:00", "11:00")], {"on": "2026-11-23"}, "The past stays as it was."),
        ([("09:00", "11:00")], {"on": "9999-12-31"}, "Choose a day within the next two years."),
        ([("09:00", "11:00")], {"on": "2027-02-29"}, "Write a day that there is, like 2027-01-31."),
        ([("09:00", "11:00")], {"on": "٢٠٢٧-٠١-٣١"}, "Write a day that there is, like 2027-01-31."),
        ([("09:00", "11:00")], {"on": ""}, "Write which day differs."),
        ([("09:00", "11:00")], {"note": "x" * 201}, "Please use fewer words: at most 200 letters."),
    ],
)
@pytest.mark.parametrize("act", ["save", "show"])
def test_what_cannot_be_is_told_at_the_field_and_nothing_is_kept(cole, path, stored, windows, fields, words, act):
    page = save(cole, path, *windows, act=act, **fields)
    assert page.status == 422
    assert words in errors(page)
    assert page.find_all("input", aria_invalid="true")
    assert stored() == []


@pytest.mark.parametrize(
    ("windows", "field", "words"),
    [
        ([("01:30", "04:00")], "windows-0-start_time", "01:30 is skipped. Write 02:00 or later."),
        ([("10:00", "12:00"), ("23:00", "01:15")], None, None),
        ([("00:00", "01:30")], "windows-0-end_time", "01:30 is skipped. Write 02:00 or later."),
        ([("10:00", "12:00"), ("01:00", "03:00")], "windows-1-start_time", "01:00 is skipped."),
    ],
)
def test_a_time_that_the_clocks_skip_is_told_at_the_field(cole, path, stored, windows, field, words):
    """Early on Sunday 28 March 2027 London's clocks go from 01:00 to 02:00."""
    page = save(cole, path, *windows, on="2027-03-28")
    if field is None:
        assert page.status == 303
        return
    assert page.status == 422
    assert f"The clocks go forward on Sunday 28 March 2027: {words}" in errors(page)
    assert page.by_id(field).get("aria-invalid") == "true"
    assert stored() == []


def test_an_end_that_is_skipped_on_the_day_after_is_told_too(cole, path, stored):
    page = save(cole, path, ("22:00", "01:30"), on="2027-03-27")
    assert "The clocks go forward on Sunday 28 March 2027: 01:30 is skipped." in errors(page)
    assert stored() == []


def test_whoever_comes_second_is_told_and_loses_nothing(browser, path, stored):
    page, others = browser("cole").get(path), browser("dot").get(path)
    mine, theirs = window(0, "09:00", "10:00"), window(0, "15:00", "16:00")
    others.form(id="dates-form").submit(act="save", on=TUESDAY, note="Training", **theirs)
    late = page.form(id="dates-form").submit(act="save", on=TUESDAY, **mine)
    assert late.status == 409
    assert "changed that day a moment before you" in text_of(late.by_id("refusal"))
    assert "As it is now: 15:00 to 16:00 changed by Dot Marsh, 24 November." in text_of(late.by_id("theirs"))
    assert late.form(id="dates-form").fields["windows-0-start_time"] == "09:00"
    assert stored() == [(TUESDAY, "15:00", "16:00", "Training")]
    assert late.form(id="dates-form").submit(act="save").status == 303
    assert stored() == [(TUESDAY, "09:00", "10:00", None)]


def test_a_removal_of_what_has_changed_is_refused(browser, path, stored):
    save(browser("cole"), path, ("14:00", "15:00"))
    page = browser("dot").get(path)
    browser("cole").get(f"{path}?on={TUESDAY}").form(id="dates-form").submit(
        act="save", **{"windows-0-start_time": "13:00"}
    )
    late = page.form(action=f"{path}/removal").submit()
    assert late.status == 409
    assert stored() == [(TUESDAY, "13:00", "15:00", None)]


def test_sending_the_same_again_changes_nothing(cole, path, stored, app):
    page = cole.get(path)
    for _ in range(2):
        assert page.form(id="dates-form").submit(act="save", on=TUESDAY, **window(0, "09:00", "10:00")).status == 303
    assert len(stored()) == 1


@pytest.mark.parametrize("day", ["2026-11-23", "9999-12-31", "2027-02-29", "soon"])
def test_an_address_with_a_day_that_cannot_be_is_no_page(cole, path, day):
    assert cole.get(path, {"on": day}).status == 404


def test_what_may_make_a_time_free_lowers_the_bound_and_is_told(cole, path, app, cast, statements):
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = factories.NOW + timedelta(days=60)
        db.session.commit()
    with statements() as seen:
        save(cole, path, ("18:00", "19:00"))
    assert any("pg_notify" in statement for statement in seen)
    assert any("FOR NO KEY UPDATE" in statement for statement in seen)
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at <= factories.NOW + timedelta(days=7)


def test_a_date_given_back_lowers_the_bound(cole, path, app, cast):
    save(cole, path, closed="y")
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = factories.NOW + timedelta(days=60)
        db.session.commit()
    cole.get(path).form(action=f"{path}/removal").submit()
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at <= factories.NOW + timedelta(days=7)


def test_the_page_takes_as_many_statements_for_many_dates_as_for_few(cole, path, app, cast, statements):
    counts = []
    for _ in range(2):
        with statements() as seen:
            cole.get(path)
        counts.append(len(seen))
        with app.app_context():
            doctor = db.session.get(Doctor, cast.cole)
            for n in range(40):
                day = str(date(2026, 12, 1) + timedelta(days=n))
                factories.override(doctor, day, time(9), time(10), created_by_id=cast.dot, note="x" * 200)
            db.session.commit()
    assert counts[0] == counts[1] <= 8
