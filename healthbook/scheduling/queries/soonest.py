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
# How many more are looked at before it is asked again whether that is enough; the last time all of them. Each round of
# others takes one from the rivals, so that there are never many statements.
ALL = 10**6
OTHERS = 250, ALL
RIVALS = 100, 300, ALL
A_DAY, A_WEEK, FURTHEST = timedelta(days=1), timedelta(days=7), timedelta(days=800)
LONGEST_VISIT = timedelta(hours=8)


class Search(NamedTuple):
    """How many are wanted, and after which place in the order of what is found.

    `ahead` is how far beyond the first times the calendars shall know what is busy.
    """

    criteria: Criteria
    now: datetime
    most: int
    after: Place | None = None
    ahead: timedelta = timedelta(0)

    @property
    def since(self) -> date:
        """The first date of interest, in every zone; nobody can be booked as far ahead as it may be at most."""
        return min(self.criteria.since or date.min, (self.now + FURTHEST).date())


class Found(NamedTuple):
    """A doctor's first free time, in UTC, and a calendar that knows what is busy before `until`."""

    at: datetime
    candidate: Candidate
    calendar: slots.Calendar
    until: datetime

    @property
    def place(self) -> Place:
        return self.at, self.candidate.sought.doctor_id


def soonest(search: Search) -> list[Found]:
    """The first free time of each of so many doctors, in order. Where fewer are found, nobody else has any.

    Who has the lowest bounds is looked at first. Mostly that is enough: nobody else can be free before their bound.
    """
    # A quarter more than are wanted, as most bounds are exact.
    known = candidates.nearest(search.criteria, min(NEAR, search.most * 5 // 4), search.after)
    if not known:
        return []
    until = first_look(search, known[-1].bound)
    found = look(search, known, until)
    if not enough(search, found):
        # Perhaps nobody works then.
        until += A_WEEK
        found += look(search, without(known, found), until)
    for n, most in enumerate(OTHERS):
        if enough(search, found):
            return first_of(search, with_rivals(search, known, found, RIVALS[n:]))
        others = candidates.others(search.criteria, known[-1].place, search.now, most)
        known, found = [*known, *others], [*found, *look(search, others, until)]
        if len(others) < most:
            break
    if not enough(search, found):
        left = (each for each in without(known, found) if search.now + each.sought.visit.horizon > until)
        found += look(search, list(left), search.now + FURTHEST)
    return first_of(search, found)


def with_rivals(
    search: Search, known: Sequence[Candidate], found: Sequence[Found], rounds: Sequence[int]
) -> list[Found]:
    """Those who were found, and whoever of the others may be free before the last who is wanted.

    At first not all of them: each who is free before brings that last place forward, so that fewer are left.
    """
    found, zones, last_id = list(found), {each.sought.zone for each in known}, 0
    for most in rounds:
        until, beyond = first_of(search, found)[-1].place, known[-1].place
        if until <= beyond:
            break
        rivals = candidates.rivals(search.criteria, beyond, until, zones, search.now, last_id, most)
        found += look(search, rivals, until[0])
        if len(rivals) < most:
            break
        last_id = rivals[-1].sought.doctor_id
    return found


def first_look(search: Search, bound: datetime) -> datetime:
    """Until when: a day from where all of them may be free."""
    since = datetime(search.since.year, search.since.month, search.since.day, tzinfo=UTC)
    return max(bound, search.now, since) + A_DAY


def look(search: Search, doctors: Sequence[Candidate], until: datetime) -> list[Found]:
    """Those who are free by then, each with their first time."""
    if not doctors:
        return []
    sought = [each.sought for each in doctors]
    reach = calendars.around(sought, search.since, date.max, search.now)
    # Where all of them have a longer notice, nothing of theirs begins by then.
    end = max(reach.start, min(reach.end, until + max(LONGEST_VISIT, search.ahead)))
    known = calendars.whole(sought, reach._replace(end=end), search.now)
    found = []
    for each in doctors:
        calendar = known[each.sought.doctor_id]
        if at := first_time(search, calendar, each.sought.visit, until):
            found.append(Found(at, each, calendar, end))
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


def enough(search: Search, found: Sequence[Found]) -> bool:
    return len(first_of(search, found)) == search.most


def first_of(search: Search, found: Sequence[Found]) -> list[Found]:
    beyond = (each for each in found if search.after is None or each.place > search.after)
    return sorted(beyond, key=lambda each: each.place)[: search.most]


def without(doctors: Sequence[Candidate], found: Sequence[Found]) -> list[Candidate]:
    ids = {each.candidate.sought.doctor_id for each in found}
    return [each for each in doctors if each.sought.doctor_id not in ids]
