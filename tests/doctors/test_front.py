import pytest


def test_a_guest_finds_the_search_the_phone_and_the_emergency_line(browser):
    page = browser().get("/")
    assert page.h1 == "See a doctor at Test Clinic"
    assert "tel:01174960100" in page.links
    assert "do not book" in page.text
    assert page.form(id="search").submit(q="cole").status == 200


def test_the_search_goes_to_the_directory_with_what_was_asked(browser):
    page = browser().get("/").form(id="search").submit(q="cole", specialization="")
    assert page.path == "/doctors"
    assert "Dr Maria Cole" in page.text
    assert "Dr Maria Dean" not in page.text


def test_it_names_what_the_doctors_do_and_how_many(browser, cast):
    page = browser().get("/")
    assert "General practice" in page.text
    assert "See our 2 doctors for General practice" in page.text


@pytest.mark.parametrize(
    ("name", "home"), [("cole", "/agenda"), ("dot", "/clinic"), ("mo", "/clinic"), ("pat", "/application")]
)
def test_whoever_works_here_goes_on_to_their_day(browser, name, home):
    page = browser(name).get("/")
    assert (page.status, page.location) == (303, home)


def test_a_patient_begins_here(browser):
    assert browser("ada").get("/").status == 200
