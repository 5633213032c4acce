"""The weekly hours of a doctor: changed from a day on by the doctor and the clinic's staff, never twice at one time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import factories
import pytest
from browsers import Browser
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, DoctorAvailability, User
from healthbook.scheduling import terms
from healthbook.scheduling.plan import Pattern, Plan
from healthbook.scheduling.queries import hours as queries
from healthbook.scheduling.rules import hours as rules

TODAY = "2026-11-24"
YESTERDAY = "2026-11-23"
NINE_TO_FIVE = [(day, "09:00", "17:00") for day in ("monday", "tuesday", "wednesday", "thursday", "friday")]


@pytest.fixture
def stored(app, cast):
    """stored(): Dr Cole's hours as the database has them, with the days from and to which they hold."""

    def rows(doctor="cole"):
        with app.app_context():
            doctor = db.session.get(Doctor, getattr(cast, doctor))
            return [
                (
                    row.day_of_week,
                    terms.clock(row.start_time),
                    terms.clock(row.end_time, end=True),
                    str(row.valid_from or ""),
                    str(row.valid_to or ""),
                    *([row.every_weeks] if row.every_weeks > 1 else []),
                )
                for row in queries.hours(doctor)
            ]

    return rows


@pytest.fixture
def hours(app, cast):
    """hours("saturday", time(9), time(12), every_weeks=2): a row of Dr Cole's."""

    def add(weekday, start, end, **given):
        with app.app_context():
            factories.hours(db.session.get(Doctor, cast.cole), weekday, start, end, **given)
            db.session.commit()

    return add


def editor(page):
    return page.form(id="plan")


def lines(page):
    """The windows on the page: the number of each by its place and times."""
    fields, found = editor(page).fields, {}
    for number in sorted(int(name.split("-")[1]) for name in fields if name.endswith("-place")):
        place, *times = (fields[f"windows-{number}-{part}"] for part in ("place", "start_time", "end_time"))
        found[(place, *times)] = number
    return found


def with_line(page, place, start, end, opens=""):
    """The fields of one more window than the page has."""
    number = max(lines(page).values(), default=-1) + 1
    names = zip(("place", "start_time", "end_time", "opens_at"), (place, start, end, opens), strict=True)
    return {f"windows-{number}-{name}": value for name, value in names}


def add(browser, place, start, end, act="save", path="/hours", **given):
    page = browser.get(path)
    return editor(page).submit(act=act, **with_line(page, place, start, end), **given)


def change(page, line, act="save", **given):
    number = lines(page)[line]
    return editor(page).submit(act=act, **{f"windows-{number}-{name}": value for name, value in given.items()})


def drop(page, line, act="save"):
    number = lines(page)[line]
    return editor(page).submit(act=act, **dict.fromkeys(f"windows-{number}-{end}_time" for end in ("start", "end")))


def errors(page):
    return text_of(page.by_id("errors"))


MONDAY = ("0-1", "09:00", "17:00")


def test_the_week_is_shown_day_by_day(cole):
    page = cole.get("/hours")
    assert page.h1 == "My hours"
    days = page.find("ul", class_="hours").findall("li")
    assert [text_of(day.find("span")) for day in days] == [
        *("Mon Monday", "Tue Tuesday", "Wed Wednesday", "Thu Thursday", "Fri Friday", "Sat Saturday", "Sun Sunday")
    ]
    assert "No hours" in text_of(days[5])
    assert "Visits already booked stay as they are." in page.text


def test_hours_are_added_and_patients_see_them_at_once(cole, cast, stored):
    answer = add(cole, "0-6", "09:00", "12:00")
    assert (answer.status, answer.location) == (303, "/hours")
    assert ("saturday", "09:00", "12:00", TODAY, "") in stored()
    assert "The hours were saved." in answer.follow().text
    starts = cole.get(f"/doctors/{cast.cole}/slots", {"week": "2026-11-28"}).starts
    assert "2026-11-28T09:00:00+00:00" in starts


