"""Finding words in text that the database cannot read: in small letters or large, with marks or without."""

from collections.abc import Iterable
from unicodedata import combining, normalize


def plain(text: str) -> str:
    """As it is compared: small letters without their marks."""
    if text.isascii():
        return text.lower()
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))


def holds_all(words: list[str], texts: Iterable[str | None]) -> bool:
    """Whether each of the plain words stands somewhere in the texts."""
    text = plain(" ".join(text for text in texts if text))
    return all(word in text for word in words)
