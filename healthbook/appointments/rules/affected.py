"""What becomes of visits that lost their time: people decide, for one or for many at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, update

from healthbook.appointments.queries.affected import chosen
from healthbook.appointments.rules.locks import lock
from healthbook.appointments.rules.steps import allowed
from healthbook.appointments.rules.visits import Why, step
from healthbook.db import db
from healthbook.errors import Refused
from healthbook.live import announce
from healthbook.models import Appointment, Doctor, Status, User

KEEP, MOVE, CANCEL = ACTS = ("keep", "move", "cancel")


def decide(
    person: User,
    visits: Iterable[Appointment],
    seen: Mapping[str, str],
    act: str,
    why: Why,
    now: datetime,
    doctor: Doctor | None = None,
) -> int:
    """Keep these visits, mark them to be moved, or cancel them, each patient told why; how many that was.

    `seen` is what the page showed of them, by reference (`as_seen`). One that somebody changed meanwhile is left alone.
    """
    done = 0
    lock({visit.doctor_id for visit in visits})
    unchanged = (visit for visit in chosen(list(seen), doctor) if as_seen(visit) == seen[visit.reference])
    for visit in unchanged:
        try:
            if act == CANCEL:
                allowed(person, visit, visit.status, Status.CANCELLED, now, why.reason)
                step(person, visit, Status(visit.status), Status.CANCELLED, now, why)
            else:
                mark(person, visit, act, now)
            done += 1
        except Refused:
            continue
    return done


def as_seen(visit: Appointment) -> str:
    """What a page shows of a visit on which somebody decides: its status, and what was decided before."""
    decided = "-kept" if visit.kept_at else "-moving" if visit.to_move_since else ""
    return f"{visit.status}{decided}"


def mark_reached(person: User, visit: Appointment, reached: bool, now: datetime) -> None:
    """Whether the desk has reached the patient, and who tried last."""
    lock([visit.doctor_id])
    visit.reached, visit.reached_at, visit.reached_by_id, visit.updated_at = reached, now, person.id, now
    db.session.flush()
    announce("clinic")


def mark(person: User, visit: Appointment, act: str, now: datetime) -> None:
    """Kept, or waiting to be moved. Under the doctor's lock."""
    kept = {"to_move_since": None, "kept_at": now, "kept_by_id": person.id}
    moved = {"to_move_since": func.coalesce(Appointment.to_move_since, now), "kept_at": None, "kept_by_id": None}
    db.session.execute(
        update(Appointment).where(Appointment.id == visit.id).values(updated_at=now, **(moved if act == MOVE else kept))
    )
    announce(f"agenda-{visit.doctor_id}", f"appointment-{visit.reference}", "clinic")
