"""What the reckoning of substitutes needs: some small statements, the same for one visit as for a hundred."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload, selectinload

from healthbook.appointments.queries.moving import colleagues_of
from healthbook.appointments.queries.offers import Standing, is_open, standing
from healthbook.appointments.substitutes import Kind, Need, Substitutes, Taken
from healthbook.db import db, those
from healthbook.models import BOOKED, Appointment, Doctor, Offer, Status, VisitType
from healthbook.models.statuses import sql_list
from healthbook.scheduling import slots, terms
from healthbook.scheduling.away import Period
from healthbook.scheduling.offers import successor
from healthbook.scheduling.queries import calendars
from healthbook.scheduling.queries.visit_types import visit_types

# How long after the last of the visits another time is looked for.
BEYOND = timedelta(days=28)


def stand_ins(doctor: Doctor) -> list[Doctor]:
    """The colleagues, with what they can be booked for."""
    return colleagues_of(doctor, joinedload(Doctor.user), joinedload(Doctor.clinic), selectinload(Doctor.visit_types))


def need(visit: Appointment) -> Need:
    return Need(visit.id, visit.patient_id, visit.doctor_id, int(visit.starts_at.timestamp()))


def substitutes(
    doctor: Doctor, colleagues: Sequence[Doctor], visits: Sequence[Appointment], now: datetime
) -> Substitutes:
    """For visits of one doctor, with the doctor's own times and the colleagues'."""
    doctors = [each for each in (doctor, *colleagues) if each.bookable]
    known = been([visit.patient_id for visit in visits], doctor)
    kinds = kinds_of(visits, doctors, known)
    offers = standing([each.id for each in doctors], now)
    yesterday = now.date() - timedelta(days=1)
    dates = yesterday, max((visit.appointment_date for visit in visits), default=yesterday) + BEYOND
    return Substitutes(
        calendars=calendars_of(doctors, kinds, dates, now, [*ids_of(offers), *(visit.id for visit in visits)]),
        kinds=kinds,
        dates=dates,
        now=now,
        share=doctor.clinic.offer_share_percent,
        taken=taken(offers, visits),
        busy=busy([visit.patient_id for visit in visits], now),
    )


def kinds_of(
    visits: Sequence[Appointment], doctors: Sequence[Doctor], known: Collection[int]
) -> dict[tuple[int, int], Kind]:
    """By visit and doctor; nobody sees themself."""
    found, alike = {}, dict[tuple[int | None, int, bool], Kind | None]()
    for visit in visits:
        new = visit.patient_id not in known
        for doctor in doctors:
            key = visit.visit_type_id, doctor.id, new
            if key not in alike:
                alike[key] = kind_for(visit, doctor, new)
            if (kind := alike[key]) and visit.patient.user_id != doctor.user_id:
                found[visit.id, doctor.id] = kind
    return found


def kind_for(visit: Appointment, doctor: Doctor, new: bool) -> Kind | None:
    """What the visit is with its own doctor, or would be with a colleague: what is most like it for this patient."""
    row: VisitType | None = visit.visit_type
    if doctor.id != visit.doctor_id or row is None:
        kinds = visit_types(doctor, new=new)
        row = (successor(kinds, row) if row else kinds[0]) if kinds else None
    return Kind(row, terms.visit(doctor, row)) if row else None


def calendars_of(
    doctors: Collection[Doctor],
    kinds: Mapping[tuple[int, int], Kind],
    dates: tuple[date, date],
    now: datetime,
    ignoring: Collection[int],
) -> dict[int, slots.Calendar]:
    """Of the doctors who could see any of the visits, without what is `ignoring`. Two statements."""
    by_id = {doctor.id: doctor for doctor in doctors}
    sought = {(id, kind.visit): terms.sought(by_id[id], kind.visit) for (_, id), kind in kinds.items()}
    if not sought:
        return {}
    wanted = list(sought.values())
    reach = calendars.around(wanted, *dates, now)
    return calendars.whole(wanted, reach, now, ignoring)


def ids_of(offers: Collection[Standing]) -> list[int]:
    return [offer.appointment_id for offer in offers if offer.appointment_id]


def taken(offers: Collection[Standing], visits: Collection[Appointment]) -> dict[int, list[Taken]]:
    """By doctor: by offers, and by the visits themselves, which still have their old time."""
    found: dict[int, list[Taken]] = defaultdict(list)
    for offer in offers:
        found[offer.doctor_id].append(Taken(int(offer.start.timestamp()), int(offer.end.timestamp())))
    for visit in visits:
        if visit.status in BOOKED:
            start, end = Period.of(visit.blocked)
            found[visit.doctor_id].append(Taken(int(start.timestamp()), int(end.timestamp()), visit.id))
    return found


def busy(patient_ids: Collection[int], now: datetime) -> dict[int, list[Taken]]:
    """By patient: what they have booked, and what they are offered."""
    start, end = func.lower(Appointment.during), func.upper(Appointment.during)
    booked = select(Appointment.patient_id, start, end, Appointment.id).where(
        those(Appointment.patient_id, patient_ids), text(f"appointment.status IN {sql_list(BOOKED)}"), end > now
    )
    offered = (
        select(Appointment.patient_id, func.lower(Offer.during), func.upper(Offer.during), Offer.replaces_id)
        .join(Appointment, Appointment.id == Offer.replaces_id)
        .where(those(Appointment.patient_id, patient_ids), is_open(now))
    )
    found: dict[int, list[Taken]] = defaultdict(list)
    for patient_id, since, until, visit_id in db.session.execute(booked.union_all(offered)):
        found[patient_id].append(Taken(int(since.timestamp()), int(until.timestamp()), visit_id))
    return found


def been(patient_ids: Collection[int], doctor: Doctor) -> set[int]:
    """Who of these patients is known at the doctor's clinic."""
    completed = select(Appointment.patient_id).join(Doctor, Doctor.id == Appointment.doctor_id)
    known = completed.where(Appointment.status == Status.COMPLETED, Doctor.clinic_id == doctor.clinic_id)
    return set(db.session.scalars(known.where(those(Appointment.patient_id, patient_ids)).distinct()))
