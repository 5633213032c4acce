"""Who is free soonest: exact, however old the lower bounds of the doctors' first free times are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from healthbook.scheduling import slots
from healthbook.scheduling.parts import part_of
from healthbook.scheduling.queries import calendars, candidates
from healthbook.scheduling.queries.candidates import Candidate, Criteria, Place
from healthbook.scheduling.wall_clock import local

NEAR = 40
A_DAY, A_WEEK, FURTHEST = timedelta(days=1), timedelta(days=7), timedelta(days=800)
LONGEST_VISIT = timedelta(hours=8)


class Search(NamedTuple):
    """How many are wanted, and after which place in the order of what is found."""

    criteria: Criteria
    now: datetime
    most: int
    after: Place | None = None

    @property
    def since(self) -> date:
        """The first date of interest, in every zone; nobody can be booked as far ahead as it may be at most."""
        return min(self.criteria.since or date.min, (self.now + FURTHEST).date())


class Known(NamedTuple):
    """A candidate's hours and overrides, as far as anything can be booked."""

    candidate: Candidate
    work: slots.Calendar


class Found(NamedTuple):
    """A doctor's first free time, in UTC."""

    at: datetime
    doctor: Known

    @property
    def place(self) -> Place:
        return self.at, self.doctor.candidate.sought.doctor_id


def soonest(search: Search) -> list[Found]:
    """The first free time of each of so many doctors, in order. Where fewer are found, nobody else has any.

    Who has the lowest bounds is looked at first. Mostly that is enough: nobody else can be free before their bound.
    """
    # A quarter more than are wanted: most bounds are exact, and where they are not, the others are looked at below.
    near = candidates.nearest(search.criteria, min(NEAR, search.most * 5 // 4), search.after)
    if not near:
        return []
    doctors, until = known(search, near), first_look(search, near[-1].bound)
    found = look(search, doctors, until)
    best = first_of(search, found)
    if len(best) < search.most:
        doctors = [*without(doctors, found), *known(search, candidates.others(search.criteria, near[-1].place))]
        found += look(search, doctors, until + A_WEEK)
        if len(first_of(search, found)) < search.most:
            found += look(search, without(doctors, found), search.now + FURTHEST)
    elif best[-1].place > near[-1].place:
        zones = {each.sought.zone for each in near}
        rivals = candidates.rivals(search.criteria, near[-1].place, best[-1].place, zones, search.now)
        found += look(search, known(search, rivals), best[-1].at)
    return first_of(search, found)


def first_look(search: Search, bound: datetime) -> datetime:
    """Until when: a day from where all of them may be free."""
    since = datetime(search.since.year, search.since.month, search.since.day, tzinfo=UTC)
    return max(bound, search.now, since) + A_DAY


def known(search: Search, doctors: Sequence[Candidate]) -> list[Known]:
    if not doctors:
        return []
    sought = [each.sought for each in doctors]
    work = calendars.working(sought, calendars.around(sought, search.since, date.max, search.now))
    return [Known(each, work[each.sought.doctor_id]) for each in doctors]


def look(search: Search, doctors: Sequence[Known], until: datetime) -> list[Found]:
    """Those who are free by then, each with their first time."""
    if not doctors:
        return []
    sought, work = [each.candidate.sought for each in doctors], {d.candidate.sought.doctor_id: d.work for d in doctors}
    reach = calendars.around(sought, search.since, until.date() + A_DAY, search.now)
    reach = reach._replace(end=min(reach.end, until + LONGEST_VISIT))
    calendar = calendars.with_busy(work, sought, reach, search.now)
    found = []
    for each in doctors:
        at = first_time(search, calendar[each.candidate.sought.doctor_id], each.candidate.sought.visit, until)
        if at:
            found.append(Found(at, each))
    return found


def first_time(search: Search, calendar: slots.Calendar, visit: slots.Visit, until: datetime) -> datetime | None:
    part, latest = search.criteria.part, until.timestamp()
    runs = slots.ranges(calendar, visit, search.since, until.date() + A_DAY, search.now)
    for at in chain.from_iterable(runs):
        if at > latest:
            return None
        if part is None or part_of(local(calendar.zone, at)) == part:
            return datetime.fromtimestamp(at, UTC)
    return None


def first_of(search: Search, found: Sequence[Found]) -> list[Found]:
    beyond = (each for each in found if search.after is None or each.place > search.after)
    return sorted(beyond, key=lambda each: each.place)[: search.most]


def without(doctors: Sequence[Known], found: Sequence[Found]) -> list[Known]:
    ids = {each.doctor.candidate.sought.doctor_id for each in found}
    return [each for each in doctors if each.candidate.sought.doctor_id not in ids]
