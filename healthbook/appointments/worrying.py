"""Words in a reason at which somebody is asked to call instead: a reminder, which judges nobody and may be wrong."""

import re
from collections.abc import Iterable
from unicodedata import normalize


def worries(reason: str, words: Iterable[str]) -> bool:
    """Whether one of the words, or of these groups of words, stands in the reason, in whatever letters."""
    text = f" {plain(reason)} "
    return any(f" {plain(word)} " in text for word in words if plain(word))


def plain(text: str) -> str:
    """Small letters and single spaces; apostrophes are left out, everything else that is no letter parts words."""
    letters = normalize("NFKC", text).casefold().replace("\u2019", "").replace("'", "")
    return " ".join(re.findall(r"\w+", letters))
