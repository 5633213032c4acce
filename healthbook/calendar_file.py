"""Visits as a calendar (RFC 5545), which names the clinic and the time only.

A visit that was moved is one event: its UID stays, and the SEQUENCE says which version is the last.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from flask_babel import gettext as _
from icalendar import Calendar, Event

from healthbook.models import Appointment, Status

STATUSES = {Status.CANCELLED: "CANCELLED", Status.SCHEDULED: "TENTATIVE"}


def made(visits: Iterable[Appointment], now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//healthbook//EN")
    calendar.add("version", "2.0")
    for visit in visits:
        if visit.status != Status.RESCHEDULED:
            calendar.add_component(event(visit, now))
    return calendar.to_ical()


def event(visit: Appointment, now: datetime) -> Event:
    clinic, found = visit.doctor.clinic, Event()
    found.add("uid", str(visit.ical_uid))
    found.add("sequence", visit.ical_sequence)
    found.add("dtstamp", now.astimezone(UTC))
    found.add("dtstart", visit.during.lower.astimezone(UTC))
    found.add("dtend", visit.during.upper.astimezone(UTC))
    found.add("summary", _("Appointment, %(clinic)s", clinic=clinic.name))
    found.add("location", f"{clinic.name}, {clinic.address}")
    found.add("status", STATUSES.get(Status(visit.status), "CONFIRMED"))
    return found
