"""When the whole clinic is closed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import joinedload

from healthbook.db import db
from healthbook.models import Clinic, TimeOff
from healthbook.scheduling.away import Period
from healthbook.scheduling.queries.time_off import Series, grouped, known


def of_clinic(clinic: Clinic) -> Select[TimeOff]:
    return select(TimeOff).where(TimeOff.clinic_id == clinic.id, TimeOff.doctor_id.is_(None))


def closures(clinic: Clinic, now: datetime) -> list[Series]:
    """What is not over, in the order of its next beginning."""
    wanted = of_clinic(clinic).add_columns(literal(0)).where(func.upper(TimeOff.during) > now)
    wanted = wanted.options(joinedload(TimeOff.created_by)).order_by(func.lower(TimeOff.during), TimeOff.id)
    return grouped(db.session.execute(wanted).all())


def one(clinic: Clinic, time_off_id: int, whole: bool) -> list[TimeOff]:
    """One closing, with `whole` all that was entered at once. Raises NoResultFound."""
    row = db.session.scalars(of_clinic(clinic).where(TimeOff.id == time_off_id)).one()
    if not whole or not row.series:
        return [row]
    return list(db.session.scalars(of_clinic(clinic).where(TimeOff.series == row.series)))


def same(clinic: Clinic, periods: Iterable[Period]) -> set[Period]:
    """Those of these periods in which the clinic is closed already, to the minute."""
    return known((TimeOff.clinic_id == clinic.id) & TimeOff.doctor_id.is_(None), periods)
