"""A patient says that they are here: from half an hour before, and the desk has not seen them yet."""

import pytest
from page import text_of


@pytest.fixture
def say(browser):
    return lambda who, reference: browser(who).post(f"/appointments/{reference}/arrival")


def test_a_patient_says_so_and_the_staff_sees_it(browser, visit, say, stored):
    reference = visit("ada", "cole", "10:00")
    page = browser("ada").get(f"/appointments/{reference}")
    assert page.form(id="arrival").submit().status == 303
    assert stored("status") == [("scheduled",)]
    assert "You said at" in text_of(browser("ada").get(f"/appointments/{reference}").by_id("arrival"))
    for who, path, place in (
        ("cole", "/agenda", f"appt-{reference}"),
        ("dot", "/clinic/appointments", f"row-{reference}"),
        ("dot", "/clinic", f"expected-{reference}"),
    ):
        assert "Says here" in text_of(browser(who).get(path).by_id(place))


def test_saying_it_twice_changes_nothing(visit, say, unchanged):
    reference = visit("ada", "cole", "10:00")
    assert say("ada", reference).status == 303
    with unchanged():
        assert say("ada", reference).status == 303


def test_only_from_half_an_hour_before_until_the_end(browser, visit, say, later, unchanged):
    reference = visit("ada", "cole", "11:00")
    for minutes, status in ((48, 409), (109, 409)):
        later(minutes=minutes)
        with unchanged():
            page = say("ada", reference)
        assert (page.status, "30 minutes before" in page.text) == (status, True)
        assert not browser("ada").get(f"/appointments/{reference}").has("form", id="arrival")
    later(minutes=49)
    assert say("ada", reference).status == 303


def test_checked_in_by_the_desk_it_is_forgotten(browser, visit, say, stored):
    reference = visit("ada", "cole", "10:00")
    say("ada", reference)
    browser("dot").post(f"/clinic/appointments/{reference}/status", {"seen": "scheduled", "to": "checked_in"})
    assert stored("status", "says_here_at") == [("checked_in", None)]


@pytest.mark.parametrize(("who", "status"), [("ben", 404), ("cole", 403), ("dot", 403), (None, 303)])
def test_nobody_else_says_so(visit, say, unchanged, who, status):
    reference = visit("ada", "cole", "10:00")
    with unchanged():
        assert say(who, reference).status == status
