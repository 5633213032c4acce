"""The calendar file of a visit is read alike by three readers that share nothing with what writes it."""

from datetime import timedelta
from io import StringIO

import ics
import pytest
import vobject
from factories import NOW
from ical.calendar_stream import IcsCalendarStream

from healthbook import calendar_file
from healthbook.db import db
from healthbook.models import Appointment, Clinic

# What has to be escaped, what is longer than a line, and letters of more than one byte.
NAME = "Praxis für Haut; Allergien, Kinder \\ Sønner – the Practice of everybody's Skin at the very long Quay 🩺"


def by_vobject(text):
    for event in vobject.readOne(StringIO(text)).vevent_list:
        yield (
            event.uid.value,
            int(event.sequence.value),
            event.dtstart.value,
            event.dtend.value,
            event.summary.value,
            event.location.value,
            event.status.value,
        )


def by_ics(text):
    for event in sorted(ics.Calendar(text).events, key=lambda event: event.begin):
        (sequence,) = (int(line.value) for line in event.extra if line.name == "SEQUENCE")
        begin, end = event.begin.datetime, event.end.datetime
        yield event.uid, sequence, begin, end, event.name, event.location, event.status


def by_ical(text):
    for event in IcsCalendarStream.calendar_from_ics(text).events:
        status = event.status.value
        yield event.uid, event.sequence, event.start, event.end, event.summary, event.location, status


@pytest.mark.parametrize("read", [by_vobject, by_ics, by_ical])
def test_a_reader_finds_in_it_what_was_booked_moved_and_cancelled(app, cast, visit, browser, read):
    with app.app_context():
        db.session.get(Clinic, cast.clinic).name = NAME
        db.session.commit()
    kept, gone = visit("ada", "cole", "09:30", days=1), visit("ada", "cole", "14:00", days=2)
    ada, new = browser("ada"), NOW.replace(hour=16, minute=0) + timedelta(days=1)
    there = ada.post(f"/appointments/{kept}/rescheduling", {"start": new.isoformat()}).location
    moved = there.split("/")[-1].split("?")[0]
    assert ada.post(f"/appointments/{gone}/cancellation", {"reason": "cannot_come"}).status == 303
    where = f"{NAME}, 1 Test Street"
    for reference, sequence, status in ((moved, 1, "TENTATIVE"), (gone, 1, "CANCELLED")):
        with app.app_context():
            row = db.session.scalars(db.select(Appointment).filter_by(reference=reference)).one()
            expected = str(row.ical_uid), sequence, row.during.lower, row.during.upper
        ((*found, summary, place, said),) = read(ada.get(f"/appointments/{reference}.ics").content.decode())
        assert tuple(found) == expected
        assert (summary, place, said) == (f"Appointment, {NAME}", where, status)
        assert all(at.utcoffset() == timedelta() for at in found[2:])


@pytest.mark.parametrize("read", [by_vobject, by_ics, by_ical])
def test_all_visits_of_somebody_are_read_too(app, cast, visit, read):
    visit("ada", "cole", "09:30", days=1), visit("ada", "dean", "09:30", days=2)
    with app.app_context():
        visits = db.session.scalars(db.select(Appointment).order_by(Appointment.during)).all()
        found = list(read(calendar_file.made(visits, NOW).decode()))
        assert [each[:1] + each[2:4] for each in found] == [
            (str(row.ical_uid), row.during.lower, row.during.upper) for row in visits
        ]
