"""The demo's clinic: what it treats, who works there, when, and for what they can be booked."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.dialects.postgresql import Range

from healthbook.db import db
from healthbook.demo.people import CAST, FOLDER, Person, plain, user
from healthbook.models import (
    AvailabilityOverride,
    Clinic,
    Doctor,
    DoctorAvailability,
    DoctorReview,
    DoctorStatus,
    Specialization,
    TimeOff,
    User,
    UserType,
    VisitType,
    Weekday,
)
from healthbook.scheduling.slots import Calendar, Override
from healthbook.scheduling.wall_clock import Hours

WORDS = json.loads((FOLDER / "clinic.json").read_text(encoding="utf-8"))
DAYS = {weekday[:3]: weekday for weekday in Weekday}
ZONE = WORDS["clinic"]["time_zone"]

# Days from today, on which somebody is there at other hours or not at all.
OTHER_HOURS = {"Owen Hale": (9, time(10), time(12)), "Callum Reid": (12, None, None), "Sara Lindqvist": (5, None, None)}
AWAY = {"Leena Mehta": (21, 28, "Conference")}


class Practice(NamedTuple):
    """A doctor at work; `busy` is the part of their time that is booked."""

    key: str
    doctor: Doctor
    specialization: str
    visit_types: list[VisitType]
    calendar: Calendar
    busy: float


def clinic() -> Clinic:
    row = Clinic(**WORDS["clinic"])
    db.session.add(row)
    return row


def specializations(now: datetime) -> dict[str, Specialization]:
    rows = {words["name"]: Specialization(created_at=now, **words) for words in WORDS["specializations"]}
    db.session.add_all(rows.values())
    return rows


def doctor(
    words: dict[str, Any], place: Clinic, fields: dict[str, Specialization], hashed: str, now: datetime
) -> Doctor:
    """One who has applied; `words` are of clinic.json."""
    since = now - timedelta(days=7 if "hours" not in words else 800)
    email = f"{plain(words['name'])}@demo.example"
    person = CAST.get(words.get("key"), Person(email, words["name"], UserType.DOCTOR, "doctor", date(1980, 5, 4)))
    row = Doctor(
        user=user(person, hashed, since),
        specialization=fields[words["specialization"]],
        clinic=place,
        license_number=f"{7000000 + sum(map(ord, words['name'])) * 101}",
        years_of_experience=now.year - words["since"],
        qualification=words["qualification"],
        biography=words["biography"],
        languages=words["languages"],
        video_visits=words.get("video", False),
        slot_step_minutes=words.get("step"),
        consultation_fee=Decimal(WORDS["visit_types"][words["specialization"]][0][4]),
        created_at=since,
        updated_at=since,
        next_free_at=now,
    )
    db.session.add(row)
    return row


def practice(words: dict[str, Any], row: Doctor, admin: User, today: date) -> Practice:
    """Approve a doctor and give them hours, visit types and the days that differ."""
    row.status = DoctorStatus.APPROVED
    row.reviews.append(
        DoctorReview(
            decided_by=admin,
            decided_at=row.created_at + timedelta(days=2),
            old_status=DoctorStatus.PENDING,
            new_status=DoctorStatus.APPROVED,
            reason="Licence and references are in order.",
        )
    )
    hours, types = weekly(words["hours"]), visit_types(words["specialization"])
    row.availability.extend(hours)
    row.visit_types.extend(types)
    db.session.flush()
    calendar = Calendar(
        ZONE,
        tuple(Hours(Weekday(span.day_of_week).number, span.start_time, span.end_time) for span in hours),
        other_hours(row, words["name"], today),
        time_off=away(row, words["name"], today),
        step_minutes=words["step"],
    )
    return Practice(words.get("key", ""), row, words["specialization"], types, calendar, words["busy"])


def weekly(written: list[str]) -> list[DoctorAvailability]:
    """Rows from lines such as "mon wed 09:00-12:30"."""
    rows = []
    for line in written:
        *days, span = line.split()
        start, end = map(time.fromisoformat, span.split("-"))
        rows += [DoctorAvailability(day_of_week=DAYS[day], start_time=start, end_time=end) for day in days]
    return rows


def visit_types(specialization: str) -> list[VisitType]:
    names = ("appointment_type", "name", "minutes", "buffer_after", "fee", "instructions")
    written = WORDS["visit_types"][specialization]
    return [
        VisitType(position=place, new_patients=one[0] != "follow_up", **dict(zip(names, one, strict=True)))
        for place, one in enumerate(written)
    ]


def other_hours(row: Doctor, name: str, today: date) -> tuple[Override, ...]:
    if name not in OTHER_HOURS:
        return ()
    days, start, end = OTHER_HOURS[name]
    on_date = today + timedelta(days=days)
    db.session.add(AvailabilityOverride(doctor_id=row.id, on_date=on_date, start_time=start, end_time=end))
    return (Override(on_date, start, end),)


def away(row: Doctor, name: str, today: date) -> tuple[tuple[datetime, datetime], ...]:
    if name not in AWAY:
        return ()
    first, last, reason = AWAY[name]
    midnight = datetime.combine(today, time(), UTC)
    start, end = midnight + timedelta(days=first), midnight + timedelta(days=last)
    db.session.add(TimeOff(clinic_id=row.clinic_id, doctor_id=row.id, during=Range(start, end), reason=reason))
    return ((start, end),)