def test_a_day_may_have_several_hours(cole, stored):
    add(cole, "0-6", "09:00", "12:00")
    assert add(cole, "0-6", "13:00", "16:30").status == 303
    assert [row[1:3] for row in stored() if row[0] == "saturday"] == [("09:00", "12:00"), ("13:00", "16:30")]


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("9:15", "12:00", ("09:15", "12:00")),
        ("8:30 am", "1:00 PM", ("08:30", "13:00")),
        ("0930", "12.15", ("09:30", "12:15")),
        ("9", "1pm", ("09:00", "13:00")),
        ("9.30 AM", "24", ("09:30", "24:00")),
        ("18:00", "24:00", ("18:00", "24:00")),
        ("22:00", "06:00", ("22:00", "06:00")),
    ],
)
def test_times_are_read_as_people_write_them(cole, stored, start, end, kept):
    assert add(cole, "0-6", start, end).status == 303
    assert [row[1:3] for row in stored() if row[0] == "saturday"] == [kept]
    assert ("0-6", *kept) in lines(cole.get("/hours"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("", "12:00"), "Write when they begin."),
        (("09:00", ""), "Write when they end."),
        (("noon", "12:00"), "Write a time such as 09:15."),
        (("24:00", "12:00"), "Write a time such as 09:15."),
        (("09:00", "25:00"), "Write a time such as 09:15."),
        (("09:00", "24:01"), "Write a time such as 09:15."),
        (("٠٩:٠٠", "12:00"), "Write a time such as 09:15."),
        (("09:00", "9" * 5000), "Write a time such as 09:15."),
        (("17:00", "09:00"), "That would be 16 hours, over midnight. Is the end right?"),
        (("09:00", "09:00"), "That would be 24 hours, over midnight. Is the end right?"),
    ],
)
@pytest.mark.parametrize("act", ["save", "show"])
def test_what_makes_no_sense_is_answered_at_the_field_and_kept(cole, stored, wrong, words, act):
    before = stored()
    page = add(cole, "0-6", *wrong, act=act)
    assert page.status == 422
    assert words in errors(page)
    assert page.title.startswith("Error:")
    assert ("0-6", *wrong) in lines(page)
    number = lines(page)["0-6", *wrong]
    invalid = [found.get("name") for found in page.find_all("input", aria_invalid="true")]
    assert invalid
    assert all(name.startswith(f"windows-{number}-") for name in invalid)
    assert stored() == before


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("", "Write from which day on they hold."),
        ("2026-11-23", "The past stays as it was. Choose today or a later day."),
        ("2028-11-25", "Choose a day within the next two years."),
        ("9999-01-01", "Choose a day within the next two years."),
        ("2027-02-29", "Write a day that there is, like 2027-01-31."),
        ("٢٠٢٧-٠١-٣١", "Write a day that there is, like 2027-01-31."),
        ("31 1 2027", "Write a day that there is, like 2027-01-31."),
        ("0000-00-00", "Write a day that there is, like 2027-01-31."),
        ("9" * 5000, "Write a day that there is, like 2027-01-31."),
    ],
)
@pytest.mark.parametrize("act", ["save", "show"])
def test_a_day_that_cannot_be_is_answered_at_the_field(cole, stored, first, words, act):
    before = stored()
    page = editor(cole.get("/hours")).submit(act=act, first=first)
    assert page.status == 422
    assert words in errors(page)
    assert page.by_id("first").get("aria-invalid") == "true"
    assert stored() == before


@pytest.mark.parametrize(
    "sent",
    [
        {"weeks": "0"},
        {"weeks": "5"},
        {"weeks": "9" * 5000},
        {"windows-0-place": "1-1"},
        {"windows-0-place": "0-8"},
        {"windows-0-place": ""},
        {"seen": "x" * 101},
    ],
)
def test_what_no_page_has_sent_changes_nothing(cole, stored, sent):
    before = stored()
    assert editor(cole.get("/hours")).submit(act="save", **sent).status == 422
    assert stored() == before


def test_lines_without_end_are_not_read(cole, stored):
    many = {f"windows-{n}-{name}": value for n in ("9" * 5000, "²", "-1", "") for name, value in [("place", "0-6")]}
    assert editor(cole.get("/hours")).submit(act="save", **many).status == 303
    assert len(stored()) == 5


