"""What stands in an address: ids, references, and the page to go on to."""

import re

from werkzeug.routing import BaseConverter, IntegerConverter

from healthbook.models.appointments import REFERENCE

LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*\Z")


class Id(IntegerConverter):
    """A row's number in its one spelling, at most nine digits; anything else is no page at all."""

    regex = "[1-9][0-9]{0,8}"


class Reference(BaseConverter):
    """What people say when they mean an appointment; anything else is no page at all."""

    regex = REFERENCE


def number(text: str | None) -> int | None:
    """A row's number where an address names it behind a question mark; None for what is none."""
    return int(text) if text and re.fullmatch(Id.regex, text) else None


def local(path: str | None) -> str | None:
    """The path if it surely leads to a page of ours, however a browser reads it; else None."""
    return path if path and LOCAL_PATH.match(path) else None
