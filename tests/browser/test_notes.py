"""The notes of a visit in a real browser: they save themselves, and whatever happens meanwhile loses no word."""

import factories
import pytest
from factories import PASSWORD

from healthbook import clock
from healthbook.db import db
from healthbook.models import Appointment, Doctor, MedicalRecord, Patient, UserSession

pytestmark = pytest.mark.browser

WORDS = "Plaques on both elbows."
KEPT = "Object.entries(localStorage).filter(([name]) => name.startsWith('hb.'))"


@pytest.fixture
def visit(committed):
    """The address of Ada's visit with Cole, which is under way."""
    with committed.app.app_context():
        ada, cole = db.session.get(Patient, committed.ada), db.session.get(Doctor, committed.cole)
        ada.allergies = "Latex"
        kind = cole.visit_types[0].id
        made = factories.appointment(ada, cole, clock.now(), status="in_progress", visit_type_id=kind)
        db.session.commit()
        return f"/agenda/{made.reference}"


@pytest.fixture
def saved(committed):
    """saved(): the notes as the database has them."""

    def read():
        with committed.app.app_context():
            return db.session.scalar(db.select(Appointment)).doctor_notes

    return read


def open_notes(person, visit, name="cole", **options):
    # What htmx says to the console when the line is cut, or the session over.
    one = person(name, tolerated=("Failed to fetch", "network error", "status 401"), **options)
    one.page.goto(visit)
    return one


def field(page):
    return page.locator("#doctor_notes")


def cut(page):
    """From now on nothing that is sent arrives."""
    page.route("**/notes", lambda route: route.abort())


def wait_until(page, true):
    for _ in range(500):
        if true():
            return
        page.wait_for_timeout(20)
    pytest.fail("It did not happen within ten seconds.")


def wait_until_saved(page):
    page.locator("#saved .saved:visible").wait_for(timeout=15_000)


def wait_until_kept(page):
    page.locator("#unsaved:visible").wait_for()
    page.wait_for_function(f"{KEPT}.length == 1")


def test_they_save_themselves_when_the_typing_stops(person, visit, saved):
    page = open_notes(person, visit).page
    field(page).press_sequentially(WORDS)
    assert page.inner_text("#unsaved") == "Not saved yet. Kept on this device"
    wait_until_saved(page)
    assert saved() == WORDS
    assert page.evaluate(KEPT) == []
    field(page).press_sequentially(" Joints free.")
    page.locator("#unsaved:visible").wait_for()
    wait_until_saved(page)
    assert saved() == WORDS + " Joints free."
    assert field(page).input_value() == saved()


def test_what_the_browser_keeps_cannot_be_read_there(person, visit):
    page = open_notes(person, visit).page
    cut(page)
    field(page).fill(WORDS)
    wait_until_kept(page)
    ((name, text),) = page.evaluate(KEPT)
    assert name.split(".")[2] == visit.rpartition("/")[2]
    assert "Plaques" not in text
    assert len(text) > len(WORDS)


def test_without_the_network_one_goes_on_writing_and_it_is_saved_when_it_is_back(person, visit, saved):
    cole = open_notes(person, visit)
    cole.context.set_offline(True)
    field(cole.page).press_sequentially(WORDS)
    cole.page.locator("#cut-off:visible").wait_for(timeout=15_000)
    assert cole.focus == "doctor_notes"
    assert not cole.page.locator(".unknown").count()
    field(cole.page).press_sequentially(" Itching.")
    assert saved() is None
    cole.context.set_offline(False)
    wait_until_saved(cole.page)
    assert saved() == WORDS + " Itching."
    assert cole.page.locator("#cut-off").is_hidden()


def test_typed_while_offline_they_are_there_after_a_reload(person, visit, saved):
    cole = open_notes(person, visit)
    cole.context.set_offline(True)
    field(cole.page).fill(WORDS)
    wait_until_kept(cole.page)
    cut(cole.page)
    cole.context.set_offline(False)
    cole.page.reload()
    wait_until_it_is(cole.page, WORDS)
    cole.page.unroute("**/notes")
    cole.page.reload()
    cole.page.wait_for_function(f"{KEPT}.length == 0", timeout=15_000)
    assert (saved(), field(cole.page).input_value()) == (WORDS, WORDS)
    assert not cole.page.locator("#refusal").count()