def test_hours_that_overlap_are_refused_at_the_field_with_the_hours_they_overlap(cole, stored):
    before = stored()
    page = add(cole, "0-1", "16:30", "19:00")
    assert page.status == 422
    assert "These hours overlap Monday 09:00 to 17:00." in errors(page)
    number = lines(page)["0-1", "16:30", "19:00"]
    assert page.by_id(f"windows-{number}-start_time").get("aria-invalid") == "true"
    assert stored() == before


def test_the_same_hours_twice_are_told(cole, stored):
    page = add(cole, *MONDAY)
    assert page.status == 422
    assert "These hours stand here twice." in errors(page)


@pytest.mark.parametrize(
    ("hours", "status"),
    [
        (("0-1", "17:00", "19:00"), 303),
        (("0-1", "07:00", "09:00"), 303),
        (("0-7", "20:00", "09:00"), 303),
        (("0-7", "20:00", "09:15"), 422),
        (("0-5", "16:59", "17:30"), 422),
    ],
)
def test_hours_may_touch_but_not_overlap_also_over_midnight(cole, hours, status):
    assert add(cole, *hours).status == status


def test_a_night_before_the_new_hours_begin_is_named_when_they_overlap(cole, stored):
    add(cole, "0-1", "20:00", "06:00")
    page = drop(cole.get("/hours"), ("0-1", "20:00", "06:00"), act="show")
    sent = with_line(page, "0-2", "05:00", "07:00") | {"first": "2026-12-01"}
    refused = editor(page).submit(act="save", **sent)
    assert refused.status == 422
    assert "overlap Monday 20:00 to 06:00 (until Monday 30 November)" in errors(refused)


def test_the_past_stays_when_hours_are_changed_from_today_on(cole, stored):
    assert change(cole.get("/hours"), MONDAY, start_time="10:00").status == 303
    assert [row for row in stored() if row[0] == "monday"] == [
        ("monday", "09:00", "17:00", "", YESTERDAY),
        ("monday", "10:00", "17:00", TODAY, ""),
    ]
    assert [row[3:] for row in stored() if row[0] != "monday"] == [("", "")] * 4


def test_what_began_today_is_replaced_when_it_is_changed_again(cole, stored):
    change(cole.get("/hours"), MONDAY, start_time="10:00")
    change(cole.get("/hours"), ("0-1", "10:00", "17:00"), start_time="11:00")
    assert [row[1:] for row in stored() if row[0] == "monday"] == [
        ("09:00", "17:00", "", YESTERDAY),
        ("11:00", "17:00", TODAY, ""),
    ]


def test_hours_are_removed_and_visits_stay(cole, app, cast, stored):
    with app.app_context():
        start = factories.NOW.replace(hour=9, minute=0) + timedelta(days=6)
        patient, doctor = db.session.get(factories.Patient, cast.ada), db.session.get(Doctor, cast.cole)
        visit = factories.appointment(patient, doctor, start).id
        db.session.commit()
        before = row_of(visit)
    answer = drop(cole.get("/hours"), MONDAY)
    assert answer.status == 303
    assert ("monday", "09:00", "17:00", "", YESTERDAY) in stored()
    with app.app_context():
        assert row_of(visit) == before


def row_of(visit):
    return db.session.execute(db.text("SELECT appointment::text FROM appointment WHERE id = :id"), {"id": visit}).one()


def test_saving_what_is_there_already_changes_nothing(cole, stored, statements):
    before = stored()
    with statements() as seen:
        assert editor(cole.get("/hours")).submit(act="save").status == 303
    assert stored() == before
    assert not any("INSERT" in statement or "UPDATE" in statement.split("FOR")[0] for statement in seen)


def test_new_hours_from_a_date_end_the_old_the_day_before(cole, stored):
    page = cole.get("/hours")
    sent = {f"windows-{n}-start_time": "08:00" for n in lines(page).values()}
    assert editor(page).submit(act="save", first="2027-01-11", **sent).location == "/hours?from=2027-01-11"
    assert {row[1:] for row in stored()} == {
        ("09:00", "17:00", "", "2027-01-10"),
        ("08:00", "17:00", "2027-01-11", ""),
    }


