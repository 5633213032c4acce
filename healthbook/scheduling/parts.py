"""The parts of a day, by the clock on the clinic's wall."""

from datetime import datetime
from enum import StrEnum

NOON, EVENING = 12, 17


class Part(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


def part_of(at: datetime) -> Part:
    """Morning until noon, evening from five o'clock."""
    if at.hour < NOON:
        return Part.MORNING
    return Part.AFTERNOON if at.hour < EVENING else Part.EVENING
