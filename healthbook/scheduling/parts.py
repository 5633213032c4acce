"""The parts of a day, by the clock on the clinic's wall."""

from datetime import datetime, time
from enum import StrEnum

NOON, EVENING = 12, 17


class Part(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


HOURS = {
    Part.MORNING: (time(0), time(NOON)),
    Part.AFTERNOON: (time(NOON), time(EVENING)),
    Part.EVENING: (time(EVENING), None),
}
"""From when to when, where the day itself is not the end."""


def part_of(at: datetime) -> Part:
    """Morning until noon, evening from five o'clock."""
    if at.hour < NOON:
        return Part.MORNING
    return Part.AFTERNOON if at.hour < EVENING else Part.EVENING