def test_the_hours_that_hold_and_those_that_are_planned_stand_beside_each_other(cole):
    change(cole.get("/hours"), MONDAY)
    page = cole.get("/hours")
    editor(page).submit(act="save", first="2027-01-11", **{f"windows-{lines(page)[MONDAY]}-start_time": "10:00"})
    now = cole.get("/hours")
    assert MONDAY in lines(now)
    assert "These hours hold until Sunday 10 January 2027." in now.text
    assert "/hours?from=2027-01-11" in now.links
    later = cole.get("/hours?from=2027-01-11")
    assert ("0-1", "10:00", "17:00") in lines(later)
    assert editor(later).fields["first"] == "2027-01-11"


def test_changing_the_present_hours_leaves_planned_ones_as_they_are(cole, stored):
    page = cole.get("/hours")
    editor(page).submit(act="save", first="2027-01-11", **{f"windows-{lines(page)[MONDAY]}-start_time": "10:00"})
    change(cole.get("/hours"), ("0-2", "09:00", "17:00"), end_time="12:00")
    assert {row[1:] for row in stored() if row[0] == "tuesday"} == {
        ("09:00", "12:00", TODAY, "2027-01-10"),
        ("09:00", "17:00", "", YESTERDAY),
        ("09:00", "17:00", "2027-01-11", ""),
    }
    assert ("monday", "10:00", "17:00", "2027-01-11", "") in stored()


@pytest.mark.parametrize(("first", "begins"), [("2027-01-18", "2027-01-18"), ("2026-12-07", "2026-12-07")])
def test_planned_hours_begin_on_another_day_when_only_that_is_changed(cole, stored, first, begins):
    page = cole.get("/hours")
    editor(page).submit(act="save", first="2027-01-11", **{f"windows-{lines(page)[MONDAY]}-start_time": "10:00"})
    later = editor(cole.get("/hours?from=2027-01-11"))
    answer = later.submit(act="save", first=first)
    assert answer.location == f"/hours?from={begins}"
    assert "were saved" in answer.follow().text
    held = [row[1:] for row in stored() if row[0] == "monday"]
    day_before = str(date.fromisoformat(begins) - timedelta(days=1))
    assert ("10:00", "17:00", begins, "") in [(start, end, since, "") for start, end, since, _until in held]
    assert max(until for start, _end, _since, until in held if start == "09:00") == day_before
    assert "Nothing had to be changed" in later.submit(act="save", first=first).follow().text
    assert [row[1:] for row in stored() if row[0] == "monday"] == held


@pytest.fixture
def planned(cole):
    """The page of hours that are planned from 11 January 2027 on: Monday from 10:00."""
    page = cole.get("/hours")
    editor(page).submit(act="save", first="2027-01-11", **{f"windows-{lines(page)[MONDAY]}-start_time": "10:00"})
    return cole.get("/hours?from=2027-01-11")


@pytest.mark.parametrize("first", ["2040-01-03", "9999-12-27", "9999-12-31", "2026-11-23"])
@pytest.mark.parametrize("act", ["save", "show"])
def test_planned_hours_begin_on_a_day_that_can_be(planned, stored, first, act):
    before = stored()
    page = editor(planned).submit(act=act, first=first)
    assert page.status == 422
    assert "Choose " in errors(page)
    assert stored() == before


@pytest.mark.parametrize("begun", ["", "x", "0001-01-01", "9999-12-31", "2026-11-24", "2027-02-29"])
def test_what_no_page_says_of_planned_hours_is_no_postponement(planned, stored, begun):
    before = stored()
    assert editor(planned).submit(act="save", first="2027-01-18", begun=begun).status == 303
    assert stored() == before


def test_doing_without_planned_hours_does_so_whatever_the_date_says(planned, stored):
    assert editor(planned).submit(act="drop", first="2027-01-18").status == 303
    assert "10:00" not in [row[1] for row in stored()]
    assert editor(planned).submit(act="drop", first="2027-01-18").status == 303


def test_planned_hours_are_not_postponed_over_others_that_come_between(cole, planned, stored):
    page = cole.get("/hours?from=2027-01-11")
    for first, start in [("2027-02-01", "11:00"), ("2027-03-01", "10:00")]:
        number = lines(page)["0-1", "10:00", "17:00"]
        editor(page).submit(act="save", first=first, **{f"windows-{number}-start_time": start})
        page = cole.get("/hours?from=2027-01-11")
    before = stored()
    editor(page).submit(act="save", first="2027-03-15")
    assert stored() == before


