"""What stands in an address: ids, references, and the page to go on to."""

import re

from werkzeug.routing import BaseConverter, IntegerConverter

LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*\Z")


class Id(IntegerConverter):
    """A row's number that fits the database's integer; anything else is no page at all."""

    def __init__(self, url_map):
        super().__init__(url_map, min=1, max=2**31 - 1)


class Reference(BaseConverter):
    """Eight letters and digits that nobody confuses (Crockford's base 32)."""

    regex = "[0-9A-HJKMNP-TV-Z]{8}"


def local(path: str | None) -> str | None:
    """The path if it surely leads to a page of ours, however a browser reads it; else None."""
    return path if path and LOCAL_PATH.match(path) else None
