"""The week of free times, as a guest, a patient and a page that refreshes itself meet it."""

from datetime import UTC, datetime, timedelta

import factories
import pytest
from page import text_of

from healthbook.db import db
from healthbook.models import Doctor, Patient, VisitType

WEEK = "2026-11-30"


def test_a_guest_sees_the_free_times_of_a_week(browser, cast):
    page = browser().get(f"/doctors/{cast.cole}/slots", {"week": WEEK})
    assert page.status == 200
    assert page.h1 == "Dr Maria Cole"
    assert len(page.starts) == 5 * 16
    assert page.starts[0] == "2026-11-30T09:00:00+00:00"