def test_a_night_that_runs_into_the_first_morning_is_told_when_it_comes_back(cole, hours, stored):
    hours("sunday", time(22), time(6))
    page = cole.get("/hours")
    night, monday = lines(page)["0-7", "22:00", "06:00"], lines(page)[MONDAY]
    gone = {f"windows-{night}-start_time": "", f"windows-{night}-end_time": ""}
    early = {f"windows-{monday}-start_time": "05:00"}
    assert editor(page).submit(act="save", first="2027-01-12", **gone, **early).status == 303
    before = stored()
    late = editor(cole.get("/hours?from=2027-01-12")).submit(act="save", first="2027-01-18")
    assert late.status == 422
    assert "overlap Monday 05:00 to 17:00" in errors(late)
    assert stored() == before


def test_of_two_who_postpone_the_same_hours_the_second_is_told(browser, cast, planned, stored):
    other = browser("dot").get(f"/doctors/{cast.cole}/hours?from=2027-01-11")
    editor(other).submit(act="save", first="2027-01-18")
    after = stored()
    late = editor(planned).submit(act="save", first="2027-01-25")
    assert late.status == 409
    assert "From Monday 18 January 2027 Monday 10:00 to 17:00" in text_of(late.by_id("theirs"))
    assert stored() == after


def test_planned_hours_that_are_changed_from_a_later_day_on_still_begin(cole, stored):
    page = cole.get("/hours")
    editor(page).submit(act="save", first="2027-01-11", **{f"windows-{lines(page)[MONDAY]}-start_time": "10:00"})
    later = cole.get("/hours?from=2027-01-11")
    number = lines(later)["0-1", "10:00", "17:00"]
    editor(later).submit(act="save", first="2027-01-18", **{f"windows-{number}-start_time": "11:00"})
    assert ("monday", "11:00", "17:00", "2027-01-18", "") in stored()


def test_planned_hours_can_be_done_without(cole, stored):
    page = cole.get("/hours")
    editor(page).submit(act="save", first="2027-01-11", **{f"windows-{lines(page)[MONDAY]}-start_time": "10:00"})
    later = cole.get("/hours?from=2027-01-11")
    assert later.has("button", value="drop")
    assert editor(later).submit(act="drop").status == 303
    page = cole.get("/hours")
    assert "These hours hold until" not in page.text
    assert MONDAY in lines(page)
    assert ("monday", "10:00", "17:00", "2027-01-11", "") not in stored()
    assert not cole.get("/hours").has("button", value="drop")


@pytest.mark.parametrize("day", ["2026-11-23", "9999-12-31", "2027-02-29", "soon", "٢٠٢٧-٠١-٣١"])
def test_an_address_with_a_day_that_cannot_be_is_no_page(cole, day):
    assert cole.get("/hours", {"from": day}).status == 404


def test_weeks_a_and_b_stand_beside_each_other_with_their_dates(cole):
    page = editor(cole.get("/hours")).submit(act="weeks-2")
    assert page.status == 200
    assert [text_of(h) for h in page.find_all("h2") if text_of(h).startswith("Week ")] == ["Week A", "Week B"]
    assert "Weeks of Mon 23 Nov and Mon 7 Dec" in text_of(page.by_id("plan-week-A"))
    assert "Weeks of Mon 30 Nov and Mon 14 Dec" in text_of(page.by_id("plan-week-B"))
    assert {place for place, *_ in lines(page)} == {f"{week}-{day}" for week in (0, 1) for day in range(1, 6)}


def test_every_second_week_is_kept_as_such(cole, stored, cast):
    page = editor(cole.get("/hours")).submit(act="weeks-2")
    assert drop(page, ("0-1", "09:00", "17:00")).status == 303
    assert [row for row in stored() if row[0] == "monday"] == [
        ("monday", "09:00", "17:00", "", YESTERDAY),
        ("monday", "09:00", "17:00", "2026-11-30", "", 2),
    ]
    assert len(stored()) == 6
    mondays = [
        bool(cole.get(f"/doctors/{cast.cole}/slots", {"week": day}).find_all("button", value=f"{day}T09:00:00+00:00"))
        for day in ("2026-11-30", "2026-12-07", "2026-12-14", "2026-12-21")
    ]
    assert mondays == [True, False, True, False]
    again = cole.get("/hours")
    assert ("1-1", "09:00", "17:00") in lines(again)
    assert ("0-1", "09:00", "17:00") not in lines(again)


