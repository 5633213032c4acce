import pytest

from healthbook.accounts.names import is_name, one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Eve \t\n Marlow ", "Eve Marlow"),
        ("E\u202eve\u200b \x07 \ufeffMa\u0308ri", "Eve Märi"),
        ("O’Marlow-Nguyễn", "O’Marlow-Nguyễn"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u2066\x00\x7f", ""),
        (None, ""),
    ],
)
def test_a_line_keeps_every_letter_and_nothing_that_cannot_be_seen(typed, kept):
    assert one_line(typed) == kept


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Eve",
            "Ng",
            "O’Marlow-Nguyễn",
            "de la Cruz Jr.",
            "X Æ A-12",
            "Ｅｖｅ",
            "李",
            "葛\U000e0100",
            "김",
            "ا",
            "ʻOkina",
        ),
        *("می\u200cخواهم", "क्\u200dषमा", "ශ්\u200dරී", "അവന്\u200d", "नम\u0951", "Zoë", "e\u0301"),
    ],
)
def test_a_name_in_any_script_is_a_name(name):
    assert is_name(one_line(name))


@pytest.mark.parametrize(
    "name",
    [
        *("", "\u3164", "\u3164\u3164", "\u115f\u1160", "\uffa0", "\u2800", "Eve\u3164", "\u2800Eve"),
        *("\u0301", "\u0301\u0302 \u0303", "4711", "...", "-", "\U0001f600", "\u20dd"),
        *("Eve\u00ad", "E\u180eve", "Eve\ue000", "Eve\U000e0041", "Eve\ufff9"),
        *("\u200dEve", "Eve\u200d", "Eve \u200cMarlow", "Eve\u200c Marlow", "E\u200d\u200dve", "\u200c", "4\u200d7"),
    ],
    ids=ascii,
)
def test_what_hides_or_has_no_letter_that_shows_is_none(name):
    assert not is_name(one_line(name))
