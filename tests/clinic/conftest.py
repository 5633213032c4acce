"""Days at the desk: visits at a time of today, and rows by the dozen."""

from datetime import time, timedelta

import factories
import pytest
from factories import NOW

from healthbook.db import db
from healthbook.models import Doctor, Patient


@pytest.fixture
def visit(app, cast):
    """visit("ada", "cole", "09:30", days=1): books tomorrow's half past nine and gives its reference."""

    def book(patient, doctor, clock_time, days=0, **given):
        wall = time.fromisoformat(clock_time)
        start = NOW.replace(hour=wall.hour, minute=wall.minute) + timedelta(days=days)
        with app.app_context():
            who, whom = db.session.get(Patient, getattr(cast, patient)), db.session.get(Doctor, getattr(cast, doctor))
            made = factories.appointment(who, whom, start, **given)
            db.session.commit()
            return made.reference

    return book


@pytest.fixture
def crowd(app, cast):
    """crowd(50, status="checked_in"): so many more patients, each with a visit today."""

    def book(number, first=0, **given):
        with app.app_context():
            doctors = [db.session.get(Doctor, cast.cole), db.session.get(Doctor, cast.dean)]
            for n in range(first, first + number):
                patient = factories.patient(name=f"Crowd Number{n:03}")
                start = NOW.replace(hour=0, minute=0) + timedelta(minutes=10 * n)
                factories.appointment(patient, doctors[n % 2], start, minutes=10, **given)
            db.session.commit()

    return book