def test_a_plan_that_begins_in_week_b_has_its_first_week_a_a_week_later(cole, stored):
    page = editor(cole.get("/hours")).submit(act="weeks-2")
    sent = with_line(page, "0-6", "09:00", "12:00") | {"first": "2026-12-02"}
    answer = editor(page).submit(act="save", **sent)
    assert ("saturday", "09:00", "12:00", "2026-12-07", "", 2) in stored()
    # Until then nothing differs from what was before.
    assert answer.location == "/hours?from=2026-12-07"
    planned = answer.follow()
    assert ("0-6", "09:00", "12:00") in lines(planned)
    assert planned.by_id("from-2026-12-07").get("aria-current") == "true"


def test_a_plan_whose_weeks_begin_one_after_the_other_is_one_plan(cole):
    page = editor(cole.get("/hours")).submit(act="weeks-2")
    sent = {f"windows-{number}-start_time": "10:00" for line, number in lines(page).items() if line[0][0] == "0"}
    editor(page).submit(act="save", first="2026-12-02", **sent)
    planned = cole.get("/hours?from=2026-12-02")
    assert ("0-1", "10:00", "17:00") in lines(planned)
    assert ("1-1", "09:00", "17:00") in lines(planned)
    assert not planned.has("a", id="from-2026-12-07")


def test_three_and_four_weeks(cole, stored):
    for weeks in (3, 4):
        page = editor(cole.get("/hours")).submit(act=f"weeks-{weeks}")
        assert add_to(page, f"{weeks - 1}-6", "09:00", "12:00").status == 303
        assert (weeks, "saturday") in {(row[-1], row[0]) for row in stored()}
        assert (f"{weeks - 1}-6", "09:00", "12:00") in lines(cole.get("/hours"))
        drop(cole.get("/hours"), (f"{weeks - 1}-6", "09:00", "12:00"))


def add_to(page, *line):
    return editor(page).submit(act="save", **with_line(page, *line))


def test_two_of_four_weeks_that_are_alike_become_every_second(cole, stored):
    page = editor(cole.get("/hours")).submit(act="weeks-4")
    sent = with_line(page, "0-6", "09:00", "12:00")
    more = {name.replace(name.split("-")[1], "30"): value for name, value in sent.items()}
    editor(page).submit(act="save", **sent, **(more | {"windows-30-place": "2-6"}))
    assert [row[-1] for row in stored() if row[0] == "saturday"] == [2]


def test_a_week_can_be_made_the_same_as_week_a(cole):
    page = editor(cole.get("/hours")).submit(act="weeks-2")
    page = drop(page, ("0-1", "09:00", "17:00"), act="show")
    page = editor(page).submit(act="same-1")
    assert ("1-1", "", "") in lines(page)
    assert ("1-2", "09:00", "17:00") in lines(page)


def test_lines_are_added_and_removed_before_anything_is_saved(cole, stored):
    before = stored()
    page = editor(cole.get("/hours")).submit(act="add-0-6")
    assert ("0-6", "", "") in lines(page)
    assert page.by_id(f"windows-{lines(page)['0-6', '', '']}-start_time").get("autofocus") is not None
    page = editor(page).submit(act=f"remove-{lines(page)[MONDAY]}")
    assert MONDAY not in lines(page)
    assert stored() == before
    assert editor(page).submit(act="save").status == 303
    assert ("monday", "09:00", "17:00", "", YESTERDAY) in stored()
    assert not any(row[0] == "saturday" for row in stored())


@pytest.mark.parametrize("act", ["add-9-1", "remove-999", "weeks-9", "same-0", "same-7"])
def test_a_button_that_no_page_has_changes_nothing(cole, stored, act):
    before = stored()
    page = editor(cole.get("/hours")).submit(act=act)
    assert page.status == 200
    assert len(lines(page)) == 5
    assert stored() == before


