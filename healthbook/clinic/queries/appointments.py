"""The desk's table: who comes to whom and when. Why they come is not among the columns that are loaded."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, DateTime, Select, case, func, select
from sqlalchemy.orm import aliased, contains_eager, load_only
from sqlalchemy.sql.base import ExecutableOption

from healthbook.db import db
from healthbook.models import BOOKED, Appointment, Doctor, DoctorStatus, Patient, Status, User
from healthbook.pages import Listed, page

PAGE = 50
# Among the statuses to filter by, though it is none: booked, and marked to be moved.
TO_MOVE = "to_move"
A_DAY = timedelta(days=1)

PatientUser, DoctorUser = aliased(User), aliased(User)
START = func.lower(Appointment.during, type_=DateTime(timezone=True))
SORTS: dict[str, tuple[ColumnElement, ...]] = {
    "time": (START,),
    "patient": (func.lower(PatientUser.last_name), func.lower(PatientUser.first_name)),
    "doctor": (func.lower(DoctorUser.last_name), func.lower(DoctorUser.first_name)),
    "status": (case({status: place for place, status in enumerate(Status)}, value=Appointment.status),),
}
SORTS |= {f"-{name}": tuple(column.desc() for column in columns) for name, columns in SORTS.items()}


class Filters(NamedTuple):
    """Both days inclusive, each on the calendar of the place of the visit; every word must be part of the name."""

    since: date
    until: date
    doctor_id: int | None = None
    status: str | None = None
    name: str = ""


def visits() -> Select[Appointment]:
    """Every visit but holds, with the people joined. Whoever selects the rows adds `names_only`."""
    return (
        select(Appointment)
        .join(Appointment.patient)
        .join(Patient.user.of_type(PatientUser))
        .join(Appointment.doctor)
        .join(Doctor.user.of_type(DoctorUser))
        .where(Appointment.status != Status.HELD)
    )


def names_only() -> list[ExecutableOption]:
    """Loader options: times, statuses and names. Reading any other column raises."""
    a, names = Appointment, (User.first_name, User.last_name)
    patient, doctor = contains_eager(a.patient), contains_eager(a.doctor)
    return [
        load_only(
            *(a.reference, a.status, a.during, a.time_zone, a.appointment_date, a.patient_id, a.doctor_id),
            *(
                a.status_before,
                a.status_since,
                a.says_here_at,
                a.call_patient,
                a.to_move_since,
                a.updated_at,
                a.private,
                a.overbooked,
            ),
            raiseload=True,
        ),
        patient.load_only(Patient.user_id, raiseload=True),
        patient.contains_eager(Patient.user.of_type(PatientUser)).load_only(*on(PatientUser, names), raiseload=True),
        doctor.load_only(Doctor.user_id, raiseload=True),
        doctor.contains_eager(Doctor.user.of_type(DoctorUser)).load_only(*on(DoctorUser, names), raiseload=True),
    ]


def on(alias: type[User], columns: tuple) -> list:
    return [getattr(alias, column.key) for column in columns]


def between(since: date, until: date) -> list[ColumnElement[bool]]:
    """Visits of these days. The generated date decides; the range of instants lets the index find them."""
    return [
        Appointment.appointment_date.between(since, until),
        datetime.combine(since, time(), UTC) - A_DAY <= START,
        datetime.combine(until, time(), UTC) + 2 * A_DAY > START,
    ]


def fitting(filters: Filters) -> list[ColumnElement[bool]]:
    name = func.concat(PatientUser.first_name, " ", PatientUser.last_name)
    conditions = between(filters.since, filters.until)
    conditions += [name.icontains(word, autoescape=True) for word in filters.name.split()]
    if filters.doctor_id:
        conditions.append(Appointment.doctor_id == filters.doctor_id)
    if filters.status == TO_MOVE:
        conditions += [Appointment.to_move_since.is_not(None), Appointment.status.in_(BOOKED)]
    elif filters.status:
        conditions.append(Appointment.status == filters.status)
    return conditions


def listed(filters: Filters, sort: str, number: int) -> Listed[Appointment]:
    """One page of the visits that fit."""
    statement = visits().where(*fitting(filters)).options(*names_only())
    return page(statement.order_by(*SORTS[sort], START, Appointment.id), number, PAGE)


def again(references: list[str]) -> list[Appointment]:
    """The same rows in the same order, as they are now."""
    found = db.session.scalars(visits().options(*names_only()).where(Appointment.reference.in_(references)))
    return sorted(found, key=lambda visit: references.index(visit.reference))


def doctor_names() -> list[tuple[int, str]]:
    """Ids and names of all who are or were approved, so that any visit can be found by its doctor; by name."""
    user = select(Doctor.id, User.first_name, User.last_name).join(Doctor.user)
    seen = user.where(Doctor.status.in_((DoctorStatus.APPROVED, DoctorStatus.SUSPENDED)))
    ordered = db.session.execute(seen.order_by(func.lower(User.last_name), func.lower(User.first_name)))
    return [(id, f"Dr {first} {last}") for id, first, last in ordered]