def test_when_the_session_is_over_they_are_there_after_signing_in_again(person, visit, saved, committed):
    cole = open_notes(person, visit)
    cole.context.set_offline(True)
    field(cole.page).fill(WORDS)
    wait_until_kept(cole.page)
    with committed.app.app_context():
        db.session.execute(db.delete(UserSession))
        db.session.commit()
    cole.context.set_offline(False)
    page = cole.page
    page.get_by_role("heading", name="Sign in or register").wait_for(timeout=30_000)
    assert "Plaques" not in page.content()
    form = page.locator("#sign-in")
    form.locator("[name=email]").fill("cole@test.example")
    form.locator("[name=password]").fill(PASSWORD)
    form.get_by_role("button").click()
    field(page).wait_for()
    wait_until_saved(page)
    assert (field(page).input_value(), saved()) == (WORDS, WORDS)


def test_on_a_shared_computer_nobody_else_finds_them(person, visit, site, saved):
    cole = open_notes(person, visit)
    cut(cole.page)
    field(cole.page).fill(WORDS)
    wait_until_kept(cole.page)
    cole.context.add_cookies([{"name": "session", "value": site.cookie("dean@test.example"), "url": site.url}])
    page = cole.context.new_page()
    page.goto("/agenda")
    assert page.evaluate(KEPT) == []


def test_signing_out_saves_first_and_leaves_nothing_behind(person, visit, saved):
    page = open_notes(person, visit).page
    field(page).fill(WORDS)
    page.locator("form.me button").click()
    page.get_by_text("You are signed out.").wait_for()
    assert saved() == WORDS
    assert page.evaluate(KEPT) == []


HEARS = """document.addEventListener('submit', () => setInterval(() => {
    htmx.trigger(document, 'refresh');
    htmx.trigger('#live', 'htmx:sse:error', { status: 401 });
}, 1000))"""


def test_what_the_page_hears_while_somebody_signs_out_does_not_lead_elsewhere(person, visit):
    page = open_notes(person, visit).page
    signing_out, refused = [], []
    page.route("**/sign-out", lambda route: signing_out.append(route))
    page.on("response", lambda response: refused.append(response.url) if response.status == 401 else None)
    page.evaluate(HEARS)
    page.locator("form.me button").click(no_wait_after=True)
    wait_until(page, lambda: signing_out)
    answer = signing_out[0].fetch(max_redirects=0)
    wait_until(page, lambda: any(url.endswith(visit) for url in refused))
    page.wait_for_timeout(1500)
    signing_out[0].fulfill(response=answer)
    page.get_by_text("You are signed out.").wait_for()
    assert "next=" not in page.url


def test_signing_out_when_nothing_can_be_saved_says_so_once(person, visit, saved):
    page = open_notes(person, visit).page
    cut(page)
    field(page).fill(WORDS)
    wait_until_kept(page)
    page.locator("form.me button").click()
    page.get_by_text("Your notes are not saved yet. If you sign out now").wait_for()
    assert field(page).input_value() == WORDS
    page.locator("form.me button").click()
    page.get_by_text("You are signed out.").wait_for()
    assert page.evaluate(KEPT) == []
    assert saved() is None


def test_whoever_walks_away_in_the_middle_of_a_word_has_it_saved(person, visit, saved):
    page = open_notes(person, visit).page
    field(page).press_sequentially(WORDS)
    page.click("#to-day")
    page.locator("#agenda").wait_for()
    page.goto(visit)
    wait_until_it_is(page, WORDS)
    page.wait_for_function(f"{KEPT}.length == 0", timeout=15_000)
    assert saved() == WORDS


def wait_until_it_is(page, words):
    page.wait_for_function("words => document.querySelector('#doctor_notes').value === words", arg=words)