@pytest.mark.parametrize("act", ["add-0-0", "add-0-8", "add", "remove-", "SAVE"])
def test_what_is_no_button_at_all_is_told(cole, stored, act):
    before = stored()
    page = editor(cole.get("/hours")).submit(act=act)
    assert (page.status, len(lines(page))) == (422, 5)
    assert "Load the page again." in page.text
    assert stored() == before


def test_hours_can_be_kept_for_the_day_itself(cole, app, cast):
    page = editor(cole.get("/hours")).submit(act="opens")
    number = lines(page)[MONDAY]
    assert page.by_id(f"windows-{number}-opens_at").get("type") != "hidden"
    editor(page).submit(act="save", **{f"windows-{number}-opens_at": "8:00"})
    with app.app_context():
        kept = db.select(DoctorAvailability.opens_at).filter_by(
            doctor_id=cast.cole, valid_to=None, day_of_week="monday"
        )
        assert db.session.scalars(kept).one() == time(8)
    page = cole.get("/hours")
    assert page.by_id(f"windows-{number}-opens_at").get("value") == "08:00"
    late = editor(page).submit(act="save", **{f"windows-{number}-opens_at": "17:00"})
    assert "That is after they have ended." in errors(late)


def test_each_row_says_who_changed_it_and_when(browser, cast):
    dot = browser("dot")
    page = dot.get(f"/doctors/{cast.cole}/hours")
    assert page.h1 == "Hours of Dr Maria Cole"
    change(page, MONDAY, start_time="10:00")
    page = browser("cole").get("/hours")
    number = lines(page)["0-1", "10:00", "17:00"]
    assert "changed by Dot Marsh, 24 November" in text_of(page.by_id(f"window-{number}"))
    assert page.text.count("changed by") == 1


def test_the_rest_of_a_row_keeps_its_author(browser, cast, app):
    page = browser("dot").get(f"/doctors/{cast.cole}/hours")
    change(page, MONDAY, start_time="10:00")
    cole = browser("cole")
    page = cole.get("/hours")
    editor(page).submit(
        act="save", first="2027-01-11", **{f"windows-{lines(page)['0-2', '09:00', '17:00']}-start_time": "08:00"}
    )
    change(cole.get("/hours"), ("0-1", "10:00", "17:00"), start_time="11:00")
    later = cole.get("/hours?from=2027-01-11")
    assert "Dot Marsh" in text_of(later.by_id(f"window-{lines(later)['0-1', '10:00', '17:00']}"))


def test_whoever_comes_second_is_told_and_loses_nothing(browser, cast, stored):
    page, others = browser("cole").get("/hours"), browser("dot").get(f"/doctors/{cast.cole}/hours")
    change(others, MONDAY, start_time="10:00")
    late = change(page, MONDAY, end_time="12:00")
    assert late.status == 409
    assert "changed these hours a moment before you" in text_of(late.by_id("refusal"))
    assert "Monday 10:00 to 17:00 (changed by Dot Marsh, 24 November)" in text_of(late.by_id("theirs"))
    assert ("0-1", "09:00", "12:00") in lines(late)
    assert ("monday", "10:00", "17:00", TODAY, "") in stored()
    assert editor(late).submit(act="save").status == 303
    assert ("monday", "09:00", "12:00", TODAY, "") in stored()
    assert ("monday", "10:00", "17:00", TODAY, "") not in stored()


def test_whoever_comes_second_is_told_what_was_planned_meanwhile(browser, cast):
    page, others = browser("cole").get("/hours"), browser("dot").get(f"/doctors/{cast.cole}/hours")
    sent = {f"windows-{lines(others)[MONDAY]}-start_time": "10:00"}
    editor(others).submit(act="save", first="2027-01-11", **sent)
    late = change(page, MONDAY, end_time="12:00")
    assert late.status == 409
    said = text_of(late.by_id("theirs"))
    assert "From Monday 11 January 2027 Monday 10:00 to 17:00 (changed by Dot Marsh, 24 November)" in said


def test_looking_at_what_patients_will_see_does_not_hide_that_somebody_was_quicker(browser, cast):
    page, others = browser("cole").get("/hours"), browser("dot").get(f"/doctors/{cast.cole}/hours")
    change(others, MONDAY, start_time="10:00")
    shown = change(page, MONDAY, act="show", end_time="12:00")
    assert shown.status == 200
    assert editor(shown).submit(act="save").status == 409


