"""What rows mean to the reckoning of free times."""

from datetime import time, timedelta

from healthbook.models import Doctor, DoctorAvailability, VisitType, Weekday
from healthbook.scheduling.slots import Visit
from healthbook.scheduling.wall_clock import MIDNIGHT, Hours


def hours(row: DoctorAvailability) -> Hours:
    number = Weekday(row.day_of_week).number
    return Hours(number, row.start_time, row.end_time, row.valid_from, row.valid_to, row.every_weeks)


def clock(at: time, end: bool = False) -> str:
    """09:15; a midnight that ends hours is 24:00, as people write it."""
    return "24:00" if end and at == MIDNIGHT else at.strftime("%H:%M")


def seen(row: DoctorAvailability) -> str:
    """What a page shows of weekly hours, by which a change notices that they are no longer so."""
    return f"{row.day_of_week} {clock(row.start_time)} {clock(row.end_time)}"


def visit(doctor: Doctor, visit_type: VisitType) -> Visit:
    """Lengths of the visit type, with the clinic's notice and horizon where it has none of its own."""
    lead, horizon = visit_type.lead_minutes, visit_type.horizon_days
    return Visit(
        minutes=visit_type.minutes,
        buffer_before=visit_type.buffer_before,
        buffer_after=visit_type.buffer_after,
        lead=timedelta(minutes=doctor.clinic.lead_minutes if lead is None else lead),
        horizon=timedelta(days=doctor.clinic.horizon_days if horizon is None else horizon),
    )