def test_the_second_of_two_tabs_is_shown_both_and_goes_on_writing_where_it_was(person, visit, saved):
    one = open_notes(person, visit)
    two = one.context.new_page()
    two.goto(visit)
    field(one.page).fill("First words.")
    one.page.click("#save-notes")
    wait_until_saved(one.page)
    field(two).press_sequentially("Second words")
    two.locator("#refusal").wait_for(timeout=15_000)
    field(two).press_sequentially(", typed on.")
    assert two.evaluate("document.activeElement.id") == "doctor_notes"
    assert field(two).input_value() == "Second words, typed on."
    assert two.inner_text("#saved-now") == "First words."
    two.wait_for_timeout(4000)
    assert saved() == "First words."
    two.reload()
    two.locator("#refusal").wait_for()
    assert field(two).input_value() == "Second words, typed on."
    two.click("#save-notes")
    wait_until_saved(two)
    assert saved() == "Second words, typed on."
    assert not two.locator("#refusal").count()


def test_a_tab_that_was_duplicated_keeps_its_text_apart(person, visit):
    """A browser copies what the first tab knows of itself, also the name under which it keeps its text."""
    first = open_notes(person, visit).page
    name = first.evaluate("sessionStorage.getItem('hb.tab')")
    second = first.context.new_page()
    second.add_init_script(f"sessionStorage.setItem('hb.tab', '{name}')")
    second.goto(visit)
    for page, words in ((first, WORDS), (second, "Joints free.")):
        cut(page)
        field(page).press_sequentially(words)
        page.locator("#unsaved:visible").wait_for()
    # Sealing takes a moment.
    first.wait_for_timeout(500)
    assert len(first.evaluate(KEPT)) == 2


def test_what_is_pressed_while_they_are_being_saved_waits_for_it(person, visit, saved):
    page = open_notes(person, visit).page
    held = []
    page.route("**/notes", lambda route: route.continue_() if held else held.append(route))
    field(page).fill(WORDS)
    page.wait_for_timeout(3500)
    field(page).press_sequentially(" More.")
    page.click("#sign")
    held[0].continue_()
    page.get_by_role("heading", name="The record of this visit").wait_for()
    assert saved() == WORDS + " More."


def test_a_visit_is_written_up_and_signed_by_keyboard_alone(person, visit, committed):
    cole = open_notes(person, visit)
    page = cole.page
    field(page).focus()
    page.keyboard.type(WORDS)
    page.keyboard.press("Tab")
    assert cole.focus == "save-notes"
    page.keyboard.press("Enter")
    wait_until_saved(page)
    assert cole.focus == "save-notes"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The record of this visit").wait_for()
    page.locator("#title").fill("Plaque psoriasis")
    page.locator("#sign-it").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Plaque psoriasis").wait_for()
    with committed.app.app_context():
        assert db.session.scalar(db.select(MedicalRecord)).description == WORDS


def test_allergies_come_beside_the_notes_by_themselves(person, visit):
    page = open_notes(person, visit).page
    page.locator("#aside #allergies").wait_for()
    assert "Latex" in page.inner_text("#aside")


def test_without_script_they_are_saved_by_their_button_and_survive_the_end_of_the_session(
    person, visit, saved, committed
):
    page = open_notes(person, visit, java_script_enabled=False).page
    assert page.locator("#unsaved").is_hidden()
    page.fill("#doctor_notes", "First")
    page.click("#save-notes")
    page.locator("#saved .saved").wait_for()
    page.fill("#doctor_notes", WORDS)
    with committed.app.app_context():
        db.session.execute(db.delete(UserSession))
        db.session.commit()
    page.click("#save-notes")
    page.locator("#not-lost").wait_for()
    page.locator("#sign-in [name=email]").fill("cole@test.example")
    page.locator("#sign-in [name=password]").fill(PASSWORD)
    page.click("#sign-in-go")
    page.locator("#unsaved").wait_for()
    page.click("#save-it")
    page.locator("#saved .saved").wait_for()
    assert saved() == WORDS
