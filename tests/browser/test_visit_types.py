"""The list of visit types in a real browser: the focus stays on what is moved, and removing takes a second thought."""

import factories
import pytest

from healthbook.db import db
from healthbook.models import Doctor

pytestmark = pytest.mark.browser


@pytest.fixture
def kinds(committed):
    """The ids of three, in their order."""
    with committed.app.app_context():
        cole = db.session.get(Doctor, committed.cole)
        more = [factories.visit_type(cole, name=name, position=n) for n, name in enumerate(("Second", "Third"), 1)]
        db.session.commit()
        return [kind.id for kind in (cole.visit_types[0], *more)]


@pytest.mark.parametrize("script", [True, False])
def test_whoever_moves_one_by_keyboard_moves_it_on(person, kinds, script):
    first, second, third = kinds
    cole = person("cole", java_script_enabled=script)
    page = cole.page
    page.goto("/visit-types")
    page.locator(f"#down-{first}").focus()
    for order, focus in [
        ([second, first, third], f"down-{first}"),
        ([second, third, first], f"up-{first}"),
        ([second, first, third], f"up-{first}"),
        ([first, second, third], f"down-{first}"),
    ]:
        page.keyboard.press("Enter")
        rows = " ~ ".join(f"#visit-type-row-{kind}" for kind in order)
        page.locator(rows).wait_for()
        page.get_by_text("The order was changed.").first.wait_for()
        page.locator(f"#{focus}:focus").wait_for()


@pytest.mark.parametrize("script", [True, False])
def test_removing_one_by_keyboard_takes_a_second_thought(person, kinds, script):
    page = person("cole", java_script_enabled=script).page
    page.goto("/visit-types")
    row = page.locator(f"#visit-type-row-{kinds[1]}")
    page.locator(f"#ask-remove-{kinds[1]}").press("Enter")
    page.locator(f"#sure-remove-{kinds[1]}").get_by_text("What is booked stays as it is.").wait_for()
    page.keyboard.press("Escape")
    page.locator(f"#sure-remove-{kinds[1]}").wait_for(state="hidden")
    assert row.count() == 1
    page.locator(f"#ask-remove-{kinds[1]}").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    row.wait_for(state="detached")
    assert page.locator("[id^=visit-type-row-]").count() == 2