def test_sending_the_same_again_is_no_conflict(cole, stored):
    page = cole.get("/hours")
    assert change(page, MONDAY, start_time="10:00").status == 303
    after = stored()
    assert change(page, MONDAY, start_time="10:00").status == 303
    assert stored() == after


def test_hours_that_are_switched_off_are_left_alone(cole, hours, stored):
    hours("saturday", time(9), time(12), is_available=False)
    assert ("0-6", "09:00", "12:00") not in lines(cole.get("/hours"))
    assert add(cole, "0-6", "10:00", "11:00").status == 303
    assert ("saturday", "09:00", "12:00", "", "") in stored()


def test_another_doctors_hours_are_not_there(cole, cast, stored):
    before = stored("dean")
    assert cole.get(f"/doctors/{cast.dean}/hours").status == 404
    assert cole.post(f"/doctors/{cast.dean}/hours", {"act": "save", "first": TODAY, "weeks": "1"}).status == 404
    assert cole.get("/doctors/999999/hours").status == 404
    assert stored("dean") == before


@pytest.mark.parametrize("who", ["ada", "pat"])
def test_only_doctors_and_the_clinics_staff_have_these_pages(browser, cast, who):
    for path in ("/hours", f"/doctors/{cast.cole}/hours"):
        assert browser(who).get(path).status == 403
    assert browser(who).post(f"/doctors/{cast.cole}/hours", {"act": "save"}).status == 403


def test_a_guest_signs_in_first(browser):
    answer = browser().get("/hours")
    assert (answer.status, answer.location) == (303, "/sign-in?next=/hours")


@pytest.mark.parametrize("how", ["add", "change", "remove", "later"])
def test_whatever_changes_the_hours_is_told_and_may_make_time_free_earlier(cole, app, cast, statements, how):
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = factories.NOW + timedelta(days=60)
        db.session.commit()
    page = cole.get("/hours")
    with statements() as seen:
        if how == "add":
            editor(page).submit(act="save", **with_line(page, "0-6", "09:00", "12:00"))
        elif how == "later":
            editor(page).submit(act="save", first="2026-12-01", **with_line(page, "0-6", "09:00", "12:00"))
        elif how == "change":
            change(page, MONDAY, start_time="08:00")
        else:
            drop(page, MONDAY)
    assert any("pg_notify" in statement for statement in seen)
    assert any("FOR NO KEY UPDATE" in statement for statement in seen)
    with app.app_context():
        latest = factories.NOW + timedelta(days=7 * (how == "later"))
        assert db.session.get(Doctor, cast.cole).next_free_at <= latest


def test_the_bound_is_never_raised(cole, app, cast):
    early = factories.NOW - timedelta(days=30)
    with app.app_context():
        db.session.get(Doctor, cast.cole).next_free_at = early
        db.session.commit()
    add(cole, "0-6", "09:00", "12:00")
    with app.app_context():
        assert db.session.get(Doctor, cast.cole).next_free_at == early


def test_the_page_takes_as_many_statements_for_many_hours_as_for_few(cole, hours, statements):
    counts = []
    for _ in range(2):
        with statements() as seen:
            cole.get("/hours")
        counts.append(len(seen))
        for hour in range(8):
            hours("sunday", time(hour), time(hour, 30), created_by_id=1)
    assert counts[0] == counts[1] <= 8


def test_of_two_who_change_the_same_hours_at_once_the_second_is_told(committed):
    """The second waits for the first at the doctor's row, and then sees what the first has made of them."""
    person = Browser(committed.app).sign_in("cole@test.example", factories.PASSWORD)
    page = person.get("/hours")
    with committed.app.app_context(), ThreadPoolExecutor(1) as elsewhere:
        doctor, dot = db.session.get(Doctor, committed.cole), db.session.get(User, committed.dot)
        seen = terms.seen(queries.hours(doctor))
        saturday = frozenset({Pattern(6, time(9), time(12), None)})
        rules.replan(doctor, Plan(date(2026, 11, 24), None, saturday), seen, dot, factories.NOW)
        second = elsewhere.submit(change, page, MONDAY, start_time="10:00", first=None)
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        db.session.commit()
        assert second.result(timeout=10).status == 409
