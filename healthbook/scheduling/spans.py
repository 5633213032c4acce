"""Stretches of epoch seconds, half-open, as pairs."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

Span = tuple[int, int]


def merge(spans: Iterable[Span]) -> list[Span]:
    """In order, with those that overlap or touch made one; what has no length is left out."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        elif start < end:
            merged.append((start, end))
    return merged


def gaps(start: int, end: int, taken: list[Span]) -> Iterator[Span]:
    """What merged spans leave of the stretch from `start` to `end`."""
    for low, high in taken[max(0, bisect_left(taken, (start, start)) - 1) :]:
        if low >= end:
            break
        if low > start:
            yield start, low
        start = max(start, high)
    if start < end:
        yield start, end
