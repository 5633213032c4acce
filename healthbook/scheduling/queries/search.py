"""A page of those who are free soonest, and the same page later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import any_
from sqlalchemy.orm import joinedload

from healthbook.db import db, ids
from healthbook.doctors.queries import public
from healthbook.models import Doctor, VisitType
from healthbook.scheduling import cards, slots, terms
from healthbook.scheduling.cards import Card
from healthbook.scheduling.parts import part_of
from healthbook.scheduling.queries import calendars
from healthbook.scheduling.queries.candidates import Criteria, Place
from healthbook.scheduling.queries.soonest import Found, Search, soonest
from healthbook.scheduling.queries.visit_types import visit_types
from healthbook.scheduling.wall_clock import local

PAGE = 10
A_DAY, SIX_DAYS = timedelta(days=1), timedelta(days=6)
OFFERED = (
    public()
    .add_columns(VisitType)
    .join(VisitType, VisitType.doctor_id == Doctor.id)
    .where(VisitType.id == any_(ids("kinds")), VisitType.retired_at.is_(None))
)
PEOPLE = public().where(Doctor.id == any_(ids("doctors"))).options(joinedload(Doctor.visit_types))


class Results(NamedTuple):
    """`then` is the place after which the next page begins; `sooner` how many came to be free sooner than it shows."""

    cards: list[Card]
    then: Place | None = None
    sooner: int = 0

    @property
    def zones(self) -> set[str]:
        return {card.doctor.clinic.time_zone for card in self.cards}

    @property
    def topics(self) -> list[str]:
        return [f"doctor-{card.doctor.id}" for card in self.cards]


def results(criteria: Criteria, now: datetime, after: Place | None = None) -> Results:
    """Who is free soonest, after a place in that order, each with the first times of a week."""
    found = soonest(Search(criteria, now, PAGE + 1, after, ahead=SIX_DAYS + 2 * A_DAY))
    page, then = found[:PAGE], found[PAGE - 1].place if len(found) > PAGE else None
    offers, weeks = offered(page), first_weeks(criteria, page, now)
    drawn = [cards.fresh(*offers[id], weeks[id], now) for _, id in (each.place for each in page) if id in offers]
    # Somebody may have been quicker than this search.
    return Results([card for card in drawn if card.slots], then)


def offered(found: Sequence[Found]) -> dict[int, tuple[Doctor, VisitType]]:
    """The doctors with all that a card says of them, and what would be booked, by the doctor's id.

    Who is no longer with us is not among them, nor what is no longer offered.
    """
    kinds = [each.candidate.visit_type_id for each in found]
    return {doctor.id: (doctor, kind) for doctor, kind in db.session.execute(OFFERED, {"kinds": kinds})}


def people(doctor_ids: Iterable[int]) -> dict[int, Doctor]:
    """Doctors with all that a card says of them, and all that can be booked with them, by the doctor's id."""
    found = db.session.scalars(PEOPLE, {"doctors": list(doctor_ids)}).unique()
    return {doctor.id: doctor for doctor in found}


def first_weeks(criteria: Criteria, found: Sequence[Found], now: datetime) -> dict[int, Iterator[datetime]]:
    """The times from each doctor's first one on, on the clinic's wall clock, by the doctor's id."""
    if not found:
        return {}
    sought, known = [each.candidate.sought for each in found], {each.place[1]: each.calendar for each in found}
    first, last = (each.at.date() for each in (found[0], found[-1]))
    reach = calendars.around(sought, first - A_DAY, last + A_DAY + SIX_DAYS, now)
    if reach.end > min(each.until for each in found):
        known = calendars.with_busy(known, sought, reach, now)
    return {each.place[1]: week(criteria, each, known[each.place[1]], now) for each in found}


def week(criteria: Criteria, found: Found, calendar: slots.Calendar, now: datetime) -> Iterator[datetime]:
    start = int(found.at.timestamp())
    first = local(calendar.zone, start).date()
    runs = slots.ranges(calendar, found.candidate.sought.visit, first, first + SIX_DAYS, now)
    times = (local(calendar.zone, at) for at in chain.from_iterable(runs) if at >= start)
    return (at for at in times if criteria.part in (None, part_of(at)))


def again(criteria: Criteria, now: datetime, shown: Mapping[int, list[int]], after: Place | None = None) -> Results:
    """What became of the times that a page shows, each in its place, and whether somebody is free sooner."""
    doctors = people(shown)
    kinds = {id: first_kind(doctor, criteria.new) for id, doctor in doctors.items()}
    offers = [(doctors[id], kind, shown[id]) for id in shown if (kind := kinds.get(id))]
    free, found = still_free(offers, now), soonest(Search(criteria, now, PAGE, after))
    firsts = {each.place[1]: each.at for each in found}

    def card(doctor: Doctor, kind: VisitType, minutes: list[int]) -> Card:
        known, first = free.get(doctor.id, {}), firsts.get(doctor.id)
        # Who is no longer among the first still has the times around those that are shown.
        first = first.astimezone(doctor.clinic.zone) if first else first_wanted(criteria, doctor.clinic.zone, known)
        return cards.again(doctor, kind, minutes, known, first, now)

    drawn = [card(*each) for each in offers]
    return Results(drawn, sooner=sum(is_sooner(each, shown) for each in found))


def first_kind(doctor: Doctor, new: bool | None) -> VisitType | None:
    """The same that a search looks for."""
    kinds = visit_types(doctor, new=new is not False) or (visit_types(doctor) if new is None else [])
    return next(iter(kinds), None)


def first_wanted(criteria: Criteria, zone: ZoneInfo, minutes: Iterable[int]) -> datetime | None:
    times = (datetime.fromtimestamp(60 * minute, zone) for minute in minutes)
    wanted = (at for at in times if criteria.part in (None, part_of(at)))
    return next((at for at in wanted if at.date() >= (criteria.since or at.date())), None)


def still_free(offers: Sequence[tuple[Doctor, VisitType, list[int]]], now: datetime) -> dict[int, dict[int, None]]:
    """The free minutes around those that are shown of each doctor who can be booked, in order, by the doctor's id."""
    sought = [terms.sought(doctor, terms.visit(doctor, kind)) for doctor, kind, _ in offers if doctor.bookable]
    if not sought:
        return {}
    ends = [minutes[end] for *_, minutes in offers for end in (0, -1)]
    first, last = (datetime.fromtimestamp(60 * end, UTC).date() for end in (min(ends), max(ends)))
    dates = first - A_DAY, last + A_DAY
    reach = calendars.around(sought, *dates, now)
    known = calendars.whole(sought, reach, now)
    runs = {each.doctor_id: slots.ranges(known[each.doctor_id], each.visit, *dates, now) for each in sought}
    return {id: dict.fromkeys(at // 60 for at in chain.from_iterable(of_one)) for id, of_one in runs.items()}


def is_sooner(found: Found, shown: Mapping[int, list[int]]) -> bool:
    """Whether a page that showed this doctor so, or not at all, would begin with another time or doctor now."""
    minute, known = int(found.at.timestamp()) // 60, shown.get(found.place[1])
    if known:
        return minute < known[-1] and minute not in known
    return len(shown) < PAGE or minute < max(minutes[0] for minutes in shown.values())
