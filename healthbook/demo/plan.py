"""Which visits the demo has: on the doctors' real hours and grid, nobody in two places, and free times left."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from healthbook.demo.clinic import ZONE, Practice
from healthbook.demo.people import CASES, ON_ONE_S_OWN, age
from healthbook.models import BOOKED, Patient, Status, VisitType
from healthbook.scheduling import slots
from healthbook.scheduling.wall_clock import local

BEFORE, AFTER = timedelta(days=61), timedelta(days=42)
KINDS = (5, 3, 2)
MOST_AHEAD = 4
TRIES = 40
# Who of the cast sees whom, on which days from today, and whether that is over.
OF_THE_CAST = (
    (0, "cole", range(-50, -24), True),
    (0, "cole", range(-20, -6), True),
    (0, "cole", range(8, 22), False),
    (1, "hale", range(-40, -6), True),
    (1, "hale", range(8, 22), False),
    (2, "adeyemi", range(-40, -6), True),
    (2, "adeyemi", range(8, 22), False),
)


class Planned(NamedTuple):
    """`luck` decides the rest of it, so that the hour at which the demo is made changes today's visits and no other."""

    practice: Practice
    visit_type: VisitType
    start: datetime
    end: datetime
    status: Status
    case: list
    patient: Patient
    luck: float

    @property
    def day(self) -> date:
        return local(ZONE, int(self.start.timestamp())).date()


def visits(rng: Random, practices: list[Practice], patients: list[Patient], now: datetime) -> list[Planned]:
    """All of them, doctor by doctor and in order of time; Ada's, Ben's and her child's are put in last."""
    others, diaries = patients[2:], Diaries()
    planned = []
    for practice in practices:
        for start, visit_type in taken_times(rng, practice, now):
            end = start + timedelta(minutes=visit_type.minutes)
            status = outcome(start, end, now, rng.random())
            case = rng.choice(CASES[practice.specialization])
            patient = diaries.somebody(rng, practice, others, start, ahead=start.date() >= now.date())
            if patient:
                planned.append(Planned(practice, visit_type, start, end, status, case, patient, rng.random()))
    return with_the_cast(planned, patients, now)


def taken_times(rng: Random, practice: Practice, now: datetime) -> Iterator[tuple[datetime, VisitType]]:
    """Walk through a doctor's time and fill a part of it."""
    first, last = (now - BEFORE).date(), (now + AFTER).date()
    offered = {kind: set(starts(practice, kind, first, last)) for kind in practice.visit_types}
    free_from = datetime.min.replace(tzinfo=UTC)
    for start in sorted(set().union(*offered.values())):
        kind = rng.choices(practice.visit_types, KINDS)[0]
        luck = rng.random()
        if start < free_from or start not in offered[kind]:
            continue
        free_from = start + timedelta(minutes=kind.minutes + kind.buffer_after)
        if luck < part_taken(practice, (start.date() - now.date()).days):
            yield start, kind


def starts(practice: Practice, kind: VisitType, first: date, last: date) -> list[datetime]:
    visit = slots.Visit(kind.minutes, kind.buffer_before or 0, kind.buffer_after)
    return slots.free(practice.calendar, visit, first, last, datetime.combine(first, time(), UTC))


def part_taken(practice: Practice, days: int) -> float:
    """Near days fill first; a doctor whom everybody wants is full for four weeks."""
    if days < (28 if practice.busy > 0.9 else 7):
        return practice.busy
    return practice.busy * max(0.25, 1 - days / 50)


def outcome(start: datetime, end: datetime, now: datetime, luck: float) -> Status:
    """What has become of a visit by now."""
    if luck > 0.94:
        return Status.CANCELLED
    if end <= now:
        return Status.NO_SHOW if luck > 0.89 else Status.COMPLETED
    if start <= now:
        return Status.IN_PROGRESS
    if luck < 0.5 and start - now < timedelta(minutes=20):
        return Status.CHECKED_IN
    return Status.CONFIRMED if luck < 0.55 else Status.SCHEDULED


class Diaries:
    """On which days each patient has a visit, and how many they have ahead."""

    def __init__(self) -> None:
        self.days: dict[Patient, set[date]] = defaultdict(set)
        self.ahead: dict[Patient, int] = defaultdict(int)

    def somebody(
        self, rng: Random, practice: Practice, patients: list[Patient], start: datetime, ahead: bool
    ) -> Patient | None:
        """A patient who suits the doctor and has nothing else on that day; rarely nobody."""
        day = start.date()
        for patient in rng.choices(patients, k=TRIES):
            suits = is_for(practice.specialization, age(patient.user.date_of_birth, day))
            if suits and day not in self.days[patient] and not (ahead and self.ahead[patient] >= MOST_AHEAD):
                self.days[patient].add(day)
                self.ahead[patient] += ahead
                return patient
        return None


def is_for(specialization: str, years: int) -> bool:
    """Children are seen by the doctors for children, and nobody else is."""
    return (specialization == "Paediatrics") == (years < ON_ONE_S_OWN)


def with_the_cast(planned: list[Planned], patients: list[Patient], now: datetime) -> list[Planned]:
    """Ada, Ben and Ada's child take over visits that somebody else would have had."""
    for who, key, days, over in OF_THE_CAST:
        busy = {visit.day for visit in planned if visit.patient is patients[who]}
        for place, visit in enumerate(planned):
            fits = (visit.status == Status.COMPLETED if over else visit.status in BOOKED) and visit.day not in busy
            if visit.practice.key == key and fits and (visit.day - now.date()).days in days:
                planned[place] = visit._replace(patient=patients[who])
                break
    return planned
