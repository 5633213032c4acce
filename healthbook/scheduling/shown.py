"""The times that an open page shows, in a few letters that it sends along when it refreshes itself.

A first minute since the epoch and the gaps after it, alike ones counted: 29933760.15*7.60.15*12.
"""

import re
from itertools import groupby, pairwise

LONGEST = 1500
MOST_MINUTES = 8 * 24 * 60
PATTERN = re.compile(r"\d{1,9}(\.[1-9]\d{0,4}(\*[1-9]\d{0,3})?)*", re.ASCII)


def write(minutes: list[int]) -> str:
    """Minutes in order. What would be too long for an address is left out at the end."""
    gaps = groupby(after - before for before, after in pairwise(minutes))
    counted = [(gap, len(list(alike))) for gap, alike in gaps]
    text = ".".join([*map(str, minutes[:1]), *(f"{gap}*{n}" if n > 1 else str(gap) for gap, n in counted)])
    return text if len(text) <= LONGEST else text[: text.rindex(".", 0, LONGEST)]


def read(text: str) -> list[int]:
    """The minutes that were written. It comes back from a browser: anything else, or more than a week, is nothing."""
    if len(text) > LONGEST or not PATTERN.fullmatch(text):
        return []
    first, *runs = text.split(".")
    minutes = [int(first)]
    for run in runs:
        gap, _, count = run.partition("*")
        if int(gap) * int(count or 1) > MOST_MINUTES:
            return []
        minutes += [minutes[-1] + int(gap) * n for n in range(1, int(count or 1) + 1)]
    return minutes if minutes[-1] - minutes[0] <= MOST_MINUTES else []
