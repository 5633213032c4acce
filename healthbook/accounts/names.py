"""What people are called: one line of letters that can be seen, in any script."""

import re
from unicodedata import category, combining, normalize

# Controls, and marks that turn the direction of what stands after them. Joiners stay: some scripts need them.
INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
JOINERS = "\u200c\u200d"
# Letters by the book, and a pattern of no dots: they take up space and show nothing.
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
VIRAMA = 9


def one_line(text: str | None) -> str:
    """Single spaces, one spelling (NFC), and nothing that cannot be seen."""
    return " ".join(INVISIBLE.sub("", normalize("NFC", text or "")).split())


def is_name(line: str) -> bool:
    """Whether a letter shows, and nothing in the line hides: joiners only where they join."""
    return any(map(shows, line)) and not any(hides(line, place) for place in range(len(line)))


def shows(letter: str) -> bool:
    return category(letter).startswith("L") and letter not in BLANK


def hides(line: str, place: int) -> bool:
    letter = line[place]
    if letter in JOINERS:
        return not joins(line[place - 1 : place], line[place + 1 : place + 2])
    return letter in BLANK or category(letter) in ("Cc", "Cf", "Co", "Cs")


def joins(before: str, after: str) -> bool:
    """Within a word of Persian or Hindi, or after a killed vowel as at the end of words in Malayalam."""
    return in_word(before) and (in_word(after) or combining(before) == VIRAMA)


def in_word(letter: str) -> bool:
    return letter != "" and category(letter)[0] in "LM"
