"""What somebody can book with a doctor, and what has to be said about what they asked for."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any, NamedTuple

from healthbook.models import Doctor, VisitType
from healthbook.scheduling.picker import Month, Slot, Week


class Who(NamedTuple):
    """Who asks: somebody known is not `asked` whether they are new; `said` is a guest's answer, 1 or 0.

    `patient_id` is of somebody else for whom they ask. The `desk` may take more than people online.
    """

    asked: bool = False
    said: int | None = None
    new: bool = False
    patient_id: int | None = None
    desk: bool = False


ANYBODY = Who()


class Moving(NamedTuple):
    """A visit for which another time is looked for; its own counts as free. `at` is on the wall clock of its place.

    `doctor_id` is of somebody else than its doctor, whose times are shown.
    """

    reference: str
    appointment_id: int
    at: datetime
    kind: VisitType | None
    doctor_id: int | None = None

    @property
    def own_minute(self) -> int | None:
        """Since the epoch, when it has its time now; of another doctor's times none is its own."""
        return None if self.doctor_id else int(self.at.timestamp()) // 60


class Note(StrEnum):
    """Why it is not what was asked for: changed since, only for known patients, or nothing for new ones at all."""

    CHANGED = "changed"
    KNOWN_ONLY = "known_only"
    NOT_NEW = "not_new"


class Offer(NamedTuple):
    """What can be booked, in order, and which of it is chosen; `wanted` is the name of what was asked for.

    There is `more` for people who have been here before.
    """

    kinds: list[VisitType]
    kind: VisitType | None
    more: bool = False
    note: Note | None = None
    wanted: str = ""


class Picker(NamedTuple):
    """A week, or five with a day; neither where nothing can be booked. `nearest` is in place of what is gone."""

    doctor: Doctor
    who: Who
    offer: Offer
    week: Week | None = None
    month: Month | None = None
    nearest: tuple[Slot, ...] = ()
    moving: Moving | None = None

    @property
    def page(self) -> str:
        """The endpoint that shows these times."""
        if self.moving:
            return "appointments.rescheduling"
        return "appointments.times_for" if self.who.desk else "scheduling.slots"

    @property
    def visit_type(self) -> VisitType | None:
        return self.offer.kind

    @property
    def visit_types(self) -> list[VisitType]:
        return self.offer.kinds

    @property
    def view(self) -> Week | Month | None:
        return self.week or self.month

    @property
    def hides(self) -> bool:
        """Whether there is more for people who have been here before."""
        return self.who.new and self.offer.more and not self.who.desk

    @property
    def begins(self) -> datetime:
        """The first midnight of what is shown, in the clinic's zone."""
        return datetime.combine(self.view.monday, time(), self.view.zone)

    @property
    def here(self) -> dict[str, Any]:
        """What stands in the address of just what is shown."""
        if self.week:
            return self.asking(week=self.week.monday)
        if self.month:
            return self.asking(**{"from": self.month.monday, "day": self.month.day and self.month.day.date})
        return self.asking()

    @property
    def stands_for(self) -> object:
        """What the part shows: while it stays so, a refresh has no answer."""
        kinds = [(kind.id, kind.name, kind.minutes, kind.fee, kind.instructions) for kind in self.offer.kinds]
        return kinds, self.hides, self.offer.kind and self.offer.kind.id, self.offer.note, self.week, self.month

    def asking(self, **more: Any) -> dict[str, Any]:
        """What stands in the address of these times, or of others for the same need."""
        if self.moving:
            return {"reference": self.moving.reference, "doctor": self.moving.doctor_id, **more}
        kind = self.offer.kind and self.offer.kind.id
        asked = {"doctor_id": self.doctor.id, "type": kind, "new": self.who.said}
        return {**asked, "patient_id": self.who.patient_id, **more}


def offer(kinds: list[VisitType], online: list[VisitType], wanted: VisitType | None) -> Offer:
    """Of `kinds`, which are for this person, what they want or the first; `online` is what others can book."""
    more = len(online) > len(kinds)
    if not kinds:
        return Offer([], None, more, Note.NOT_NEW if more else None)
    if wanted is None:
        return Offer(kinds, kinds[0], more)
    if wanted in kinds:
        return Offer(kinds, wanted, more)
    if wanted.retired_at is not None:
        return Offer(kinds, successor(kinds, wanted), more, Note.CHANGED, wanted.name)
    return Offer(kinds, kinds[0], more, Note.KNOWN_ONLY, wanted.name)


def successor(kinds: list[VisitType], retired: VisitType) -> VisitType:
    """What is most like one that is no longer offered."""
    return min(
        kinds,
        key=lambda kind: (
            kind.name != retired.name,
            kind.appointment_type != retired.appointment_type,
            kind.position != retired.position,
        ),
    )
