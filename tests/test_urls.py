"""What may stand in an address, and where a person may be sent on to."""

import pytest

from healthbook.urls import local, number


@pytest.mark.parametrize(
    "path", ["/", "/doctors/7", "/doctors?q=a%20b&page=2", "/a//b", "/?next=https://other.example"]
)
def test_a_path_of_ours_is_gone_on_to(path):
    assert local(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *(None, "", "doctors", "https://other.example", "//other.example", "/\\other.example", "\\\\other.example"),
        *("/doc tors", "/\t/other.example", "/\n/other.example", "/doctors\n", "/döctors", "/a\\b"),
        *("javascript:alert(1)", " /doctors", "/\x00"),
    ],
)
def test_what_a_browser_could_read_as_another_site_is_not(path):
    assert local(path) is None


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "99999999999999999999", "1e3", "seven", "", "1.0", "+1"])
def test_a_number_that_no_row_can_have_is_no_page(browser, number):
    assert browser().get(f"/doctors/{number}/slots").status == 404


def test_the_largest_number_is_only_missing(browser):
    assert browser().get("/doctors/2147483647").status == 404


@pytest.mark.parametrize("reference", ["ABCDEFG", "ABCDEFGHJ", "abcdefgh", "ILOUILOU", "ABCD-FGH", "1234567٨"])
def test_a_reference_is_eight_letters_and_digits_that_nobody_confuses(app, reference):
    with app.test_request_context(f"/appointments/{reference}"):
        assert app.create_url_adapter(None) is None
        adapter = app.url_map.bind("clinic.example")
        assert not adapter.test(f"/appointments/{reference}")
        assert adapter.test("/appointments/4F7KM2QA")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("1", 1),
        ("999999999", 999_999_999),
        *((text, None) for text in (None, "", "0", "01", "-1", "1e3", "١", "9" * 10)),
    ],
)
def test_a_row_behind_a_question_mark_is_named_in_one_way(text, row):
    assert number(text) == row
