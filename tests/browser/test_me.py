"""One's own page in a real browser: changed in place with the keyboard, without script, and with a photo."""

from io import BytesIO
from pathlib import Path

import pytest
from factories import PASSWORD
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_section_is_changed_in_place_with_the_keyboard_alone(person):
    ada = person("ada")
    page = ada.page
    page.goto("/me")
    page.evaluate("window.stayed = true")
    page.focus("#edit-needs")
    page.keyboard.press("Enter")
    page.wait_for_selector("#access_needs:focus")
    page.keyboard.type("A way without steps")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    section = page.locator("#section-needs")
    expect(section.locator(".saved")).to_have_text("Saved")
    expect(section).to_contain_text("A way without steps")
    assert ada.focus == "section-needs-h"
    assert page.evaluate("window.stayed")


def test_leaving_it_puts_the_focus_back_into_the_section(person):
    ada = person("ada")
    ada.page.goto("/me")
    ada.page.click("#edit-contact")
    ada.page.wait_for_selector("#phone_number:focus")
    ada.page.keyboard.type("0117")
    ada.page.click("#leave-contact")
    expect(ada.page.locator("#section-contact form")).to_have_count(0)
    assert ada.focus == "section-contact-h"
    expect(ada.page.locator("#section-contact")).not_to_contain_text("0117")


def test_two_sections_are_open_at_once_and_saved_one_after_the_other(person):
    page = person("ada").page
    page.goto("/me")
    page.click("#edit-name[data-htmx-powered]")
    page.locator("#preferred_name").wait_for()
    page.click("#edit-contact[data-htmx-powered]")
    page.locator("#phone_number").wait_for()
    page.fill("#preferred_name", "Adi")
    page.fill("#phone_number", "0117 496 0123")
    page.click("#save-contact")
    expect(page.locator("#section-contact .saved")).to_be_visible()
    expect(page.locator("#preferred_name")).to_have_value("Adi")
    page.click("#save-name")
    expect(page.locator("#section-name .saved")).to_be_visible()


def test_what_cannot_be_is_said_in_place_and_has_the_focus(person):
    ada = person("ada")
    ada.page.goto("/me")
    ada.page.click("#edit-contact")
    ada.page.fill("#phone_number", "call me")
    ada.page.click("#save-contact")
    ada.page.wait_for_selector("#errors")
    assert ada.focus == "errors"
    assert ada.page.title().startswith("Error: ")


def test_the_second_tab_is_told_and_loses_nothing(person):
    ada = person("ada")
    first, second = ada.page, ada.context.new_page()
    for page in (first, second):
        page.goto("/me/background")
        page.click("#edit-allergies")
        page.wait_for_selector("#allergies")
    first.fill("#allergies", "Penicillin")
    first.click("#save-allergies")
    expect(first.locator("#section-allergies .saved")).to_be_visible()
    second.fill("#allergies", "Peanuts")
    second.click("#save-allergies")
    expect(second.locator("#refusal")).to_contain_text("changed elsewhere")
    expect(second.locator("#section-allergies .known")).to_contain_text("Penicillin")
    expect(second.locator("#allergies")).to_have_value("Peanuts")
    second.click("#save-allergies")
    expect(second.locator("#section-allergies .saved")).to_be_visible()


def test_without_script_each_section_is_a_page(person):
    page = person("ada", java_script_enabled=False).page
    page.goto("/me")
    page.click("#edit-emergency")
    assert page.url.endswith("/me?edit=emergency#section-emergency")
    page.fill("#emergency_contact_name", "Tom Byrne")
    page.click("#save-emergency")
    assert "/me?section=emergency&saved=" in page.url
    assert "Tom Byrne" in page.inner_text("#section-emergency")


@pytest.mark.parametrize("script", [True, False])
def test_a_photo_is_sent_and_stands_on_the_page(person, script):
    written = BytesIO()
    Image.new("RGB", (900, 600), "teal").save(written, "JPEG")
    page = person("ada", java_script_enabled=script).page
    page.goto("/me")
    page.set_input_files("#photo-file", {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()})
    page.click("#save-photo")
    page.wait_for_selector("#remove-photo")
    shown = page.locator("#photo img")
    expect(shown).to_be_visible()
    if script:
        shown.evaluate("image => image.decode()")
        assert shown.evaluate("image => image.naturalWidth") == 512


def test_the_log_is_asked_in_place_and_the_address_says_what_is_shown(person):
    ada = person("ada")
    ada.page.goto("/me?edit=insurance")
    ada.page.fill("#insurance_policy_number", "SM-884711")
    ada.page.click("#save-insurance")
    ada.page.wait_for_selector("#section-insurance .saved")
    ada.page.goto("/me/access")
    expect(ada.page.locator("tbody tr")).to_have_count(1)
    ada.page.select_option("#who", "others")
    ada.page.click("#show")
    expect(ada.page.locator("#access-list")).to_contain_text("Nobody has opened it")
    assert "who=others" in ada.page.url
    with ada.page.expect_download() as download:
        ada.page.click("#csv")
    assert download.value.suggested_filename == "who-opened-my-record.csv"


def test_everything_is_saved_as_one_file(person):
    page = person("ada").page
    page.goto("/me/export")
    page.fill("#password", PASSWORD)
    with page.expect_download() as download:
        page.click("#take")
    assert download.value.suggested_filename.endswith(".zip")
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
