"""The dates on which a doctor's hours differ."""

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import AvailabilityOverride, Doctor


def dates(doctor: Doctor, since: date) -> dict[date, list[AvailabilityOverride]]:
    """From a day on, in order; the rows of a date are its windows, or one without times where it is closed."""
    own = AvailabilityOverride.doctor_id == doctor.id, AvailabilityOverride.on_date >= since
    found: dict[date, list[AvailabilityOverride]] = {}
    for row in db.session.scalars(ordered().where(*own)):
        found.setdefault(row.on_date, []).append(row)
    return found


def of_date(doctor: Doctor, on_date: date) -> list[AvailabilityOverride]:
    """What differs on one date, read anew."""
    own = AvailabilityOverride.doctor_id == doctor.id, AvailabilityOverride.on_date == on_date
    rows = db.session.scalars(ordered().where(*own), execution_options={"populate_existing": True})
    return list(rows)


def ordered() -> Select[AvailabilityOverride]:
    rows = select(AvailabilityOverride).options(joinedload(AvailabilityOverride.created_by))
    return rows.order_by(AvailabilityOverride.on_date, AvailabilityOverride.start_time, AvailabilityOverride.id)
