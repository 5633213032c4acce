"""Files of a record: what they are, by their content and never by their name, and what they may be called."""

import re
from unicodedata import category, normalize

LARGEST = 10 * 2**20
MOST_OF_A_RECORD = 20
MOST_OF_A_PATIENT = 200 * 2**20
LONGEST_NAME = 120
PDF = "application/pdf"
BEGINNINGS = {b"%PDF-": PDF, b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
ENDINGS = {PDF: (".pdf",), "image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",)}
JOINERS = "\u200c\u200d"
# What a file system or a shell would read as something else, and names that Windows keeps for devices.
MEANT_OTHERWISE = re.compile(r'[<>:"|?*]')
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def media_type(content: bytes) -> str | None:
    """One of the kinds that we keep, or None. What follows a PDF's first bytes is never read."""
    return next((kind for beginning, kind in BEGINNINGS.items() if content.startswith(beginning)), None)


def display_name(given: str | None, kind: str) -> str:
    """A name to show and to save it under: no path, nothing that cannot be seen, and the ending of what it is."""
    last = re.split(r"[/\\]", given or "")[-1]
    seen = "".join(letter for letter in normalize("NFC", last) if is_seen(letter))
    name = MEANT_OTHERWISE.sub("_", " ".join(seen.split())).strip(" .")
    stem, ending = name, ENDINGS[kind][0]
    if name.lower().endswith(ENDINGS[kind]):
        stem, dot, letters = name.rpartition(".")
        ending = dot + letters
    if DEVICES.fullmatch(stem):
        stem = f"_{stem}"
    return (stem.rstrip(" .")[: LONGEST_NAME - len(ending)] or "file") + ending


def is_seen(letter: str) -> bool:
    """Not a control, and no mark that turns the direction of what stands after it. Some scripts need joiners."""
    return letter in JOINERS or letter.isspace() or not category(letter).startswith("C")
